"""Rows as people lay them out, with the signal that is in them: what a reader must see whatever the columns are called."""

from __future__ import annotations

from typing import Any

import pytest

from advisor import schemas
from advisor.naming import canonical
from advisor.types import Record

ROWS: list[tuple[str, dict[str, Any]]] = [
    ("gold", {"conversation": [{"human": "Hello there", "assistant": "Hi"}, {"human": "Bye", "assistant": "So long"}]}),
    ("gold", {"q": "Where is it?", "a": "In France."}),
    ("gold", {"Question": "Where?", "Answer": "There."}),
    ("gold", {"Patient": "My head aches.", "Doctor": "Drink water."}),
    ("gold", {"description": "q", "Patient": "My head aches.", "Doctor": "Drink water."}),
    ("gold", {"ques": "Where?", "ans": "There."}),
    ("gold", {"prompt": "Write\n\n###\n\n", "completion": " text END"}),
    ("gold", {"text": "### Human: Where is Lyon?### Assistant: In France."}),
    (
        "gold",
        {"text": "Below is an instruction that describes a task.\n\n### Instruction:\nSay hi\n\n### Response:\nHi"},
    ),
    ("gold", {"text": "<|user|>\nHi<|end|>\n<|assistant|>\nHello<|end|>"}),
    ("unknown", {"tokens": ["a", "b"], "ner_tags": [0, 1]}),
    ("gold", {"sentence1": "a b", "sentence2": "c d", "label": 1}),
    ("gold", {"sentence1": "a b", "sentence2": "c d", "gold_label": "neutral"}),
    ("gold", {"question1": "a b", "question2": "c d", "is_duplicate": 1}),
    ("gold", {"history": [], "query": "q", "response": "a"}),
    ("gold", {"system": "s", "conversations": [{"prompt": "q", "response": "a"}]}),
    ("gold", {"meta_instruction": "m", "chat": {"turn_1": {"Human": "q", "MOSS": "a"}}}),
    ("pairs", {"post": "p", "comment_1": "a", "comment_2": "b", "score_1": 3, "score_2": 9}),
    ("gold", {"comment_text": "a b c", "toxic": 1, "insult": 0}),
    ("eval", {"question": "Q", "options": ["a", "b", "c"], "answer_index": 1, "explanation": "since"}),
    ("eval", {"question": "Q", "options": {"A": "a", "B": "b"}, "answer": "A", "explanation": "since"}),
    ("gold", {"text": "Ann, 3 May", "entities": {"name": "Ann"}}),
    ("gold", {"text": "Ann, 3 May", "entities": [{"start": 0, "end": 3, "label": "PER"}]}),
    ("gold", {"instruction": "x", "input": "y", "output": {"a": 1}}),
    ("gold", {"instruction": "x", "input": "y", "output": ["a"]}),
    (
        "unpaired",
        {"messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}], "label": True},
    ),
    (
        "unpaired",
        {
            "prompt": [{"role": "user", "content": "q"}],
            "completion": [{"role": "assistant", "content": "a"}],
            "label": False,
        },
    ),
    ("gold", {"nl": "list files", "cmd": "ls"}),
    ("gold", {"intent": "sort a list", "snippet": "sorted(x)"}),
    ("gold", {"docstring": "sort a list", "code": "sorted(x)"}),
    ("gold", {"buggy": "a", "fixed": "b"}),
    ("gold", {"buggy_code": "a", "fixed_code": "b"}),
    ("gold", {"before": "a", "after": "b"}),
    ("gold", {"diff": "a", "message": "b"}),
    ("gold", {"code": "a", "comment": "b"}),
    ("gold", {"en": "bread", "fr": "pain"}),
    ("gold", {"English": "bread", "French": "pain"}),
    ("gold", {"original": "a", "simplified": "b"}),
    ("gold", {"informal": "a", "formal": "b"}),
    ("gold", {"incorrect": "he go", "correct": "he goes"}),
    ("gold", {"sentence": "he go", "correction": "he goes"}),
    ("text", {"title": "t", "article": "long"}),
    ("text", {"lyrics": "la la"}),
    ("text", {"poem": "la la"}),
    ("gold", {"question": "q", "answer": "a", "rationale": "since"}),
    ("gold", {"question": "q", "cot": "since", "answer": "a"}),
    ("gold", {"instruction": "q", "thinking": "since", "output": "a"}),
    ("gold", {"problem": "q", "reasoning": "since", "solution": "a"}),
    ("gold", {"utterance": "book a table", "intent": "booking"}),
    ("gold", {"text": "fine", "emotion": "joy"}),
    ("gold", {"review": "fine", "stars": 5}),
    ("gold", {"statement": "Lyon is French", "verdict": "true"}),
    ("gold", {"claim": "Lyon is French", "evidence": "Lyon is in France", "label": "SUPPORTS"}),
    ("unknown", {"image": "a.png", "caption": "a dog"}),
    ("gold", {"dialogue": "A: hi\nB: hi", "summary": "They greet."}),
    ("gold", {"dialogue": [{"speaker": "user", "text": "hi"}, {"speaker": "agent", "text": "hello"}]}),
    ("gold", {"turns": [{"speaker": "user", "utterance": "hi"}, {"speaker": "system", "utterance": "hello"}]}),
    ("gold", {"messages": [{"sender": "user", "text": "hi"}, {"sender": "bot", "text": "hello"}]}),
    ("gold", {"conversations": [{"role": "human", "text": "hi"}, {"role": "ai", "text": "hello"}]}),
    ("pairs", {"prompt": "q", "chosen_response": "a", "rejected_responses": ["b", "c"]}),
    ("pairs", {"prompt": "q", "chosen": "a", "rejected": ["b", "c"]}),
    ("pairs", {"prompt": "q", "chosen": ["a"], "rejected": ["b"]}),
    ("pairs", {"prompt": "q", "responses": ["a", "b"], "chosen_index": 1}),
    ("pairs", {"prompt": "q", "responses": ["a", "b"], "best": 0}),
    ("pairs", {"prompt": "q", "response_a": "a", "response_b": "b", "preferred": "A"}),
    ("pairs", {"question": "q", "answer_1": "a", "answer_2": "b", "human_choice": "answer_1"}),
    ("gold", {"query": "q", "documents": ["d"], "answer": "a", "citations": [1]}),
    ("unpaired", {"question": "q", "retrieved_docs": ["d"], "response": "a", "is_grounded": True}),
    ("unpaired", {"query": "q", "context": "c", "response": "a", "faithful": False}),
    ("unpaired", {"prompt": "q", "completion": "a", "rating": "good"}),
    ("unpaired", {"input": "q", "output": "a", "rating": "thumbs_up"}),
    ("gold", {"prompt": "q", "completion": "a", "score": 0.3}),
    ("ranked", {"prompt": "q", "completion": "a", "reward": 0.3}),
    ("ranked", {"instruction": "q", "answers": ["a", "b"], "ratings": [3, 4]}),
    ("ranked", {"question": "q", "candidates": [{"text": "a", "votes": 3}, {"text": "b", "votes": 1}]}),
    ("ranked", {"question": "q", "answers": [{"text": "a", "score": 3}, {"text": "b", "score": 1}]}),
    ("ranked", {"title": "t", "body": "q", "answers": [{"body": "a", "score": 3}, {"body": "b", "score": 1}]}),
    ("pairs", {"toxic_prompt": "q", "safe_response": "a", "unsafe_response": "b"}),
    ("pairs", {"prompt": "q", "safe": "a", "unsafe": "b"}),
    ("pairs", {"prompt": "q", "helpful": "a", "unhelpful": "b"}),
    ("pairs", {"prompt": "q", "aligned": "a", "misaligned": "b"}),
    ("gold", {"jailbreak": "q", "label": "1"}),
    ("gold", {"goal": "do x", "target": "Sure, here is"}),
    ("gold", {"prompt": "q", "ground_truth_answer": "4"}),
    ("gold", {"question": "q", "final_answer": "4"}),
    ("gold", {"input": "q", "target": "a"}),
    ("gold", {"premise": "p", "hypothesis": "h", "label": 2}),
    ("gold", {"Text": "t", "Category": "c"}),
    ("gold", {"ticket": "broken", "category": "hardware"}),
    ("gold", {"subject": "s", "body": "b", "label": "spam"}),
    ("gold", {"email": "s", "label": "spam"}),
    ("gold", {"system": "s", "user": "u", "assistant": "a"}),
    ("gold", {"User": "u", "Assistant": "a"}),
    ("gold", {"instructions": "i", "response": "r"}),
    ("gold", {"instruction": "i", "response": "r", "context": ""}),
    ("gold", {"instruction_text": "i", "output_text": "r"}),
    ("gold", {"prompts": "i", "responses": "r"}),
    ("gold", {"human": "i", "ai": "r"}),
    ("gold", {"input": "i", "response": "r", "feedback": "nice"}),
    ("gold", {"context": "c", "question": "q", "answers": {"text": ["a"], "answer_start": [1]}}),
    ("gold", {"story": "c", "questions": ["q"], "answers": ["a"]}),
    ("gold", {"passage": "c", "qas": [{"q": "x", "a": "y"}]}),
    ("gold", {"document": "d", "qa_pairs": [{"question": "q", "answer": "a"}]}),
    ("gold", {"schema": "CREATE TABLE", "question": "q", "query": "SELECT 1"}),
    ("gold", {"sql_prompt": "q", "sql_context": "CREATE", "sql": "SELECT"}),
]


@pytest.mark.parametrize(
    ("signal", "row"), ROWS, ids=lambda value: "-".join(value) if isinstance(value, dict) else value
)
def test_the_signal_of_a_row_is_seen_under_any_usual_names(signal: str, row: dict[str, Any]) -> None:
    cells, _ = canonical(row)
    name, columns = schemas.detect(cells)
    if signal == "unknown":
        assert (name, columns) == ("unknown", {})
        return
    layout = schemas.layouts()[name]
    assert signal == layout.SUPERVISION
    assert all(isinstance(record, Record) for record in layout.records(cells, 1))
