"""What a planned task measures: its module under tasks, or for a task of lm-evaluation-harness what the plan says of it.

The harness itself is not needed here, so that every aggregate is computed from the run's files alone.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import tasks
from bench.types import Metric, TaskPlan
from tasks.types import Instrument, Scores, mean

PREFIX = "lm_eval:"
INSTALLED = "lm_eval"
"""Source of the tasks that come with the harness."""
SHARES = frozenset({"acc", "acc_norm", "acc_bytes", "acc_mutual_info", "exact_match"})
"""Metrics that say of each document whether it is right."""
MOST = 150.0
"""Nats a word or byte: no model is that bad, and intervals take the fourth power of exp(nats), which must be a float."""
LIKELIHOOD, WEIGHT = "log-likelihood", "weight"
"""Parts of a document's score where it is weighted: in nats, and words or bytes."""


@dataclass(frozen=True, slots=True)
class Described:
    """What the modules under tasks say of themselves, of a task that is no module."""

    TITLE: str
    WHAT: str
    HEADLINE: str
    RIGHT: tuple[str, ...]
    BESIDE: tuple[str, ...]
    INSTRUMENTS: Mapping[str, Instrument]


def module(task: TaskPlan) -> Any:
    """What has `TITLE`, `WHAT`, `HEADLINE`, `RIGHT`, `BESIDE` and `INSTRUMENTS`; a module has `items`, `request`, `score` too."""
    if task.harnessed is None:
        return tasks.discover()[task.name]
    metrics, name = task.harnessed.metrics, task.name.removeprefix(PREFIX)
    first = metrics[0].name
    return Described(
        TITLE=f"{name} (lm-eval)",
        WHAT=f"answers {name} as lm-evaluation-harness asks and scores it, {task.harnessed.shots}-shot",
        HEADLINE=first,
        RIGHT=(first,) if plain(first) in SHARES else (),
        BESIDE=(),
        INSTRUMENTS={m.name: _instrument(m) for m in metrics},
    )


def plain(metric: str) -> str:
    """The metric's name without the filter before it."""
    return metric.partition(",")[0]


def part(metric: str, which: str) -> str:
    """Under what a part of a weighted metric stands among an item's scores."""
    return f"{metric}:{which}"


def _instrument(metric: Metric) -> Instrument:
    share = plain(metric.name) in SHARES
    what = f"{metric.name} of lm-evaluation-harness ({metric.aggregation.replace('_', ' ')} over documents)"
    aggregate = _AGGREGATES[metric.aggregation]
    made = None if aggregate is None else functools.partial(aggregate, metric.name)
    return Instrument(metric.name, what, metric.better, unit="share" if share else "", aggregate=made, counted=share)


def _perplexity(name: str, rows: Sequence[Scores]) -> float | None:
    return _exp(mean(name, rows))


def _exp(found: float | None) -> float | None:
    """exp(−found), unscored above MOST."""
    return None if found is None or -found > MOST else math.exp(-found)


def _weighted_mean(name: str, rows: Sequence[Scores]) -> float | None:
    parts = [(row.get(part(name, LIKELIHOOD)), row.get(part(name, WEIGHT))) for row in rows]
    known = [(found, weight) for found, weight in parts if found is not None and weight is not None]
    total = sum(w for _, w in known)
    return sum(f for f, _ in known) / total if total else None


def _weighted_perplexity(name: str, rows: Sequence[Scores]) -> float | None:
    return _exp(_weighted_mean(name, rows))


def _bits_per_byte(name: str, rows: Sequence[Scores]) -> float | None:
    found = _weighted_mean(name, rows)
    return None if found is None else -found / math.log(2)


_AGGREGATES: dict[str, Callable[[str, Sequence[Scores]], float | None] | None] = {
    "mean": None,
    "nanmean": None,
    "perplexity": _perplexity,
    "weighted_perplexity": _weighted_perplexity,
    "bits_per_byte": _bits_per_byte,
}
"""Those of lm_eval.api.metrics that can be computed without some documents, as intervals need it; None: the plain mean."""
KNOWN = frozenset(_AGGREGATES)
WEIGHTED = frozenset({"weighted_perplexity", "bits_per_byte"})
"""Aggregations of pairs (log-likelihood, weight)."""
