"""General claims put to this run, with what it found."""

from __future__ import annotations

from typing import Any

from reports import figures, lookup
from reports.lookup import Json

ORDER = 80
TITLE = "Claims"
SCOPE = "run"
NOTE = "General statements put to this run. They are answered at this model size and budget only."

HOLDS = {True: "✓ holds here", False: "✗ does not hold here", None: "○ undecided"}


def context(result: Json) -> dict[str, Any]:
    """One row a claim. A claim may name its `unit`; without one the estimate is a plain number."""
    return {"claims": [_claim(claim) for claim in result["claims"]]}


def _claim(claim: Json) -> tuple[str, ...]:
    ci, unit, estimate = lookup.bounds(claim["ci95"]), claim.get("unit"), claim["estimate"]
    interval = figures.interval(ci, unit) if estimate is not None else ""
    return claim["text"], HOLDS[claim["holds"]], figures.effect(estimate, ci, unit), interval


TEMPLATE = """
{% from "macros.html.j2" import table %}
{% if view.claims %}
{{ table("Claims and what this run found",
         ("Claim", "Outcome", "Estimate", "95 % interval"), view.claims, numbers=(2, 3)) }}
{% else %}
<p>No claims were put to this run.</p>
{% endif %}
"""
