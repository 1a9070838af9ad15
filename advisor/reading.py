"""File → rows: JSON lines, a JSON document, a table or plain text, told from the content and only then from the name.

A row that cannot be read is a `RowError` and the reading goes on; a file that cannot be read is an `AdviceError`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain, repeat
from pathlib import Path
from typing import Any, Literal

import orjson

from advisor import columnar, containers, documents, tables, values
from advisor.types import RowError
from advisor.values import Opened, Row

Form = Literal["JSON lines", "one JSON document", "a table", "plain text", "parquet", "arrow"]

_NESTED = frozenset((dict, list))
_HEAD = 200
"""Filled lines looked at: a log may begin with a banner, a file may begin with broken rows."""
_HEAD_BYTES = 1 << 20
_TABLES = (".csv", ".tsv", ".psv")
_TEXTS = (".txt", ".text", ".md")
_USUAL: dict[str, tuple[Form, ...]] = {
    ".jsonl": ("JSON lines",),
    ".ndjson": ("JSON lines",),
    ".json": ("one JSON document",),
    **dict.fromkeys(_TABLES, ("a table",)),
    **dict.fromkeys(_TEXTS, ("plain text",)),
    ".parquet": ("parquet",),
    ".arrow": ("arrow",),
}
_JSON_BEGINS = re.compile(rb'[\[{]\s*(?:$|["\[{}\]]|-?\d|true\b|false\b|null\b)')


def read(path: str | Path) -> Opened:
    """The rows of one file, numbered by line or element, and what is unusual about its container.

    All of them stream, but for a JSON object whose rows stand in no list. AdviceError for a file that cannot be opened, and,
    while the rows are drawn, for one that holds none.
    """
    container = containers.sniff(path)
    kind, single = form(path, container)
    opened = _opened(path, container, kind)
    notes = (*_unusual(path, container, kind, single), *opened.notes)
    why = "no row in it" if kind in ("a table", "plain text", "parquet", "arrow") else "no JSON object in it"
    return Opened(_with_objects(path, opened.rows, why), notes, container if kind == "JSON lines" else None)


def form(path: str | Path, container: containers.Container) -> tuple[Form, bool]:
    """(what the file holds, whether that is one object on one line: JSON lines and a document at once)."""
    if container.binary:
        return container.binary, False
    head = _head(path, container)
    suffix, begun = _suffix(path), _JSON_BEGINS.match(head[0].lstrip(values.BLANK))
    json_begins = bool(begun)
    if begun and len(head) == 1:
        return "one JSON document", begun[0].startswith(b"{")  # not parsed: it may be very long
    first = values.parses(head[0])
    if isinstance(first, (dict, list)):
        return ("JSON lines" if len(head) > 1 else "one JSON document"), False
    if suffix in _TABLES and not json_begins:
        return "a table", False
    starts = sum(map(_starts_a_row, head, head[1:]))
    # Prose and documents may hold a line that is an object: most lines must be, unless the name says that they are.
    if starts and (suffix in (".jsonl", ".ndjson") or 2 * starts >= len(head) - 1):
        return "JSON lines", False
    if suffix in _TEXTS and not json_begins:
        return ("a table" if tables.plausible(head, prose=True) else "plain text"), False
    if isinstance(first, (str, int, float)) and len(head) > 1:
        return "JSON lines", False
    return ("a table" if tables.plausible(head) else "one JSON document"), False


def _starts_a_row(before: bytes, line: bytes) -> bool:
    """Whether a line is an object of its own, not one inside an array that is written a line each."""
    inside = before.rstrip(values.BLANK).endswith((b",", b":")) or before.strip(values.BLANK) == b"["
    return line.startswith(b"{") and not inside and isinstance(values.parses(line), dict)


def _opened(path: str | Path, container: containers.Container, kind: Form) -> Opened:
    if kind == "parquet":
        return columnar.parquet(path)
    if kind == "arrow":
        return columnar.arrow(path)
    lines = containers.lines(path, container)
    if kind == "a table":
        return tables.opened(lines, _suffix(path))
    if kind == "one JSON document":
        return documents.opened(path, container)
    return Opened(from_lines(enumerate(lines, 1)) if kind == "JSON lines" else _from_text(lines))


def _head(path: str | Path, container: containers.Container) -> list[bytes]:
    """The first filled lines; two where they are long."""
    head, size = list[bytes](), 0
    for line in containers.lines(path, container):
        if line.strip(values.BLANK):
            head.append(line)
            size += len(line)
            if len(head) == _HEAD or (len(head) > 1 and size > _HEAD_BYTES):
                break
    return head or [b""]


def _suffix(path: str | Path) -> str:
    return Path(Path(path).name.lower().removesuffix(".gz")).suffix


def _with_objects(path: str | Path, rows: Iterable[Row], why: str) -> Iterator[Row]:
    objects = 0
    for row in rows:
        objects += not isinstance(row.value, RowError)
        yield row
    if not objects:
        raise containers.no_rows(path, why)


def _unusual(path: str | Path, container: containers.Container, kind: Form, single: bool) -> tuple[str, ...]:
    """What many trainers would stumble on, one clause each."""
    name, suffix = Path(path).name.lower(), _suffix(path)
    usual = kind in _USUAL.get(suffix, (kind,)) or (single and suffix in (".jsonl", ".ndjson"))
    unusual = {
        "begins with a byte-order mark": container.encoding == "utf-8-sig",
        f"is {container.encoding}, not UTF-8": not container.encoding.startswith("utf-8"),
        "is gzip though its name does not end in .gz": container.gzipped and not name.endswith(".gz"),
        "is not gzip though its name ends in .gz": not container.gzipped and name.endswith(".gz"),
        f"holds {kind} though it is named {suffix}": not usual,
    }
    return tuple(clause for clause, seen in unusual.items() if seen)


def from_lines(lines: Iterable[tuple[int, bytes]]) -> Iterator[Row]:
    """The rows of numbered JSON lines."""
    for number, line in lines:
        try:
            value = orjson.loads(line)
        except orjson.JSONDecodeError:
            yield from _from_line(line, number)
            continue
        if type(value) is dict and _is_flat(value, line):
            yield Row(number, value)
        else:
            yield from _from_value(line, number, value)


def _is_flat(row: dict[str, Any], line: bytes) -> bool:
    """Whether the line holds nothing nested and no key twice, as most lines do."""
    return _keys(line, len(row)) and _NESTED.isdisjoint(map(type, row.values()))


def _keys(line: bytes, n: int) -> bool:
    """Whether a line that holds n keys at least holds no more; colons are counted first, which is several times as fast."""
    return line.count(b":") == n or (line.count(b'":') == n and not values.apart(line))


def alike(rows: list[Row]) -> dict[int, dict[str, Any]]:
    """Index → the object of those rows that are a flat one with the same columns as most of them."""
    plain = ((i, row.value) for i, row in enumerate(rows) if not row.odd and type(row.value) is dict)
    return _of_most({i: row for i, row in plain if _NESTED.isdisjoint(map(type, row.values()))})


def alike_lines(lines: list[bytes]) -> dict[int, dict[str, Any]]:
    """The same of JSON lines, those with a repeated key left out."""
    try:
        rows: list[Any] = [*map(orjson.loads, lines)]
    except orjson.JSONDecodeError:
        rows = [*map(_loaded, lines)]
    if {*map(type, rows)} == {dict} and len({*map(tuple, rows)}) == 1 and _all_flat(rows, lines):
        return dict(enumerate(rows))
    return _of_most({i: row for i, row in enumerate(rows) if type(row) is dict and _is_flat(row, lines[i])})


def _of_most(rows: dict[int, dict[str, Any]]) -> dict[int, dict[str, Any]]:
    names = Counter(map(tuple, rows.values())).most_common(1)
    return {i: row for i, row in rows.items() if tuple(row) == names[0][0]}


def _all_flat(rows: list[dict[str, Any]], lines: list[bytes]) -> bool:
    n = len(rows[0])
    if not _NESTED.isdisjoint(map(type, chain.from_iterable(map(dict.values, rows)))):
        return False
    # Each line holds as many colons as keys at least: where all hold no more, none has a key twice. Replacing a character
    # is the fastest way to count it.
    joined = b"".join(lines)
    colons = len(joined) - len(joined.replace(b":", b""))
    return colons == n * len(rows) or all(map(_keys, lines, repeat(n)))


def _loaded(line: bytes) -> Any:
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError:
        return None


def _from_line(line: bytes, number: int) -> Iterable[Row]:
    """The rows of a line that is no strict JSON, blanks included."""
    raw = line.strip(values.BLANK)
    if not raw:
        return [Row(number, RowError(number, "NUL bytes only"))] if b"\0" in line else []
    if line.endswith(containers.CUT):
        return [Row(number, RowError(number, containers.too_long()))]
    try:
        return _from_value(raw, number, *values.parse(raw))
    except ValueError as error:
        return [Row(number, RowError(number, str(error)))]


def _from_value(raw: bytes, number: int, value: Any, odd: str = "") -> Iterable[Row]:
    shallow = type(value) is dict and raw.count(b"{") + raw.count(b"[") <= values.DEEPEST
    rows = [Row(number, value, odd)] if shallow else list(values.rows(value, number, odd))
    if all(isinstance(row.value, RowError) for row in rows):
        return rows
    key = values.repeated_key(raw, value)
    told = " and ".join(filter(None, (odd, "a key twice in one object, the last value counts" if key else "")))
    return [row._replace(odd=told) for row in rows] if told else rows


def _from_text(lines: Iterable[bytes]) -> Iterator[Row]:
    """A record a filled line, as `datasets` reads text files."""
    for number, line in enumerate(lines, 1):
        text = line.decode("utf-8", "replace").strip(" \t\r\n\0")
        if line.endswith(containers.CUT):
            yield Row(number, RowError(number, containers.too_long()))
        elif text:
            yield Row(number, {"text": text}, "bytes that are not UTF-8 read as U+FFFD" if "\ufffd" in text else "")
