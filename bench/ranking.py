"""Which arm is best, as far as it can be told: all pairs, the probability of being best, leader and tie set. Pure functions."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations

import numpy as np

from bench.compare import ALPHA, Estimate, Sample, doubt_of, estimate, of_seeds


def pairs(samples: Mapping[str, Sample]) -> dict[tuple[str, str], Estimate]:
    """Every arm against every earlier one: (later, earlier) → later − earlier."""
    return {(b, a): estimate(samples[b], samples[a]) for a, b in combinations(samples, 2)}


def p_best(samples: Mapping[str, Sample], draws: int = 20_000) -> dict[str, float]:
    """Probability that each arm's true figure is the highest, under the same two sources of variance.

    Draws from a multivariate t: arms covary over clusters (the items are the same) and vary alone over seeds. Ties at
    the top share the draw. Seeded, so equal data give equal figures.
    """
    names = list(samples)
    centre = np.array([s.full.mean() for s in samples.values()])
    left = np.array([s.without.mean(0) for s in samples.values()])
    clusters = left.shape[1]
    dev = left - left.mean(1, keepdims=True)
    covariance = (clusters - 1) / clusters * dev @ dev.T
    seeds = [max(spread - both, 0.0) for spread, both in map(of_seeds, samples.values())]
    covariance += np.diag(seeds) + np.diag([doubt_of(s) for s in samples.values()])
    df = min([e.df for e in pairs(samples).values() if e.df > 0] or [clusters - 1])
    random = np.random.default_rng(0)
    scale = np.sqrt(df / random.chisquare(df, size=(draws, 1)))
    drawn = centre + scale * random.multivariate_normal(np.zeros(len(names)), covariance, size=draws)
    top = np.isclose(drawn, drawn.max(1, keepdims=True), rtol=0, atol=1e-9)
    shares = (top / top.sum(1, keepdims=True)).mean(0)
    return {name: float(share) for name, share in zip(names, shares, strict=True)}


def ranking(samples: Mapping[str, Sample], adjusted: Mapping[tuple[str, str], float]) -> tuple[str | None, list[str]]:
    """(leader, tie set): the tie set is the best arm and all not shown to be worse; it leads when alone.

    `adjusted` holds the Holm-adjusted p of each pair, in either order.
    """
    best = max(samples, key=lambda name: float(samples[name].full.mean()))

    def tied(name: str) -> bool:
        p = adjusted.get((name, best), adjusted.get((best, name)))
        return name == best or p is None or p >= ALPHA

    ties = [name for name in samples if tied(name)]
    return (best if ties == [best] else None), ties
