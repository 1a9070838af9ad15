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
"""Under what the instrument that says whether an item is right stands in the table of agreement."""


def of(folder: Path, track: TrackPlan, judge: JudgePlan | None, trials: result.Trials) -> Json | None:
    """The judge's part of a track; None where none was asked, or nothing could be."""
    tasks = judging.tasks_of(track)
    if judge is None or not tasks:
        return None
    rows = {arm.id: {seed: _read(folder, track, arm, seed) for seed in arm.seeds} for arm in track.arms}
    measures = {name: {"title": m.title, "what": m.what} for name, m in MEASURES.items()}
    own = {t.name: {"arms": _arms(rows, t), "agreement": _agreement(rows, trials, t)} for t in tasks}
    return {"address": judge.address, "model": judge.model, "measures": measures, "tasks": own}


def _read(folder: Path, track: TrackPlan, arm: ArmPlan, seed: int) -> list[Json]:
    path = folder / result.items_folder(track, arm, seed) / judging.FILE
    return [orjson.loads(line) for line in path.read_bytes().splitlines()] if path.exists() else []


def _arms(rows: Judged, task: TaskPlan) -> Json:
    """Arm → counts of its answers over all seeds, and the figures of each measure."""
    return {
        arm: _arm([[r for r in many if result.of_task(r, task)] for many in seeds.values()])
        for arm, seeds in rows.items()
    }


def _arm(seeds: Sequence[Sequence[Json]]) -> Json:
    every = [row for many in seeds for row in many]
    skipped = Counter(row["skipped"] for row in every)
    return {
        "answers": len(every),
        "declined": skipped["declined"],
        "empty": skipped["empty"],
        "scores": {m: entry for m in MEASURES if (entry := _score(seeds, m)) is not None},
        "asked": {m: n for m in MEASURES if (n := sum(m in row["scores"] for row in every))},
        "unanswered": {m: dict(why) for m in MEASURES if (why := Counter(_reasons(every, m)))},
    }


def _reasons(rows: Sequence[Json], measure: str) -> list[str]:
    return [row["unanswered"][measure] for row in rows if measure in row["unanswered"]]


def _score(seeds: Sequence[Sequence[Json]], measure: str) -> Json | None:
    """Mean over the answers that got a figure; None where some seed has none."""
    own: list[compare.Rows] = [[(r["cluster"], r["scores"]) for r in many] for many in seeds]
    sample = compare.sample(own, compare.clusters_of(own, measure), partial(mean, measure))
    if sample is None:
        return None
    e = compare.estimate(sample)
    interval = compare.share_interval(e)
    n = sum(scores.get(measure) is not None for many in own for _, scores in many)
    return {"mean": e.value, "ci95": None if interval is None else list(interval), "n": n, "clusters": e.clusters}


def _agreement(rows: Judged, trials: result.Trials, task: TaskPlan) -> Json:
    """Measure → judge-free instrument → their correlation over the answers of all arms."""
    both = [
        pair
        for arm, seeds in rows.items()
        for seed, many in seeds.items()
        for pair in _paired(many, trials[arm][seed], task)
    ]
    instruments = (BEING_RIGHT, *lmtasks.module(task).BESIDE)
    found: Json = {}
    for measure in MEASURES:
        entries = {i: entry for i in instruments if (entry := _agree(both, task, measure, i)) is not None}
        found |= {measure: entries} if entries else {}
    return found


def _paired(judged: Sequence[Json], answered: Sequence[Json], task: TaskPlan) -> list[tuple[Json, Json]]:
    items = {row["item"]: row for row in answered if result.of_task(row, task)}
    return [(row, items[row["item"]]) for row in judged if result.of_task(row, task)]


def _agree(both: Sequence[tuple[Json, Json]], task: TaskPlan, measure: str, instrument: str) -> Json | None:
    def figure(scores: Json) -> float | None:
        return paired.right(scores, task) if instrument == BEING_RIGHT else scores.get(instrument)

    return paired.agree([(j["cluster"], figure(item["scores"]), j["scores"].get(measure)) for j, item in both])


def beside(part: Json | None) -> Json:
    """Task → `judge:<measure>` → its correlation with being right, as `bench.paired.agreement` has it of instruments."""
    if part is None:
        return {}
    return {
        task: {f"judge:{m}": entry[BEING_RIGHT] for m, entry in own["agreement"].items() if BEING_RIGHT in entry}
        for task, own in part["tasks"].items()
    }


def limits(track: str, part: Json | None) -> list[str]:
    """What must be known of a judge's figures."""
    if part is None:
        return []
    asked: Counter[str] = Counter()
    missing: Counter[str] = Counter()
    for arm in (a for own in part["tasks"].values() for a in own["arms"].values()):
        asked.update(arm["asked"])
        for reasons in arm["unanswered"].values():
            missing.update(reasons)
    if not missing:
        return []
    why = ", ".join(f"{reason} {n}" for reason, n in missing.most_common())
    return [
        f"Track {track}: the judge left {missing.total()} of {asked.total()} questions without a usable reply, which are in no "
        f"mean: {why}."
    ]
