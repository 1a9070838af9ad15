"""Tables of text → rows: csv and its kin, told from their content."""

from __future__ import annotations

import csv
import re
import sys
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice

from advisor import containers
from advisor.types import RowError
from advisor.values import Opened, Row

_DELIMITERS = {",": "commas", "\t": "tabs", ";": "semicolons", "|": "bars"}
_EXPECTED = {".csv": ",", ".tsv": "\t", ".psv": "|"}
_PROBE = 20
_LONGEST_NAME = 60
_Record = tuple[int, list[str] | str]
_IDENTIFIER = re.compile(r"[^\W\d][\w .#/-]{0,40}")
_REPLACED = "\ufffd"
_UNEVEN = "more or fewer cells than there are columns"
_LINES = 1 << 22
"""Lines of a record, as `containers.LONGEST` are its bytes: what opens a quote and has not closed it by then, never does."""
_CUT = containers.CUT.decode()
_NOT_UTF8 = "bytes that are not UTF-8 read as U+FFFD"


def plausible(head: Sequence[bytes], prose: bool = False) -> bool:
    """Whether the first lines of a file are a table, whatever its name: names on top, as many cells in every line.

    Commas make no table of a file that says it is prose.
    """
    delimiter = _delimiter(head, "")
    probe = [cells for _, cells in islice(_records(map(_decoded, head), delimiter), _PROBE) if isinstance(cells, list)]
    return (
        not (prose and delimiter == ",")
        and len(probe) > 2
        and len(probe[0]) > 1
        and {len(cells) for cells in probe} == {len(probe[0])}
        and all(_IDENTIFIER.fullmatch(name.strip()) for name in probe[0])
    )


def opened(lines: Iterable[bytes], suffix: str) -> Opened:
    """The rows of a delimited text, by the number of their first line; a line broken by its quotes costs only itself."""
    waiting = iter(lines)
    head = list(islice(waiting, _PROBE * 5))
    delimiter = _delimiter(head, suffix)
    notes = []
    if delimiter != _EXPECTED.get(suffix, delimiter):
        notes.append(f"is separated by {_DELIMITERS[delimiter]} though it is named {suffix}")
    records = _records(map(_decoded, chain(head, waiting)), delimiter)
    before, top = _top(records)
    if _is_header(top[1]):
        names = [name.strip() for name in top[1]]
        notes += _unnamed(names)
    else:
        before += [top] if top[1] else []
        names = [f"column {i}" for i in range(1, len(top[1]) + 1)]
        notes.append("has no line of column names: they are called column 1, column 2, …")
    return Opened((_row(number, cells, names) for number, cells in chain(before, records)), tuple(notes))


def _top(records: Iterator[_Record]) -> tuple[list[_Record], tuple[int, list[str]]]:
    """(broken records before it, the first whole record) of a table; an empty one where there is none."""
    broken = list[_Record]()
    for number, cells in records:
        if isinstance(cells, list):
            return broken, (number, cells)
        broken.append((number, cells))
    return broken, (0, [])


def _decoded(line: bytes) -> str:
    return line.decode("utf-8", "replace")


def _delimiter(head: Sequence[bytes], suffix: str) -> str:
    """The one that cuts the first lines into the most equal numbers of cells; of equals the one the name says."""

    def fit(delimiter: str) -> tuple[float, bool, int]:
        sizes = [len(c) for _, c in islice(_records(map(_decoded, head), delimiter), _PROBE) if isinstance(c, list)]
        common = max(set(sizes), key=sizes.count, default=1)
        share = sizes.count(common) / len(sizes) if sizes and common > 1 else 0.0
        return round(share, 1), delimiter == _EXPECTED.get(suffix, ","), common

    return max(_DELIMITERS, key=fit)


def _records(lines: Iterable[str], delimiter: str) -> Iterator[_Record]:
    """(number of its first line, cells or what is wrong) of each record; after a broken one goes on with the next line."""
    csv.field_size_limit(sys.maxsize)
    source, again, taken = iter(lines), deque[str](), list[str]()

    def feed() -> Iterator[str]:
        size = 0
        while (line := again.popleft() if again else next(source, None)) is not None:
            size = len(line) + size if taken else 0
            taken.append(line)
            if line.endswith(_CUT):
                raise csv.Error(containers.too_long())
            if size > containers.LONGEST or len(taken) > _LINES:
                raise csv.Error(f"a quote is not closed within {containers.LONGEST >> 20} MB or {_LINES:,} lines")
            yield line

    reader, number = csv.reader(feed(), delimiter=delimiter, strict=True), 1
    while True:
        taken.clear()
        try:
            cells: list[str] | str = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            cells = str(error)
            again.extendleft(reversed(taken[1:]))
            del taken[1:]
            reader = csv.reader(feed(), delimiter=delimiter, strict=True)
        if cells:
            yield number, cells
        number += len(taken)


def _is_header(names: Sequence[str]) -> bool:
    """Whether the first record names columns: short, all different, not numbers, at most a few empty."""
    filled = [name.strip() for name in names if name.strip()]
    unlike = all(len(name) <= _LONGEST_NAME and not name.replace(".", "").isdigit() for name in filled)
    return bool(filled) and unlike and len(set(filled)) == len(filled) and 2 * len(filled) >= len(names)


def _unnamed(names: Sequence[str]) -> tuple[str, ...]:
    places = ", ".join(str(i) for i, name in enumerate(names, 1) if not name.strip())
    return (f"has no name for column {places}",) if places else ()


def _row(number: int, cells: list[str] | str, names: Sequence[str]) -> Row:
    """A row of text cells; empty cells of nameless columns are no columns."""
    if isinstance(cells, str):
        return Row(number, RowError(number, f"malformed csv: {cells}"))
    if "\0" in cells[0] and not "".join(cells).strip("\0 "):
        return Row(number, RowError(number, "NUL bytes only"))
    if any(cells[len(names) :]):
        return Row(number, RowError(number, f"{len(cells)} cells, but the table has {len(names)} columns"))
    pairs = enumerate(zip(names, cells, strict=False), 1)
    named = {name or f"column {i}": cell for i, (name, cell) in pairs if name or cell}
    odd = {_UNEVEN: len(cells) != len(names), _NOT_UTF8: any(_REPLACED in cell for cell in cells)}
    return Row(number, named, " and ".join(clause for clause, seen in odd.items() if seen))
