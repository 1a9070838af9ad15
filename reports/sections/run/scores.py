"""Every arm on every task: the headline instrument with its interval, drawn and in numbers; diagnostics folded."""

from __future__ import annotations

from typing import Any

from reports import charts, figures, lookup
from reports.lookup import Instrument, Json, Score, Task

ORDER = 20
TITLE = "Scores"
SCOPE = "track"
NOTE = "Dot: mean over seeds and items. Line: 95 % interval. Dashed: the untrained base."


def context(track: Json) -> dict[str, Any]:
    """One row an arm, one column a task; then a table of all instruments for each task."""
    tasks = lookup.tasks(track)
    scales = {task.id: _scale(track, task) for task in tasks}
    return {
        "columns": [_column(task, scales[task.id]) for task in tasks],
        "rows": [_row(track, arm, tasks, scales) for arm in track["arms"]],
        "details": [_details(track, task) for task in tasks],
    }


def _column(task: Task, over: charts.Scale) -> dict[str, Any]:
    first = task.headline
    counts = [f"n = {figures.count(task.n)}"] * (task.n is not None)
    counts += [f"{figures.count(task.clusters)} clusters"] * (task.clusters is not None)
    better = "" if first.better == "higher" else "lower is better"
    return {
        "title": task.title,
        "headline": first.title,
        "about": ", ".join(filter(None, ("" if task.primary else "diagnostic", *counts, better))),
        "few": task.clusters is not None and task.clusters < 20,
        "axis": charts.axis(over, figures.ticks(over.ticks, first.unit), f"Scale, {first.title}"),
    }


def _row(track: Json, arm: Json, tasks: list[Task], scales: dict[str, charts.Scale]) -> dict[str, Any]:
    failed = arm["status"] == "failed"
    return {
        "name": figures.name(arm["id"]),
        "tone": figures.tone(arm["id"]),
        "about": "" if failed else _about(arm),
        "failed": (arm.get("reason") or "no reason recorded") if failed else None,
        "cells": [] if failed else [_cell(track, arm, task, scales[task.id]) for task in tasks],
    }


def _about(arm: Json) -> str:
    if arm["id"] in lookup.UNTRAINED:
        return "untrained"
    seeds, rate = len(arm["seeds"]), arm.get("learning_rate")
    return f"{seeds} seed{'s' * (seeds != 1)}" + (f", lr {rate:.0e}".replace("e-0", "e-") if rate else "")


def _cell(track: Json, arm: Json, task: Task, over: charts.Scale) -> dict[str, Any]:
    first, found = task.headline, lookup.score(arm, task.id, task.headline.id)
    base = next((lookup.score(other, task.id, first.id) for other in track["arms"] if other["id"] == "base"), None)
    text = _text(found, first)
    mark = charts.Mark(found.mean if found else None, found.ci95 if found else None, figures.tone(arm["id"]))
    title = f"{figures.name(arm['id'])}, {task.title}, {first.title}"
    desc = f"{text['level']} {text['interval']}".rstrip()
    return {**text, "chart": charts.dot(mark, over, title, desc, base.mean if base else None)}


def _text(found: Score | None, instrument: Instrument) -> dict[str, str]:
    """A mean without an interval stands alone: the base's share kept of itself is 1 by definition."""
    if not found:
        return {"level": figures.NOT_SCORED, "interval": ""}
    level = figures.score(found.mean, found.ci95, instrument.unit)
    return {"level": level, "interval": figures.interval(found.ci95, instrument.unit) if found.ci95 else ""}


def _scale(track: Json, task: Task) -> charts.Scale:
    """Shares keep 0 to 100 %; other units get the range of what was measured."""
    if task.headline.unit == "share":
        return charts.SHARES
    found = [score for arm in track["arms"] if (score := lookup.score(arm, task.id, task.headline.id))]
    return charts.scale(value for score in found for value in (score.mean, *(score.ci95 or ())))


def _details(track: Json, task: Task) -> dict[str, Any]:
    arms = [arm for arm in track["arms"] if arm["status"] != "failed"]
    return {
        "title": task.title,
        "what": task.what,
        "arms": [figures.name(arm["id"]) for arm in arms],
        "instruments": [
            {
                "title": instrument.title,
                "about": "; ".join(filter(None, (instrument.what, f"{instrument.better} is better"))),
                "cells": [_text(lookup.score(arm, task.id, instrument.id), instrument) for arm in arms],
            }
            for instrument in task.instruments
        ],
    }


TEMPLATE = """
{% from "macros.html.j2" import scroller %}
{% if view.columns %}
{% call scroller("Scores by arm and task") %}
<table class="scores">
  <caption>Headline score of every arm on every task, with 95 % interval</caption>
  <thead><tr>
    <th scope="col">Arm</th>
    {% for column in view.columns %}
    <th scope="col" class="drawn"><span dir="auto">{{ column.title }}</span>
      <small dir="auto">{{ column.headline }}</small>
      <small>{{ column.about }}{% if column.few %} <b>▲ fewer than 20 clusters</b>{% endif %}</small>
      <div class="beside">{{ column.axis }}</div></th>
    {% endfor %}
  </tr></thead>
  <tbody>
    {% for row in view.rows %}
    <tr>
      <th scope="row" class="arm t{{ row.tone }}"><span dir="auto">{{ row.name }}</span>
        <small>{{ row.about }}</small></th>
      {% if row.failed is not none %}
      <td class="failed" colspan="{{ view.columns | length }}">
        <b>✗ failed</b> <span dir="auto">{{ row.failed }}</span></td>
      {% endif %}
      {% for cell in row.cells %}
      <td class="drawn"><div class="beside">{{ cell.chart }}
        <p><b>{{ cell.level }}</b> <span class="interval">{{ cell.interval }}</span></p></div></td>
      {% endfor %}
    </tr>
    {% endfor %}
  </tbody>
</table>
{% endcall %}
{% for task in view.details %}
<details><summary dir="auto">All instruments of {{ task.title }}</summary>
  {% if task.what %}<p class="note" dir="auto">{{ task.what }}</p>{% endif %}
  {% call scroller("All instruments of " ~ task.title) %}
  <table>
    <caption dir="auto">{{ task.title }}: mean and 95 % interval, headline first</caption>
    <thead><tr>
      <th scope="col">Instrument</th>
      {% for arm in task.arms %}
      <th scope="col" class="number" dir="auto">{{ arm }}</th>
      {% endfor %}
    </tr></thead>
    <tbody>
      {% for instrument in task.instruments %}
      <tr>
        <th scope="row"><span dir="auto">{{ instrument.title }}</span>
          <small dir="auto">{{ instrument.about }}</small></th>
        {% for cell in instrument.cells %}
        <td class="number">{{ cell.level }}<br><span class="interval">{{ cell.interval }}</span></td>
        {% endfor %}
      </tr>
      {% endfor %}
    </tbody>
  </table>
  {% endcall %}
</details>
{% endfor %}
{% else %}
<p>No task was scored on this track.</p>
{% endif %}
"""
