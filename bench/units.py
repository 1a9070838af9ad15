"""A unit of work in a run: done once, through the journal, and where several runs need the same, once for all of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bench import judging, machine, methods, shelf, store
from bench.methods import UNTRAINED
from bench.stage import Stage
from bench.types import Plan, TrackPlan

Json = dict[str, Any]
Files = dict[str, bytes]
"""By their path in the run."""
Done = tuple[Json, Files]
"""What the journal keeps of a unit, and its files."""
Work = Callable[[], Done]


def count(plan: Plan) -> int:
    """Units of work in a run, for the progress bar."""
    per = [3 + sum(len(a.seeds) * (1 if a.method in UNTRAINED else 3) for a in t.arms) for t in plan.tracks]
    judged = [judging.trials(t) for t in plan.tracks if plan.judge and judging.tasks_of(t)]
    return 1 + sum(per) + sum(_pairwise(t) for t in plan.tracks) + sum(judged)


def _pairwise(plan: TrackPlan) -> int:
    return int(any(methods.starts_from_pairs(a.method) for a in plan.arms))


def once(stage: Stage, name: str, special: Json, total: int | None, work: Work) -> Json:
    """What `work` gives, or gave when an earlier start of this run did it; `special`: its inputs beside the stage's."""
    full = f"{stage.plan.id} {name}"
    stage.view.begin(full, total)
    value = stage.run.once(full, {**stage.inputs, **special}, work)
    stage.view.end()
    return value


def resumable(
    stage: Stage,
    name: str,
    special: Json,
    total: int,
    work: Callable[[Done | None, Callable[[Json, Files], None]], Done],
) -> Json:
    """As `once`, of long work: it is given what it had kept when it was interrupted, and how to keep what it has so far."""
    full, inputs = f"{stage.plan.id} {name}", {**stage.inputs, **special}

    def go_on() -> Done:
        return work(stage.run.kept(full, inputs), lambda value, files: stage.run.keep(full, inputs, value, files))

    return once(stage, name, special, total, go_on)


def shared(stage: Stage, name: str, special: Json, total: int | None, folder: str, work: Work) -> Json:
    """As `once`, of work that only data, model and machine determine: done once for all runs, its files in `folder`.

    `shared` in the value says that an earlier run did it; its seconds are then those that this one was spared.
    """
    key = store.content_key({"unit": name, "machine": machine.numerics(), **stage.inputs, **special})

    def take() -> Done:
        kept = shelf.take(key)
        value, files = kept or work()
        if kept is None:
            shelf.put(key, value, files)
        return inside(folder, ({**value, "shared": kept is not None}, files))

    return once(stage, name, special, total, take)


def inside(folder: str, done: Done) -> Done:
    """The files in a folder of the run."""
    value, files = done
    return value, {f"{folder}/{name}": data for name, data in files.items()}
