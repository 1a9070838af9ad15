"""What single items say: which of them an arm gains and loses against the base model, and whether instruments agree.

Counts of items beside the clustered comparisons, which decide: McNemar's test knows neither documents nor seeds.
"""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bench import compare, lmtasks, result
from bench.types import TaskPlan, TrackPlan
from tasks.types import Scores

Json = dict[str, Any]
BASE = "base"
RIGHT = 0.5
"""An item is right when its score is above: a graded one by more than half, a repeated one in most seeds."""


def flipped(trials: result.Trials, track: TrackPlan) -> Json:
    """Task → arm → items right under it and not under the base model (`gained`), the other way (`lost`), and of how many."""
    found: Json = {}
    for task in track.tasks:
        rights = {arm: _rights(seeds.values(), task) for arm, seeds in trials.items()}
        base = rights.pop(BASE, {})
        arms = {arm: _flips(base, right) for arm, right in rights.items() if base.keys() & right.keys()}
        found |= {task.name: arms} if arms else {}
    return found


def _rights(seeds: Iterable[Sequence[Json]], task: TaskPlan) -> dict[str, bool]:
    """Item → whether it is right."""
    scores = defaultdict[str, list[float]](list)
    for rows in seeds:
        for row in rows:
            score = right(row["scores"], task) if result.of_task(row, task) else None
            if score is not None:
                scores[row["item"]].append(score)
    return {item: statistics.mean(many) > RIGHT for item, many in scores.items()}


def right(scores: Scores, task: TaskPlan) -> float | None:
    """How right an item is: the score of the one instrument that says so of this kind of item."""
    return next((v for name in lmtasks.module(task).RIGHT if (v := scores.get(name)) is not None), None)


def _flips(base: Mapping[str, bool], arm: Mapping[str, bool]) -> Json:
    items = base.keys() & arm.keys()
    gained, lost = (sum(one[i] and not other[i] for i in items) for one, other in ((arm, base), (base, arm)))
    return {"gained": gained, "lost": lost, "items": len(items), "mcnemar_p": mcnemar(gained, lost)}


def mcnemar(gained: int, lost: int) -> float:
    """Exact two-sided p of no difference between paired shares (McNemar 1947): 2 · P(Bin(b + c, ½) ≤ min(b, c)), at most 1."""
    from scipy.stats import binom

    return min(1.0, 2 * float(binom.cdf(min(gained, lost), gained + lost, 0.5)))


def agreement(trials: result.Trials, track: TrackPlan) -> Json:
    """Task → other instrument → its correlation with being right, over the answers of all arms, by cluster."""
    found: Json = {}
    for task in track.tasks:
        rows = [row for seeds in trials.values() for many in seeds.values() for row in many]
        mine = [(row["cluster"], row["scores"]) for row in rows if result.of_task(row, task)]
        beside = {name: _agreement(mine, task, name) for name in lmtasks.module(task).BESIDE}
        found |= {task.name: kept} if (kept := {name: entry for name, entry in beside.items() if entry}) else {}
    return found


def _agreement(rows: compare.Rows, task: TaskPlan, name: str) -> Json | None:
    return agree([(cluster, right(scores, task), scores.get(name)) for cluster, scores in rows])


def agree(found: Sequence[tuple[str, float | None, float | None]]) -> Json | None:
    """Correlation of two figures of the same answers, (cluster, one, other) each; None where they never vary together."""
    paired: list[tuple[str, Scores]] = [
        (cluster, {"right": r, "beside": b}) for cluster, r, b in found if r is not None and b is not None
    ]
    sample = compare.sample([paired], sorted({cluster for cluster, _ in paired}), correlation)
    if sample is None:
        return None
    e = compare.estimate(sample)
    return {"correlation": e.value, "ci95": None if e.ci95 is None else list(e.ci95), "answers": len(paired)}


def correlation(rows: Sequence[Scores]) -> float | None:
    """Pearson's of `right` and `beside` (phi where both are 0 or 1); None where either does not vary."""
    pairs = [(r, b) for row in rows if (r := row["right"]) is not None and (b := row["beside"]) is not None]
    if len({r for r, _ in pairs}) < 2 or len({b for _, b in pairs}) < 2:
        return None
    return statistics.correlation(*zip(*pairs, strict=True))
