"""Shares and distributions, as every other module here counts them: record by record, in bounded memory."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import compress, islice

from advisor.profiling.types import NO_VALUES, Spread, Tally
from advisor.text import wilson
from advisor.types import Record

SHOWN_ROWS = 100
DISTINCT = 50_000
"""Different values a distribution keeps apart; beyond it they are rounded to three digits, percentiles with them."""


class Count:
    """Counts the records that show something, and remembers the rows of the first ten."""

    def __init__(self) -> None:
        self.hits = 0
        self.of = 0
        self.rows: dict[int, None] = {}

    def add(self, row: int, shows: bool) -> None:
        """One record that could show it."""
        self.of += 1
        if shows:
            self.hits += 1
            if len(self.rows) < SHOWN_ROWS:
                self.rows[row] = None

    def extend(self, rows: Sequence[int], shows: Sequence[bool]) -> None:
        """Records of rising rows, and for each whether it shows it."""
        self.of += len(rows)
        if hits := sum(shows):
            self.hits += hits
            if len(self.rows) < SHOWN_ROWS or rows[0] < max(self.rows):
                first = islice(dict.fromkeys(compress(rows, shows)), SHOWN_ROWS)
                self.rows = dict.fromkeys(sorted({*self.rows, *first})[:SHOWN_ROWS])

    def merge(self, other: Count) -> None:
        """The count of another part of the file."""
        self.hits += other.hits
        self.of += other.of
        self.rows = dict.fromkeys(sorted({*self.rows, *other.rows})[:SHOWN_ROWS])

    def result(self, sampled_from: int = 0) -> Tally:
        """The share; `sampled_from` where the records counted are a sample of that many."""
        return Tally(wilson(self.hits, self.of), tuple(self.rows), sampled_from)


class Distribution:
    """Mean, percentiles and maximum of numbers, from a histogram of their values."""

    def __init__(self, values: Iterable[float] = ()) -> None:
        self.n = 0
        self.total = 0.0
        self.counts: Counter[float] = Counter()
        self.coarse = False
        self.extend(list(values))

    def add(self, value: float) -> None:
        """One value."""
        self.extend((value,))

    def extend(self, values: Sequence[float]) -> None:
        """Several."""
        self.n += len(values)
        self.total += sum(values)
        self.counts.update(map(rounded, values) if self.coarse else values)
        self._bound()

    def merge(self, other: Distribution) -> None:
        """The distribution of another part of the file."""
        self.n += other.n
        self.total += other.total
        if self.coarse or other.coarse:
            self.counts, self.coarse = coarser(self.counts), True
        self.counts.update(coarser(other.counts) if self.coarse else other.counts)
        self._bound()

    def _bound(self) -> None:
        if not self.coarse and len(self.counts) > DISTINCT:
            self.counts, self.coarse = coarser(self.counts), True

    def result(self, sampled_from: int = 0) -> Spread:
        """Mean, nearest-rank percentiles and maximum; all 0 for no values."""
        if not self.n:
            return NO_VALUES
        p10, median, p90, p95 = percentiles(self.counts, [0.1, 0.5, 0.9, 0.95])
        largest = float(max(self.counts))
        # Neither depends on the order in which parts were merged.
        mean = (
            float(f"{self.total / self.n:.9g}")
            if self.coarse
            else math.fsum(v * n for v, n in self.counts.items()) / self.n
        )
        return Spread(self.n, mean, p10, median, p90, largest, p95, sampled_from)


def percentiles(counts: Mapping[float, int], shares: Iterable[float]) -> list[float]:
    """Nearest-rank percentiles of a histogram; `shares` in rising order."""
    n, below, found = sum(counts.values()), 0, list[float]()
    ranks = [max(1, math.ceil(share * n)) for share in shares]
    for value in sorted(counts):
        below += counts[value]
        while len(found) < len(ranks) and ranks[len(found)] <= below:
            found.append(float(value))
    return found


def coarser(counts: Mapping[float, int]) -> Counter[float]:
    """The histogram with its values rounded."""
    merged: Counter[float] = Counter()
    for value, n in counts.items():
        merged[rounded(value)] += n
    return merged


def rounded(value: float) -> float:
    """Three significant digits."""
    return float(f"{value:.3g}")


def spread(values: Iterable[float], sampled_from: int = 0) -> Spread:
    """Mean, nearest-rank percentiles and maximum; all 0 for no values."""
    return Distribution(values).result(sampled_from)


def auc(positive: Mapping[float, int], negative: Mapping[float, int]) -> float:
    """P(a random positive exceeds a random negative), ties half, from two histograms; 0.5 where a side is empty.

    This is the Mann-Whitney U over the product of the sizes.
    """
    size = sum(positive.values()) * sum(negative.values())
    below = wins = 0
    for value in sorted({*positive, *negative}):
        beaten = negative.get(value, 0)
        wins += positive.get(value, 0) * (2 * below + beaten)
        below += beaten
    return wins / (2 * size) if size else 0.5


TURN = "\ud800"
"""Parts two turns where it matters which turn a text is of: half a character, which no text that was read holds."""


def prompt_identity(record: Record) -> str:
    """The conversation before the answer, different for different turns."""
    return TURN.join([m.content for m in record.prompt])


def prompt_text(record: Record) -> str:
    """The whole conversation before the answer, as one string."""
    return "\n".join([m.content for m in record.prompt])
