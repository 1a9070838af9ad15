"""Agreement of an instrument with labels, with 95 % intervals: area under the ROC curve for scores, F1 for decisions."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata

Z95 = 1.959963984540054
RESAMPLES = 10_000


@dataclass(frozen=True, slots=True)
class Scored:
    """One answer as an instrument and a person saw it."""

    score: float
    good: bool
    cluster: str
    """Document, question or row: answers that share it are not independent."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its 95 % interval; none where every resample would give the same figure."""

    value: float
    ci95: tuple[float, float] | None

    def __str__(self) -> str:
        interval = f"{self.ci95[0]:.3f} to {self.ci95[1]:.3f}" if self.ci95 else "no interval"
        return f"{self.value:.3f} ({interval})"


def auc(rows: Sequence[Scored]) -> Estimate:
    """P(score of a good answer > of a bad one) + ½ P(equal), ½ being chance.

    Variance over clusters after Obuchowski (1997, Biometrics 53:567), which for clusters of one answer is DeLong et al.
    (1988, Biometrics 44:837); interval on the logit scale, so that it stays within 0 and 1. Raises ValueError unless both
    kinds of answer stand in at least two clusters.
    """
    good, bad = ([r for r in rows if r.good is kind] for kind in (True, False))
    if min(len({r.cluster for r in side}) for side in (good, bad)) < 2:
        raise ValueError("good and bad answers must each stand in at least two clusters")
    v10, v01 = _placements([r.score for r in good], [r.score for r in bad])
    area = float(v10.mean())
    good_part, bad_part = _deviations(good, v10 - area), _deviations(bad, v01 - area)
    m, n, every = len(good), len(bad), len({r.cluster for r in rows})
    s10 = len(good_part) / (len(good_part) - 1) / m * sum(d * d for d in good_part.values())
    s01 = len(bad_part) / (len(bad_part) - 1) / n * sum(d * d for d in bad_part.values())
    s11 = every / (every - 1) * sum(d * bad_part.get(cluster, 0.0) for cluster, d in good_part.items())
    return Estimate(area, _logit_interval(area, s10 / m + s01 / n + 2 * s11 / (m * n)))


def _placements(good: Sequence[float], bad: Sequence[float]) -> tuple[np.ndarray, np.ndarray]:
    """Share of bad answers below each good one, and of good ones above each bad one; ties count a half."""
    m, n = len(good), len(bad)
    ranks = rankdata([*good, *bad])
    return (ranks[:m] - rankdata(good)) / n, 1 - (ranks[m:] - rankdata(bad)) / m


def _deviations(rows: Sequence[Scored], deviations: np.ndarray) -> dict[str, float]:
    found: dict[str, float] = defaultdict(float)
    for row, deviation in zip(rows, deviations, strict=True):
        found[row.cluster] += float(deviation)
    return found


def _logit_interval(area: float, variance: float) -> tuple[float, float] | None:
    if not 0 < area < 1 or variance <= 1e-12:
        return None
    logit, half = math.log(area / (1 - area)), Z95 * math.sqrt(variance) / (area * (1 - area))
    low, high = (1 / (1 + math.exp(-(logit + sign * half))) for sign in (-1, 1))
    return low, high


@dataclass(frozen=True, slots=True)
class Decisions:
    """How two yes-or-no judgements of the same answers fall together."""

    both: int
    only_ours: int
    only_theirs: int
    neither: int

    @classmethod
    def of(cls, ours: Sequence[bool], theirs: Sequence[bool]) -> Decisions:
        pairs = list(zip(ours, theirs, strict=True))
        return cls(*(pairs.count(p) for p in ((True, True), (True, False), (False, True), (False, False))))

    @property
    def n(self) -> int:
        return self.both + self.only_ours + self.only_theirs + self.neither

    @property
    def precision(self) -> float:
        return self.both / max(self.both + self.only_ours, 1)

    @property
    def recall(self) -> float:
        return self.both / max(self.both + self.only_theirs, 1)

    def f1(self) -> Estimate:
        """F1 of yes, with the percentile interval of a bootstrap over answers, drawn as multinomial counts (seed 0)."""
        counts = np.array([self.both, self.only_ours, self.only_theirs, self.neither])
        drawn = np.random.default_rng(0).multinomial(self.n, counts / self.n, RESAMPLES)
        twice, wrong = 2 * drawn[:, 0], drawn[:, 1] + drawn[:, 2]
        low, high = np.percentile(twice / np.maximum(twice + wrong, 1), [2.5, 97.5])
        value = 2 * self.both / max(2 * self.both + self.only_ours + self.only_theirs, 1)
        return Estimate(value, (float(low), float(high)) if low < high else None)
