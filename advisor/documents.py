"""One JSON document → its rows, also where it is broken: what can be read is read, and the rest has a place."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from advisor import containers, values
from advisor.types import RowError
from advisor.values import Opened, Row

SPLITS = ("train", "validation", "valid", "val", "dev", "eval", "test")
WRAPPERS = ("data", "rows", "examples", "records", "items", "instances", "samples", "entries", "dataset")
_SEPARATORS = re.compile(r"[ \t\r\n,]*")
_ELEMENT = re.compile(r",\s{0,200}(?=\{)")
_OBJECT = re.compile(r"\n(?=\{)")
_WRAPPED = re.compile(
    r'\s*\{(?:\s*"[^"]{0,80}"\s*:\s*(?:"[^"]{0,400}"|[\d.]+|null|true|false)\s*,){0,20}'
    rf'\s*"(?i:(?P<split>{"|".join(SPLITS)})|{"|".join(WRAPPERS)})"\s*:\s*\['
)


def opened(path: str | Path, raw: bytes) -> Opened:
    """The rows of a document, numbered from 1. Raises AdviceError where not one object can be read."""
    try:
        document, odd = values.parse(raw.strip(values.BLANK))
    except ValueError as error:
        why = values.python(raw.lstrip().partition(b"\n")[0].strip()) or str(error)
        return Opened(_recovered(path, raw.decode("utf-8", "replace"), why))
    elements, unread = _elements(document)
    numbered = (row for number, element in enumerate(elements, 1) for row in values.rows(element, number))
    return Opened(numbered, (*filter(None, (odd, _repeated(raw, document))), *unread))


def _repeated(raw: bytes, document: Any) -> str:
    try:
        key = values.repeated_key(raw, document)
    except RecursionError:
        return ""  # too deep to look at again; its rows are refused for that
    return f"holds a key twice in one object, such as {key!r}: the last value counts" if key else ""


def _elements(document: Any) -> tuple[list[Any], tuple[str, ...]]:
    """(rows, lists left unread) of an array, an object that wraps one, splits, keyed rows, columns, or one object."""
    if not isinstance(document, dict):
        whole = not isinstance(document, list) or values.is_conversation(document)
        return [document] if whole else document, ()
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
    return tuple(f"its list {key!r} of {len(rows):,} is not read" for key, rows in others.items())


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


def rows_begin(head: str) -> tuple[int, str] | None:
    """(characters before the first row, the split that it belongs to or `""`) of an array of objects, or of an object that
    wraps one; None where the rows, if there are any, lie otherwise."""
    wrapped = _WRAPPED.match(head)
    array = re.match(r"\s*\[", head)
    start = wrapped.end() if wrapped else array.end() if array else 0
    if not start or not re.match(r"\s*\{", head[start:]):
        return None
    turn = re.match(r'\s*\{\s*"(?:role|from)"\s*:', head[start:])  # the array may be one conversation
    return None if turn and not wrapped else (start, (wrapped and wrapped["split"]) or "")


def recovered(text: str, first: int, line: int) -> Iterator[Row]:
    """The elements of the rest of a broken array, numbered from `first`; `line` is the one that the rest begins in."""
    blank = "\n" * (line - 1)  # so that lines are counted from the beginning of the file
    for row in _decoded(blank + text, len(blank), _ELEMENT):
        number = first + row.number - 1
        value = RowError(number, row.value.why) if isinstance(row.value, RowError) else row.value
        yield Row(number, value, row.odd)


def _recovered(path: str | Path, text: str, why: str) -> Iterator[Row]:
    """Rows of a broken document: an array, the array that an object wraps, or objects one after another."""
    wrapped = _WRAPPED.match(text)
    start = wrapped.end() if wrapped else text.find("[") + 1 if text.lstrip().startswith("[") else 0
    held, objects = list[Row](), 0
    for row in _decoded(text, start, _ELEMENT if start else _OBJECT):
        # Broken elements are told once an object follows: until then the file may be no JSON at all.
        held.append(row)
        objects += not isinstance(row.value, RowError)
        if objects:
            yield from held
            held.clear()
    if not objects:
        raise containers.no_rows(path, f"no JSON object a line, and as a whole {why}")


def _decoded(text: str, at: int, boundary: re.Pattern[str]) -> Iterator[Row]:
    """Elements from `at` on; after a broken one the reading goes on where the next begins."""
    decoder, number, keys = json.JSONDecoder(), 0, set[str]()
    while (at := _skip(text, at)) < len(text) and text[at] != "]":
        number += 1
        try:
            element, at = decoder.raw_decode(text, at)
        except (json.JSONDecodeError, RecursionError) as error:
            stopped = error.pos if isinstance(error, json.JSONDecodeError) else at
            at = _next(decoder, text, max(at, stopped), boundary, keys)
            yield _broken(text, number, stopped, getattr(error, "msg", "nested too deeply"), at < 0)
            if at < 0:
                return
            continue
        keys.update(element if isinstance(element, dict) else ())
        whole, odd = values.mended(element)
        yield from values.rows(whole, number, odd)


def _skip(text: str, at: int) -> int:
    found = _SEPARATORS.match(text, at)
    return found.end() if found else at


def _broken(text: str, number: int, stopped: int, why: str, last: bool) -> Row:
    line = text.count("\n", 0, stopped) + 1
    cut_off = last and (why.startswith("Unterminated") or stopped > len(text.rstrip()) - len("\\u0000"))
    where = f"the array is cut off at line {line}" if cut_off else f"invalid JSON at line {line}"
    return Row(number, RowError(number, f"{where}: {why}"))


def _next(decoder: json.JSONDecoder, text: str, at: int, boundary: re.Pattern[str], keys: set[str]) -> int:
    """Where the next whole element begins, -1 for nowhere: an object with the columns seen so far, so not a nested one."""
    for found in boundary.finditer(text, at):
        try:
            element, _ = decoder.raw_decode(text, found.end())
        except (json.JSONDecodeError, RecursionError):
            continue
        if not keys or 2 * len(keys & element.keys()) >= len(element):
            return found.end()
    return -1
