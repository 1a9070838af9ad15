"""A document with a list of questions and answers about it: a record each.

    {"document": "Lyon is in France.", "qa_pairs": [{"question": "Where is Lyon?", "answer": "In France."}]}
    {"passage": "Lyon is in France.", "qas": [{"q": "Where is Lyon?", "a": "In France."}]}
    {"story": "Lyon is in France.", "questions": ["Where is Lyon?"], "answers": ["In France."]}

Source: CoQA (`story`, Reddy et al. 2018, arXiv:1808.07042); question sets generated from documents.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from advisor.schemas import _fields
from advisor.types import Record, RowError, Supervision

SUPERVISION: Supervision = "gold"
_DOCUMENT = ("document", "passage", "story", "context", "text", "article", "content", "paragraph", "chunk", "page")
_PAIRS = ("qa_pairs", "qas", "qa", "questions_and_answers", "questions_answers", "qna", "faq")
_KEYS = (("question", "answer"), ("q", "a"), ("query", "response"), ("prompt", "completion"), ("instruction", "output"))


def match(row: Mapping[str, Any]) -> dict[str, str]:
    """A document, and pairs of question and answer or a list of each."""
    document, listed = _fields.present(row, _DOCUMENT), _fields.present(row, _PAIRS)
    if document and listed and _pairs(_fields.parsed(row[listed])):
        return {document: "contexts", listed: "prompt, answer"}
    beside = document and "questions" in row and "answers" in row
    if beside and _texts(row["questions"]) and len(_texts(row["questions"])) == len(_texts(row["answers"])):
        return {document: "contexts", "questions": "prompt", "answers": "answer"}
    return {}


def records(row: Mapping[str, Any], number: int) -> list[Record | RowError]:
    """One record a question."""
    document, listed = _fields.present(row, _DOCUMENT), _fields.present(row, _PAIRS)
    contexts = (_fields.text(row, document),)
    asked = _pairs(_fields.parsed(row[listed])) if listed else ()
    said = asked or tuple(zip(_texts(row["questions"]), _texts(row["answers"]), strict=True))
    return [_fields.record(number, prompt=_fields.user(q), contexts=contexts, answer=a) for q, a in said]


def _pairs(value: Any) -> tuple[tuple[str, str], ...]:
    """(question, answer) of each item, `()` where one of them is something else."""
    items = value if isinstance(value, list) else []
    keys = next(
        (keys for keys in _KEYS if items and all(isinstance(i, dict) and {*keys} <= i.keys() for i in items)), None
    )
    found = tuple((item[keys[0]], item[keys[1]]) for item in items) if keys else ()
    return found if all(isinstance(text, str) for pair in found for text in pair) else ()


def _texts(value: Any) -> list[str]:
    items = _fields.parsed(value)
    if isinstance(items, dict):
        items = items.get("input_text")  # CoQA's answers
    return items if isinstance(items, list) and all(isinstance(item, str) for item in items) else []
