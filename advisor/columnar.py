"""Parquet and arrow files → rows, a few at a time, through pyarrow, which is imported only for them."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from advisor import values
from advisor.privacy import redact
from advisor.types import AdviceError, RowError
from advisor.values import Opened, Row

_ROWS = 500
"""Rows made into Python objects at a time."""
_BUFFER = 1 << 20
_SIMPLE = frozenset((str, int, bool, type(None)))
"""Types of cells that JSON holds as they are: arrow's text has no half surrogates."""
_Batches = tuple[Sequence[str], Iterable[Any]]
"""(names of the columns, record batches)."""


def parquet(path: str | Path) -> Opened:
    """The rows of a parquet file, numbered from 1."""
    return _opened(path, _of_parquet)


def arrow(path: str | Path) -> Opened:
    """The rows of an arrow file or stream (`Dataset.save_to_disk`), numbered from 1."""
    return _opened(path, _of_arrow)


def _of_parquet(path: str | Path) -> _Batches:
    from pyarrow.parquet import ParquetFile

    # Neither prefetched nor read a row group at once: a file may be one group.
    file = ParquetFile(path, pre_buffer=False, buffer_size=_BUFFER)
    return file.schema_arrow.names, file.iter_batches(_ROWS)


def _of_arrow(path: str | Path) -> _Batches:
    from pyarrow import ipc, memory_map

    source = memory_map(str(path))
    if source.read(6) == b"ARROW1":
        file = ipc.open_file(source)
        return file.schema.names, map(file.get_batch, range(file.num_record_batches))
    source.seek(0)
    stream = ipc.open_stream(source)
    return stream.schema.names, stream


def _opened(path: str | Path, source: Callable[[str | Path], _Batches]) -> Opened:
    try:
        names, batches = source(path)
    except _unreadable() as error:
        raise _damaged(path, error) from None
    return Opened(_rows(path, batches), _repeated(names))


def _unreadable() -> tuple[type[Exception], ...]:
    """What pyarrow raises at what it cannot read, or Python cannot hold."""
    from pyarrow import ArrowException

    return ArrowException, OSError, ValueError, KeyError, OverflowError


def _damaged(path: str | Path, error: Exception) -> AdviceError:
    return AdviceError(f"{path}: cannot be read ({_said(error)}); download or export it again")


def _said(error: Exception) -> str:
    return redact(" ".join(str(error).split()))[:120]


def _repeated(names: Sequence[str]) -> tuple[str, ...]:
    twice = [name for name, times in Counter(names).items() if times > 1]
    return tuple(f"holds more than one column called {name!r}: the last one counts" for name in twice)


def _rows(path: str | Path, batches: Iterable[Any]) -> Iterator[Row]:
    number = 0
    try:
        for batch in batches:
            for start in range(0, batch.num_rows, _ROWS):
                for cells in _cells(batch.slice(start, _ROWS)):
                    number += 1
                    yield _row(cells, number)
    except _unreadable() as error:
        raise _damaged(path, error) from None


def _cells(batch: Any) -> list[dict[str, Any] | str]:
    """Each row's cells, or what is wrong with one of them."""
    try:
        batch.validate(full=True)  # a damaged file may point outside itself
        return list(batch.to_pylist())
    except _unreadable():
        one_by_one = (batch.slice(at, 1) for at in range(batch.num_rows))
        return [_of_one(row) for row in one_by_one]


def _of_one(row: Any) -> dict[str, Any] | str:
    try:
        return {name: _cell(column) for name, column in zip(row.schema.names, row.columns, strict=True)}
    except _unreadable() as error:
        return f"a cell cannot be read ({_said(error)})"


def _cell(column: Any) -> Any:
    """The one cell of a column; as text where Python has no such time (of an unknown zone, to the nanosecond, after 9999)."""
    import pyarrow as pa

    column.validate(full=True)
    try:
        return column[0].as_py()
    except (ValueError, KeyError, OverflowError):
        if not pa.types.is_temporal(column.type):
            raise
        zoned = pa.types.is_timestamp(column.type) and column.type.tz
        known = column.cast(pa.timestamp(column.type.unit, "UTC")) if zoned else column
        text = known.cast(pa.string())[0].as_py()
        if text.startswith("<"):  # `<value out of range: …>`
            raise
        return text.replace(" ", "T", 1)


def _row(cells: dict[str, Any] | str, number: int) -> Row:
    if isinstance(cells, str):
        return Row(number, RowError(number, cells))
    if _SIMPLE.issuperset(map(type, cells.values())):
        return Row(number, cells)
    value, odd = values.mended(_plain(cells))
    return values.row(value, number, odd)


def _plain(cell: Any) -> Any:
    """A cell as JSON would hold it; bytes (images, audio) by their size."""
    if isinstance(cell, Mapping):
        return {str(key): _plain(value) for key, value in cell.items()}
    if isinstance(cell, (list, tuple)):
        return [_plain(item) for item in cell]
    if isinstance(cell, bytes):
        return f"[{len(cell)} bytes]"
    if isinstance(cell, (datetime.date, datetime.time)):
        return cell.isoformat()
    return cell if isinstance(cell, (str, int, float, type(None))) else str(cell)
