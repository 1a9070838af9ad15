"""Names: columns as the layouts know them, records each by a name of its own."""

from __future__ import annotations

import dataclasses
import functools
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from advisor.types import Record

_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z][a-z])")
_BETWEEN = re.compile(r"[\s./-]+")


def canonical(row: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """(the row under lower-case snake names, those names → the file's own); a name that clashes stays as it is."""
    called = dict[str, str]()
    for column in row:
        name = column_name(column)
        called[column if name in called or (name != column and name in row) else name] = column
    return {name: row[column] for name, column in called.items()}, called


@functools.lru_cache(1 << 12)
def column_name(column: str) -> str:
    """`Best Answer`, `best-answer` and `bestAnswer` → `best_answer`."""
    return _BETWEEN.sub("_", _HUMP.sub("_", column.strip())).lower() or column


def unique(records: Iterable[Record]) -> tuple[tuple[Record, ...], tuple[int, ...]]:
    """Records named by their own id or their row, a repeated name with a suffix; and the rows where that was done."""
    given = list(records)
    held, taken = Counter(record.row for record in given), {record.id for record in given}
    place, used, tried = Counter[int](), set[str](), Counter[str]()
    named, renamed = list[Record](), list[int]()
    for record in given:
        place[record.row] += 1
        own = name = record.id or row_name(record.row, place[record.row], held[record.row])
        while name in used or (name != own and name in taken) or (name == own and not record.id and own in taken):
            tried[own] += 1
            name = f"{own}-{tried[own] + 1}"
        used.add(name)
        named.append(dataclasses.replace(record, id=name))
        renamed += [record.row] if name != own else []
    return tuple(named), tuple(renamed)


def row_name(row: int, place: int, held: int) -> str:
    """What a record without an id is called: by its row, and by its place there (from 1) where the row holds several."""
    return f"row-{row}" if held == 1 else f"row-{row}.{place}"
