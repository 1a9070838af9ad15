"""Unfaithful answers worded and as long as the faithful one, corrupted in ways that no training row shows."""

from __future__ import annotations

from collections.abc import Iterator

from tasks.data import world
from tasks.data.documents import Document
from tasks.data.world import Pair, Slot
from tasks.text import like_length

MEANS = {
    "other_subject": "says the right fact of the other document's subject",
    "same_document": "names another fact of the same class, stated by the same document",
    "blended": "joins the first name of the right person to the family name of another in the documents",
}


def answer(
    right: str, template: str, pair: Pair, slot: Slot, document: Document, other: Document, turn: int
) -> dict[str, str]:
    """The first of like length, from the kind whose turn it is on; none where none is.

    `right`: the faithful answer, made from `template`; `other`: the document beside the one that is asked about.
    """
    wrong = list(_kinds(pair, slot, document, other))
    start = turn % len(wrong)
    for kind, name, value in wrong[start:] + wrong[:start]:
        text = world.fill(template, name=name, v=value)
        if like_length(right, text):
            return {"ungrounded": text, "ungrounded_by": kind}
    return {}


def _kinds(pair: Pair, slot: Slot, document: Document, other: Document) -> Iterator[tuple[str, str, str]]:
    """Kind, subject and value of each."""
    value, sibling = document.values[slot.id], next(s for s in pair.slots if s != slot)
    yield "other_subject", other.name, value
    if document.states(sibling):
        yield "same_document", document.name, document.values[sibling.id]
    told = [d.values[s.id] for d in (document, other) for s in pair.slots if d.states(s)]
    if pair.values == "person":
        for person in (v for v in told if v != value):
            yield "blended", document.name, f"{value.split()[0]} {person.split()[1]}"
