"""What a comparison could have shown, whether it shows that there is nothing to show, and what would settle it. Pure functions.

All three reckon with the family: the run's headline comparisons, over which Holm corrects. Its first step takes α/m, so
figures here, at α/m for every comparison, are the most that the correction can cost.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from bench.compare import ALPHA, POWER, Estimate

MARGIN = 0.1
"""Difference of two shares that would change one's choice of method: ten points. Our own; the report names it."""
MOST = 100
"""Times as much as was measured: beyond it, what would settle a comparison is no advice."""


def detectable(e: Estimate, family: int = 1) -> float | None:
    """(t_{1−α/2m} + t_power) · se: the smallest true difference found with 80 % power after correction over m comparisons."""
    from scipy.stats import t

    if not e.se > 0:
        return None
    return float(t.ppf(1 - ALPHA / (2 * family), e.df) + t.ppf(POWER, e.df)) * e.se


def equivalent(e: Estimate, family: int = 1, margin: float = MARGIN) -> bool | None:
    """Two one-sided tests (Schuirmann 1987): whether the 1 − 2α/m interval lies inside ±margin; None without a spread."""
    from scipy.stats import t

    if not e.se > 0:
        return None
    half = float(t.ppf(1 - ALPHA / family, e.df)) * e.se
    return abs(e.value) + half < margin


@dataclass(frozen=True, slots=True)
class Settle:
    """How many times as much as was measured finds a difference of `margin` four times in five; None where it cannot."""

    margin: float
    items: float | None
    """Times the items (and their clusters), seeds as they are."""
    seeds: float | None
    """Times the seeds, items as they are."""
    both: float | None
    """Times the items and times the seeds."""


def settle(e: Estimate, family: int = 1, margin: float = MARGIN) -> Settle:
    """What would settle a comparison: items shrink the variance over clusters, seeds the one over seeds, as 1/n each.

    The quantiles are those of this comparison; with more clusters or seeds they shrink, so less may do.
    """
    shown = detectable(e, family)
    if not shown or shown <= margin:
        return Settle(margin, None, None, None)
    wanted = (margin * e.se / shown) ** 2
    rest = e.se**2 - e.v_seeds
    return Settle(
        margin,
        _times(rest, wanted - e.v_seeds),
        _times(e.v_seeds, wanted - rest),
        _times(e.se**2, wanted),
    )


def _times(have: float, room: float) -> float | None:
    """have / room, the factor by which `have` must shrink; None where there is no room or the factor is beyond reason."""
    return have / room if have > 0 and room > 0 and have / room <= MOST else None


def rounded(count: int, times: float) -> int:
    """That many, rounded up."""
    return math.ceil(round(count * times, 6))
