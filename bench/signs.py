"""The signs of a track's trials (bench/signatures.py), from its units, its item files and its training pairs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bench import answers, meanings, result, shortcuts, signatures
from bench.methods import UNTRAINED
from bench.stage import Stage
from bench.types import Signature, TaskPlan
from tasks.prompting import target
from tasks.types import Item

Json = dict[str, Any]
BASE = "base"


def of_track(stage: Stage, ledgers: Mapping[str, Sequence[Json]], trials: result.Trials) -> Json:
    """`signatures`: what each trial shows; `shortcuts`: what a rule that hardly reads tells of held-out pairs."""
    pairs = _pairs(stage.chosen)
    train = [(target(r) or "", r.rejected) for r in stage.track.train if r.rejected]
    found: list[Signature] = []
    base = trials[BASE][0]
    for arm in (a for a in stage.plan.arms if a.method not in UNTRAINED):
        for entry in ledgers[arm.id]:
            seed, batch = entry["seed"], stage.bench.plan.batch
            trial = signatures.Trial(arm.id, seed, batch, entry["log"], trials[arm.id][seed], base)
            found += signatures.of_trial(trial, _golds(stage.chosen), pairs, train)
    return {
        "signatures": [meanings.of_signature(s) for s in found],
        "shortcuts": shortcuts.baselines(pairs, train),
    }


def _pairs(chosen: Mapping[TaskPlan, Sequence[Item]]) -> shortcuts.Pairs:
    return {
        (task.name, task.source): {i.id: (i.gold, i.rejected) for i in items if i.gold and i.rejected}
        for task, items in chosen.items()
        if task.source == "own" or task.primary
    }


def _golds(chosen: Mapping[TaskPlan, Sequence[Item]]) -> answers.Golds:
    return {
        (task.name, task.source, i.id): (i.question, i.gold)
        for task, items in chosen.items()
        if task.primary
        for i in items
    }
