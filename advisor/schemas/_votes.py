"""What several annotators say of two answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

TIE = "tie"


def majority(votes: Sequence[str]) -> str:
    """What most of them say, `tie` where as many say otherwise, `""` where nobody says anything."""
    (first, n), (_, others) = (*Counter(votes).most_common(2), ("", 0), ("", 0))[:2]
    return TIE if n and n == others else first
