"""What was read and how much of it was looked at: enough to say whether another page speaks of the same file."""

from __future__ import annotations

from typing import Any

from reports import figures
from reports.lookup import Json

ORDER = 100
TITLE = "What was read"
SCOPE = "page"
NOTE = ""


def context(advice: Json) -> dict[str, Any]:
    """Provenance, the layout with its columns, what was unusual, the sample, and bad rows with their reasons."""
    data, schema, profile = advice["data"], advice["schema"], advice["profile"]
    facts = [
        ("File", data["path"]),
        ("Size", figures.file_size(data.get("bytes"))),
        ("SHA-256", data.get("sha256") or "not recorded"),
        ("Rows", f"{figures.count(data['rows'])}, of which {figures.count(data['rows_bad'])} unreadable"),
        ("Records", figures.count(data["records"])),
        ("Layout", _layout(schema)),
        ("Supervision", schema["supervision"]),
        ("Looked at", _sample(profile, data["records"])),
    ]
    bad = data.get("bad_rows") or []
    return {
        "facts": facts,
        "columns": [(column, field) for column, field in (schema.get("columns") or {}).items()],
        "notes": list(data.get("notes") or []),
        "bad": [(row["at"], row["why"]) for row in bad],
        "unlisted": figures.count(data["rows_bad"] - len(bad)) if data["rows_bad"] > len(bad) else "",
    }


def _layout(schema: Json) -> str:
    """The layout with the share of rows it explains, and the others seen."""
    others = ", ".join(f"{other['name']} {figures.chance(other['share'])}" for other in schema.get("others") or [])
    return f"{schema['name']} {figures.chance(schema.get('share'))}" + (f"; {others}" if others else "")


def _sample(profile: Json, records: int) -> str:
    """How many records the costly measures looked at."""
    sample = profile.get("sample")
    if not sample:
        return "not recorded"
    if sample >= records:
        return "every record"
    return f"every record for counts; {figures.count(sample)} of {figures.count(records)}, drawn by hash, for costly measures"


TEMPLATE = """
{% from "macros.html.j2" import table %}
<dl class="facts">
  {% for name, value in view.facts %}
  <dt>{{ name }}</dt><dd dir="auto">{{ value }}</dd>
  {% endfor %}
</dl>
{% if view.notes %}
<h3>Unusual in the file</h3>
<ul class="limits">
  {% for note in view.notes %}
  <li dir="auto">{{ note }}</li>
  {% endfor %}
</ul>
{% endif %}
{% if view.columns %}
{{ table("Columns and what they fill", ("Column", "Field"), view.columns) }}
{% endif %}
{% if view.bad %}
{{ table("Unreadable rows", ("Where", "Why"), view.bad) }}
{% endif %}
{% if view.unlisted %}
<p class="note">{{ view.unlisted }} {{ "more " if view.bad }}unreadable rows are not listed here.</p>
{% endif %}
"""
