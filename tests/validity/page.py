"""The measured tables of docs/validity.md: which there are, what each needs, and where they stand on the page."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.validity import embedded, false_alarms, hallucination, refusing, truthful

DOCS = Path(__file__).parents[2] / "docs/validity.md"
SHARED = Path(__file__).parents[3] / "shared"


@dataclass(frozen=True, slots=True)
class Measured:
    """A table and the files beside the project that it is computed from."""

    name: str
    files: tuple[str, ...]
    make: Callable[[Path], str]

    def missing(self, shared: Path) -> list[str]:
        return [str(shared / file) for file in self.files if not (shared / file).is_file()]


TABLES = (
    Measured("corruptions", (), lambda _: embedded.support_table()),
    Measured("details", (), lambda _: embedded.details_table()),
    Measured("hallucination", (hallucination.FILE,), hallucination.hallucination_table),
    Measured("refusals", (refusing.FILE, refusing.OTHER), refusing.refusal_table),
    Measured("truthful", (truthful.FILE,), truthful.truthful_table),
    Measured("plain", (), lambda _: false_alarms.own_table()),
    Measured("false-alarms", false_alarms.FILES, false_alarms.alarm_table),
)


def standing(page: str, name: str) -> str:
    """The table that stands on the page behind its mark; ValueError where there is no mark."""
    return _found(page, name)[2]


def replaced(page: str, name: str, made: str) -> str:
    """The page with another table behind that mark."""
    found = _found(page, name)
    return page[: found.start(2)] + made + page[found.end(2) :]


def _found(page: str, name: str) -> re.Match[str]:
    found = re.search(rf"(<!-- table {re.escape(name)} -->\n)((?:\|[^\n]*\n)*)", page)
    if found is None:
        raise ValueError(f"docs/validity.md has no line <!-- table {name} -->")
    return found
