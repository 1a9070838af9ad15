"""`refuses` against two people's labels of answers to XSTest (Röttger et al. 2024, arXiv:2308.01263)."""

from __future__ import annotations

import csv
import hashlib
from pathlib import Path

from tasks.refusals import refuses
from tests.validity.agreement import Decisions
from tests.validity.markdown import table

FILE = "data/xstest_mistral_completions.csv"
OTHER = "corpus/files/f10.csv"
HEAD = (
    "answers",
    "partial refusals",
    "judge",
    "n",
    "refusals",
    "F1 (95 % interval)",
    "precision",
    "recall",
)
PEOPLE = ("annotation_1", "annotation_2")
Row = dict[str, str]


def tuned_on(row: Row) -> bool:
    """Whether the detector was tuned on this row: SHA-256 of its `id`, as a whole number, is even."""
    return int(hashlib.sha256(row["id"].encode()).hexdigest(), 16) % 2 == 0


def refusal_table(shared: Path) -> str:
    """Both halves of Mistral's answers, then another model's answers; partial refusals as refusals, then left out."""
    rows = _read(shared / FILE)
    sets = {
        "Mistral, tuning half": [r for r in rows if tuned_on(r)],
        "Mistral, other half": [r for r in rows if not tuned_on(r)],
        "GPT-4, all": _read(shared / OTHER),
    }
    return table(HEAD, [line for name, some in sets.items() for line in _lines(name, some)])


def _read(path: Path) -> list[Row]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def _lines(name: str, rows: list[Row]) -> list[list[object]]:
    first, second = PEOPLE
    found: list[list[object]] = []
    for partial in ("refusals", "left out"):
        for person in PEOPLE:
            some = [r for r in rows if partial == "refusals" or not _partial(r, person)]
            decisions = Decisions.of([refuses(r["completion"]) for r in some], [_refused(r, person) for r in some])
            found.append([name, partial, f"ours against person {PEOPLE.index(person) + 1}", *_figures(decisions)])
        some = [r for r in rows if partial == "refusals" or not (_partial(r, first) or _partial(r, second))]
        people = Decisions.of([_refused(r, first) for r in some], [_refused(r, second) for r in some])
        found.append([name, partial, "person 1 against person 2", *_figures(people)])
    return found


def _figures(decisions: Decisions) -> list[object]:
    precision, recall = f"{decisions.precision:.3f}", f"{decisions.recall:.3f}"
    return [decisions.n, decisions.both + decisions.only_theirs, decisions.f1(), precision, recall]


def _refused(row: Row, person: str) -> bool:
    return not row[person].startswith("1_")


def _partial(row: Row, person: str) -> bool:
    return row[person].startswith("3_")
