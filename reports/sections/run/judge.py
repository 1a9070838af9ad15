"""What a judge said of the answers, where one was wanted: never part of a verdict, and only as good as its agreement."""

from __future__ import annotations

from typing import Any

from reports import figures, lookup
from reports.lookup import Json

ORDER = 92
TITLE = "Judge"
SCOPE = "track"
NOTE = """A model's opinion of the first items' answers, beside the instruments; no verdict rests on it. Arms decline different
items, so their means are over different answers."""


def context(track: Json) -> dict[str, Any]:
    """A table of figures and one of agreement for each judged task; runs without a judge have none."""
    judge = track.get("judge")
    if judge is None:
        return {"judge": None, "tasks": []}
    titles = {m["id"]: m["title"] for m in judge["measures"]}
    named = {task.id: task for task in lookup.tasks(track)}
    return {
        "judge": f"{judge['model']} at {judge['address']}" if judge["address"] else judge["model"],
        "measures": [(m["title"], m["what"]) for m in judge["measures"]],
        "tasks": [_task(own, named.get(own["task"]), titles) for own in judge["tasks"]],
    }


def _task(own: Json, task: lookup.Task | None, titles: dict[str, str]) -> dict[str, Any]:
    instruments = {i.id: i.title for i in task.instruments} if task else {}
    return {
        "title": task.title if task else lookup.words(own["task"]),
        "heads": ("Arm", "Answers", *titles.values()),
        "rows": [_arm(arm, tuple(titles)) for arm in own["arms"]],
        "agreement": [_agreement(entry, titles, instruments) for entry in own["agreement"]],
        "unanswered": [line for arm in own["arms"] for line in _unanswered(arm, titles)],
    }


def _arm(arm: Json, measures: tuple[str, ...]) -> tuple[str, ...]:
    found = {entry["measure"]: entry for entry in arm["measures"]}
    counts = [f"{figures.count(arm[kind])} {kind}" for kind in ("declined", "empty") if arm[kind]]
    answers = figures.count(arm["answers"]) + (f", of which {', '.join(counts)}" if counts else "")
    return figures.name(arm["arm"]), answers, *(_figure(found.get(m)) for m in measures)


def _figure(entry: Json | None) -> str:
    if entry is None:
        return "not asked"
    of = f"{figures.count(entry['n'])} of {figures.count(entry['asked'])}"
    if entry["mean"] is None:
        return f"{figures.NOT_SCORED} ({of})"
    ci = lookup.bounds(entry["ci95"])
    return f"{figures.score(entry['mean'], ci, 'share')} {figures.interval(ci, 'share')} ({of})"


def _agreement(entry: Json, titles: dict[str, str], instruments: dict[str, str]) -> tuple[str, ...]:
    ci, other = lookup.bounds(entry["ci95"]), entry["instrument"]
    against = "being right" if other == "right" else str(instruments.get(other, other))
    measure = str(titles.get(entry["measure"], entry["measure"]))
    value = f"{figures.signed(entry['correlation'], 2)} {figures.interval(ci, None)}"
    return measure, against, value, figures.count(entry["answers"])


def _unanswered(arm: Json, titles: dict[str, str]) -> list[tuple[str, ...]]:
    return [
        (figures.name(arm["arm"]), titles.get(m["measure"], m["measure"]), u["reason"], figures.count(u["count"]))
        for m in arm["measures"]
        for u in m["unanswered"]
    ]


TEMPLATE = """
{% from "macros.html.j2" import table, pairs %}
{% if view.judge is none %}
<p>No judge was asked: what this run says rests on its instruments alone.</p>
{% else %}
<p>Judge: <span dir="auto">{{ view.judge }}</span></p>
{% for task in view.tasks %}
<h4 dir="auto">{{ task.title }}</h4>
{{ table("The judge on " ~ task.title ~ ": mean, 95 % interval, answers with a figure of those asked about", task.heads,
  task.rows) }}
{% if task.agreement %}
{{ table("Agreement with the instruments that need no judge: correlation over the answers of all arms",
  ("Judge", "Instrument", "Correlation [95 % interval]", "Answers"), task.agreement, numbers=(2, 3)) }}
{% else %}
<p>Agreement cannot be said: the judge or the instruments did not vary over the answers they share.</p>
{% endif %}
{% if task.unanswered %}
<details><summary>Questions without a usable reply, which are in no mean</summary>
  {{ table("Without a usable reply", ("Arm", "Judge", "Why", "Questions"), task.unanswered, numbers=(3,)) }}</details>
{% endif %}
{% endfor %}
<details><summary>What the judge is asked</summary>{{ pairs("Measures", view.measures) }}</details>
{% endif %}
"""
