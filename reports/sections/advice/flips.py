"""How far each decisive quantity stands from where it would change the advice, drawn on its scale."""

from __future__ import annotations

from typing import Any

from reports import charts, figures, lookup
from reports.lookup import Json

ORDER = 30
TITLE = "What would change it"
SCOPE = "page"
NOTE = """Each quantity is varied alone and the whole advice computed again. Dot: where this data stands. Bar: where another
method comes first, in that method's colour. Counts stand on a logarithmic scale."""


def context(advice: Json) -> dict[str, Any]:
    """One row a turning point; quantities that are words have nothing to draw."""
    r = advice["recommendation"]
    return {"rows": [_row(flip, r["method"]) for flip in r.get("flips") or []]}


def _row(flip: Json, method: str) -> dict[str, Any]:
    share = flip["quantity"].startswith("share")
    now, at = (_figure(flip[key], share) for key in ("now", "at"))
    then, title = figures.name(flip["then"]), lookup.words(flip["quantity"])
    drawn = all(isinstance(flip[key], (int, float)) for key in ("now", "at"))
    return {
        "title": title,
        "now": now,
        "at": at,
        "then": then,
        "tone": figures.tone(flip["then"]),
        "chart": _chart(flip, method, share, f"{title}: now {now}, {then} at {at}") if drawn else None,
    }


def _chart(flip: Json, method: str, share: bool, desc: str) -> dict[str, Any]:
    now, at = flip["now"], flip["at"]
    over: charts.Scale | charts.Decades = charts.SHARES if share else charts.scale([0.0, now, at])
    if not share and min(now, at) >= 1:
        over = charts.decades([now, at])
    tones = figures.tone(method), figures.tone(flip["then"])
    labels = figures.ticks(over.ticks, "share") if share else [figures.tick(value) for value in over.ticks]
    title = f"Turning point of {flip['quantity']}"
    return {
        "move": charts.move(now, at, over, tones, title, desc),
        "axis": charts.axis(over, labels, f"Scale of {flip['quantity']}"),
    }


def _figure(value: float | str, share: bool) -> str:
    if not isinstance(value, (int, float)):
        return figures.plain(value)
    return figures.share(value) if share else figures.compact(value)


TEMPLATE = """
{% for row in view.rows %}
<div class="flip">
  <h3 dir="auto">{{ row.title }}</h3>
  <p><b dir="auto">{{ row.now }}</b> now <span aria-hidden="true">→</span><span class="says"> and</span>
    at <b dir="auto">{{ row.at }}</b>: <strong class="arm t{{ row.tone }}" dir="auto">{{ row.then }}</strong></p>
  {% if row.chart is not none %}
  <div class="scale">{{ row.chart.move }}{{ row.chart.axis }}</div>
  {% endif %}
</div>
{% else %}
<p>Nothing that was varied alone puts another method first.</p>
{% endfor %}
"""
