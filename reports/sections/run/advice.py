"""What `advise` predicted before anything was trained, why, and whether the run bore it out."""

from __future__ import annotations

from typing import Any

from reports import advising, figures, lookup
from reports.lookup import Json

ORDER = 50
TITLE = "Advice"
SCOPE = "track"
NOTE = "Taken on the training data and stored before anything was trained."


def context(track: Json) -> dict[str, Any]:
    """The recommendation with its ranking, three reasons, what would change it, and the outcome per task."""
    advice = track.get("advice") or {}
    recommendation = advice.get("recommendation") or {}
    return {
        "method": figures.name(recommendation["method"]) if recommendation.get("method") else None,
        "confidence": figures.confidence(recommendation.get("confidence")),
        "after_fix": figures.name(recommendation["after_fix"]) if recommendation.get("after_fix") else None,
        "ranking": advising.ranking(recommendation),
        "reasons": advising.reasons(recommendation, advice.get("findings") or []),
        "blocking": [f["summary"] for f in advice.get("findings") or [] if f["severity"] == "block"],
        "unacceptable": [(figures.name(no["method"]), no["why"]) for no in recommendation.get("unacceptable") or []],
        "flips": [_flip(flip) for flip in recommendation.get("flips") or []],
        "outcomes": _outcomes(track),
    }


def _flip(flip: Json) -> dict[str, str]:
    now, at = figures.plain(flip["now"]), figures.plain(flip["at"])
    return {"quantity": lookup.words(flip["quantity"]), "now": now, "at": at, "then": figures.name(flip["then"])}


def _outcomes(track: Json) -> list[dict[str, str]]:
    titles = {task.id: task.title for task in lookup.tasks(track)}
    return [
        {"symbol": symbol, "held": said, "task": titles.get(verdict["task"], verdict["task"])}
        for verdict in track["verdicts"]
        for symbol, said in [lookup.held(verdict)]
    ]


TEMPLATE = """
{% from "macros.html.j2" import chances, reasons %}
{% if view.method is none %}
<p>No advice was stored with this track.</p>
{% else %}
<p class="lead">Recommended <strong dir="auto">{{ view.method }}</strong>
  with confidence <strong>{{ view.confidence }}</strong>
  {%- if view.after_fix %}; once the data is fixed, <strong dir="auto">{{ view.after_fix }}</strong>{% endif %}.</p>
<ul class="plain">
  {% for outcome in view.outcomes %}
  <li><span class="symbol" aria-hidden="true">{{ outcome.symbol }}</span>
    <b dir="auto">{{ outcome.task }}</b>: {{ outcome.held }}</li>
  {% endfor %}
</ul>
{% for summary in view.blocking %}
<p class="warning" dir="auto"><span aria-hidden="true">▲</span> Blocking: {{ summary }}</p>
{% endfor %}
<div class="columns">
  <div>
    <h4>Why</h4>
    {{ reasons(view.reasons) }}
  </div>
  {% if view.ranking %}
  <div>{{ chances("Ranking", view.ranking) }}</div>
  {% endif %}
</div>
<ul class="plain note">
  {% for flip in view.flips %}
  <li dir="auto">{{ flip.quantity }} is {{ flip.now }}; at {{ flip.at }} the advice would be {{ flip.then }}.</li>
  {% endfor %}
  {% for method, why in view.unacceptable %}
  <li dir="auto">Ruled out: {{ method }} — {{ why }}</li>
  {% endfor %}
</ul>
{% endif %}
"""
