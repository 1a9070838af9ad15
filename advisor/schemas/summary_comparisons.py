"""Two summaries of a post and the index of the better one.

    {"info": {"post": "Lyon lies where two rivers meet."}, "summaries": [{"text": "Lyon."},
     {"text": "Lyon has two rivers."}],
     "choice": 1}
    {"query": "Lyon lies where", "sample0": "two rivers meet.", "sample1": "the sea is.", "best": 0}

Source: OpenAI summarize_from_feedback (Stiennon et al. 2020, arXiv:2009.01325), lm-human-preferences (`sample0`,
`best`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from advisor.schemas import _fields
from advisor.types import Record, RowError, Supervision

SUPERVISION: Supervision = "pairs"
_POST = ("post", "article", "text")


def match(row: Mapping[str, Any]) -> dict[str, str]:
    """`info`, `summaries` and `choice`; or `query`, samples and `best`."""
    if {"info", "summaries", "choice"} <= row.keys():
        return {"info": "prompt", "summaries": "answer, rejected", "choice": "answer, rejected"}
    if not {"query", "sample0", "sample1", "best"} <= row.keys():
        return {}
    return {"query": "prompt", **dict.fromkeys(_samples(row), "answer, rejected"), "best": "answer, rejected"}


def records(row: Mapping[str, Any], number: int) -> list[Record | RowError]:
    """A record for each answer that lost."""
    if "info" in row:
        prompt, column, said = _post(row["info"]), "choice", _summaries(row["summaries"])
    else:
        said = [_fields.text(row, name) for name in _samples(row)]
        prompt, column = _fields.text(row, "query"), "best"
    best = int(_fields.score(row, column))
    if not 0 <= best < len(said):
        raise _fields.WrongRowError(f"column {column!r} names none of the {len(said)} answers")
    losers = [text for place, text in enumerate(said) if place != best]
    return [_fields.record(number, prompt=_fields.user(prompt), answer=said[best], rejected=text) for text in losers]


def _samples(row: Mapping[str, Any]) -> list[str]:
    return [name for name in ("sample0", "sample1", "sample2", "sample3") if name in row]


def _post(info: Any) -> str:
    column = _fields.present(info, _POST) if isinstance(info, dict) else ""
    if not column or not isinstance(info[column], str):
        raise _fields.wrong("info", info, "an object with the post")
    return str(info[column])


def _summaries(value: Any) -> list[str]:
    said = [item.get("text") if isinstance(item, dict) else None for item in value] if isinstance(value, list) else []
    if len(said) < 2 or not all(isinstance(text, str) for text in said):
        raise _fields.wrong("summaries", value, "two or more objects with a text")
    return [str(text) for text in said]
