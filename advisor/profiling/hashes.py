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
from typing import IO, TYPE_CHECKING, Any

from advisor.profiling.batch import complete

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers = NDArray[np.int64]

LIMIT = 1 << 21
"""Hashes held in memory before they are written, and compared at once."""
FEW = 200_000
"""Up to here Python's own sets are as fast as numpy with its import."""
NONE = hash(("no text",))
"""Of no text: a hash that no text has but by chance."""


def fold(text: str) -> int:
    """Hash of a text, blanks at its ends aside."""
    return hash(text.strip())


def stripped(texts: Sequence[str | None]) -> Sequence[str | None]:
    """Texts without the blanks at their ends."""
    try:
        return [*map(str.strip, texts)]  # type: ignore[arg-type]
    except TypeError:  # one is None
        return [text and text.strip() for text in texts]


def hashed(texts: Sequence[str | None]) -> list[int]:
    """Hash of each text; of none, a hash of its own."""
    return [*map(hash, texts)] if complete(texts) else [NONE if text is None else hash(text) for text in texts]


def folds(texts: Sequence[str | None]) -> list[int]:
    """As `fold` of each text; of none, a hash of its own."""
    return hashed(stripped(texts))


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

    def part(self, number: int, of: int) -> tuple[Numbers, Numbers]:
        """(hashes, rows) of one of `of` parts (a power of two); equal hashes are in the same part."""
        import numpy as np

        hashes, rows = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
        for block in self.blocks():
            one, other = (np.frombuffer(numbers, np.int64) for numbers in block)
            here = (one & (of - 1)) == number
            hashes.append(one[here])
            rows.append(other[here] if len(other) else other)
        return np.concatenate(hashes), np.concatenate(rows)

    def distinct(self) -> int:
        """How many different ones."""
        if len(self) <= FEW:
            return len({h for hashes, _ in self.blocks() for h in hashes})
        return sum(len(different(self.part(n, of)[0])) for of in [parts(self)] for n in range(of))

    def pairs(self) -> list[tuple[int, int]]:
        """(hash, row) of all."""
        return [pair for block in self.blocks() for pair in zip(*block, strict=True)]


def parts(*hashes: Hashes) -> int:
    """Into how many parts, a power of two, so that none is much larger than LIMIT."""
    return 1 << (max(map(len, hashes)) // LIMIT).bit_length()


def different(numbers: Numbers) -> Numbers:
    """The different ones, in rising order. `numpy.unique` keeps a hash table, which takes ten times as long."""
    import numpy as np

    ordered = np.sort(numbers)
    return ordered[np.append(True, ordered[1:] != ordered[:-1])] if len(ordered) else ordered


def among(numbers: Numbers, ordered: Numbers) -> Any:
    """Of each number whether it is one of some in rising order."""
    import numpy as np

    at = np.searchsorted(ordered, numbers)
    return ordered[np.minimum(at, len(ordered) - 1)] == numbers if len(ordered) else np.zeros(len(numbers), bool)


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
    if len(hashes) <= FEW:
        seen, rows = set[int](), list[int]()
        for h, row in sorted(hashes.pairs(), key=itemgetter(1)):
            rows += [row] if h in seen else []
            seen.add(h)
    else:
        of = parts(hashes)
        rows = [row for n in range(of) for row in nsmallest(shown, later(*hashes.part(n, of)))]
    return repeats, tuple(nsmallest(shown, {*rows}))


def later(hashes: Numbers, rows: Numbers) -> set[int]:
    """Rows whose hash is that of a smaller row too."""
    import numpy as np

    order = np.lexsort((rows, hashes))
    ordered = hashes[order]
    return {*rows[order][1:][ordered[1:] == ordered[:-1]].tolist()}


def shared(one: Hashes, other: Hashes, shown: int) -> tuple[int, tuple[int, ...]]:
    """(how many of either occur in the other too, the first `shown` of their rows)."""
    if len(one) + len(other) <= FEW:
        a, b = one.pairs(), other.pairs()
        common = {h for h, _ in a} & {h for h, _ in b}
        found = sorted(row for h, row in (*a, *b) if h in common) if common else []
        return len(found), tuple(dict.fromkeys(found))[:shown]
    count, rows = 0, set[int]()
    for number in range(of := parts(one, other)):
        sides = one.part(number, of), other.part(number, of)
        both = in_both(*(hashes for hashes, _ in sides))
        hits = [its[among(hashes, both)].tolist() for hashes, its in sides]
        count += sum(map(len, hits))
        rows.update(*(nsmallest(shown, {*hit}) for hit in hits))
    return count, tuple(nsmallest(shown, rows))


def in_both(one: Numbers, other: Numbers) -> Numbers:
    """The different numbers that occur on both sides, in rising order."""
    import numpy as np

    ordered = np.sort(np.concatenate([different(one), different(other)]))
    both: Numbers = ordered[1:][ordered[1:] == ordered[:-1]]
    return both
