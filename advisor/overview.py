"""What reading a file told about it, but for the records themselves."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Mapping

from advisor.types import Dataset, RowError, Schema, Shard

SHOWN = 100
"""Bad rows kept with their reasons; all are counted."""


@dataclasses.dataclass(frozen=True, slots=True)
class Overview:
    """A dataset as read."""

    path: str
    """As the user gave it."""
    bytes: int
    """Size on disk."""
    sha256: str
    """Of the file's bytes as they lie on disk."""
    rows: int
    """Rows seen, good and bad."""
    records: int
    """Canonical records in them."""
    bad: int
    """Rows that became no record."""
    errors: tuple[RowError, ...]
    """The first of these, with what is wrong."""
    reasons: Mapping[str, int]
    """What was wrong → how many rows, most first."""
    partly: int
    """Rows of which a part was unusable and the rest became records."""
    partly_rows: tuple[int, ...]
    """The first of them."""
    schema: Schema
    """The layout found."""
    notes: tuple[str, ...]
    """What was unusual about the container or mended while reading, one clause each."""
    shards: tuple[Shard, ...] = ()
    """The files of a folder or pattern, in order; empty for a single file."""

    @property
    def bad_rows(self) -> tuple[int, ...]:
        """Numbers of the first bad rows."""
        return tuple(error.row for error in self.errors)


def place(data: Dataset | Overview, row: int) -> str:
    """Where a row stands: `file:line`."""
    shard = next((s for s in reversed(data.shards) if s.before < row), Shard(data.path, 0))
    return f"{shard.path}:{row - shard.before}"


def of_dataset(data: Dataset) -> Overview:
    """The same of a dataset in memory; a row of which several parts cannot be read counts once."""
    bad, partly = data.errors, sorted({e.row for e in data.broken})
    return Overview(
        path=data.path,
        bytes=data.bytes,
        sha256=data.sha256,
        rows=data.rows,
        records=len(data.records),
        bad=len(bad),
        errors=bad[:SHOWN],
        reasons=dict(Counter(e.why for e in bad).most_common(10)),
        partly=len(partly),
        partly_rows=tuple(partly[:10]),
        schema=data.schema,
        notes=data.notes,
        shards=data.shards,
    )
