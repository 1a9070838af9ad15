"""Values in JSON text, one after another → rows: of an array or not, and after a broken one the next.

Many small objects are parsed at once: what begins with a whole number of elements and can be read is those elements, for no
object is the beginning of another.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import orjson

from advisor import values, window
from advisor.types import RowError
from advisor.values import Row
from advisor.window import BrokenError, Window

_GAP = re.compile(r'\}[ \t\r\n,]*\{[ \t\r\n]*"[^"\\]{0,80}"[ \t]*:')
_STRIDE = 1 << 16
"""Characters parsed at once at most."""
_STRADDLE = 256
_REMEMBERED = 1000
"""Elements whose columns are kept, to tell an element from an object inside one."""
_TWICE = "a key twice in one object, the last value counts"


def elements(text: Window, boundary: re.Pattern[str], first: int = 1) -> Iterator[Row]:
    """Rows of the elements of an array, from here to its `]`, on which the window then stands; numbered from `first`.

    An element that cannot be read is a RowError, and the reading goes on where `boundary` says that the next begins.
    """
    reader = _Elements(text, boundary, first)
    yield from reader.rows("]")
    if not text.next() and not text.lost:
        text.lost = True
        yield broken(text, reader.number, f"the array is cut off at line {text.line(text.at)}: it has no end")


def sequence(text: Window, boundary: re.Pattern[str], first: int = 1) -> Iterator[Row]:
    """Rows of the values that stand one after another up to the end of the text; as elements."""
    return _Elements(text, boundary, first).rows("")


def broken(text: Window, number: int, why: str) -> Row:
    """The row of what cannot be read."""
    text.broken = text.broken or why
    return Row(number, RowError(number, why))


class _Elements:
    """Draws the rows once."""

    def __init__(self, text: Window, boundary: re.Pattern[str], first: int) -> None:
        self.text, self.boundary = text, boundary
        self.number, self.remembered = first, first + _REMEMBERED
        """Of the next element; of the first whose columns are not kept."""
        self._keys = set[str]()
        self._gap, self._stride = "", _STRIDE

    def rows(self, closing: str) -> Iterator[Row]:
        """Rows up to a bracket, or the end of the text."""
        while (opening := self.text.next()) and opening != closing:
            rows = self._several() or self._one()
            if self.number < self.remembered:
                early = (row.value for row in rows if row.number < self.remembered)
                self._keys.update(*(value for value in early if isinstance(value, dict)))
            self.number = rows[-1].number + 1
            yield from rows

    def _several(self) -> list[Row]:
        """The rows of the next elements; none where they are not plain objects."""
        text, last = self.text.text, self.text.at + min(self._stride, window.LONGEST)
        end = text.rfind(self._gap, self.text.at, last) + 1 if self._gap else 0
        if not end:
            return []
        rows = _plain(b"[" + text[self.text.at : end].encode("latin-1") + b"]", self.number)
        # What is odd is come near by halves, and stepped over.
        self._stride = min(2 * self._stride, _STRIDE) if rows else self._stride // 2
        self.text.at = end if rows else self.text.at
        return rows

    def _one(self) -> list[Row]:
        try:
            rows = _read(self.text.take(), self.number)
        except BrokenError as error:
            return [self._resumed(error)]
        found = _GAP.match(self.text.text, self.text.at - 1)
        self._gap, self._stride = found[0] if found else "", min(2 * self._stride + 1, _STRIDE)
        return rows

    def _resumed(self, error: BrokenError) -> Row:
        """The row of a broken value, the window moved to where the next begins."""
        text, line = self.text, self.text.line(error.at)
        near = self._behind(error)
        while text.seek(self.boundary, near):
            try:
                if self._is_next():
                    break
                near = text.at
            except BrokenError as another:
                near = self._behind(another)
        else:
            text.lost = True
        cut_off = text.lost and error.cut_off
        where = f"the array is cut off at line {line}" if cut_off else f"invalid JSON at line {line}"
        return broken(text, self.number, f"{where}: {error.why}")

    def _behind(self, error: BrokenError) -> int:
        """From where to look for the next value: the comma before what was not expected, which may be it."""
        text, near = self.text.text, max(self.text.at, error.at - _STRADDLE)
        return near + len(text[near : error.at].rstrip(", \t\r\n"))

    def _is_next(self) -> bool:
        """Whether here the array ends, or begins an object with columns seen before (not one inside another)."""
        if self.text.text[self.text.at] == "]":
            return True
        end = self.text.value()[1]  # which may move the window
        raw = self.text.text[self.text.at : end].encode("latin-1")
        try:
            named = json.loads(raw.decode("utf-8", "replace"), parse_int=float).keys()
        except RecursionError:
            return False
        return not self._keys or 2 * len(self._keys & named) >= len(named)


def _plain(array: bytes, number: int) -> list[Row]:
    """The rows of an array of objects; none where there is anything to tell."""
    try:
        objects = orjson.loads(array)
    except orjson.JSONDecodeError:
        return []
    if {*map(type, objects)} != {dict} or not _once(array, objects):
        return []
    rows = [values.row(value, at) for at, value in enumerate(objects, number)]
    return [] if any(isinstance(row.value, RowError) for row in rows) else rows


def _once(array: bytes, objects: list[dict[str, Any]]) -> bool:
    """Whether no object holds a key twice; those that are flat are counted first, which is fastest."""
    flat = array.count(b'":') == sum(map(len, objects)) and not values.apart(array)
    return flat or not values.repeated_key(array, objects)


def _read(raw: bytes, number: int) -> list[Row]:
    """The rows of one value."""
    try:
        value, odd = values.parse(raw)
    except ValueError as error:
        return [Row(number, RowError(number, str(error)))]
    twice = values.repeated_key(raw, value) and _TWICE
    return list(values.rows(value, number, " and ".join(filter(None, (odd, twice)))))
