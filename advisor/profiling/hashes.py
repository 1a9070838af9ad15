"""Texts as 64-bit hashes: which are the same, counted exactly in memory that does not grow with the file.

Eight bytes a text are kept, beyond LIMIT of them in a temporary file; they are then compared part by part. Among a
million texts two share a hash by chance once in 37 million files.
"""

from __future__ import annotations

import os
import tempfile
import weakref
from array import array
from collections.abc import Iterable, Iterator, Sequence
from typing import IO

LIMIT = 1 << 20
"""Hashes compared at once; their set takes about 100 bytes each."""
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

    def part(self, number: int, of: int) -> list[tuple[int, int]]:
        """(hash, row) of one of `of` parts (a power of two); equal hashes are in the same part."""
        mask = of - 1
        return [
            (h, row)
            for hashes, rows in self.blocks()
            for h, row in zip(hashes, rows, strict=True)
            if h & mask == number
        ]

    def distinct(self) -> int:
        """How many different ones."""
        of, mask = parts(self), parts(self) - 1
        if of == 1:
            return len({h for hashes, _ in self.blocks() for h in hashes})
        return sum(
            len({h for hashes, _ in self.blocks() for h in hashes if h & mask == number}) for number in range(of)
        )


def parts(*hashes: Hashes) -> int:
    """Into how many parts, a power of two, so that none is much larger than LIMIT."""
    return 1 << (max(map(len, hashes)) // LIMIT).bit_length()


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
    for number in range(of := parts(hashes)):
        seen, found = set[int](), list[int]()
        for h, row in sorted(hashes.part(number, of), key=lambda item: item[1]):
            found += [row] if h in seen else []
            seen.add(h)
        rows = sorted({*rows, *found[:shown]})[:shown]
    return repeats, tuple(rows)


def shared(one: Hashes, other: Hashes, shown: int) -> tuple[int, tuple[int, ...]]:
    """(how many of either occur in the other too, the first `shown` of their rows)."""
    count, rows = 0, list[int]()
    for number in range(of := parts(one, other)):
        a, b = one.part(number, of), other.part(number, of)
        common = {h for h, _ in a} & {h for h, _ in b}
        found = [row for h, row in (*a, *b) if h in common] if common else []
        count, rows = count + len(found), sorted({*rows, *found})[:shown]
    return count, tuple(rows)
