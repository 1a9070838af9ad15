"""What reading a file tells of it, row by row: bad rows and why, layouts, and what was mended."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TypeVar

from advisor.overview import SHOWN, Overview, place
from advisor.privacy import redact
from advisor.recognise import Reading
from advisor.types import RowError, Schema, Shard, Supervision

_DOMINANT = 0.95
"""A schema, or a supervision, that holds for this share of the rows names the file; the rest shows in `others`."""
_REASONS = 100
"""Different reasons counted apart."""
_Name = TypeVar("_Name", bound=str)


class Ledger:
    """Takes readings in file order; parts of a file may be taken apart and merged in their order."""

    def __init__(self) -> None:
        self.rows = self.records = self.bad = self.last = 0
        self.errors = list[RowError]()
        self.reasons = Counter[str]()
        self.partly, self.broken = 0, 0
        self.partial = list[RowError]()
        self.odd = dict[str, tuple[int, int]]()
        self.schemas, self.signals = Counter[str](), Counter[Supervision]()
        self.columns = dict[str, dict[str, str]]()
        self._uses = set[tuple[str, ...]]()

    def add(self, reading: Reading) -> None:
        """One row."""
        self.rows += 1
        self.last = max(self.last, reading.row)
        if not reading.records:
            self._bad(reading)
            return
        self.records += len(reading.records)
        self.schemas[reading.schema] += 1
        self.signals[reading.signal] += 1
        if reading.errors:
            self.partly += 1
            self.broken += len(reading.errors)
            self.partial += reading.errors[:1] if len(self.partial) < SHOWN else []
        if reading.odd:
            n, first = self.odd.get(reading.odd, (0, reading.row))
            self.odd[reading.odd] = n + 1, first
        self._columns(reading)

    def alike(self, reading: Reading, more: int, last: int) -> None:
        """As many more rows of one record as that row; `last` is the number of the last."""
        self.rows += more
        self.records += more
        self.schemas[reading.schema] += more
        self.signals[reading.signal] += more
        self.last = max(self.last, last)

    def _bad(self, reading: Reading) -> None:
        error = whole(reading.errors)
        self.bad += 1
        self.errors += [error] if len(self.errors) < SHOWN else []
        why = error.why.partition(" (column")[0]
        self._because(why, 1)

    def _because(self, why: str, n: int) -> None:
        self.reasons[why if why in self.reasons or len(self.reasons) < _REASONS else "other reasons"] += n

    def _columns(self, reading: Reading) -> None:
        # What a layout uses of the same columns is the same.
        key = (reading.schema, *reading.documents, "", *reading.columns, "", *reading.rest.called)
        if key not in self._uses:
            self._uses.add(key)
            self.columns.setdefault(reading.schema, {}).update(reading.used())

    def merge(self, later: Ledger) -> None:
        """The ledger of the part that follows."""
        for name in ("rows", "records", "bad", "partly", "broken"):
            setattr(self, name, getattr(self, name) + getattr(later, name))
        self.last = max(self.last, later.last)
        self.errors = (self.errors + later.errors)[:SHOWN]
        self.partial = (self.partial + later.partial)[:SHOWN]
        self.schemas.update(later.schemas)
        self.signals.update(later.signals)
        for why, n in later.reasons.items():
            self._because(why, n)
        for clause, (n, first) in later.odd.items():
            before, earliest = self.odd.get(clause, (0, first))
            self.odd[clause] = before + n, earliest
        for schema, columns in later.columns.items():
            self.columns.setdefault(schema, {}).update(columns)

    def overview(self, path: str, size: int, sha256: str, said: Iterable[str], shards: tuple[Shard, ...]) -> Overview:
        """The overview of what was taken; `said` is what is known of its files."""
        read = Overview(
            path=path,
            bytes=size,
            sha256=sha256,
            rows=self.rows,
            records=self.records,
            bad=self.bad,
            errors=tuple(self.errors),
            reasons=dict(sorted(self.reasons.items(), key=lambda item: (-item[1], item[0]))),
            partly=self.partly,
            partly_rows=tuple(error.row for error in self.partial),
            schema=self.schema(),
            notes=(),
            shards=shards,
        )
        return dataclasses.replace(read, notes=tuple(redact(note) for note in (*said, *self._mended(read))))

    def _mended(self, read: Overview) -> list[str]:
        """What was mended in rows, with how many and the first of them."""
        told = [
            f"{counted(n, 'row')}: {clause} (first: {_where(read, first)})" for clause, (n, first) in self.odd.items()
        ]
        if self.partial:
            first = self.partial[0]
            parts = f"{counted(self.broken, 'part')} of {counted(self.partly, 'row')}"
            told.append(f"{parts} cannot be read (first: {_where(read, first.row)}: {first.why})")
        return told

    def schema(self) -> Schema:
        """The file's layout: the one of at least 95 % of the good rows, else `mixed`; its supervision by the same rule."""
        if not self.schemas:
            return Schema("unknown", "mixed", {}, 0.0)
        shares = _shares(self.schemas)
        (name, share), others = shares[0], shares[1:]
        if share < _DOMINANT:
            name, others = "mixed", shares
        used = [columns for schema, columns in self.columns.items() if name in (schema, "mixed")]
        columns = {redact(column): field for each in used for column, field in each.items()}
        signal, agreed = _shares(self.signals)[0]
        return Schema(name, signal if agreed >= _DOMINANT else "mixed", columns, share, tuple(others))


def whole(errors: list[RowError]) -> RowError:
    """One error for a row of which nothing could be read."""
    first, more = errors[0], len(errors) - 1
    return RowError(first.row, f"{first.why} (and {more} more)" if more else first.why)


def counted(n: int, what: str) -> str:
    """`1 row`, `1,200 rows`."""
    return f"{n:,} {what}{'s' * (n != 1)}"


def of_files(clauses: list[tuple[str, str]], files: int) -> list[str]:
    """What is unusual about the containers, as (clause, file); among several files, with how many and the first."""
    first = dict(reversed(clauses))
    counts = Counter(clause for clause, _ in clauses)
    return [
        clause if files == 1 else f"{counted(n, 'file')}: {clause} (first: {first[clause]})"
        for clause, n in counts.items()
    ]


def _where(read: Overview, row: int) -> str:
    return place(read, row) if read.shards else f"row {row}"


def _shares(counts: Mapping[_Name, int]) -> list[tuple[_Name, float]]:
    total = sum(counts.values())
    return [(value, n / total) for value, n in sorted(counts.items(), key=lambda item: (-item[1], item[0]))]
