"""Self-contained HTML pages: a bench run's from its result.json, a dataset's advice from the JSON of `advise --json`.

Both are pure functions of the JSON, no clock, no network.

Every text is hostile until escaped: Jinja escapes all of it, undefined names are errors, and control characters that
could reorder or break the page are gone before a section sees them.
"""

from __future__ import annotations

import importlib
import math
import pkgutil
import re
from types import ModuleType
from typing import Any, NamedTuple

import jinja2

from reports import advising, figures
from reports.lookup import UNTRAINED, Json

# C0 and C1 controls but tab and newline, bidi embeddings, overrides and isolates, surrogates, noncharacters.
_CONTROL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef\ufeff\ufffe\uffff]"
)


class Masthead(NamedTuple):
    """The head and the foot of a page."""

    kind: str
    """The command that it shows: `bench run`."""
    name: str
    """What that command worked on, or its run's id."""
    title: str
    """The page's one headline."""
    facts: list[tuple[str, str]]
    """What was run or read, in a line."""
    made: str
    """What the page was made from."""


def run_page(result: dict[str, Any]) -> str:
    """The page for `result` (result.json, schema_version 1), about 100 KB.

    Raises KeyError where the JSON lacks a key that the contract has had from the first day.
    """
    shown = clean(result)
    return _page(shown, "run", Masthead("bench run", shown["run"], _title(shown), _facts(shown), "result.json"))


def advice_page(advice: dict[str, Any]) -> str:
    """The page for `advice` (the JSON of `advise --json`, schema_version 1), about 60 KB.

    Raises KeyError where the JSON lacks a key that the contract has had from the first day.
    """
    shown = clean(advice)
    path, title = shown["data"]["path"], advising.decision(shown["recommendation"])
    return _page(shown, "advice", Masthead("advise", path, title, _read(shown), "the JSON of advise"))


def section_modules(page: str) -> list[ModuleType]:
    """Every file of reports/sections/`page` (`run` or `advice`), in page order."""
    folder = importlib.import_module(f"reports.sections.{page}")
    found = pkgutil.iter_modules(folder.__path__, f"{folder.__name__}.")
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


def _page(shown: Json, page: str, head: Masthead) -> str:
    environment = _environment()
    sections = [_section(environment, module, shown) for module in section_modules(page)]
    return environment.get_template("page.html.j2").render(
        head=head, schema_version=shown["schema_version"], sections=sections
    )


def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.PackageLoader("reports"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _section(environment: jinja2.Environment, module: ModuleType, shown: Json) -> dict[str, Any]:
    """A section ready to include: for the page once, or once for each track under the track's name."""
    if module.SCOPE == "page":
        parts = [{"track": None, "view": module.context(shown)}]
    else:
        several = len(shown["tracks"]) > 1
        parts = [{"track": t["id"] if several else None, "view": module.context(t)} for t in shown["tracks"]]
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


def _read(advice: Json) -> list[tuple[str, str]]:
    """The masthead of the advice page: what was read."""
    data, schema, profile = advice["data"], advice["schema"], advice["profile"]
    bad, model = data["rows_bad"], profile.get("model") or {}
    facts = {
        "Records": figures.count(data["records"]),
        "Unreadable rows": f"{figures.count(bad)} of {figures.count(data['rows'])}" if bad else None,
        "Layout": schema["name"],
        "Supervision": schema["supervision"],
        "Trains": _largest({axis["name"]: axis["share"] for axis in advice["axes"]}),
        "Language": _largest(data.get("languages") or {}),
        "Goal": profile.get("goal"),
        "Model": model.get("name"),
    }
    return [(name, str(value)) for name, value in facts.items() if value]


def _largest(shares: Json, most: int = 2) -> str:
    """The largest shares by name, those of five per cent and more."""
    ordered = sorted(shares.items(), key=lambda pair: -pair[1])[:most]
    return ", ".join(f"{name} {figures.chance(share)}" for name, share in ordered if share >= 0.05)
