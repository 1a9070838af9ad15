"""What both pages show of an advice (the JSON of `advise --json`): the decision, its reasons, its scores, its sources.

Keys that older advice lacks (`supports` and `checked` of a source) are taken as unknown; keys of the contract are read strictly.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from reports import charts, figures
from reports.lookup import Json

HOSTS = ("github.com", "huggingface.co", "developers.openai.com")
"""Where the documents lie that our rules cite, arXiv aside; an address elsewhere is shown but is no link."""

READ = {
    "paper": "read in full", "code": "checked in the code", "abstract": "abstract read", "second-hand": "second-hand",
}  # fmt: skip
REASONS = 3


def decision(recommendation: Json) -> str:
    """The advice as a headline: `Train with DPO`, `Repair the data first, then SFT`."""
    method, after = recommendation["method"], recommendation.get("after_fix")
    if method == "fix_data":
        return "Repair the data first" + (f", then {figures.name(after)}" if after else "")
    if method == "none":
        return "Do not train on this data"
    if method == "either":
        return f"{' or '.join(map(figures.name, leading(recommendation)[:2]))}: take the cheaper"
    return f"Train with {figures.name(method)}"


def leading(recommendation: Json) -> list[str]:
    """The ranked methods, best first, `either` left out."""
    ranking = recommendation.get("ranking") or []
    return [entry["method"] for entry in ranking if entry["method"] != "either"]


def ranking(recommendation: Json) -> list[dict[str, Any]]:
    """Every ranked method's score as text and as a bar from zero."""
    entries = [e for e in recommendation.get("ranking") or [] if e["method"] != "either"]
    over = charts.scale([0.0, *(entry["score"] for entry in entries)])
    rows = []
    for entry in entries:
        name, text = figures.name(entry["method"]), figures.signed(entry["score"], 2)
        chart = charts.signed_bar(entry["score"], over, figures.tone(entry["method"]), f"Advice score, {name}", text)
        rows.append({"name": name, "text": text, "chart": chart})
    return rows


def reasons(recommendation: Json, findings: Sequence[Json]) -> list[dict[str, Any]]:
    """The three findings that speak loudest for the recommended method; for `either`, for the better of the two."""
    first = recommendation.get("method")
    method = next(iter(leading(recommendation)), None) if first == "either" else first
    speaking = [f for f in findings if (f["effects"].get(method) or 0) > 0]
    loudest = sorted(speaking, key=lambda finding: -finding["effects"][method])[:REASONS]
    return [{**reason(finding, method), "effect": effect(finding["effects"][method])} for finding in loudest]


def effect(value: float | None) -> str:
    """A finding's effect on a method's score: `+0.60`; a blank where there is none, `≈0` where two decimals hide it."""
    if not value:
        return ""
    return "≈0" if abs(value) < 0.005 else figures.signed(value, 2)


def reason(finding: Json, method: str | None = None) -> dict[str, Any]:
    """A finding with its sources; with a method, only those that are evidence for the finding's effect on it."""
    sources = [source(s) for s in finding["sources"] if method is None or supports(s, finding["effects"], method)]
    return {"rule": finding["rule"], "summary": finding["summary"], "sources": sources}


def supports(source: Json, effects: Json, method: str) -> bool:
    """Whether a source is evidence for the sign of an effect; one that does not say for which is taken to be."""
    return "supports" not in source or (source["supports"].get(method) or 0) * (effects.get(method) or 0) > 0


def source(source: Json) -> dict[str, Any]:
    """A source as a line: address where it is one, title, year, setting, the figure relied on, dissent, how far it was read."""
    about = [str(source[key]) for key in ("title", "year", "setting") if source.get(key)]
    checked = source.get("checked")
    return {
        "id": source["id"],
        "href": link(source["id"]),
        "about": ", ".join(about),
        "number": source.get("number") or "",
        "dissent": source.get("dissent") or "",
        "read": READ.get(checked, checked) if checked else "",
    }


def link(source_id: str) -> str | None:
    """Address of an arXiv id or of a document on one of HOSTS, None for all else: only checked shapes become links."""
    paper = re.fullmatch(r"arXiv:([0-9]{4}\.[0-9]{4,5})(v[0-9]+)?", source_id)
    if paper:
        return f"https://arxiv.org/abs/{paper[1]}{paper[2] or ''}"
    document = re.fullmatch(r"https://([a-z0-9.-]+)(?:/[A-Za-z0-9._~-]+)*/?(?:#[A-Za-z0-9._-]+)?", source_id)
    return source_id if document and document[1] in HOSTS else None
