"""Can the instruments be fooled? Degenerate answers must score below every arm, else the instrument has failed."""

from __future__ import annotations

from typing import Any

from reports import charts, figures, lookup
from reports.lookup import Instrument, Json, Task

ORDER = 90
TITLE = "Canaries"
SCOPE = "track"
NOTE = "Answers anybody could give without reading. An instrument on which they score well measures something else."


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
    rows = [_row(lookup.words(name), value, over, first, 0) for name, value in scores.items()]
    rows += (
        [_row(f"weakest arm: {figures.name(weakest)}", arms[weakest], over, first, figures.tone(weakest))]
        if weakest
        else []
    )
    axis = charts.axis(over, figures.ticks(over.ticks, first.unit), f"Scale, {first.title}")
    outcome = _outcome(scores, arms, first)
    return {"title": task.title, "headline": first.title, "axis": axis, "rows": rows, "outcome": outcome}


def _weakest(arms: dict[str, float], instrument: Instrument) -> str | None:
    pick = min if instrument.better == "higher" else max
    return pick(arms, key=lambda arm: arms[arm]) if arms else None


def _row(name: str, value: float | None, over: charts.Scale, instrument: Instrument, tone: int) -> tuple[Any, ...]:
    text = figures.score(value, None, instrument.unit)
    chart = charts.dot(charts.Mark(value, None, tone), over, f"{name}, {instrument.title}", text)
    return name, chart, text


def _outcome(scores: Json, arms: dict[str, float], instrument: Instrument) -> str:
    """A canary that reaches an arm is named with the arm it reaches."""
    sign = 1 if instrument.better == "higher" else -1
    reached = {
        lookup.words(canary): [figures.name(arm) for arm, mean in arms.items() if sign * value >= sign * mean]
        for canary, value in scores.items()
        if value is not None
    }
    fooled = [f"{canary} reaches {', '.join(names)}" for canary, names in reached.items() if names]
    if not arms or not reached:
        return "○ nothing to compare"
    return (
        "✗ The instrument is fooled: " + "; ".join(fooled) if fooled else "✓ Every scored canary ranks below every arm"
    )


TEMPLATE = """
{% from "macros.html.j2" import table, pairs %}
{% for task in view.tasks %}
<h4 dir="auto">{{ task.title }} <small>{{ task.headline }}</small></h4>
<p dir="auto">{{ task.outcome }}.</p>
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
