"""General claims put to this run, with what it found."""

from __future__ import annotations

from typing import Any

from reports import figures, lookup
from reports.lookup import Json

ORDER = 80
TITLE = "Claims"
SCOPE = "page"
NOTE = """General statements put to this run. They are answered at this model size and budget only. Estimates are
differences, where none is 0; those marked × are ratios, where no difference is 1×."""

HOLDS = {True: "✓ holds here", False: "✗ does not hold here", None: "○ undecided"}


def context(result: Json) -> dict[str, Any]:
    """One row a claim. A claim may name its `unit`; without one the estimate is a plain number."""
    return {"claims": [_claim(claim) for claim in result["claims"]]}


def _claim(claim: Json) -> tuple[str, ...]:
    ci, unit, estimate = lookup.bounds(claim["ci95"]), claim.get("unit"), claim["estimate"]
    if unit == "ratio":
        said, interval = figures.ratio(estimate), figures.ratio_interval(ci)
    else:
        said, interval = figures.effect(estimate, ci, unit), figures.interval(ci, unit)
    return claim["text"], HOLDS[claim["holds"]], said, interval if estimate is not None else ""


TEMPLATE = """
{% from "macros.html.j2" import table %}
{% if view.claims %}
{{ table("Claims and what this run found",
         ("Claim", "Outcome", "Estimate", "95 % interval"), view.claims, numbers=(2, 3)) }}
{% else %}
<p>No claims were put to this run.</p>
{% endif %}
"""
