"""How long things are, and every other distribution: the middle four fifths drawn, the rest in figures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from reports import charts, figures, measures
from reports.lookup import Json
from reports.measures import Measure

ORDER = 60
TITLE = "Lengths and distributions"
SCOPE = "page"
NOTE = (
    "Dot: median. Line: from the 10th to the 90th percentile. Dashed: the largest. Lengths stand on logarithmic scales."
)

HEADS = ("n", "10 %", "Median", "90 %", "95 %", "Largest")


def context(advice: Json) -> dict[str, Any]:
    """One table, and one scale, for each part of the profile that holds distributions; alone standing ones have their own."""
    parts: dict[str, list[Measure]] = {}
    for measure in measures.spreads(advice["profile"]):
        first, dot, _ = measure.path.partition(".")
        parts.setdefault(first if dot else measure.path, []).append(measure)
    titles = {"lengths": "Characters", "tokens": _tokens(advice["profile"])}
    return {"heads": HEADS, "tables": [_table(titles.get(p, found[0].group), found) for p, found in parts.items()]}


def _tokens(profile: Json) -> str:
    return "Tokens, estimated from characters" if (profile.get("tokens") or {}).get("estimated") else "Tokens"


def _table(title: str, found: Sequence[Measure]) -> dict[str, Any]:
    long = all(measure.path.startswith(("lengths.", "tokens.")) for measure in found)
    ends = [x for measure in found for x in (measure.value["p10"], measure.value["max"])]
    over = charts.decades(ends) if long else charts.scale([0.0, *ends])
    labels = [figures.tick(value) for value in over.ticks]
    rows = [_row(measure, over) for measure in found]
    return {"title": title, "axis": charts.axis(over, labels, f"Scale of {title}"), "rows": rows}


def _row(measure: Measure, over: charts.Scale | charts.Decades) -> dict[str, Any]:
    value = measure.value
    p10, median, p90, largest = (value[key] for key in ("p10", "median", "p90", "max"))
    desc = f"median {figures.compact(median)}, 10 % {figures.compact(p10)}, 90 % {figures.compact(p90)}"
    cells = [value["n"], p10, median, p90, value.get("p95"), largest]
    mark = charts.Mark(median, (p10, p90), 3 if "rejected" in measure.path else 2)
    return {
        "title": measure.title,
        "sample": f"a sample of {figures.count(measure.sampled_from)}" if measure.sampled_from else "",
        "chart": charts.dot(mark, over, measure.title, desc, largest),
        "cells": [figures.compact(cell) for cell in cells],
    }


TEMPLATE = """
{% from "macros.html.j2" import scroller %}
{% for table in view.tables %}
{% call scroller(table.title) %}
<table class="spread">
  <caption dir="auto">{{ table.title }}</caption>
  <thead><tr><th scope="col">What</th><th scope="col" class="drawn">{{ table.axis }}</th>
    {% for head in view.heads %}<th scope="col" class="number">{{ head }}</th>{% endfor %}</tr></thead>
  <tbody>
    {% for row in table.rows %}
    <tr><th scope="row" dir="auto">{{ row.title }}{% if row.sample %} <small>{{ row.sample }}</small>{% endif %}</th>
      <td class="drawn">{{ row.chart }}</td>
      {% for cell in row.cells %}<td class="number">{{ cell }}</td>{% endfor %}</tr>
    {% endfor %}
  </tbody>
</table>
{% endcall %}
{% else %}
<p>No length was measured.</p>
{% endfor %}
"""
