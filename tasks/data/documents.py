"""A document before it is rendered, so that a counterfactual twin is the same text with another value."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Mapping

from tasks.data import world
from tasks.data.world import Kind, Pair, Slot

SHORT = 38
"""Words below which a document gets an aside."""

Values = Mapping[str, str]
"""Slot id → value."""
Sentence = tuple[str, Mapping[str, str]]
"""A template, and which slot fills each of its placeholders."""


@dataclasses.dataclass(frozen=True, slots=True)
class Document:
    """Sentences and the values that fill them."""

    name: str
    """The subject, with its article."""
    sentences: tuple[Sentence, ...]
    """In reading order."""
    values: Values
    """Values of all six slots, stated or not."""

    def states(self, slot: Slot) -> bool:
        """Whether some sentence states the slot."""
        return any(slot.id in holes.values() for _, holes in self.sentences)

    def text(self) -> str:
        """The document as it is read."""
        filled = (
            world.fill(t, name=self.name, **{hole: self.values[slot] for hole, slot in holes.items()})
            for t, holes in self.sentences
        )
        return " ".join(filled)


def write(
    kind: Kind,
    stem: str,
    full: Pair,
    single: tuple[Slot, ...],
    values: Values,
    rng: random.Random,
    beside: Document | None = None,
) -> Document:
    """A document of the kind. Where it will stand beside another, it shares no sentence with it but by need."""
    used = {template for template, _ in beside.sentences} if beside else set()

    def pick(templates: tuple[str, ...]) -> str:
        return rng.choice([t for t in templates if t not in used] or templates)

    facts: list[Sentence] = [(pick(s.states), {"v": s.id}) for s in single]
    if rng.random() < 0.5 and not used.issuperset(full.joint):
        facts.append((pick(full.joint), {"a": full.slots[0].id, "b": full.slots[1].id}))
    else:
        facts += [(pick(s.states), {"v": s.id}) for s in full.slots]
    rng.shuffle(facts)
    document = Document(rng.choice(kind.names).format(stem=stem), ((pick(kind.openings), {}), *facts), values)
    aside: Sentence = (pick(kind.asides), {})
    short = len(document.text().split()) < SHORT
    return dataclasses.replace(document, sentences=(*document.sentences, aside)) if short else document


def changed(document: Document, values: Values) -> Document:
    """The document with some of its values replaced: a twin."""
    return dataclasses.replace(document, values={**document.values, **values})
