"""What only a comparison of all records shows; of a large file it is worked out beside what the sample is measured for."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from advisor.profiling.census import Copies
from advisor.profiling.grounding import DocumentCounts
from advisor.profiling.hashes import FEW
from advisor.profiling.pairs import PairCounts
from advisor.profiling.types import Tally
from advisor.types import Share


class Exact(NamedTuple):
    """Counts of what is there twice."""

    copies: Tally
    """Records that repeat an earlier one."""
    prompts: Share
    """Different prompts out of records."""
    answers: Share
    """Different answers out of records that have one."""
    turned: Tally
    """Pairs that another one turns round."""
    documents: int
    """Different documents."""


def compared(copies: Copies, pairs: PairCounts, documents: DocumentCounts) -> Callable[[], Exact]:
    """What waits for the comparison, begun in a thread where there are many records: numpy sorts without Python's lock."""
    if len(copies.records) <= FEW:
        exact = _compare(copies, pairs, documents)
        return lambda: exact
    from concurrent.futures import ThreadPoolExecutor

    beside = ThreadPoolExecutor(1)
    future = beside.submit(_compare, copies, pairs, documents)
    beside.shutdown(wait=False)
    return future.result


def _compare(copies: Copies, pairs: PairCounts, documents: DocumentCounts) -> Exact:
    return Exact(*copies.compared(), pairs.turned(), documents.documents.distinct())
