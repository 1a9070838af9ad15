"""From per-item scores to intervals, paired differences and verdicts. Pure functions.

Any aggregate (a mean, a harmonic mean of two means) is treated alike: the delete-one-cluster jackknife gives its variance
over documents or topics (Efron & Stein 1981; for a mean it is the cluster-robust variance of Miller, arXiv:2411.00640),
and the spread over seeds is added as a component of its own, because more items do not cure seed noise. How seeds differ
on single clusters is in both and is taken off once, as in two-way clustering (Cameron, Gelbach & Miller 2011). Items are
paired between arms, seeds are each arm's own. What results is a Student t with Satterthwaite's degrees of freedom
(Satterthwaite 1946):

    V = V_clusters + max(V_seeds − V_both, 0)
    V_clusters = (G−1)/G · Σ_g (θ_(−g) − θ̄)²            of the difference, seeds averaged
    V_seeds = Σ_arms s²(θ_1 … θ_S) / S
    V_both = Σ_arms (G−1)/G · Σ_sg r_sg² / (S (S−1))      r: θ_s(−g) without the means of its seed and of its cluster
    df = V² / (V_clusters²/(G−1) + Σ_arms (s²/S)²/(S−1)), and G−1 where V_seeds shows nothing beyond V_both

G − 1 degrees of freedom need G clusters that inform the figure. An index of two halves (answered and declined, say) can have
one of them in few clusters: G in df, in Wilson's intervals and in what is reported is then the count of the rarer half.

An arm of counted items without any spread (index 0, say) is not thereby certain: Wilson's interval gives its share of the
variance, as Newcombe (1998) adds score intervals for a difference. tests/bench/test_compare.py simulates coverage, false
alarms and power.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from tasks.types import Aggregate, Scores

Floats = NDArray[np.float64]
Rows = Sequence[tuple[str, Scores]]
"""(cluster, scores) of every item of one trial."""

ALPHA = 0.05
POWER = 0.8
_Z = 1.959964
_NOTHING = 1e-18
"""Variances below it are rounding."""
FEW_CLUSTERS = 20
"""Below this the report says so: cluster-robust intervals are unreliable (Cameron, Gelbach & Miller 2008)."""


@dataclass(frozen=True, slots=True)
class Sample:
    """An aggregate of one arm, whole and with each cluster left out."""

    full: Floats
    """Shape (seeds,)."""
    without: Floats
    """Shape (seeds, clusters)."""
    n: int
    """Items scored, of one seed."""
    counted: bool = False
    """Whether items score right or wrong, so that a sample without any spread still leaves room for doubt."""
    rarest: int | None = None
    """Of an index of several halves: clusters of the half that fewest clusters hold."""

    @property
    def clusters(self) -> int:
        """Those that the uncertainty is judged by."""
        return self.without.shape[1] if self.rarest is None else self.rarest


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its uncertainty."""

    value: float
    ci95: tuple[float, float] | None
    """None when there are fewer than two clusters."""
    se: float
    df: float
    p: float | None
    """Two-sided, against 0."""
    mde: float | None
    """(t_{1−α/2} + t_{power}) · se: the smallest true effect found with 80 % power at this noise."""
    seeds: int
    clusters: int
    v_seeds: float = 0.0
    """Of se², what comes from seeds and not from single clusters."""


def clusters_of(trials: Sequence[Rows], name: str) -> list[str]:
    """Clusters in which some trial has something scored for the instrument; all scored ones for a combined index."""
    plain = any(name in scores for rows in trials for _, scores in rows)

    def counts(scores: Scores) -> bool:
        return scores.get(name) is not None if plain else any(v is not None for v in scores.values())

    return sorted({cluster for rows in trials for cluster, scores in rows if counts(scores)})


def sample(trials: Sequence[Rows], clusters: Sequence[str], aggregate: Aggregate) -> Sample | None:
    """The aggregate over every trial of an arm; None when some trial has nothing scored.

    Where nothing is left without a cluster, the whole stands in for it (that cluster then adds no variance).
    """
    wanted = set(clusters)
    kept = [[(c, s) for c, s in rows if c in wanted] for rows in trials]
    full = [aggregate([s for _, s in rows]) for rows in kept]
    if not clusters or not full or any(v is None for v in full):
        return None
    without = [[_leave_out(rows, g, aggregate, f) for g in clusters] for rows, f in zip(kept, full, strict=True)]
    return Sample(np.array(full, float), np.array(without, float), len(kept[0]), rarest=_rarest(kept, aggregate))


def _rarest(trials: Sequence[Rows], aggregate: Aggregate) -> int | None:
    """Halves are the scores without any one of which there is no figure; None where one alone makes the figure."""
    rows = [row for trial in trials for row in trial]
    names = {name for _, scores in rows for name, value in scores.items() if value is not None}
    if len(names) < 2:
        return None
    halves = [name for name in names if aggregate([{**scores, name: None} for _, scores in rows]) is None]
    held = [len({cluster for cluster, scores in rows if scores.get(half) is not None}) for half in halves]
    return min(held) if len(held) > 1 else None


def _leave_out(rows: Rows, cluster: str, aggregate: Aggregate, full: float | None) -> float | None:
    value = aggregate([s for c, s in rows if c != cluster])
    return full if value is None else value


def estimate(a: Sample, b: Sample | None = None) -> Estimate:
    """a, or a − b paired by item and seed; an untrained arm's one trial is paired with every seed of the other."""
    full = a.full if b is None else a.full - b.full
    without = a.without if b is None else a.without - b.without
    seeds, every = without.shape
    clusters = min(arm.clusters for arm in (a, b) if arm is not None)
    value = float(full.mean())
    if clusters < 2:
        return Estimate(value, None, math.nan, math.nan, None, None, seeds, clusters)
    left = without.mean(0)
    v_clusters = (every - 1) / every * float(((left - left.mean()) ** 2).sum())
    apart = [of_seeds(arm) for arm in (a, b) if arm is not None]
    v_seeds, v_both = (sum(of[n] for of in apart) for n in (0, 1))
    doubt = 0.0 if b is None else doubt_of(a) + doubt_of(b)
    if v_clusters + max(v_seeds - v_both, 0.0) < _NOTHING and (abs(value) > math.sqrt(_NOTHING) or not doubt):
        return _unanimous(value, seeds, clusters)
    v_clusters += doubt
    variance, spread = v_clusters, v_clusters**2 / (clusters - 1)
    alone = max(v_seeds - v_both, 0.0)
    if alone:
        variance += alone
        spread += sum(of[0] ** 2 for of in apart) / (seeds - 1)
    return replace(_student(value, math.sqrt(variance), variance**2 / spread, seeds, clusters), v_seeds=alone)


def of_seeds(arm: Sample) -> tuple[float, float]:
    """(V_seeds, V_both) of one arm: the variance of its mean over seeds, and how much of it the clusters hold too."""
    seeds, clusters = arm.without.shape
    if seeds < 2:
        return 0.0, 0.0
    left = arm.without
    rest = left - left.mean(1, keepdims=True) - left.mean(0) + left.mean()
    both = (clusters - 1) / clusters * float((rest**2).sum()) / (seeds * (seeds - 1))
    return float(arm.full.var(ddof=1)) / seeds, both


def doubt_of(arm: Sample) -> float:
    """Variance of a share that showed none: Wilson's half-width over clusters as a standard error, squared."""
    spread = float(np.ptp(arm.without)) + float(np.ptp(arm.full))
    if not arm.counted or spread > math.sqrt(_NOTHING):
        return 0.0
    low, high = _wilson(float(arm.full.mean()), arm.clusters)
    return ((high - low) / (2 * _Z)) ** 2


def _unanimous(value: float, seeds: int, clusters: int) -> Estimate:
    """Every cluster shows the same: a sign test over clusters, and Wilson's interval stretched to differences.

    Arms that agree in every cluster differ by exactly nothing on these items.
    """
    if abs(value) <= math.sqrt(_NOTHING):
        return Estimate(0.0, (0.0, 0.0), 0.0, clusters - 1, 1.0, None, seeds, clusters)
    p = 2.0 ** (1 - clusters)
    interval = None
    if -1 <= value <= 1:
        low, high = _wilson((value + 1) / 2, clusters)
        interval = 2 * low - 1, 2 * high - 1
    return Estimate(value, interval, 0.0, clusters - 1, p, None, seeds, clusters)


def _student(value: float, se: float, df: float, seeds: int, clusters: int) -> Estimate:
    from scipy.stats import t

    half = float(t.ppf(1 - ALPHA / 2, df)) * se
    p = float(2 * t.sf(abs(value) / se, df))
    mde = half + float(t.ppf(POWER, df)) * se
    return Estimate(value, (value - half, value + half), se, df, p, mde, seeds, clusters)


def share_interval(e: Estimate) -> tuple[float, float] | None:
    """Interval of a share of counted items: the Student one cut to [0, 1], or Wilson's over clusters where all items agree.

    Without spread the Student interval would be a point; Wilson's score interval (Wilson 1927) keeps its width.
    """
    if e.ci95 is None:
        return None
    if e.se > 0:
        return max(0.0, e.ci95[0]), min(1.0, e.ci95[1])
    return _wilson(e.value, e.clusters)


def _wilson(share: float, n: int) -> tuple[float, float]:
    z2 = _Z**2
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = math.sqrt(z2 * (share * (1 - share) / n + z2 / (4 * n * n))) / (1 + z2 / n)
    return max(0.0, middle - half), min(1.0, middle + half)


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's step-down adjustment (Holm 1979), in the order given."""
    order = sorted(range(len(p_values)), key=lambda i: p_values[i])
    adjusted, worst = [0.0] * len(p_values), 0.0
    for rank, i in enumerate(order):
        worst = max(worst, min(1.0, (len(p_values) - rank) * p_values[i]))
        adjusted[i] = worst
    return adjusted
