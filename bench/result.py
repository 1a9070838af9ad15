"""From the run folder to result.json: every aggregate is computed from the per-item files, never kept beside them."""

from __future__ import annotations

import functools
import random
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import orjson

from advisor.privacy import redact
from bench import compare, lmtasks, power, ranking
from bench.compare import Estimate, Rows, Sample
from bench.methods import UNTRAINED
from bench.types import ArmPlan, Comparison, TaskPlan, TrackPlan
from tasks.prompting import ABSTENTION
from tasks.types import Aggregate, Item, Output, mean

Json = dict[str, Any]
Trials = dict[str, dict[int, list[Json]]]
"""Arm → seed → rows of items.jsonl."""


def read_items(folder: Path, track: TrackPlan) -> Trials:
    """The item rows of every finished trial of a track."""
    trials: Trials = defaultdict(dict)
    for arm in track.arms:
        for seed in arm.seeds:
            path = folder / items_folder(track, arm, seed) / "items.jsonl"
            if path.exists():
                trials[arm.id][seed] = [orjson.loads(line) for line in path.read_bytes().splitlines()]
    return dict(trials)


def items_folder(track: TrackPlan, arm: ArmPlan, seed: int) -> str:
    """Where an arm's item file lies inside the run folder."""
    own = f"tracks/{track.id}"
    return f"{own}/{arm.id}" if arm.method in UNTRAINED else f"{own}/trials/{arm.id}-s{seed}"


def instruments(task: TaskPlan) -> dict[str, Aggregate]:
    """Instrument → how its items become one figure."""
    found = lmtasks.module(task).INSTRUMENTS
    return {name: i.aggregate or functools.partial(mean, name) for name, i in found.items()}


def samples(trials: Trials, task: TaskPlan, name: str, aggregate: Aggregate) -> dict[str, Sample]:
    """The arms' figures of one instrument; arms where it is unscored are left out."""
    rows: dict[str, list[Rows]] = {
        arm: [[(r["cluster"], r["scores"]) for r in seed if of_task(r, task)] for seed in seeds.values()]
        for arm, seeds in trials.items()
    }
    clusters = compare.clusters_of([r for many in rows.values() for r in many], name)
    made = {arm: compare.sample(many, clusters, aggregate) for arm, many in rows.items()}
    counted = lmtasks.module(task).INSTRUMENTS[name].counted
    return {arm: replace(s, n=_scored(rows[arm][0], name), counted=counted) for arm, s in made.items() if s is not None}


def _scored(rows: Rows, name: str) -> int:
    """Items of one trial that the instrument counts; all with any score for a combined index."""
    own = [s.get(name) is not None for _, s in rows if name in s]
    return sum(own) if own else sum(any(v is not None for v in s.values()) for _, s in rows)


def of_task(row: Json, task: TaskPlan) -> bool:
    """Whether a row of an item file belongs to the task."""
    return bool(row["task"] == task.name and row["source"] == task.source)


def scores(trials: Trials, track: TrackPlan) -> dict[str, Json]:
    """Arm → task → instrument → mean, interval, items, clusters."""
    found: dict[str, Json] = {arm.id: {} for arm in track.arms}
    for task in track.tasks:
        for name, aggregate in instruments(task).items():
            for arm, sample in samples(trials, task, name, aggregate).items():
                e = compare.estimate(sample)
                # Without spread, what is not counted is certain by its definition (the base model's drift from itself).
                interval = compare.share_interval(e) if sample.counted else e.ci95 if e.se else None
                entry = {"mean": e.value, "ci95": _list(interval), "n": sample.n, "clusters": e.clusters}
                found[arm].setdefault(task.name, {})[name] = entry
    return found


def comparisons(trials: Trials, track: TrackPlan) -> list[tuple[Comparison, Estimate]]:
    """Every pair of arms on every instrument, with what it was made from; Holm is applied later, over the whole run."""
    made = []
    for task in track.tasks:
        headline = lmtasks.module(task).HEADLINE
        for name, aggregate in instruments(task).items():
            found = samples(trials, task, name, aggregate)
            for (a, b), e in ranking.pairs(found).items():
                decides = task.primary and name == headline
                seeds = min([len(found[x].full) for x in (a, b) if x not in UNTRAINED] or [1])
                n = found[a].n
                c = Comparison(task.name, name, decides, a, b, e.value, e.ci95, e.p, None, e.mde, n, e.clusters, seeds)
                made.append((c, e))
    return made


def detectable(trials: Trials, track: TrackPlan) -> dict[str, float | None]:
    """Deciding task → minimum detectable effect, judged before any training: by the difference of the two untrained arms.

    None where these do not differ in any cluster. What seeds will add is not known then.
    """
    untrained = {arm.id: trials[arm.id] for arm in track.arms if arm.method in UNTRAINED}
    found: dict[str, float | None] = {}
    for task in (t for t in track.tasks if t.primary):
        headline = lmtasks.module(task).HEADLINE
        pairs = ranking.pairs(samples(untrained, task, headline, instruments(task)[headline]))
        found[task.name] = next((e.mde for e in pairs.values()), None)
    return found


def adjust(tracks: Sequence[Sequence[tuple[Comparison, Estimate]]]) -> list[list[Json]]:
    """Comparisons as JSON, those of headlines with Holm's adjustment over the run's `family` of them, and what that leaves."""
    p_values = [c.p for track in tracks for c, _ in track if c.headline and c.p is not None]
    adjusted, family = iter(compare.holm(p_values)), len(p_values)

    def corrected(c: Comparison, e: Estimate) -> Json:
        if not c.headline or c.p is None:
            return asdict(c) | {"family": None}
        found = {"mde_holm": power.detectable(e, family), "equivalent": power.equivalent(e, family)}
        return asdict(c) | {"p_holm": next(adjusted), "family": family, **found}

    return [[corrected(c, e) for c, e in track] for track in tracks]


def canaries(chosen: Mapping[TaskPlan, Sequence[Item]]) -> Json:
    """Headline figures of answers that no model gave: an instrument on which they do well would be broken."""
    found: Json = {}
    for task, items in chosen.items():
        module = lmtasks.module(task)
        if task.harnessed or not all(module.request(i).generate for i in items):
            continue
        aggregate = instruments(task)[module.HEADLINE]
        found[task.name] = {
            name: aggregate([module.score(i, Output(text=answer(n, i, items))) for n, i in enumerate(items)])
            for name, answer in _CANARIES.items()
        }
    return found


def _random_words(n: int, items: Sequence[Item]) -> str:
    """Eight words of all questions and gold answers, others for every item."""
    pool = sorted({word for item in items for word in f"{item.question} {item.gold or ''}".split()})
    return " ".join(random.Random(n).sample(pool, min(8, len(pool))))  # noqa: S311  (not for secrets)


_CANARIES: dict[str, Callable[[int, Item, Sequence[Item]], str]] = {
    "always_decline": lambda *_: ABSTENTION,
    "copy_context": lambda _, item, __: " ".join(item.contexts) or item.question,
    "another_items_answer": lambda n, _, items: items[(n + 1) % len(items)].gold or "",
    "random_words": lambda n, _, items: _random_words(n, items),
}


def examples(trials: Trials, chosen: Mapping[TaskPlan, Sequence[Item]], count: int) -> list[Json]:
    """Side-by-side answers of the first seed: of generating tasks, deciding ones first, items on which arms differ first."""
    made: list[Json] = []
    for task in sorted(chosen, key=lambda t: not t.primary):
        rows = {a: {r["item"]: r for r in next(iter(s.values())) if of_task(r, task)} for a, s in trials.items() if s}
        shown = [i for i in chosen[task] if all(i.id in r and r[i.id]["text"] is not None for r in rows.values())]
        headline = lmtasks.module(task).RIGHT

        def differ(item: Item, rows: Mapping[str, Json] = rows, names: Sequence[str] = headline) -> float:
            values = [v for r in rows.values() for n in names if (v := r[item.id]["scores"].get(n)) is not None]
            return max(values) - min(values) if values else 0.0

        for item in sorted(shown, key=lambda i: -differ(i)):
            made.append(_example(task, item, rows, headline))
    return [e for e in made if e][:count]


def _example(task: TaskPlan, item: Item, rows: Mapping[str, Json], names: Sequence[str]) -> Json:
    def right(scores: Mapping[str, float | None]) -> float | None:
        return next((v for n in names if (v := scores.get(n)) is not None), None)

    return {
        "task": task.name,
        "item": item.id,
        "cluster": item.cluster,
        "kind": item.kind,
        "prompt": redact(item.question),
        "contexts": [redact(c) for c in item.contexts],
        "gold": redact(item.gold) if item.gold else None,
        "answers": {arm: r[item.id]["text"] for arm, r in rows.items()},
        "scores": {arm: {"correct": right(r[item.id]["scores"]), **r[item.id]["scores"]} for arm, r in rows.items()},
    }


def _list(interval: tuple[float, float] | None) -> list[float] | None:
    return None if interval is None else list(interval)
