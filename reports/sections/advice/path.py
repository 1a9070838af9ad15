"""How the scores add up: every finding's effect on every method, so that the ranking can be redone by hand."""

from __future__ import annotations

from typing import Any

from reports import advising, figures
from reports.lookup import Json

ORDER = 40
TITLE = "How the scores add up"
SCOPE = "page"
NOTE = """A method's score is where it starts plus what each finding adds or takes. A finding that blocks puts repair, or not
training, first whatever the scores say."""


def context(advice: Json) -> dict[str, Any]:
    """One row a finding that moves a ranked method, between where the methods start and where they end."""
    r = advice["recommendation"]
    methods = advising.leading(r)
    scores = {entry["method"]: entry["score"] for entry in r.get("ranking") or []}
    moving = [f for f in advice["findings"] if any((f["effects"].get(method) or 0) for method in methods)]
    starts = [scores[m] - sum(f["effects"].get(m) or 0 for f in moving) for m in methods]
    return {
        "methods": [(figures.name(method), figures.tone(method)) for method in methods],
        "starts": [figures.signed(start, 2) for start in starts],
        "rows": [(f["rule"], [advising.effect(f["effects"].get(m)) for m in methods]) for f in moving],
        "ends": [figures.signed(scores[method], 2) for method in methods],
    }


TEMPLATE = """
{% from "macros.html.j2" import scroller %}
{% if view.methods %}
{% call scroller("How the scores add up") %}
<table class="path">
  <caption>What each finding adds to each method's score</caption>
  <thead><tr><th scope="col">Finding</th>
    {% for name, tone in view.methods %}
    <th scope="col" class="number"><span class="arm t{{ tone }}" dir="auto">{{ name }}</span></th>
    {% endfor %}
  </tr></thead>
  <tbody>
    <tr><th scope="row">Starts at</th>
      {% for start in view.starts %}<td class="number">{{ start }}</td>{% endfor %}</tr>
    {% for rule, effects in view.rows %}
    <tr><th scope="row" dir="auto">{{ rule }}</th>
      {% for effect in effects %}<td class="number">{{ effect }}</td>{% endfor %}</tr>
    {% endfor %}
    <tr class="split"><th scope="row">Score</th>
      {% for end in view.ends %}<td class="number"><b>{{ end }}</b></td>{% endfor %}</tr>
  </tbody>
</table>
{% endcall %}
{% else %}
<p>No rule speaks for or against any method.</p>
{% endif %}
"""
