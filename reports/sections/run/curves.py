"""Training loss of every trial, one small panel an arm."""

from __future__ import annotations

import statistics
from typing import Any

from reports import charts, figures
from reports.lookup import Json

ORDER = 60
TITLE = "Training loss"
SCOPE = "track"
NOTE = """One line a seed; in each title the mean loss at the first and the last logged step. Each arm has its own
scale: the losses of different methods are different quantities."""

MOST_POINTS = 120


def context(track: Json) -> dict[str, Any]:
    """A panel for each arm that logged a loss. Scales differ: an SFT loss and a DPO loss are different quantities."""
    panels = [_panel(arm) for arm in track["arms"]]
    return {"panels": [panel for panel in panels if panel]}


def _panel(arm: Json) -> dict[str, Any] | None:
    series = _series(arm.get("training") or [])
    if not series:
        return None
    first, last = (statistics.fmean(line[end][1] for line in series) for end in (0, -1))
    summary = f"{first:.2f} → {last:.2f}".replace("-", "−")
    name, seeds = figures.name(arm["id"]), f"{len(series)} seed{'s' * (len(series) != 1)}"
    drawn = [_thin(line) for line in series]
    chart = charts.lines(drawn, figures.tone(arm["id"]), f"Training loss, {name}", f"Mean over {seeds}: {summary}")
    return {"name": name, "tone": figures.tone(arm["id"]), "seeds": seeds, "summary": summary, "chart": chart}


def _series(training: list[Json]) -> list[list[tuple[float, float]]]:
    """One list of (step, loss) a seed, in step order, steps without a loss left out."""
    by_seed: dict[int, list[tuple[float, float]]] = {}
    for entry in training:
        if entry.get("loss") is not None:
            by_seed.setdefault(entry.get("seed", 0), []).append((entry["step"], entry["loss"]))
    return [sorted(line) for line in by_seed.values()]


def _thin(line: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Means of neighbouring steps where a line has more points than can be told apart on the page."""
    width = -(-len(line) // MOST_POINTS)
    groups = [line[start : start + width] for start in range(0, len(line), width)]
    return [(statistics.fmean(x for x, _ in group), statistics.fmean(y for _, y in group)) for group in groups]


TEMPLATE = """
{% if view.panels %}
<div class="panels">
  {% for panel in view.panels %}
  <figure>
    <figcaption><b class="t{{ panel.tone }} arm" dir="auto">{{ panel.name }}</b>
      <span class="interval">{{ panel.summary }}</span> <small>{{ panel.seeds }}</small></figcaption>
    {{ panel.chart }}
  </figure>
  {% endfor %}
</div>
{% else %}
<p>No arm of this track logged a training loss.</p>
{% endif %}
"""
