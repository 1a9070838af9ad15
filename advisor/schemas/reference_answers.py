"""Questions with the answer a test expects: to measure with, not to train on.

    {"question": "Where is Lyon?", "expected_answer": "In France."}
    {"user_input": "Where is Lyon?", "retrieved_contexts": ["Lyon is a French city."], "response": "In France.",
     "reference": "Lyon is in France."}
    {"question": "Where is Lyon?", "contexts": ["Lyon is a French city."], "answer": "In France.",
     "ground_truth": "France"}
    {"query": "Where is Lyon?", "reference_contexts": ["Lyon is a French city."], "reference_answer": "In France."}
    {"input": "Where is Lyon?", "actual_output": "Spain.", "expected_output": "France.",
     "retrieval_context": ["Lyon is in France."]}
    {"inputs": {"question": "Where is Lyon?"}, "outputs": {"answer": "In France."}}
    {"input": [{"role": "user", "content": "Where is Lyon?"}], "ideal": "France"}
    {"question": "Where is Lyon?", "best_answer": "In France.", "correct_answers": "In France; In Europe",
     "incorrect_answers": "In Spain"}

A model's own answer beside the reference stays in meta. Source: ragas `dataset_schema.py`, LlamaIndex, LangSmith and
DeepEval data sets, OpenAI evals (`ideal`), TruthfulQA (Lin et al. 2022, arXiv:2109.07958; lists separated by
semicolons).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from advisor.schemas import _fields
from advisor.types import Record, RowError, Supervision

SUPERVISION: Supervision = "eval"
_ASKED = ("question", "user_input", "query", "input", "prompt", "inputs", "problem")
_EXPECTED = (
    "expected_answer", "expected_output", "expected_response", "expected", "reference_answer", "reference", "ideal",
    "ideal_answer", "golden_answer", "gold_answer", "gold_answers", "best_answer",
)  # fmt: skip
_TRUTHS = ("ground_truth", "ground_truths")
_GENERATED = ("generated_solution", "solution", "completion", "messages", "chosen")
_RIGHT, _WRONG = ("correct_answers", "correct_answer"), ("incorrect_answers", "incorrect_answer")


def match(row: Mapping[str, Any]) -> dict[str, str]:
    """A question and an expected answer, and no answer written to be imitated."""
    asked, expected = _fields.present(row, _ASKED), _expected(row)
    if not asked or not expected or _fields.present(row, _GENERATED):
        return {}
    lists = {_fields.present(row, _RIGHT): "references", _fields.present(row, _WRONG): "negatives"}
    found = {column: field for column, field in lists.items() if column}
    return {asked: "prompt", expected: "answer", **(found if expected == "best_answer" else {})}


def records(row: Mapping[str, Any], number: int) -> list[Record | RowError]:
    """One record."""
    asked, expected = _fields.present(row, _ASKED), _expected(row)
    right, wrong = (_fields.present(row, names) if expected == "best_answer" else "" for names in (_RIGHT, _WRONG))
    answer, *others = _several(row[expected], expected, expected in _TRUTHS)
    listed = _several(row[right], right, True) if right else []
    return [
        _fields.record(
            number,
            prompt=_prompt(row[asked], asked),
            answer=answer,
            references=tuple(dict.fromkeys(text for text in (*others, *listed) if text != answer)),
            negatives=tuple(_several(row[wrong], wrong, True)) if wrong else (),
        )
    ]


def _expected(row: Mapping[str, Any]) -> str:
    """The column of the expected answer; `ground_truth` counts beside an answer or contexts only: alone it is a reward's."""
    named = _fields.present(row, _EXPECTED)
    # Beside an answer and without documents a `reference` is a citation as often as a gold answer.
    cited = (
        named == "reference" and _fields.present(row, ("answer", "output", "response")) and not _fields.documents(row)
    )
    if named and not cited:
        return named
    if isinstance(row.get("inputs"), dict) and isinstance(row.get("outputs"), dict):
        return "outputs"
    return _fields.present(row, _TRUTHS) if "answer" in row and _fields.documents(row) else ""


def _several(value: Any, column: str, split: bool = False) -> list[str]:
    """One or more texts: a list, an object that holds one, or texts separated by semicolons."""
    items = list(value.values())[:1] if isinstance(value, dict) else _fields.parsed(value)
    if isinstance(items, str):
        items = (
            [part.strip() for part in items.split(";") if part.strip()] if split and column not in _TRUTHS else [items]
        )
    if isinstance(items, (int, float)) and not isinstance(items, bool):
        items = [_fields.written(items, column)]
    if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
        raise _fields.wrong(column, value, "text, or a list of texts")
    return items or [""]


def _prompt(value: Any, column: str) -> _fields.Messages:
    said = next(iter(value.values()), "") if isinstance(value, dict) and "messages" not in value else value
    return _fields.prompt(said, column)
