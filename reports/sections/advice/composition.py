"""What the data is made of: languages, what it trains, layouts, public benchmarks it names."""

from __future__ import annotations

from typing import Any

from reports import charts, figures
from reports.lookup import Json

ORDER = 50
TITLE = "What is in it"
SCOPE = "page"
NOTE = "Shares of records; of languages and of what is trained, on the sample that What was read tells of."

PARTS = {
    "languages": "Languages", "axes": "What it trains", "layouts": "Layouts", "benchmarks": "Benchmarks named",
}  # fmt: skip
MOST = 8


def context(advice: Json) -> dict[str, Any]:
    """A panel of bars for each part that holds anything, the largest shares first."""
    profile = advice["profile"]
    panels = [_panel(title, profile.get(part) or {}, tone) for tone, (part, title) in enumerate(PARTS.items(), 2)]
    return {"panels": [panel for panel in panels if panel["bars"]]}


def _panel(title: str, shares: Json, tone: int) -> dict[str, Any]:
    ordered = sorted(shares.items(), key=lambda pair: -(pair[1] or 0))
    bars = [
        {
            "name": name,
            "text": figures.chance(x),
            "chart": charts.bar(x or 0, tone, f"{title}: {name}", figures.chance(x)),
        }
        for name, x in ordered[:MOST]
    ]
    return {"title": title, "bars": bars, "rest": [(name, figures.chance(x)) for name, x in ordered[MOST:]]}


TEMPLATE = """
{% from "macros.html.j2" import chances, listing %}
<div class="panels">
{% for panel in view.panels %}
<div>{{ chances(panel.title, panel.bars, level=3) }}
  {% if panel.rest %}
  <p class="note">Also {{ listing(panel.rest) }}</p>
  {% endif %}</div>
{% endfor %}
</div>
{% if not view.panels %}
<p>The advice holds no shares of languages, subjects or layouts.</p>
{% endif %}
"""
