"""Every arm against base and every arm against every other, none left out for being small."""

from __future__ import annotations

import itertools
from typing import Any

from reports import figures, forest, lookup
from reports.lookup import Effect, Instrument, Json, Task

ORDER = 30
TITLE = "Effects"
SCOPE = "track"
NOTE = """Paired differences on the same items. p is Holm-corrected over the headline comparisons. Detectable: the
true difference that a run of this size finds four times in five, after that correction."""


def context(track: Json) -> dict[str, Any]:
    """For each task its headline differences on one scale; the other instruments' comparisons as a plain table."""
    tasks = lookup.tasks(track)
    return {"tasks": [_task(track, task) for task in tasks], "others": _others(track, tasks)}


def _task(track: Json, task: Task) -> dict[str, Any]:
    arms = [arm["id"] for arm in track["arms"]]
    against_base = [_stored(track, task, arm, "base") for arm in arms if arm != "base"] if "base" in arms else []
    pairs = itertools.combinations([arm for arm in arms if arm != "base"], 2)
    effects = against_base + [_either(track, task, a, b) for a, b in pairs]
    return {
        "title": task.title,
        "headline": task.headline.title,
        "better": task.headline.better,
        "primary": task.primary,
        "forest": forest.view(effects, task.headline, split=len(against_base)),
    }


def _stored(track: Json, task: Task, a: str, b: str) -> Effect:
    return lookup.effect(track, task.id, task.headline.id, a, b)


def _either(track: Json, task: Task, a: str, b: str) -> Effect:
    """The pair the way round the run compared it; later arm minus earlier where it did not."""
    pairs = [(c["a"], c["b"]) for c in track["comparisons"] if c["task"] == task.id]
    return _stored(track, task, *((a, b) if (a, b) in pairs else (b, a)))


def _others(track: Json, tasks: list[Task]) -> list[tuple[str, ...]]:
    """Comparisons on instruments that are no headline."""
    known = {(task.id, instrument.id): (task, instrument) for task in tasks for instrument in task.instruments[1:]}
    compared = [
        (c, *known[c["task"], c["instrument"]]) for c in track["comparisons"] if (c["task"], c["instrument"]) in known
    ]
    return [_other(c, task, instrument) for c, task, instrument in compared]


def _other(c: Json, task: Task, instrument: Instrument) -> tuple[str, ...]:
    names, ci, unit = f"{figures.name(c['a'])} − {figures.name(c['b'])}", lookup.bounds(c["ci95"]), instrument.unit
    estimate, interval = figures.effect(c["difference"], ci, unit), figures.interval(ci, unit)
    return names, task.title, instrument.title, estimate, interval


TEMPLATE = """
{% from "macros.html.j2" import forest, table %}
{% for task in view.tasks %}
{% if task.primary %}
<h4 dir="auto">{{ task.title }} <small>{{ task.headline }}, {{ task.better }} is better</small></h4>
{{ forest(task.forest, "Differences on " ~ task.title) }}
{% else %}
<details>
  <summary dir="auto">{{ task.title }}, diagnostic
    <small>{{ task.headline }}, {{ task.better }} is better</small></summary>
  {{ forest(task.forest, "Differences on " ~ task.title) }}
</details>
{% endif %}
{% else %}
<p>No comparison was made on this track.</p>
{% endfor %}
{% if view.others %}
<details>
  <summary>Comparisons on the other instruments <small>{{ view.others | length }}, uncorrected</small></summary>
  {{ table("Paired differences on diagnostics, with 95 % interval",
           ("Difference", "Task", "Instrument", "Estimate", "95 % interval"), view.others, numbers=(3, 4)) }}
</details>
{% endif %}
"""
