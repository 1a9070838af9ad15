"""One track of an open run, with all that its units need."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bench import lmeval
from bench.plan import DIAGNOSTIC_ITEMS
from bench.progress import View
from bench.store import Run
from bench.track import Track, items
from bench.trial import Bench
from bench.types import Plan, TaskPlan, TrackPlan
from tasks.types import Item

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Stage:
    """One track of an open run, with all its units need."""

    run: Run
    bench: Bench
    view: View
    plan: TrackPlan
    track: Track
    chosen: Mapping[TaskPlan, Sequence[Item]]
    """Items of each task."""

    @property
    def inputs(self) -> Json:
        """What determines every unit of this track, beside what is special to it."""
        p = self.bench.plan
        return {
            "model": p.model_sha256,
            "data": self.plan.sha256,
            "code": self.bench.code,
            "prompts": self.bench.prompts,
            "settings": [p.dtype, p.attention, p.batch, p.max_length, p.max_new_tokens, p.lora_rank, p.items],
        }


def items_of(plan: Plan, track: Track, task: TaskPlan) -> list[Item]:
    """The items of a task in a run; the same ones for every arm.

    Raises:
        BenchError: a task of lm-evaluation-harness is not the one that was planned.
    """
    if task.harnessed:
        return lmeval.items(task, plan.items)
    return items(track, task.name, task.source, plan.items if task.primary else DIAGNOSTIC_ITEMS)
