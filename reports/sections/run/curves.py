"""Training loss of every trial, one small panel an arm."""

from __future__ import annotations

import statistics
from typing import Any

from reports import charts, figures
from reports.lookup import Json

ORDER = 60
TITLE = "Training loss"
SCOPE = "track"
NOTE = """One line a seed; in each title the mean loss at the first and the last logged step. Each panel has its own
scale: the losses of different methods are different quantities."""

MOST_POINTS = 120


def context(track: Json) -> dict[str, Any]:
    """A panel for each arm that logged a loss, and for each method that it trained by: an SFT loss is no DPO loss."""
    panels = [_panel(arm, part, entries) for arm in track["arms"] for part, entries in _parts(arm).items()]
    return {"panels": [panel for panel in panels if panel]}


def _parts(arm: Json) -> dict[str | None, list[Json]]:
    """Method → its log, of an arm that trains by several in turn."""
    found: dict[str | None, list[Json]] = {}
    for entry in arm.get("training") or []:
        found.setdefault(entry.get("part"), []).append(entry)
    return found


def _panel(arm: Json, part: str | None, training: list[Json]) -> dict[str, Any] | None:
    series = _series(training)
    if not series:
        return None
    first, last = (statistics.fmean(line[end][1] for line in series) for end in (0, -1))
    summary = f"{first:.2f} → {last:.2f}".replace("-", "−")
    name = figures.name(arm["id"]) + (f": {figures.name(part)}" if part else "")
    seeds = f"{len(series)} seed{'s' * (len(series) != 1)}"
    tone = figures.tone(arm["id"])
    drawn = [(tone, _thin(line)) for line in series]
    chart = charts.lines(drawn, f"Training loss, {name}", f"Mean over {seeds}: {summary}")
    return {"name": name, "tone": tone, "seeds": seeds, "summary": summary, "chart": chart}


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
