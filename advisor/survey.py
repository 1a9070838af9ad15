"""File, folder or pattern → what `advise` needs of it, in one pass and in memory that does not grow with the file.

A large file of JSON lines is read by several processes, a block each in turn; what they counted is merged in the blocks'
order, so that the outcome is the same.
"""

from __future__ import annotations

import dataclasses
import functools
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import compress
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from advisor import blocks, containers, processes, reading, shards, unknown
from advisor.blocks import Block
from advisor.ledger import Ledger, of_files
from advisor.naming import row_name
from advisor.overview import Overview
from advisor.profiling import Limits, Profiler
from advisor.profiling.batch import SIZE, batch, columns, together
from advisor.recognise import Reading, Recogniser, whole
from advisor.types import AdviceError, Record, RowError, Shard
from advisor.values import Row

if TYPE_CHECKING:  # 20 ms that a small file need not wait for
    from concurrent.futures import Future, ProcessPoolExecutor

_Mapping = Mapping[str, str] | None
_Key = tuple[tuple[str, str], ...]


@functools.cache
def _recogniser(mapping: _Key) -> Recogniser:
    """One for each mapping and process: it remembers the columns that it met."""
    return Recogniser(dict(mapping))


def _key(mapping: _Mapping) -> _Key:
    return tuple((mapping or {}).items())


@dataclasses.dataclass(frozen=True, slots=True)
class Survey:
    """A dataset, read and measured."""

    overview: Overview
    """What was read."""
    profiler: Profiler
    """What was counted."""


class Part:
    """What was read of a part of a file."""

    def __init__(self, limits: Limits | None = None) -> None:
        self.ledger, self.objects = Ledger(), 0
        self.profiler = Profiler(limits) if limits else Profiler()

    def take(self, rows: Iterable[Row], before: int, mapping: _Key) -> None:
        """Rows, numbered on from `before`."""
        for some in together((row._replace(number=before + row.number) for row in rows), attrgetter("number")):
            numbers = [row.number for row in some]
            # Objects of a list that stands where a row should share its number: they stay together.
            alone = len({*numbers}) == len(numbers)
            taken = {*self._take_alike(reading.alike(some), numbers, mapping)} if alone else set()
            self._take_others([row for i, row in enumerate(some) if i not in taken], mapping)

    def take_lines(self, lines: list[bytes], first: int, mapping: _Key) -> None:
        """Lines of JSON, numbered on from `first`."""
        for start in range(0, len(lines), SIZE):
            some, number = lines[start : start + SIZE], first + start
            alike = self._take_alike(reading.alike_lines(some), range(number, number + len(some)), mapping)
            if len(alike) < len(some):
                taken = {*alike}
                others = ((number + i, line) for i, line in enumerate(some) if i not in taken)
                self._take_others([*reading.from_lines(others)], mapping)

    def _take_alike(self, found: dict[int, dict[str, Any]], numbers: Sequence[int], mapping: _Key) -> Sequence[int]:
        """Take those of some rows with the same columns whose texts are their records, a column at a time: their indices."""
        recognise = _recogniser(mapping)
        copied, fit = (found and recognise.copied([*found.values()])) or (None, [])
        at = [*compress(found, fit)]
        if copied and at:
            rows = [*compress(found.values(), fit)]
            numbers = [*numbers] if len(at) == len(numbers) else [numbers[i] for i in at]
            read = recognise(Row(numbers[0], rows[0]), numbers[0])
            self.ledger.add(read)
            self.ledger.alike(read, len(rows) - 1, numbers[-1])
            self.objects += len(rows)
            self.profiler.add(columns(rows, numbers, copied, _Lazy(rows, numbers, mapping)))
        return at

    def _take_others(self, rows: list[Row], mapping: _Key) -> None:
        """Rows read one by one."""
        recognise = _recogniser(mapping)
        reads = [recognise(row, row.number) for row in rows]
        for read in reads:
            self.ledger.add(read)
        self.objects += sum(not isinstance(row.value, RowError) for row in rows)
        if records := [record for read in reads for record in read.records]:
            self.profiler.add(batch(records, [Held(read, at) for read in reads for at in range(len(read.records))]))

    def merge(self, later: Part) -> None:
        """The part that follows."""
        self.objects += later.objects
        self.ledger.merge(later.ledger)
        self.profiler.merge(later.profiler)


class Held(NamedTuple):
    """A record of a reading: only those that stay in a sample are completed."""

    read: Reading
    place: int

    def record(self) -> Record:
        """The record, complete, named by its row where it has no id."""
        record = whole(self.read, self.place)
        name = row_name(self.read.row, self.place + 1, len(self.read.records))
        return record if record.id else dataclasses.replace(record, id=name)


class Again(NamedTuple):
    """A record of a row that was read a column at a time, and will be read by itself."""

    row: Row
    mapping: _Key

    def record(self) -> Record:
        """As of `Held`."""
        return Held(_recogniser(self.mapping)(self.row, self.row.number), 0).record()


class _Lazy(Sequence[Again]):
    """The same of several, each made when it is asked for."""

    def __init__(self, rows: Sequence[dict[str, Any]], numbers: Sequence[int], mapping: _Key) -> None:
        self.rows, self.numbers, self.mapping = rows, numbers, mapping

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, i: int) -> Again:  # type: ignore[override]
        return Again(Row(self.numbers[i], self.rows[i]), self.mapping)


def survey(path: str | Path, mapping: Mapping[str, str] | None = None) -> Survey:
    """Read and count a file, or the files of a folder or pattern. AdviceError as `load` raises it."""
    files, left_out = shards.files(path)
    part, parts, clauses, unread = Part(), list[Shard](), list[tuple[str, str]](), list[str]()
    _recogniser(_key(mapping))  # a mapping that makes no sense is told before a file is opened
    with processes.pool(files) as pool:
        fingerprint = pool.submit(shards.fingerprint, files) if pool else None
        for file in files:
            parts.append(Shard(str(file), part.ledger.last))
            try:
                clauses += [(clause, file.name) for clause in _take_file(part, file, mapping, pool)]
            except AdviceError as error:
                if len(files) == 1:
                    raise
                unread.append(f"not read to its end: {error}")
        size, sha256 = fingerprint.result() if fingerprint else shards.fingerprint(files)
    if not part.ledger.rows:
        raise AdviceError(unread[0].partition(": ")[2])
    said = (*of_files(clauses, len(files)), *left_out, *unread)
    read = part.ledger.overview(str(path), size, sha256, said, tuple(parts) if len(parts) > 1 else ())
    if not read.records:
        raise unknown.refused(read, reading.read(files[0]).rows, mapping)
    if mapping:
        unknown.check(str(path), mapping, part.ledger.columns["map"], reading.read(files[0]).rows)
    return Survey(read, part.profiler)


def _take_file(part: Part, file: Path, mapping: _Mapping, pool: ProcessPoolExecutor | None) -> tuple[str, ...]:
    """Take a file; what is unusual about its container."""
    opened, before = reading.read(file), part.ledger.last
    if opened.lines is None:
        part.take(opened.rows, before, _key(mapping))
    else:
        _take_lines(part, file, opened.lines, before, mapping, pool)
    return opened.notes


def _take_lines(
    part: Part,
    file: Path,
    container: containers.Container,
    before: int,
    mapping: _Mapping,
    pool: ProcessPoolExecutor | None,
) -> None:
    """A file of JSON lines, block by block."""
    objects = part.objects
    try:
        for found in _scanned(part, file, blocks.blocks(file, container), before, mapping, pool):
            part.merge(found)
    except OSError as error:
        raise AdviceError(f"{file}: cannot be read ({error.strerror or error})") from None
    if part.objects == objects:
        raise containers.no_rows(file, "no JSON object in it")


def _scanned(
    part: Part, file: Path, given: Iterable[Block], before: int, mapping: _Mapping, pool: ProcessPoolExecutor | None
) -> Iterator[Part]:
    """What each block holds, in their order, some read ahead in a pool; then AdviceError where the file breaks off."""
    ahead, broken = deque["Future[Part]"](), None
    try:
        for block in given:
            job = (file, block, before, _key(mapping), part.profiler.limits())
            if pool is None:
                yield scan(*job)
                continue
            ahead.append(pool.submit(scan, *job))
            if len(ahead) > 2 * processes.MOST:
                yield ahead.popleft().result()
    except AdviceError as error:
        broken = error
    while ahead:
        yield ahead.popleft().result()
    if broken:
        raise broken


def scan(file: Path, block: Block, before: int, mapping: _Key, limits: Limits) -> Part:
    """What one block holds."""
    part = Part(limits)
    part.take_lines(blocks.lines(file, block), before + block.first, mapping)
    return part
