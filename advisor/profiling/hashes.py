"""Texts as 64-bit hashes: which are the same, counted exactly in memory that does not grow with the file.

Eight bytes a text are kept, beyond LIMIT of them in a temporary file; they are then compared part by part. Among a
million texts two share a hash by chance once in 37 million files.
"""

from __future__ import annotations

import os
import weakref
from array import array
from collections.abc import Iterable, Iterator, Sequence
from heapq import nsmallest
from operator import itemgetter
from typing import IO, Any

LIMIT = 1 << 21
"""Hashes held in memory before they are written, and compared at once."""
FEW = 200_000
"""Up to here Python's own sets are as fast as arrow with its import."""
NONE = hash("no text")


def fold(text: str) -> int:
    """Hash of a text, blanks at its ends aside."""
    return hash(text.strip())


def folds(texts: Sequence[str | None]) -> list[int]:
    """The same of each text; of none, a hash of its own."""
    try:
        return [*map(hash, map(str.strip, texts))]  # type: ignore[arg-type]
    except TypeError:  # one is None
        return [NONE if text is None else fold(text) for text in texts]


class Hashes:
    """Hashes, with the rows they came from where those are asked for."""

    def __init__(self) -> None:
        self.held, self.rows = array("q"), array("q")
        self.spilt: IO[bytes] | None = None
        self.written = 0

    def __getstate__(self) -> tuple[array[int], array[int]]:
        every = [*self.blocks()]  # of one block of a file, so few
        return sum((h for h, _ in every), array("q")), sum((rows for _, rows in every), array("q"))

    def __setstate__(self, state: tuple[array[int], array[int]]) -> None:
        Hashes.__init__(self)
        self.held, self.rows = state

    def __len__(self) -> int:
        return self.written + len(self.held)

    def extend(self, hashes: Iterable[int], rows: Iterable[int] = ()) -> None:
        """More of them; as many rows, or never any."""
        self.held.extend(hashes)
        self.rows.extend(rows)
        if len(self.held) >= LIMIT:
            self._spill()

    def merge(self, other: Hashes) -> None:
        """Those of another part of the file."""
        for hashes, rows in other.blocks():
            self.extend(hashes, rows)

    def _spill(self) -> None:
        if self.spilt is None:
            import tempfile

            self.spilt = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as this object
            weakref.finalize(self, self.spilt.close)
        self.spilt.seek(0, os.SEEK_END)
        for block in (array("q", [len(self.held), len(self.rows)]), self.held, self.rows):
            block.tofile(self.spilt)
        self.written += len(self.held)
        self.held, self.rows = array("q"), array("q")

    def blocks(self) -> Iterator[tuple[array[int], array[int]]]:
        """(hashes, their rows), a block at a time, in the order given; not to be read twice at once."""
        if self.spilt is not None:
            self.spilt.seek(0)
            while sizes := read(self.spilt, 2):
                yield read(self.spilt, sizes[0]), read(self.spilt, sizes[1])
        yield self.held, self.rows

    def part(self, number: int, of: int) -> tuple[Any, Any]:
        """(hashes, rows) of one of `of` parts (a power of two), as arrow arrays; equal hashes are in the same part."""
        import pyarrow as pa
        import pyarrow.compute as pc

        hashes, rows = list[Any](), list[Any]()
        for block in self.blocks():
            one, other = map(arrow, block)
            here = (
                pc.equal(pc.bit_wise_and(one, arrow([of - 1] * len(one))), arrow([number] * len(one)))
                if of > 1
                else None
            )
            hashes.append(one if here is None else one.filter(here))
            rows.append(other if here is None or not len(other) else other.filter(here))
        return pa.chunked_array(hashes, pa.int64()), pa.chunked_array(rows, pa.int64())

    def distinct(self) -> int:
        """How many different ones."""
        if len(self) <= FEW:
            return len({h for hashes, _ in self.blocks() for h in hashes})
        from pyarrow.compute import count_distinct

        return sum(count_distinct(self.part(n, of)[0]).as_py() for of in [parts(self)] for n in range(of))

    def pairs(self) -> list[tuple[int, int]]:
        """(hash, row) of all."""
        return [pair for block in self.blocks() for pair in zip(*block, strict=True)]


def parts(*hashes: Hashes) -> int:
    """Into how many parts, a power of two, so that none is much larger than LIMIT."""
    return 1 << (max(map(len, hashes)) // LIMIT).bit_length()


def arrow(numbers: Sequence[int]) -> Any:
    """The numbers as an arrow array. Through their bytes: from Python's own numbers it would import pandas first."""
    import pyarrow as pa

    held = numbers if isinstance(numbers, array) else array("q", numbers)
    return pa.Array.from_buffers(pa.int64(), len(held), [None, pa.py_buffer(held)])


def read(file: IO[bytes], n: int) -> array[int]:
    """The next n numbers; none at the end."""
    block = array("q")
    block.frombytes(file.read(8 * n))
    return block


def copies(hashes: Hashes, shown: int) -> tuple[int, tuple[int, ...]]:
    """(how many repeat one of a smaller row, the first `shown` of their rows)."""
    repeats = len(hashes) - hashes.distinct()
    if not repeats:
        return 0, ()
    rows = list[int]()
    for pairs in repeated(hashes):
        seen, found = set[int](), list[int]()
        for h, row in sorted(pairs, key=itemgetter(1)):
            found += [row] if h in seen else []
            seen.add(h)
        rows = sorted({*rows, *found[:shown]})[:shown]
    return repeats, tuple(rows)


def repeated(hashes: Hashes) -> Iterator[list[tuple[int, int]]]:
    """(hash, row) of those that occur more than once, and of others where they are few, part by part."""
    if len(hashes) <= FEW:
        yield hashes.pairs()
        return
    import pyarrow.compute as pc

    for number in range(of := parts(hashes)):
        found, rows = hashes.part(number, of)
        counts = pc.value_counts(found)
        several = pc.greater(counts.field(1), arrow([1] * len(counts)))
        here = pc.is_in(found, value_set=counts.field(0).filter(several))
        yield [*zip(found.filter(here).to_pylist(), rows.filter(here).to_pylist(), strict=True)]


def shared(one: Hashes, other: Hashes, shown: int) -> tuple[int, tuple[int, ...]]:
    """(how many of either occur in the other too, the first `shown` of their rows)."""
    if len(one) + len(other) <= FEW:
        a, b = one.pairs(), other.pairs()
        common = {h for h, _ in a} & {h for h, _ in b}
        found = sorted(row for h, row in (*a, *b) if h in common) if common else []
        return len(found), tuple(dict.fromkeys(found))[:shown]
    import pyarrow.compute as pc

    count, rows = 0, list[int]()
    for number in range(of := parts(one, other)):
        (a, its), (b, others) = one.part(number, of), other.part(number, of)
        for found in (its.filter(pc.is_in(a, value_set=b)), others.filter(pc.is_in(b, value_set=a))):
            count += len(found)
            rows = nsmallest(shown, {*rows, *nsmallest(shown, pc.unique(found).to_pylist())})
    return count, tuple(rows)
