"""A prompt and its completion, each text or messages, under any of the usual column names.

    {"prompt": "Where is Lyon?", "completion": "In France."}
    {"prompt": [{"role": "user", "content": "Where is Lyon?"}],
     "completion": [{"role": "assistant", "content": "In France."}]}
    {"instruction": "Where is this?", "input": "Lyon", "response": "In France."}
    {"system_prompt": "Be brief.", "question": "Where is Lyon?", "response": "In France."}
    {"inputs": "Where is Lyon?", "targets": "In France."}
    {"article": "Lyon lies where the Saône meets the Rhône.", "highlights": "Lyon has two rivers."}
    {"message_1": "Where is Lyon?", "message_2": "In France."}
    {"query": "How many cities are there?", "sql": "SELECT count(*) FROM city"}
    {"problem": "What is 6 times 7?", "generated_solution": "42", "expected_answer": "42"}
    {"customer_request": "Where is Lyon?", "agent_reply": "In France."}

Source: TRL `docs/source/dataset_formats.md` (prompt-completion); the other names as Axolotl (`docs/dataset-formats/
inst_tune.qmd`), databricks-dolly-15k (`instruction`, `context`, `response`), Aya (`inputs`, `targets`), CNN/DailyMail
(`article`, `highlights`), CAMEL (`message_1`), text-to-SQL sets (`sql`) and OpenMathReasoning (`generated_solution`)
have them; else by the words of the names.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from advisor.schemas import _fields, _names
from advisor.types import Record, RowError, Supervision

SUPERVISION: Supervision = "gold"
_ANSWERS = ("completion", "response", "output", "answer", "generation", "target", "reply")
_NAMES = (
    ("prompt", (*_ANSWERS, "chosen", "summary", "story")),
    ("instruction", (*_ANSWERS, "demonstration", "code", "solution")),
    ("problem", ("generated_solution", "solution", "answer", *_ANSWERS)),
    (
        "question",
        ("generated_solution", "solution", "response", "completion", "output", "sql", "long_answer", "best_response"),
    ),
    ("query", (*_ANSWERS, "answers", "sql")),
    ("user_query", (*_ANSWERS, "sql")),
    ("user_input", _ANSWERS),
    ("user_prompt", ("assistant_response", *_ANSWERS)),
    ("user_message", ("assistant_message", "assistant_response", *_ANSWERS)),
    ("user", ("assistant", "bot", "model")),
    ("human", ("assistant", "bot", "gpt")),
    ("input", ("sql", "code", *_ANSWERS)),
    ("inputs", ("targets", "outputs")),
    ("input_text", ("output_text", "target_text")),
    ("source", ("target",)),
    ("src", ("tgt", "trg")),
    ("request", ("response",)),
    ("message_1", ("message_2",)),
    ("article", ("summary", "highlights", "abstract")),
    ("document", ("summary",)),
    ("dialogue", ("summary",)),
    ("text", ("summary",)),
    ("context", ("response", "reply")),
    ("chat_history", _ANSWERS),
    ("dialog_history", _ANSWERS),
    ("dialogue_history", _ANSWERS),
    ("conversation_history", _ANSWERS),
    ("user", _ANSWERS),
    ("task", ("solution", *_ANSWERS)),
    ("issue", ("patch", "fix", "solution")),
    ("problem_statement", ("patch", "solution")),
    ("error", ("fix", "solution")),
    ("symptoms", ("diagnosis",)),
    ("source_sentence", ("target_sentence",)),
    ("src_text", ("tgt_text", "trg_text")),
    ("q", ("a",)),
    ("ques", ("ans",)),
    ("patient", ("doctor",)),
    ("human", ("ai",)),
    ("prompts", ("responses", "completions")),
    ("instructions", ("response", "responses", "output", "outputs")),
    ("sql_prompt", ("sql",)),
    ("question", ("query",)),
    ("intent", ("rewritten_snippet", "snippet")),
    ("instruction_text", ("output_text", "response_text")),
)
_DONE = (
    ("nl", ("cmd", "bash", "command", "code", "sql", "query")),
    ("docstring", ("body",)),
    ("docstring", ("code", "function")),
    ("buggy", ("fixed",)),
    ("buggy_code", ("fixed_code", "correct_code")),
    ("before", ("after",)),
    ("diff", ("message", "commit_message", "msg")),
    ("code", ("comment", "docstring", "summary", "explanation", "description")),
    ("function", ("docstring", "summary")),
    ("func", ("docstring", "summary")),
    ("original", ("simplified", "corrected", "rewritten", "paraphrase", "paraphrased", "edited")),
    ("complex", ("simple",)),
    ("informal", ("formal",)),
    ("incorrect", ("correct", "corrected")),
    ("sentence", ("correction", "corrected", "paraphrase")),
    ("goal", ("target",)),
    ("article", ("headline",)),
)
"""By what is done to the text; beside a question such names mean something else."""
_QUESTIONS = ("question", "prompt", "instruction", "query")


def match(row: Mapping[str, Any]) -> dict[str, str]:
    """A known pair of names, and a system prompt if there is one."""
    asked, completion = _sides(row)
    if not asked:
        return {}
    system = _fields.present(row, _fields.SYSTEM)
    return {**dict.fromkeys((*asked, *filter(None, [system])), "prompt"), completion: "answer"}


def records(row: Mapping[str, Any], number: int) -> list[Record | RowError]:
    """One record; turns of the completion before its last are prompt."""
    asked, completed = _sides(row)
    earlier, answer = _fields.answer(row[completed], completed)
    prompt = _fields.headed(row, (*_fields.question(row, asked), *earlier))
    return [_fields.record(number, prompt=prompt, answer=answer)]


def _sides(row: Mapping[str, Any]) -> tuple[tuple[str, ...], str]:
    questioned = _fields.present(row, _QUESTIONS)
    for prompt, completions in _NAMES if questioned else (*_NAMES, *_DONE):
        completion = _fields.present(row, completions) if prompt in row else ""
        if completion:
            return _fields.asked(row, (prompt,)), completion
    asked, completion = _names.asked(row), _names.answered(row)
    # Two plain names (`question`, `answer`) are known pairs, above and in other layouts, or none.
    if not asked or not completion or asked == completion or "_" not in asked + completion:
        return (), ""
    return _fields.asked(row, (asked,)), completion
