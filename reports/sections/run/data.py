"""Which records were trained on and which were held out, and how they were kept apart."""

from __future__ import annotations

from typing import Any

from reports import figures, lookup
from reports.lookup import Json

ORDER = 95
TITLE = "Data and split"
SCOPE = "track"
NOTE = ""


def context(track: Json) -> dict[str, Any]:
    """Counts of the split and of what was left out, the leakage check, the hash, and negatives that were made."""
    data = track.get("data") or {}
    split, negatives = data.get("split") or {}, data.get("negatives") or {}
    return {
        "path": data.get("path") or "not recorded",
        "sha256": data.get("sha256") or "not recorded",
        "records": [(lookup.words(part), figures.count(n)) for part, n in (data.get("records") or {}).items()],
        "by": split.get("by") or "not recorded",
        "leakage": _leakage(split.get("leakage")) + _shared(split.get("shared_groups")),
        "unused": [(_records(n), why) for why, n in (data.get("unused") or {}).items() if n],
        "negatives": negatives.get("sentence"),
        "counts": [(lookup.words(kind), figures.count(n)) for kind, n in (negatives.get("counts") or {}).items()],
    }


def _records(n: int) -> str:
    return f"{figures.count(n)} record{'s' * (n != 1)}"


def _leakage(found: int | None) -> str:
    if found is None:
        return "○ not recorded"
    if found == 0:
        return "✓ no held-out record in training"
    return f"✗ {_records(found)} held out and also in training"


def _shared(groups: int | None) -> str:
    if not groups:
        return ""
    what = "group (document, topic or prompt) lies" if groups == 1 else "groups (documents, topics or prompts) lie"
    return f"; {figures.count(groups)} {what} in both, by the data's own split column"


TEMPLATE = """
{% from "macros.html.j2" import listing %}
<dl class="facts">
  <dt>File</dt><dd dir="auto">{{ view.path }}</dd>
  <dt>Records</dt><dd>{{ listing(view.records) or "not recorded" }}</dd>
  <dt>Split by</dt><dd dir="auto">{{ view.by }}</dd>
  <dt>Leakage</dt><dd>{{ view.leakage }}</dd>
  {% if view.unused %}
  <dt>Not used</dt><dd dir="auto">{{ listing(view.unused) }}</dd>
  {% endif %}
  {% if view.negatives %}
  <dt>Negatives</dt><dd><span dir="auto">{{ view.negatives }}</span> {{ listing(view.counts) }}</dd>
  {% endif %}
  <dt>SHA-256</dt><dd><code dir="auto">{{ view.sha256 }}</code></dd>
</dl>
"""
