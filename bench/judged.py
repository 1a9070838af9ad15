"""What a judge said of a track's answers: figures by arm, what it left unanswered, and how far it agrees with the instruments."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import orjson

from bench import compare, judging, lmtasks, paired, result
from bench.judges import MEASURES
from bench.types import ArmPlan, JudgePlan, TaskPlan, TrackPlan
from tasks.types import mean

Json = dict[str, Any]
Judged = Mapping[str, Mapping[int, Sequence[Json]]]
"""Arm → seed → rows of judged.jsonl."""
BEING_RIGHT = "right"
"""Where a measure is held against the instrument that says whether an item is right, whichever that is."""


def of(folder: Path, track: TrackPlan, judge: JudgePlan | None, trials: result.Trials) -> Json | None:
    """The judge's part of a track; None where none was asked, or nothing could be."""
    tasks = judging.tasks_of(track)
    if judge is None or not tasks:
        return None
    rows = {arm.id: {seed: _read(folder, track, arm, seed) for seed in arm.seeds} for arm in track.arms}
    return {
        "address": judge.address,
        "model": judge.model,
        "measures": [{"id": name, "title": m.title, "what": m.what} for name, m in MEASURES.items()],
        "tasks": [{"task": t.name, "arms": _arms(rows, t), "agreement": _agreement(rows, trials, t)} for t in tasks],
    }


def _read(folder: Path, track: TrackPlan, arm: ArmPlan, seed: int) -> list[Json]:
    path = folder / result.items_folder(track, arm, seed) / judging.FILE
    return [orjson.loads(line) for line in path.read_bytes().splitlines()] if path.exists() else []


def _arms(rows: Judged, task: TaskPlan) -> list[Json]:
    """Counts of each arm's answers over all seeds, and what each measure says of them."""
    own = {
        arm: [[r for r in many if result.of_task(r, task)] for many in seeds.values()] for arm, seeds in rows.items()
    }
    return [{"arm": arm, **_counts(seeds), "measures": _measured(seeds)} for arm, seeds in own.items()]


def _counts(seeds: Sequence[Sequence[Json]]) -> Json:
    skipped = Counter(row["skipped"] for many in seeds for row in many)
    return {"answers": skipped.total(), "declined": skipped["declined"], "empty": skipped["empty"]}


def _measured(seeds: Sequence[Sequence[Json]]) -> list[Json]:
    every = [row for many in seeds for row in many]
    asked = {m: n for m in MEASURES if (n := sum(m in row["scores"] for row in every))}
    return [{"measure": m, "asked": n, **_mean(seeds, m), "unanswered": _reasons(every, m)} for m, n in asked.items()]


def _mean(seeds: Sequence[Sequence[Json]], measure: str) -> Json:
    """Mean over the answers that got a figure; None where some seed has none."""
    own: list[compare.Rows] = [[(r["cluster"], r["scores"]) for r in many] for many in seeds]
    answered = sum(scores.get(measure) is not None for many in own for _, scores in many)
    sample = compare.sample(own, compare.clusters_of(own, measure), partial(mean, measure))
    if sample is None:
        return {"mean": None, "ci95": None, "n": answered, "clusters": 0}
    e = compare.estimate(sample)
    interval = compare.share_interval(e)
    ci95 = None if interval is None else list(interval)
    return {"mean": e.value, "ci95": ci95, "n": answered, "clusters": e.clusters}


def _reasons(rows: Sequence[Json], measure: str) -> list[Json]:
    found = Counter(row["unanswered"][measure] for row in rows if measure in row["unanswered"])
    return [{"reason": reason, "count": n} for reason, n in found.most_common()]


def _agreement(rows: Judged, trials: result.Trials, task: TaskPlan) -> list[Json]:
    """Correlation of each measure with each judge-free instrument, over the answers of all arms."""
    both = [
        pair
        for arm, seeds in rows.items()
        for seed, many in seeds.items()
        for pair in _paired(many, trials[arm][seed], task)
    ]
    found = []
    for measure in MEASURES:
        for instrument in (BEING_RIGHT, *lmtasks.module(task).BESIDE):
            figures = [(j["cluster"], _free(i["scores"], task, instrument), j["scores"].get(measure)) for j, i in both]
            agreed = paired.agree(figures)
            found += [] if agreed is None else [{"measure": measure, "instrument": instrument, **agreed}]
    return found


def _free(scores: Json, task: TaskPlan, instrument: str) -> float | None:
    return paired.right(scores, task) if instrument == BEING_RIGHT else scores.get(instrument)


def _paired(judged: Sequence[Json], answered: Sequence[Json], task: TaskPlan) -> list[tuple[Json, Json]]:
    items = {row["item"]: row for row in answered if result.of_task(row, task)}
    return [(row, items[row["item"]]) for row in judged if result.of_task(row, task)]


def beside(part: Json | None, instruments: Json) -> Json:
    """`bench.paired.agreement`, with `judge:<measure>` and its correlation with being right beside the instruments."""
    found = {task: dict(own) for task, own in instruments.items()}
    for own in part["tasks"] if part else []:
        for entry in (e for e in own["agreement"] if e["instrument"] == BEING_RIGHT):
            kept = {key: entry[key] for key in ("correlation", "ci95", "answers")}
            found.setdefault(own["task"], {})[f"judge:{entry['measure']}"] = kept
    return found


def limits(track: str, part: Json | None) -> list[str]:
    """How much the judge left unanswered, and why."""
    measured = [m for own in (part["tasks"] if part else []) for arm in own["arms"] for m in arm["measures"]]
    missing: Counter[str] = Counter()
    for entry in (u for m in measured for u in m["unanswered"]):
        missing[entry["reason"]] += entry["count"]
    if not missing:
        return []
    asked, why = sum(m["asked"] for m in measured), ", ".join(f"{reason}: {n}" for reason, n in missing.most_common())
    return [
        f"Track {track}: the judge gave no usable reply to {missing.total()} of {asked} questions, which are in no mean ({why})."
    ]
