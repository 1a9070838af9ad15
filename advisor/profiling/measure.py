"""Shares and distributions, as every other module here counts them."""

from __future__ import annotations

import bisect
import math
from collections.abc import Callable, Iterable, Sequence

from advisor.profiling.types import Spread, Tally
from advisor.text import wilson
from advisor.types import Record

SHOWN_ROWS = 10


def tally(records: Sequence[Record], shows: Callable[[Record], bool]) -> Tally:
    """How many of `records` show it, with the rows of the first ten."""
    hits = [r.row for r in records if shows(r)]
    return Tally(wilson(len(hits), len(records)), rows_of(hits))


def rows_of(hits: Iterable[int]) -> tuple[int, ...]:
    """Up to ten distinct rows, in order."""
    return tuple(dict.fromkeys(hits))[:SHOWN_ROWS]


def spread(values: Iterable[float]) -> Spread:
    """Mean, nearest-rank percentiles and maximum; all 0 for no values."""
    ordered = sorted(values)
    n = len(ordered)
    if not n:
        return Spread(0, 0.0, 0.0, 0.0, 0.0, 0.0)

    def percentile(p: float) -> float:
        return float(ordered[max(0, math.ceil(p * n) - 1)])

    return Spread(n, sum(ordered) / n, percentile(0.1), percentile(0.5), percentile(0.9), float(ordered[-1]))


def auc(positive: Sequence[float], negative: Sequence[float]) -> float:
    """P(a random positive exceeds a random negative), ties half (Mann-Whitney U / nm); 0.5 where a side is empty."""
    if not positive or not negative:
        return 0.5
    ordered = sorted(negative)
    below = sum(bisect.bisect_left(ordered, x) + bisect.bisect_right(ordered, x) for x in positive)
    return below / (2 * len(positive) * len(negative))


def prompt_text(record: Record) -> str:
    """The whole conversation before the answer, as one string."""
    return "\n".join(m.content for m in record.prompt)
