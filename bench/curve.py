"""The crossover curve: an arm's headline after part of its budget, on a fixed few of the items.

Trials are evaluated at a quarter and at half of their steps on the first items of each deciding task (which `track.items`
takes from kinds and clusters in turn); the untrained model and the finished trial have answered the same items anyway. The
learning rate falls linearly over the whole trial, so a point inside the curve is not what a run of that budget would give:
such a run would have ended its descent there.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import orjson

import tasks
from bench import result
from bench.far import FRACTIONS, checkpoint
from bench.methods import UNTRAINED
from bench.types import ArmPlan, TaskPlan, TrackPlan
from tasks.types import Item

Json = dict[str, Any]
ITEMS = 16
"""Of each deciding task: an evaluation at each fraction must stay short beside the trial."""
CLOCKS = ("train_seconds", "tokens", "flops")


def few(chosen: Mapping[TaskPlan, Sequence[Item]]) -> dict[TaskPlan, Sequence[Item]]:
    """The items that every point of a curve is measured on."""
    return {task: items[:ITEMS] for task, items in chosen.items() if task.primary}


def of(
    folder: Path,
    track: TrackPlan,
    arm: ArmPlan,
    marks: Sequence[Json],
    trials: result.Trials,
    items: frozenset[tuple[str, str]],
) -> list[Json]:
    """Points of an arm's curve: fraction, what it had spent (mean over seeds), scores; from the untrained model on.

    `marks`: of each seed, what its trial had spent at each fraction; `items`: (task, item) of those that every point has.
    """
    if arm.method in UNTRAINED:
        return []
    start = _point(track, 0.0, dict.fromkeys(("step", *CLOCKS), 0), {0: _only(trials["base"][0], items)})
    points = [start]
    for fraction in (*FRACTIONS, 1.0):
        spent = [m for many in marks for m in many["marks"] if m["fraction"] == fraction]
        rows = {seed: _rows(folder, track, arm, seed, fraction, trials) for seed in arm.seeds}
        if spent:
            mean = {name: float(np.mean([s[name] for s in spent])) for name in ("step", *CLOCKS)}
            points.append(_point(track, fraction, mean, {seed: _only(r, items) for seed, r in rows.items()}))
    return points


def _rows(
    folder: Path, track: TrackPlan, arm: ArmPlan, seed: int, fraction: float, trials: result.Trials
) -> list[Json]:
    if fraction == 1:
        return trials[arm.id][seed]
    path = folder / result.items_folder(track, arm, seed) / checkpoint(fraction) / "items.jsonl"
    return [orjson.loads(line) for line in path.read_bytes().splitlines()] if path.exists() else []


def _only(rows: Sequence[Json], items: frozenset[tuple[str, str]]) -> list[Json]:
    return [r for r in rows if (r["task"], r["item"]) in items]


def _point(track: TrackPlan, fraction: float, spent: Mapping[str, float], rows: Mapping[int, list[Json]]) -> Json:
    alone = replace(
        track, arms=(ArmPlan("it", "it", tuple(rows)),), tasks=tuple(task for task in track.tasks if task.primary)
    )
    return {"fraction": fraction, **spent, "scores": result.scores({"it": dict(rows)}, alone)["it"]}


def readings(track: TrackPlan, curves: Mapping[str, Sequence[Json]]) -> list[Json]:
    """The same trials read under each clock: arms' headlines at the most that all of them spent, and where they cross.

    Between points the curve is taken as straight. `curves`: trained arm → its points.
    """
    found = []
    for task in (t for t in track.tasks if t.primary):
        headline = tasks.discover()[task.name].HEADLINE
        for clock in CLOCKS:
            lines = {arm: _line(points, task.name, headline, clock) for arm, points in curves.items()}
            lines = {arm: line for arm, line in lines.items() if len(line) > 1}
            if len(lines) > 1:
                found.append({"task": task.name, "clock": clock, **_read(lines)})
    return found


def _line(points: Sequence[Json], task: str, headline: str, clock: str) -> list[tuple[float, float]]:
    scored = [(p[clock], p["scores"].get(task, {}).get(headline)) for p in points]
    return [(x, entry["mean"]) for x, entry in scored if entry is not None]


def _read(lines: Mapping[str, list[tuple[float, float]]]) -> Json:
    most = min(line[-1][0] for line in lines.values())
    grid = sorted({x for line in lines.values() for x, _ in line if x <= most})
    heights = {arm: np.interp(grid, [x for x, _ in line], [y for _, y in line]) for arm, line in lines.items()}
    crossings = [
        {"a": a, "b": b, "at": at}
        for a, b in itertools.combinations(lines, 2)
        for at in crossed(grid, (heights[a] - heights[b]).tolist())
    ]
    return {"at": most, "scores": {arm: float(h[-1]) for arm, h in heights.items()}, "crossings": crossings}


def crossed(grid: Sequence[float], gap: Sequence[float]) -> list[float]:
    """Where a piecewise linear function of `grid` with the values `gap` changes its sign; touching is no change."""
    found, last = list[float](), 0
    for n, now in enumerate(gap):
        if now and gap[last] * now < 0:
            before, after = grid[n - 1], grid[n]
            share = gap[n - 1] / (gap[n - 1] - now)
            found.append(float(before + share * (after - before)))
        last = n if now else last
    return found
