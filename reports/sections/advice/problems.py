"""What is wrong with the data, the worst first, with the rows to look at; then what else the rules saw."""

from __future__ import annotations

from typing import Any

from reports import advising, figures, lookup
from reports.lookup import Json

ORDER = 20
TITLE = "Problems"
SCOPE = "page"
NOTE = ""

SEVERITIES = {
    "block": ("✗", "Blocks training"),
    "warn": ("▲", "Warning"),
    "info": ("○", "Note"),
}
SHOWN = 10
"""Rows named of a finding."""


def context(advice: Json) -> dict[str, Any]:
    """Findings that block, warn or carry a problem code; all others folded."""
    order = list(SEVERITIES)
    worst = sorted(advice["findings"], key=lambda f: order.index(f["severity"]) if f["severity"] in order else -1)
    return {
        "problems": [_finding(f) for f in worst if f["severity"] != "info" or f.get("problem")],
        "others": [_finding(f) for f in worst if f["severity"] == "info" and not f.get("problem")],
    }


def _finding(finding: Json) -> dict[str, Any]:
    rows = finding.get("rows") or []
    symbol, said = SEVERITIES.get(finding["severity"], ("○", finding["severity"]))
    effects = sorted((finding.get("effects") or {}).items(), key=lambda pair: -abs(pair[1] or 0))
    return {
        **advising.reason(finding),
        "severity": finding["severity"] if finding["severity"] in SEVERITIES else "info",
        "symbol": symbol,
        "said": said,
        "problem": finding.get("problem") or "",
        "rows": ", ".join(map(str, rows[:SHOWN])) + (", …" if len(rows) > SHOWN else ""),
        "effects": ", ".join(f"{figures.name(m)} {advising.effect(by)}" for m, by in effects if by),
        "figures": [(lookup.words(name), figures.compact(x)) for name, x in (finding.get("numbers") or {}).items()],
    }


TEMPLATE = """
{% from "macros.html.j2" import source, listing %}
{% macro finding(found) %}
<article class="finding {{ found.severity }}">
  <p class="status"><strong><span aria-hidden="true">{{ found.symbol }}</span> {{ found.said }}</strong>
    <span dir="auto">{{ found.rule }}
      {%- if found.problem and found.problem != found.rule %} · {{ found.problem }}{% endif %}</span></p>
  <p dir="auto">{{ found.summary }}</p>
  {% if found.rows %}
  <p class="note">Rows to look at: {{ found.rows }}</p>
  {% endif %}
  {% if found.effects %}
  <p class="note" dir="auto">Moves {{ found.effects }}</p>
  {% endif %}
  {% if found.figures or found.sources %}
  <details><summary>Figures and sources</summary>
    {% if found.figures %}
    <p class="note">{{ listing(found.figures) }}</p>
    {% endif %}
    {% for cited in found.sources %}{{ source(cited) }}{% else %}
    <p class="note">Our own rule; no source.</p>
    {% endfor %}
  </details>
  {% endif %}
</article>
{% endmacro %}
{% for found in view.problems %}{{ finding(found) }}{% else %}
<p>No rule found a problem in what was looked at.</p>
{% endfor %}
{% if view.others %}
<details class="others"><summary>What else the rules saw ({{ view.others | length }})</summary>
  {% for found in view.others %}{{ finding(found) }}{% endfor %}
</details>
{% endif %}
"""
