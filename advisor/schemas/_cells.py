"""One cell of a row: text, number, truth, a list; a wrong type raises WrongRowError."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

_KINDS = {dict: "an object", list: "an array", str: "text", bool: "true or false"}
_TRUE = ("true", "yes", "1", "1.0", "y")
_FALSE = ("false", "no", "0", "0.0", "n")


class WrongRowError(ValueError):
    """The row has a layout's columns, but a value of the wrong type; the text is a clause for RowError.why."""


def wrong(column: str, value: Any, want: str) -> WrongRowError:
    """The error for a column that holds something else than it should."""
    return WrongRowError(f"column {column!r} holds {_KINDS.get(type(value), 'a number')}, want {want}")


def present(row: Mapping[str, Any], names: Sequence[str]) -> str:
    """The first of these columns that the row has, else `""`."""
    for name in names:  # a loop, as it runs some twenty times a row
        if name in row:
            return name
    return ""


def text(row: Mapping[str, Any], column: str) -> str:
    """A column's text."""
    value = row[column]
    if not isinstance(value, str):
        raise wrong(column, value, "text")
    return value


def written(value: str | float, column: str) -> str:
    """A text, or a number as text."""
    if isinstance(value, float) and abs(value) >= 2**63:
        raise WrongRowError(f"column {column!r} holds a number too large to be read exactly: write it as text")
    return str(value)


def has_words(value: Any) -> bool:
    """Whether a cell is a text of several words, or in a script without blanks: no address, number or name of a file."""
    return isinstance(value, str) and bool(said := value.strip()) and (" " in said or not said.isascii())


def score(row: Mapping[str, Any], column: str) -> float:
    """A column's number, also one written as text."""
    try:
        if isinstance(row[column], bool):
            raise TypeError
        return float(row[column])
    except (TypeError, ValueError, OverflowError):
        raise wrong(column, row[column], "a number") from None


def truth(value: Any, column: str) -> bool | None:
    """True or false, also as 1 and 0 or as a word; None stays None."""
    word = str(value).strip().lower()
    if value is None or word in (*_TRUE, *_FALSE):
        return None if value is None else word in _TRUE
    raise wrong(column, value, "true or false")


def is_truth(value: Any) -> bool:
    """Whether `truth` reads a value."""
    return isinstance(value, (bool, int, float, str)) and str(value).strip().lower() in (*_TRUE, *_FALSE)


def parsed(value: Any) -> Any:
    """The list or object that a text holds as JSON (a csv or parquet cell, say); any other value as it is."""
    if not isinstance(value, str) or not value.lstrip().startswith(("[", "{")):
        return value
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError:
        return value


def texts(value: Any, column: str) -> list[str]:
    """A list of texts, also written as JSON."""
    items = parsed(value)
    if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
        raise wrong(column, value, "a list of texts")
    return items
