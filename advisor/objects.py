"""One JSON object, parsed in one piece → its rows: a list in it, splits, columns, rows under their ids, or itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from advisor import values
from advisor.values import Opened

SPLITS = ("train", "validation", "valid", "val", "dev", "eval", "test")
WRAPPERS = ("data", "rows", "examples", "records", "items", "instances", "samples", "entries", "dataset")


def opened(raw: bytes) -> Opened:
    """The rows of an object, numbered from 1. ValueError says why there is none."""
    document, odd = values.parse(raw.strip(values.BLANK))
    elements, unread = _elements(document)
    numbered = (row for number, element in enumerate(elements, 1) for row in values.rows(element, number))
    key = values.repeated_key(raw, document)
    twice = f"holds a key twice in one object, such as {key!r}: the last value counts" if key else ""
    return Opened(numbered, (*filter(None, (odd, twice)), *unread))


def unread(key: str, count: int) -> str:
    """What is said of a list whose elements are no rows."""
    return f"its list {key!r} of {count:,} is not read"


def _elements(document: Mapping[str, Any]) -> tuple[list[Any], tuple[str, ...]]:
    """(rows, lists left unread) of an object that wraps a list, splits, keyed rows, columns, or one row."""
    wrapper = next((key for key in WRAPPERS if _objects(document.get(key))), None)
    if wrapper is not None:
        return list(document[wrapper]), _unread(document, {wrapper})
    splits = {key: rows for key, rows in document.items() if key.lower() in SPLITS and _objects(rows)}
    if splits:
        named = [
            {"split": key, **row} if isinstance(row, dict) else row for key, rows in splits.items() for row in rows
        ]
        return named, _unread(document, set(splits))
    inner = list(document.values())
    if len(inner) == 1 and isinstance(inner[0], dict):
        return _elements(inner[0])
    columns = _columns(document)
    if columns:
        return columns, (f"holds its {len(columns):,} rows as columns, a list for each",)
    return _keyed(document) or [document], ()


def _unread(document: Mapping[str, Any], read: set[str]) -> tuple[str, ...]:
    """A clause for each list beside those that were read."""
    others = {key: rows for key, rows in document.items() if key not in read and isinstance(rows, list) and rows}
    return tuple(unread(key, len(rows)) for key, rows in others.items())


def _objects(value: Any) -> bool:
    return isinstance(value, list) and any(isinstance(item, dict) for item in value)


def _keyed(document: Mapping[str, Any]) -> list[Any]:
    """Rows under their ids, or pandas' `to_json` default: columns under their names, cells under row numbers."""
    if len(document) < 2 or not all(isinstance(value, dict) and value for value in document.values()):
        return []
    if all(key.isdigit() for value in document.values() for key in value):
        return _columns({name: list(cells.values()) for name, cells in document.items()})
    # `{"chosen": {…}, "rejected": {…}}` is one row; keyed rows share their columns and differ in more than a role.
    alike = {frozenset(value) for value in document.values()}
    return [{"id": key, **row} for key, row in document.items()] if len(alike) == 1 and len(document) > 3 else []


def _columns(document: Mapping[str, Any]) -> list[Any]:
    """Rows of a column-oriented object: two or more lists of one length, none of them a list of objects."""
    lists = [value for value in document.values() if isinstance(value, list) and not _objects(value)]
    if len(lists) < 2 or len(lists) != len(document) or len({len(column) for column in lists}) != 1:
        return []
    return [dict(zip(document, cells, strict=True)) for cells in zip(*lists, strict=True)]
