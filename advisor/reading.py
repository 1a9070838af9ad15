"""File → rows: JSON lines or one JSON document, told from the content, not from the name.

A row that cannot be read is a `RowError` and the reading goes on; a file that cannot be read is an `AdviceError`.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

import orjson

from advisor import containers
from advisor.types import AdviceError, RowError

_BLANK = b" \t\r\n\0"
_DEEPEST = 100  # orjson writes 254 levels and Python recurses to 1,000; training rows have fewer than ten
_SPLITS = ("train", "validation", "valid", "val", "dev", "eval", "test")
_WRAPPERS = ("data", "rows", "examples", "records", "items", "instances", "samples", "entries", "dataset")
_TYPES = {dict: "an object", list: "an array", str: "a string", bool: "true or false", type(None): "null"}
_SEPARATORS = re.compile(r"[ \t\r\n,]*")

Layout = Literal["jsonl", "json"]
Row = tuple[int, dict[str, Any] | RowError]


def read_rows(path: str | Path) -> Iterator[Row]:
    """Yield (1-based line or element number, row or what is wrong with it) in file order; blank lines are no rows.

    JSON lines stream; a JSON document is read whole. Raises AdviceError for a file that holds no JSON object.
    """
    container = containers.sniff(path)
    lines = containers.lines(path, container)
    rows = _from_lines(lines) if layout(path, container) == "jsonl" else _from_document(path, b"".join(lines))
    objects = 0
    for number, row in rows:
        objects += not isinstance(row, RowError)
        yield number, row
    if not objects:
        raise containers.no_rows(path)


def layout(path: str | Path, container: containers.Container) -> Layout:
    """JSON lines if the first filled line is a JSON value of its own and another follows, else one document."""
    filled = (line for line in containers.lines(path, container) if line.strip(_BLANK))
    first, second = next(filled, b""), next(filled, b"")
    return "jsonl" if second and _parses(first) else "json"


def notes(path: str | Path) -> tuple[str, ...]:
    """What is unusual about the container, one clause each: many trainers read less than `advise` does."""
    container, name = containers.sniff(path), Path(path).name.lower()
    form, plain = layout(path, container), name.removesuffix(".gz")
    unusual = {
        "begins with a byte-order mark": container.encoding == "utf-8-sig",
        f"is {container.encoding}, not UTF-8": not container.encoding.startswith("utf-8"),
        "is gzip though its name does not end in .gz": container.gzipped and plain == name,
        "is not gzip though its name ends in .gz": not container.gzipped and plain != name,
        "holds JSON lines though it is named .json": form == "jsonl" and plain.endswith(".json"),
        "holds one JSON document though it is named .jsonl": form == "json" and plain.endswith((".jsonl", ".ndjson")),
    }
    return tuple(clause for clause, seen in unusual.items() if seen)


def parse(raw: bytes) -> Any:
    """One JSON value; NaN and Infinity become null, half a surrogate pair becomes U+FFFD. Else ValueError says why."""
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        strict = error
    try:
        return _mended(json.loads(raw.decode(), parse_constant=lambda _: None))
    except UnicodeDecodeError:
        raise ValueError("not UTF-8") from None
    except RecursionError:
        raise ValueError("nested too deeply") from None
    except ValueError:
        raise ValueError(f"invalid JSON: {strict.msg} (column {strict.colno})") from None


def _mended(value: Any) -> Any:
    """The value without lone surrogates (half an emoji, cut by a careless slice): no encoder takes them."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_mended(item) for item in value]
    return {_mended(k): _mended(v) for k, v in value.items()} if isinstance(value, dict) else value


def _parses(raw: bytes) -> bool:
    try:
        parse(raw.strip(_BLANK))
    except ValueError:
        return False
    return True


def _from_lines(lines: Iterable[bytes]) -> Iterator[Row]:
    for number, line in enumerate(lines, 1):
        raw = line.strip(_BLANK)
        if raw:
            yield number, _from_line(raw, number)
        elif b"\0" in line:
            yield number, RowError(number, "NUL bytes only")


def _from_line(raw: bytes, number: int) -> dict[str, Any] | RowError:
    try:
        return _row(parse(raw), number)
    except ValueError as error:
        return RowError(number, str(error))


def _row(value: Any, number: int) -> dict[str, Any] | RowError:
    if not isinstance(value, dict):
        return RowError(number, f"not an object but {_TYPES.get(type(value), 'a number')}")
    return RowError(number, "nested too deeply") if _deep(value) else value


def _deep(value: Any) -> bool:
    """Whether containers nest beyond _DEEPEST: level by level, so without recursion, and one pass over a flat row."""
    level = [value]
    for _ in range(_DEEPEST):
        inner = itertools.chain.from_iterable(v.values() if isinstance(v, dict) else v for v in level)
        level = [v for v in inner if isinstance(v, (dict, list))]
        if not level:
            return False
    return True


def _from_document(path: str | Path, raw: bytes) -> Iterator[Row]:
    try:
        document = parse(raw.strip(_BLANK))
    except ValueError as error:
        yield from _from_broken(path, raw, str(error))
        return
    yield from ((number, _row(element, number)) for number, element in enumerate(_elements(document), 1))


def _from_broken(path: str | Path, raw: bytes, why: str) -> Iterator[Row]:
    """Rows of a document that does not parse: JSON lines with a bad first line, or an array cut off at its end."""
    if raw.lstrip(_BLANK).startswith(b"["):
        return _from_cut_array(path, raw.decode("utf-8", "replace"))
    lines = raw.split(b"\n") if b"\n" in raw else raw.split(b"\r")
    if any(line.lstrip(_BLANK).startswith(b"{") and _parses(line) for line in lines):
        return _from_lines(lines)
    raise containers.no_rows(path, f"no JSON object a line, and as a whole {why}")


def _from_cut_array(path: str | Path, text: str) -> Iterator[Row]:
    elements, error = _leading_elements(text)
    number, line = len(elements) + 1, text.count("\n", 0, error.pos) + 1
    cut_off = error.msg.startswith("Unterminated") or error.pos > len(text.rstrip()) - len("\\u0000")
    if not (cut_off and elements):
        raise AdviceError(f"{path}:{line}: invalid JSON in element {number} of the array ({error.msg}); mend it there")
    whole = [(i, _row(element, i)) for i, element in enumerate(elements, 1)]
    return iter([*whole, (number, RowError(number, f"the array is cut off at line {line}: {error.msg}"))])


def _leading_elements(text: str) -> tuple[list[Any], json.JSONDecodeError]:
    """Elements of a broken JSON array as far as they parse, and the error that stopped the parsing."""
    decoder, elements, at = json.JSONDecoder(parse_constant=lambda _: None), [], text.index("[") + 1
    while True:
        start = _SEPARATORS.match(text, at)
        at = start.end() if start else at
        try:
            element, at = decoder.raw_decode(text, at)
            elements.append(_mended(element))
        except json.JSONDecodeError as error:
            return elements, error
        except RecursionError:
            return elements, json.JSONDecodeError("nested too deeply", text, at)


def _elements(document: Any) -> list[Any]:
    """The rows of a document: an array; an object that wraps one, or splits, keyed rows, columns; else the object."""
    if not isinstance(document, dict):
        return document if isinstance(document, list) else [document]
    wrapped = next((document[key] for key in _WRAPPERS if _objects(document.get(key))), None)
    if wrapped is not None:
        return list(wrapped)
    splits = [(key, rows) for key, rows in document.items() if key.lower() in _SPLITS and _objects(rows)]
    if splits:
        return [{"split": key, **row} if isinstance(row, dict) else row for key, rows in splits for row in rows]
    values = list(document.values())
    if len(values) == 1 and isinstance(values[0], dict):
        return _elements(values[0])
    return _keyed(document) or _columns(document) or [document]


def _objects(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)


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
