"""One self-contained HTML page from a bench run's result.json: a pure function of the JSON, no clock, no network.

Every text is hostile until escaped: Jinja escapes all of it, undefined names are errors, and control characters that
could reorder or break the page are gone before a section sees them.
"""

from __future__ import annotations

import importlib
import math
import pkgutil
import re
from types import ModuleType
from typing import Any

import jinja2

import reports.sections
from reports import figures
from reports.lookup import UNTRAINED, Json

# C0 and C1 controls but tab and newline, bidi embeddings, overrides and isolates, surrogates, noncharacters.
_CONTROL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef\ufeff\ufffe\uffff]"
)


def run_page(result: dict[str, Any]) -> str:
    """The page for `result` (result.json, schema_version 1), about 100 KB.

    Raises KeyError where the JSON lacks a key that the contract has had from the first day.
    """
    shown = clean(result)
    environment = _environment()
    sections = [_section(environment, module, shown) for module in section_modules()]
    page = environment.get_template("page.html.j2")
    return page.render(result=shown, title=_title(shown), facts=_facts(shown), sections=sections)


def section_modules() -> list[ModuleType]:
    """Every file of reports/sections, in page order."""
    found = pkgutil.iter_modules(reports.sections.__path__, "reports.sections.")
    return sorted(
        (importlib.import_module(module.name) for module in found), key=lambda module: (module.ORDER, module.__name__)
    )


def clean(value: Any) -> Any:
    """The same JSON without control characters in texts and keys; numbers that are not finite become None: unscored."""
    if isinstance(value, str):
        return _CONTROL.sub("", value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {clean(key): clean(inner) for key, inner in value.items()}
    return [clean(inner) for inner in value] if isinstance(value, (list, tuple)) else value


def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.PackageLoader("reports"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _section(environment: jinja2.Environment, module: ModuleType, result: Json) -> dict[str, Any]:
    """A section ready to include: for the run once, or once for each track under the track's name."""
    if module.SCOPE == "run":
        parts = [{"track": None, "view": module.context(result)}]
    else:
        several = len(result["tracks"]) > 1
        parts = [{"track": t["id"] if several else None, "view": module.context(t)} for t in result["tracks"]]
    id = module.__name__.rpartition(".")[2]
    template = environment.from_string(module.TEMPLATE)
    return {"id": id, "title": module.TITLE, "note": module.NOTE, "template": template, "parts": parts}


def _title(result: Json) -> str:
    """`SFT or DPO?`, from the trained arms of all tracks in order of appearance."""
    arms = dict.fromkeys(arm["id"] for track in result["tracks"] for arm in track["arms"])
    names = [figures.name(arm) for arm in arms if arm not in UNTRAINED]
    return f"{' or '.join(names)}?" if len(names) > 1 else " ".join(names) or "Untrained arms only"


def _facts(result: Json) -> list[tuple[str, str]]:
    """The masthead: what was run, on what, for how long."""
    seeds = {len(arm["seeds"]) for track in result["tracks"] for arm in track["arms"] if arm["id"] not in UNTRAINED}
    total = (result.get("clocks") or {}).get("total_seconds")
    facts = {
        "Model": result["provenance"]["model"],
        "Budget a trial": result["plan"].get("budget"),
        "Seeds": "–".join(map(str, sorted({min(seeds), max(seeds)}))) if seeds else None,
        "Tracks": ", ".join(track["id"] for track in result["tracks"]) or "none",
        "Wall time": figures.seconds(total) if total is not None else None,
        "Created": result["created"][:16].replace("T", " "),
    }
    return [(name, str(value)) for name, value in facts.items() if value]
