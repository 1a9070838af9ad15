"""Can the instruments be fooled? Degenerate answers must score below every arm, else the instrument has failed.

At the floor nothing can score lower: an arm that ties with them there has failed itself.
"""

from __future__ import annotations

from typing import Any

from reports import charts, figures, lookup
from reports.lookup import Instrument, Json, Task

ORDER = 90
TITLE = "Canaries"
SCOPE = "track"
NOTE = "Answers anybody could give without reading. An instrument on which they score well measures something else."

NAMES = {"another_items_answer": "Another item's answer", "copy_context": "Copy the context"}


def context(track: Json) -> dict[str, Any]:
    """One table a task; then agreement and flipped items, whose shape depends on the instruments, as plain rows."""
    tasks = {task.id: task for task in lookup.tasks(track)}
    canaries = track.get("canaries") or {}
    return {
        "tasks": [_task(track, tasks[name], scores) for name, scores in canaries.items() if name in tasks and scores],
        "agreement": figures.flatten(track.get("agreement") or {}),
        "flipped": figures.flatten(track.get("flipped_items") or {}),
    }


def _task(track: Json, task: Task, scores: Json) -> dict[str, Any]:
    first = task.headline
    arms = {arm["id"]: s.mean for arm in track["arms"] if (s := lookup.score(arm, task.id, first.id))}
    values = [value for value in (*scores.values(), *arms.values()) if value is not None]
    over = charts.SHARES if first.unit == "share" else charts.scale(values)
    weakest = _weakest(arms, first)
    rows = [_row(_name(name), value, over, first, 0) for name, value in scores.items()]
    rows += (
        [_row(f"weakest arm: {figures.name(weakest)}", arms[weakest], over, first, figures.tone(weakest))]
        if weakest
        else []
    )
    axis = charts.axis(over, figures.ticks(over.ticks, first.unit), f"Scale, {first.title}")
    outcomes = _outcomes(scores, arms, first)
    return {"title": task.title, "headline": first.title, "axis": axis, "rows": rows, "outcomes": outcomes}


def _name(canary: str) -> str:
    return NAMES.get(canary) or lookup.words(canary)


def _weakest(arms: dict[str, float], instrument: Instrument) -> str | None:
    pick = min if instrument.better == "higher" else max
    return pick(arms, key=lambda arm: arms[arm]) if arms else None


def _row(name: str, value: float | None, over: charts.Scale, instrument: Instrument, tone: int) -> tuple[Any, ...]:
    text = figures.score(value, None, instrument.unit)
    chart = charts.dot(charts.Mark(value, None, tone), over, f"{name}, {instrument.title}", text)
    return name, chart, text


def _outcomes(scores: Json, arms: dict[str, float], instrument: Instrument) -> list[str]:
    """What the canaries show of the instrument, then of the arms at its floor: 0 where higher is better."""
    known = {canary: value for canary, value in scores.items() if value is not None}
    if not (known and arms):
        return ["○ Nothing to compare"]
    above = {canary: value for canary, value in known.items() if value > 0 or instrument.better == "lower"}
    floor = {canary: value for canary, value in known.items() if canary not in above}
    said = _fooled(above, arms, instrument) + _floored(floor, arms, instrument)
    return said or ["✓ Every scored canary ranks below every arm"]


def _fooled(canaries: dict[str, float], arms: dict[str, float], instrument: Instrument) -> list[str]:
    """A canary that reaches an arm is named with the arms it reaches."""
    reached = {canary: _reached(value, arms, instrument) for canary, value in canaries.items()}
    fooled = [f"{_name(canary)} reaches {', '.join(names)}" for canary, names in reached.items() if names]
    return ["✗ The instrument is fooled: " + "; ".join(fooled)] if fooled else []


def _floored(canaries: dict[str, float], arms: dict[str, float], instrument: Instrument) -> list[str]:
    """Arms that a canary at the floor ties with: theirs is the failure, not the instrument's."""
    names = list(dict.fromkeys(name for value in canaries.values() for name in _reached(value, arms, instrument)))
    score = "scores" if len(names) == 1 else "score"
    return [f"○ {', '.join(names)} {score} no better than answers nobody read for"] if names else []


def _reached(value: float, arms: dict[str, float], instrument: Instrument) -> list[str]:
    sign = 1 if instrument.better == "higher" else -1
    return [figures.name(arm) for arm, mean in arms.items() if sign * value >= sign * mean]


TEMPLATE = """
{% from "macros.html.j2" import table, pairs %}
{% for task in view.tasks %}
<h4 dir="auto">{{ task.title }} <small>{{ task.headline }}</small></h4>
{% for outcome in task.outcomes %}
<p dir="auto">{{ outcome }}.</p>
{% endfor %}
{{ table("Canaries on " ~ task.title, ("Answers", task.axis, "Mean"), task.rows, drawn=1, numbers=(2,)) }}
{% else %}
<p>No canaries were scored on this track.</p>
{% endfor %}
{% if view.agreement %}
<details><summary>Agreement between instruments</summary>{{ pairs("Agreement", view.agreement) }}</details>
{% endif %}
{% if view.flipped %}
<details><summary>Items whose score changed against base</summary>{{ pairs("Flipped items", view.flipped) }}</details>
{% endif %}
"""
