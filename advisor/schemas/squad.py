"""SQuAD: questions on passages, with gold answers, and in version 2 questions that the passage does not answer.

    {"title": "Lyon", "paragraphs": [{"context": "Lyon is a French city.", "qas": [{"id": "q1",
     "question": "Where is Lyon?",
      "answers": [{"text": "a French city", "answer_start": 8}], "is_impossible": false, "plausible_answers": []}]}]}
    {"context": "Lyon is a French city.", "question": "Where is Lyon?", "answers": {"text": ["French"],
     "answer_start": [10]}}

Source: SQuAD 2.0 (Rajpurkar et al. 2018, arXiv:1806.03822), its JSON file, and the flat form of the Hugging Face hub.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from advisor.schemas import _fields
from advisor.types import Record, RowError, Supervision

SUPERVISION: Supervision = "gold"
_FLAT = {"context": "contexts", "question": "prompt", "answers": "answer"}
_OPTIONAL = {"is_impossible": "answerable", "plausible_answers": "negatives"}
_TAKEN = {"id", "question", "answers", "context", *_OPTIONAL}


def match(row: Mapping[str, Any]) -> dict[str, str]:
    """An article with `paragraphs`, or the flat columns."""
    if "paragraphs" in row:
        return {"paragraphs": "prompt, contexts, answer, references, negatives, answerable"}
    if not _FLAT.keys() <= row.keys():
        return {}
    return {**_FLAT, **{column: field for column, field in _OPTIONAL.items() if column in row}}


def records(row: Mapping[str, Any], number: int) -> list[Record | RowError]:
    """A record a question; a broken question is a RowError and the others stand."""
    if "paragraphs" not in row:
        return [_question(row, row, number, {})]
    questions = [(paragraph, qa) for paragraph in _objects(row, "paragraphs") for qa in _objects(paragraph, "qas")]
    return [_checked(qa, paragraph, number) for paragraph, qa in questions]


def _checked(qa: Mapping[str, Any], paragraph: Mapping[str, Any], number: int) -> Record | RowError:
    try:
        rest = {key: value for key, value in qa.items() if key not in _TAKEN}
        return _question(qa, paragraph, number, rest)
    except _fields.WrongRowError as error:
        return RowError(number, f"question {qa.get('id', '')!r}: {error}")


def _question(qa: Mapping[str, Any], passage: Mapping[str, Any], number: int, meta: Mapping[str, Any]) -> Record:
    impossible = qa.get("is_impossible", False)
    if not isinstance(impossible, bool):
        raise _fields.wrong("is_impossible", impossible, "true or false")
    if not impossible and "answers" not in qa:
        raise _fields.WrongRowError("column 'answers' is missing")
    answers = _texts(qa, "answers")
    answerable = bool(answers) and not impossible
    return Record(
        id=str(qa.get("id", "")),
        row=number,
        prompt=_fields.user(_required(qa, "question")),
        contexts=(_required(passage, "context"),),
        answer=answers[0] if answerable else None,
        references=tuple(answers[1:]) if answerable else (),
        negatives=tuple(_texts(qa, "plausible_answers")),
        answerable=answerable,
        meta=meta,
    )


def _required(row: Mapping[str, Any], column: str) -> str:
    if column not in row:
        raise _fields.WrongRowError(f"column {column!r} is missing")
    return _fields.text(row, column)


def _objects(row: Mapping[str, Any], column: str) -> list[Mapping[str, Any]]:
    value = row.get(column)
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise _fields.wrong(column, value, "a list of objects")
    return value


def _texts(qa: Mapping[str, Any], column: str) -> list[str]:
    """Distinct answer texts in order, of `[{"text": …}]`, `{"text": […]}` or `[…]`."""
    value = qa.get(column) or []
    items = value.get("text") if isinstance(value, dict) else value
    if not isinstance(items, list):
        raise _fields.wrong(column, value, "a list of answers")
    said = [item.get("text") if isinstance(item, dict) else item for item in items]
    texts = [text for text in said if isinstance(text, str)]
    if len(texts) < len(said):
        raise _fields.wrong(column, value, "answers that are text")
    return list(dict.fromkeys(texts))
