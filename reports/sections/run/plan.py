"""Every value the run derived by itself and why, where the wall time went, and what the certificate states."""

from __future__ import annotations

from typing import Any

from reports import figures, lookup
from reports.lookup import Json

ORDER = 110
TITLE = "Plan"
SCOPE = "page"
NOTE = ""


def context(result: Json) -> dict[str, Any]:
    """Derived values, clocks, all settings, and the accelerated path's check against the stock computation."""
    plan = result["plan"]
    settings = {key: value for key, value in plan.items() if key != "derived"}
    clocks = result.get("clocks") or {}
    return {
        "derived": [(row["name"], figures.plain(row["value"]), row["why"]) for row in plan.get("derived") or []],
        "settings": figures.flatten(settings) if settings else [],
        "clocks": [
            (lookup.words(key.removesuffix("_seconds")), figures.seconds(value)) for key, value in clocks.items()
        ],
        **_certificate(result.get("certificate") or {}),
    }


def _certificate(found: Json) -> dict[str, Any]:
    sentences = found.get("sentences") or []
    return {
        "holds": "exact" if found.get("holds") is True else "not exact" if found.get("holds") is False else "",
        "exactness": [str(line) for line in sentences] if isinstance(sentences, list) else [],
        "certificate": figures.flatten({key: value for key, value in found.items() if key != "sentences"})
        if found
        else [],
    }


TEMPLATE = """
{% from "macros.html.j2" import table, pairs %}
{% if view.derived %}
{{ table("Values derived from the budget, the machine and the data", ("What", "Value", "Why"), view.derived) }}
{% else %}
<p>The plan derived no values.</p>
{% endif %}
{% if view.clocks %}
<h3>Clocks</h3>
<dl class="clocks">
  {% for name, time in view.clocks %}
  <div><dt dir="auto">{{ name }}</dt><dd>{{ time }}</dd></div>
  {% endfor %}
</dl>
{% endif %}
{% if view.settings %}
<details><summary>All settings of the plan</summary>{{ pairs("Settings", view.settings) }}</details>
{% endif %}
{% if view.exactness %}
<h3>Certificate: the path that ran against TRL's own computation{{ ": " ~ view.holds if view.holds }}</h3>
<ul>
  {% for line in view.exactness %}
  <li dir="auto">{{ line }}</li>
  {% endfor %}
</ul>
{% endif %}
{% if view.certificate %}
<details><summary>All figures of the certificate</summary>
  {{ pairs("Certificate", view.certificate) }}</details>
{% endif %}
"""
