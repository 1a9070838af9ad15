"""Which arm is ahead after how much of the budget, and what the same trials say under another clock."""

from __future__ import annotations

from typing import Any

from reports import charts, figures, lookup
from reports.lookup import Json, Task

ORDER = 35
TITLE = "Over the budget"
SCOPE = "track"
NOTE = """Trials are evaluated after a quarter and half of their steps, on a few of the test items only: the intervals are
wide. The learning rate falls to nought over the whole trial, so the middle of a line is not what a run of that budget gives."""

CLOCKS = {
    "train_seconds": ("{} of training", figures.seconds),
    "tokens": ("{} tokens", figures.count),
    "flops": ("{} FLOPs", figures.flops),
}
"""Clock → how an amount of it reads, and the amount's own form."""

ENDS = {0.0: "Untrained", 1.0: "Whole"}


def context(track: Json) -> dict[str, Any]:
    """A chart and a table for each deciding task whose headline is a share, and readings under each clock."""
    arms = [arm for arm in track["arms"] if arm.get("curve")]
    tasks = [task for task in lookup.tasks(track) if task.primary and task.headline.unit == "share"]
    return {"tasks": [_task(track, task, arms) for task in tasks if any(_points(arm, task) for arm in arms)]}


def _points(arm: Json, task: Task) -> list[tuple[float, Json]]:
    """(fraction, score) of each point at which the headline was scored."""
    scored = ((p["fraction"], p["scores"].get(task.id, {}).get(task.headline.id)) for p in arm["curve"])
    return [(fraction, score) for fraction, score in scored if score and score["mean"] is not None]


def _task(track: Json, task: Task, arms: list[Json]) -> dict[str, Any]:
    lines = [(figures.tone(a["id"]), [(x, s["mean"]) for x, s in _points(a, task)]) for a in arms]
    readings = [r for r in track.get("crossover") or [] if r["task"] == task.id and r["clock"] in CLOCKS]
    n = next(score["n"] for arm in arms for _, score in _points(arm, task))
    said = f"{task.headline.title} of {len(lines)} arms from no training to the whole budget; the table has the figures"
    fractions = sorted({x for arm in arms for x, _ in _points(arm, task)})
    return {
        "title": task.title,
        "headline": task.headline.title,
        "n": figures.count(n),
        "names": [(figures.name(a["id"]), figures.tone(a["id"])) for a in arms],
        "chart": charts.lines(
            lines, f"{task.title} over the budget", said, ("untrained", "whole budget"), percent=True
        ),
        "heads": [ENDS.get(x, f"{100 * x:g}{figures.THIN}%") for x in fractions],
        "rows": [_row(arm, task, fractions) for arm in arms],
        "readings": [_reading(r) for r in readings],
    }


def _row(arm: Json, task: Task, fractions: list[float]) -> dict[str, Any]:
    points = dict(_points(arm, task))
    return {
        "name": figures.name(arm["id"]),
        "tone": figures.tone(arm["id"]),
        "cells": [_cell(points.get(fraction)) for fraction in fractions],
    }


def _cell(score: Json | None) -> dict[str, str]:
    if score is None:
        return {"level": figures.NOT_SCORED, "interval": ""}
    ci = score["ci95"]
    return {
        "level": figures.score(score["mean"], ci, "share"),
        "interval": figures.interval(ci, "share") if ci else "",
    }


def _reading(reading: Json) -> str:
    ranked = sorted(reading["scores"].items(), key=lambda pair: -pair[1])
    levels = ", ".join(f"{figures.name(arm)} {figures.share(value)}" for arm, value in ranked)
    crossings = (
        f"; {figures.name(c['a'])} and {figures.name(c['b'])} cross at {_amount(reading['clock'], c['at'])}"
        for c in reading["crossings"]
    )
    return f"At {_amount(reading['clock'], reading['at'])} each: {levels}{''.join(crossings)}."


def _amount(clock: str, value: float) -> str:
    words, shown = CLOCKS[clock]
    return words.format(shown(value))


TEMPLATE = """
{% from "macros.html.j2" import scroller %}
{% for task in view.tasks %}
<div class="panels">
  <figure>
    <figcaption><b dir="auto">{{ task.title }}</b>
      {% for name, tone in task.names %}<span class="t{{ tone }} arm" dir="auto">{{ name }}</span> {% endfor %}
      <small>{{ task.n }} items</small></figcaption>
    {{ task.chart }}
  </figure>
</div>
{% call scroller(task.title ~ " over the budget") %}
<table>
  <caption dir="auto">{{ task.headline }} after part of the budget</caption>
  <thead><tr><th scope="col">Arm</th>
    {% for head in task.heads %}
    <th scope="col" class="number">{{ head }}</th>
    {% endfor %}
  </tr></thead>
  <tbody>
    {% for row in task.rows %}
    <tr><th scope="row" class="arm t{{ row.tone }}"><span dir="auto">{{ row.name }}</span></th>
      {% for cell in row.cells %}
      <td class="number">{{ cell.level }} <small class="interval">{{ cell.interval }}</small></td>
      {% endfor %}</tr>
    {% endfor %}
  </tbody>
</table>
{% endcall %}
{% if task.readings %}
<ul>
  {% for reading in task.readings %}
  <li>{{ reading }}</li>
  {% endfor %}
</ul>
{% endif %}
{% else %}
<p>This run measured no part of its budget.</p>
{% endfor %}
"""
