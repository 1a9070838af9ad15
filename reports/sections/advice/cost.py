"""What one epoch of each method would take, and everything that is assumed for it."""

from __future__ import annotations

from typing import Any

from reports import charts, figures
from reports.lookup import Json

ORDER = 80
TITLE = "Cost of one epoch"
SCOPE = "page"
NOTE = "By formula, before anything runs. The assumptions decide the figures."

KNOWN = ("memory_gb", "hours", "assumes")


def context(advice: Json) -> dict[str, Any]:
    """One row a method, its memory and time drawn against the dearest; assumptions they share are said once."""
    cost = advice.get("cost") or {}
    most = {key: max((c.get(key) or 0 for c in cost.values()), default=0) or 1 for key in KNOWN[:2]}
    assumed = [c.get("assumes") or [] for c in cost.values()]
    shared = [line for line in assumed[0] if all(line in lines for lines in assumed)] if assumed else []
    return {
        "rows": [_row(method, c, most, shared) for method, c in cost.items()],
        "shared": shared,
    }


def _row(method: str, cost: Json, most: Json, shared: list[str]) -> dict[str, Any]:
    name, tone = figures.name(method), figures.tone(method)
    memory, time = figures.gigabytes(cost.get("memory_gb")), figures.duration(cost.get("hours"))
    return {
        "name": name,
        "tone": tone,
        "memory": (
            memory,
            charts.bar((cost.get("memory_gb") or 0) / most["memory_gb"], tone, f"Memory, {name}", memory),
        ),
        "time": (time, charts.bar((cost.get("hours") or 0) / most["hours"], tone, f"Time, {name}", time)),
        "own": [line for line in cost.get("assumes") or [] if line not in shared],
        "others": figures.flatten({key: value for key, value in cost.items() if key not in KNOWN}),
    }


TEMPLATE = """
{% from "macros.html.j2" import scroller, listing %}
{% if view.rows %}
{% call scroller("Cost of one epoch") %}
<table class="cost">
  <caption>Peak memory and time of one epoch</caption>
  <thead><tr><th scope="col">Method</th><th scope="col">Memory</th><th scope="col">Time</th>
    <th scope="col">Assumed for it alone</th></tr></thead>
  <tbody>
    {% for row in view.rows %}
    <tr><th scope="row" class="arm t{{ row.tone }}" dir="auto">{{ row.name }}</th>
      <td class="drawn">{{ row.memory[0] }}{{ row.memory[1] }}</td>
      <td class="drawn">{{ row.time[0] }}{{ row.time[1] }}</td>
      <td class="prose" dir="auto">{{ row.own | join("; ") }}{% if row.others %} {{ listing(row.others) }}{% endif %}</td></tr>
    {% endfor %}
  </tbody>
</table>
{% endcall %}
{% if view.shared %}
<p class="note">Assumed for all:</p>
<ul class="limits note">
  {% for line in view.shared %}
  <li dir="auto">{{ line }}</li>
  {% endfor %}
</ul>
{% endif %}
{% else %}
<p>No cost is given: the data serves none of the methods whose cost is computed.</p>
{% endif %}
"""
