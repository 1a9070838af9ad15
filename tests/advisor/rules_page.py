"""The table of docs/rules.md, made from advisor/rules. `python -m tests.advisor.rules_page` writes it into the page."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from types import ModuleType

from advisor.rules import modules

PAGE = Path(__file__).parents[2] / "docs" / "rules.md"
BEGIN, END = "<!-- made by tests/advisor/rules_page.py -->", "<!-- end -->"


def table() -> str:
    """Every rule: what it sees, its thresholds with their origin, its sources with how far each was read."""
    head = "| rule | sees | thresholds | sources |\n|---|---|---|---|"
    return "\n".join([head, *map(line, modules())])


def line(module: ModuleType) -> str:
    """One rule."""
    name = module.__name__.rsplit(".", 1)[-1]
    first = re.split(r"\n\n|(?<=\.)\s", (inspect.getdoc(module) or "").strip(), maxsplit=1)[0]
    limits = "<br>".join(f"`{key}` {t.value:g}: {t.origin}" for key, t in module.THRESHOLDS.items())
    sources = "<br>".join(f"{s.title} ({s.id}, {s.year}; {s.checked})" for s in module.SOURCES) or "none"
    return f"| `{name}` | {' '.join(first.split())} | {limits} | {sources} |"


def written(page: str) -> str:
    """The page with its table made anew."""
    before, rest = page.split(BEGIN)
    return f"{before}{BEGIN}\n{table()}\n{END}{rest.split(END)[1]}"


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
