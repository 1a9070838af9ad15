"""What this run cannot say."""

from __future__ import annotations

from typing import Any

from reports.lookup import Json

ORDER = 100
TITLE = "Limits"
SCOPE = "page"
NOTE = ""


def context(result: Json) -> dict[str, Any]:
    """The run's own list."""
    return {"limits": result["limits"]}


TEMPLATE = """
{% if view.limits %}
<ul class="limits">
  {% for limit in view.limits %}
  <li dir="auto">{{ limit }}</li>
  {% endfor %}
</ul>
{% else %}
<p>The run recorded no limits. It still speaks only for its own model, data and budget.</p>
{% endif %}
"""
