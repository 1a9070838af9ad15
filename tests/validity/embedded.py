"""Which unfaithful answers does `support` see? The embedded answers, and the same with one thing changed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from tasks import data
from tasks.rag_faithfulness import SUPPORTED
from tasks.support import entity_support, number_support
from tasks.text import contains, support
from tests.validity.agreement import Scored, auc
from tests.validity.markdown import percent, table

Row = dict[str, Any]
CORRUPTIONS = {
    "invented": "a value that no document states",
    "distractor": "the other document's value",
    "same_document": "another value of the same document",
    "twin": "the value of the document before it was changed",
}
HEAD = ("unfaithful or odd answer", "n", "documents", "AUC (95 % interval)", "mean support", f"below {SUPPORTED}")
UNGROUNDED = {
    "other_subject": "the right fact of the other document's subject",
    "same_document": "another fact of the same document",
    "blended": "a first name with another's family name",
}
DETAILS = ("answer", "n", "with numbers", "some unsupported", "with names", "some unsupported")
GENERIC = "Thank you for asking, talking with friendly visitors always makes me happy!"
EMPTY_WORDS = "It is so, and so it was."


def support_table() -> str:
    """A row for each corruption of the embedded data, then for each change made to its gold answers."""
    rows = [r for r in data.rows("rag") if r["chosen"] and r["answerable"]]
    corrupted = [r for r in data.rows("rag") if r["corruption"] != "abstention"]
    lines = [_reference(rows)]
    for kind, means in CORRUPTIONS.items():
        wrong = [(r, r["rejected"]) for r in corrupted if r["corruption"] == kind]
        lines.append(_line(f"{kind}: {means}", rows, wrong))
    for name, change in CHANGES.items():
        changed = [(r, text) for r in rows if (text := change(r)) is not None]
        lines.append(_line(name, [r for r, _ in changed], changed))
    return table(HEAD, lines)


def details_table() -> str:
    """What numbers and names tell of each kind of unfaithful answer: of those that hold any, how many have one unsupported."""
    rows = [r for r in data.rows("rag") if r["chosen"] and r["answerable"]]
    lines: list[list[object]] = [_details("(the gold answers)", [(r, r["chosen"]) for r in rows])]
    for kind, means in CORRUPTIONS.items():
        wrong = [(r, r["rejected"]) for r in data.rows("rag") if r["corruption"] == kind]
        lines.append(_details(f"{kind}: {means}", wrong))
    for kind, means in UNGROUNDED.items():
        wrong = [(r, r["ungrounded"]) for r in data.rows("rag") if r.get("ungrounded_by") == kind]
        lines.append(_details(f"{kind}, ungrounded: {means}", wrong))
    return table(DETAILS, lines)


def _details(name: str, answers: list[tuple[Row, str]]) -> list[object]:
    cells: list[object] = [name, len(answers)]
    for instrument in (number_support, entity_support):
        found = [instrument(text, r["contexts"], r["prompt"]) for r, text in answers]
        scored = [share for share in found if share is not None]
        cells += [len(scored), percent(sum(share < 1 for share in scored) / len(scored)) if scored else "–"]
    return cells


def unscored() -> tuple[int, int]:
    """Of the gold answers replaced by function words alone: how many have no support score, and how many there are."""
    rows = [r for r in data.rows("rag") if r["answerable"]]
    return sum(support(EMPTY_WORDS, _known(r)) is None for r in rows), len(rows)


def _reference(rows: list[Row]) -> list[object]:
    gold = _scored(((r, r["chosen"]) for r in rows), True)
    return ["(the gold answers)", len(gold), len({s.cluster for s in gold}), "", *_level(gold)]


def _line(name: str, rows: list[Row], wrong: list[tuple[Row, str]]) -> list[object]:
    bad = _scored(wrong, False)
    seen = auc([*_scored(((r, r["chosen"]) for r in rows), True), *bad])
    return [name, len(bad), len({s.cluster for s in bad}), seen, *_level(bad)]


def _level(scored: list[Scored]) -> tuple[str, str]:
    scores = [s.score for s in scored]
    return f"{sum(scores) / len(scores):.2f}", percent(sum(s < SUPPORTED for s in scores) / len(scores))


def _scored(answers: Iterable[tuple[Row, str]], good: bool) -> list[Scored]:
    found = [(r["group"], support(text, _known(r))) for r, text in answers]
    return [Scored(score, good, group) for group, score in found if score is not None]


def _known(row: Row) -> tuple[str, ...]:
    """What the task takes for known: documents and question."""
    return (*row["contexts"], row["prompt"])


def _negated(row: Row) -> str | None:
    text, found = re.subn(r"\b(is|are|was|were|has|have)\b", r"\1 not", row["chosen"], count=1)
    return text if found else None


def _other_notation(row: Row) -> str | None:
    """The gold number written in the other way, as 19 for nineteen: still right."""
    said = [p for p in row["accept"] if contains(row["chosen"], [p])]
    other = [p for p in row["accept"] if p not in said]
    if not said or not other or not any(p.isdigit() for p in row["accept"]):
        return None
    return re.sub(rf"\b{re.escape(said[0])}\b", other[0], row["chosen"], flags=re.IGNORECASE)


def _value_alone(row: Row) -> str | None:
    return next((p for p in row["accept"] if contains(row["chosen"], [p])), None)


CHANGES: dict[str, Callable[[Row], str | None]] = {
    "gold with “not” put in": _negated,
    "gold, its number in the other notation (right)": _other_notation,
    "the gold value alone (right)": _value_alone,
    "the first document, copied": lambda row: str(row["contexts"][0]),
    "the question, repeated": lambda row: str(row["prompt"]),
    "the first document's words in reverse order": lambda row: " ".join(reversed(row["contexts"][0].split())),
    "small talk": lambda _: GENERIC,
}
