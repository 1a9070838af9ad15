"""What each arm spent, per trial: the check that the budgets were equal."""

from __future__ import annotations

from typing import Any

from reports import figures
from reports.lookup import UNTRAINED, Json

ORDER = 40
TITLE = "Ledger"
SCOPE = "track"
NOTE = "Means per trial. FLOPs include the reference pass; evaluation is outside the budget."

HEADS = ("Training", "Tokens", "FLOPs", "Examples", "Steps", "Peak memory", "Evaluation")


def context(track: Json) -> dict[str, Any]:
    """One row an arm; zeros of untrained arms are real zeros, missing figures are dashes or unknown."""
    return {"heads": HEADS, "rows": [_row(arm) for arm in track["arms"]]}


def _row(arm: Json) -> dict[str, Any]:
    ledger = arm.get("ledger") or {}
    trained = "untrained" if arm["id"] in UNTRAINED else f"{len(arm['seeds'])} trial{'s' * (len(arm['seeds']) != 1)}"
    return {
        "name": figures.name(arm["id"]),
        "tone": figures.tone(arm["id"]),
        "about": "failed" if arm["status"] == "failed" else trained,
        "cells": [
            figures.seconds(ledger.get("train_seconds")),
            figures.count(ledger.get("tokens")),
            figures.flops(ledger.get("flops")),
            figures.count(ledger.get("examples")),
            figures.count(ledger.get("steps")),
            figures.gigabytes(ledger.get("peak_memory_gb")),
            figures.seconds(ledger.get("evaluate_seconds")),
        ],
    }


TEMPLATE = """
{% from "macros.html.j2" import scroller %}
{% call scroller("Ledger") %}
<table class="ledger">
  <caption>What a trial of each arm spent</caption>
  <thead><tr>
    <th scope="col">Arm</th>
    {% for head in view.heads %}
    <th scope="col" class="number">{{ head }}</th>
    {% endfor %}
  </tr></thead>
  <tbody>
    {% for row in view.rows %}
    <tr>
      <th scope="row" class="arm t{{ row.tone }}"><span dir="auto">{{ row.name }}</span>
        <small>{{ row.about }}</small></th>
      {% for cell in row.cells %}
      <td class="number">{{ cell }}</td>
      {% endfor %}
    </tr>
    {% else %}
    <tr><td colspan="{{ view.heads | length + 1 }}">No arms.</td></tr>
    {% endfor %}
  </tbody>
</table>
{% endcall %}
"""
