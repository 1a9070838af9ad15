"""Which columns of a file that no layout fits may be meant by `--map`: those that hold text, by names near the known ones."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import Any

from advisor.naming import column_name
from advisor.schemas import _fields

_FIELD = {
    **dict.fromkeys("rejected dispreferred".split(), "rejected"),
    **dict.fromkeys("chosen preferred".split(), "chosen"),
    **dict.fromkeys("answer response reply output completion solution target".split(), "answer"),
    **dict.fromkeys("prompt question instruction query request problem input".split(), "prompt"),
    **dict.fromkeys("description body message subject title".split(), "prompt"),
}
"""Word of a name → what such a column may be."""
_HEADS = {"subject", "title"}
"""What stands above a text, and is asked together with it."""
_NEAR = 0.8
"""Likeness of a mistyped word: `ouput` and `output` are at 0.91, `test` and `text` at 0.75."""
_LONG = 20
"""Mean characters from which a column of any name may be meant."""


def mapping(rows: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Field → column for `--map`, `{}` where no column looks like one."""
    texts = _texts(rows)
    found = dict[str, str]()
    for column in texts:
        if field := _field(column):
            found[field] = _joined(found[field], column) if field in found else column
    if "chosen" in found or "rejected" in found:
        return found if {"prompt", "chosen", "rejected"} <= found.keys() else {}
    others = [column for column, length in texts.items() if length >= _LONG and not _field(column)]
    if not found and len(others) == 1:
        return {"text": others[0]}
    for field in ("prompt", "answer"):
        if field not in found and others:
            found[field] = others.pop(0)
    return {field: found[field] for field in ("prompt", "answer") if field in found}


def _texts(rows: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """Column → mean characters, of those whose filled cells mostly are texts of several words, and not the same few."""
    cells = {
        column: [row[column] for row in rows if row.get(column) not in (None, "")] for row in rows for column in row
    }
    return {column: sum(map(len, held)) / len(held) for column, held in cells.items() if _is_text(held)}


def _is_text(held: Sequence[Any]) -> bool:
    if not held or not all(isinstance(cell, str) for cell in held):
        return False
    return 2 * sum(map(_fields.has_words, held)) > len(held) and 5 * len(set(held)) > min(len(held), 50)


def _field(column: str) -> str:
    """What the name says, the last word that says anything first; `""` for nothing."""
    for word in reversed(column_name(column).split("_")):
        if near := difflib.get_close_matches(word, _FIELD, 1, _NEAR):
            return _FIELD[near[0]]
    return ""


def _joined(first: str, second: str) -> str:
    """The subject together with the body; else the first of two."""
    return f"{first}+{second}" if _HEADS.intersection(column_name(first).split("_")) else first
