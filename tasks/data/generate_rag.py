"""The rag rows: two short documents of the invented world, a question, a faithful and an unfaithful answer.

A group is one document. It states four of its kind's six facts; the other two are asked for as unanswerable
questions. Abstaining is the rejected answer exactly as often as it is the chosen one. What makes a rejected fact
tempting differs by split: in train and tune it is the other document's fact or an invented one, in test it is a
sibling fact of the same document or the counterfactual twin's. Answerable test rows have a further unfaithful answer,
worded as the faithful one and about as long (`ungrounded`), again of kinds that training never shows.
"""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Iterator, Mapping
from typing import Any

from tasks.data import documents, unfaithful, world
from tasks.data.documents import Document, Values
from tasks.data.world import Kind, Pair, Pool, Slot

SEED = "rag 1"
GROUPS = {"train": 96, "tune": 16, "test": 42}
TWINS = {"train": 48, "tune": 8, "test": 12}
ABSTAINED = ["do not say", "does not say", "not mentioned", "not stated", "not specified", "not provided"]
ABOUT: dict[str, Any] = {
    "what": (
        "Questions on two short documents of an invented world, so that nothing but the documents can answer them. "
        "`chosen` states the fact, or says that the documents do not; `rejected` is unfaithful to the documents."
    ),
    "instruction": (
        "Read the documents.\n\n{documents}\n\nUsing only the documents, answer in one sentence: {question} "
        "If the answer is missing, say that the documents do not say."
    ),
    "documents": "one a line, numbered: `[1] …`, `[2] …`",
    "split": (
        "by document (`group`): a document, its distractor and its counterfactual twin stand in one split, and no "
        "name of a test document occurs in train or tune. `held_out` in test: `document` (the kind of document is in "
        "train) or `type` (it is not). Test questions are worded as no train question is."
    ),
    "kinds_mean": {
        "answerable": "one document states the fact",
        "unanswerable": "no document states it, though mostly the distractor states it of another subject",
        "counterfactual": "the twin of an answerable row of its group: the same question, the fact changed",
    },
    "corruption": {
        "abstention": "declines although the document answers; as often as an abstention is the chosen answer",
        "distractor": "the other document's fact (train and tune only)",
        "invented": "a value that stands in neither document (train and tune only)",
        "same_document": "another fact of the same class, stated by the same document (test only)",
        "twin": "the fact of the untouched document, where the twin swaps two facts (test only)",
    },
    "ungrounded": (
        "answerable rows of test alone: an answer that the documents do not support, worded as `chosen` and at most 15 % "
        "longer or shorter in characters"
    ),
    "ungrounded_by": unfaithful.MEANS,
    "accept": "phrases of which one makes a generated answer right; for unanswerable rows, ways to decline",
    "reject": "phrases of which any makes it wrong: the other values of the class that the documents state",
    "chance": {
        "contrast": 0.5,
        "answered and declined, always declining": "0 and 1: an index of 0",
        "answered and declined, always naming a value of the right class": "at most 0.5 and 0: an index of 0",
    },
}


@dataclasses.dataclass(frozen=True, slots=True)
class Case:
    """A group: its document, the distractor beside it, and what is asked."""

    split: str
    number: int
    turn: int
    """Counts up so that choices which alternate by it are spread evenly over the kinds."""
    kind: Kind
    twin: bool
    """Whether one of its rows is a counterfactual twin."""
    subject: Document
    distractor: Document
    spare: Mapping[str, tuple[str, str]]
    """Slot id → two values that neither document has."""
    full: Pair
    """The pair of which both slots are stated."""
    single: tuple[Slot, Slot]
    """Of each other pair, the slot that is stated."""
    withheld: tuple[Slot, Slot]
    """Of each other pair, the slot that is not."""

    def pair(self, slot: Slot) -> Pair:
        """The pair that a slot belongs to."""
        return next(p for p in self.kind.pairs if slot in p.slots)

    def sibling(self, slot: Slot) -> Slot:
        """The other slot of its pair."""
        one, other = self.pair(slot).slots
        return other if slot == one else one


def rows() -> Iterator[dict[str, Any]]:
    """All rows, split by split."""
    for split, groups in GROUPS.items():
        rng = random.Random(f"{SEED} {split}")  # noqa: S311  (repeatable, not secret)
        names = world.pool(split, 2 * groups, rng)
        found = [k for k in world.kinds() if split == "test" or not k.held_out]
        found += [k for k in found if k.held_out]  # in test, kinds never trained on come twice as often
        twins = rng.sample(range(groups), TWINS[split])
        for number in range(groups):
            turn = number + number // len(found)  # so that what alternates does not alternate with the kind
            case = _case(split, number, turn, found[number % len(found)], number in twins, names, rng)
            yield from (_test_rows if split == "test" else _train_rows)(case, rng)


def _case(split: str, number: int, turn: int, kind: Kind, twin: bool, names: Pool, rng: random.Random) -> Case:
    full, *others = (kind.pairs[(turn + i) % 3] for i in range(3))
    stated = [(turn // (i + 1)) % 2 for i in (0, 1)]
    single = tuple(p.slots[s] for p, s in zip(others, stated, strict=True))
    withheld = tuple(p.slots[1 - s] for p, s in zip(others, stated, strict=True))
    one, two, spare = _values(kind, names, rng)
    subject = documents.write(kind, names.stems[2 * number], full, single, one, rng)
    beside = withheld if rng.random() < 2 / 3 else single  # mostly the distractor states what the document withholds
    return Case(
        split=split,
        number=number,
        turn=turn,
        kind=kind,
        twin=twin,
        subject=subject,
        distractor=documents.write(kind, names.stems[2 * number + 1], full, beside, two, rng, subject),
        spare=spare,
        full=full,
        single=(single[0], single[1]),
        withheld=(withheld[0], withheld[1]),
    )


def _values(kind: Kind, names: Pool, rng: random.Random) -> tuple[Values, Values, Mapping[str, tuple[str, str]]]:
    """Values of the document, of the distractor, and spare ones; all of a class differ."""
    one, two, spare = {}, {}, {}
    for pair in kind.pairs:
        a, b = (s.id for s in pair.slots)
        one[a], one[b], two[a], two[b], *rest = world.draw(pair, names, 6, rng)
        spare[a] = spare[b] = (rest[0], rest[1])
    return one, two, spare


def _train_rows(case: Case, rng: random.Random) -> Iterator[dict[str, Any]]:
    """Two unanswerable rows, two answerable ones that reject an abstention, one that rejects an unfaithful fact.

    In half of the groups that last one is the counterfactual twin of an answerable row.
    """
    other = case.distractor.values
    for i, slot in enumerate(case.withheld):
        spoken = (i + case.turn) % 2 == 0 and case.distractor.states(slot)
        wrong = ("distractor", other[slot.id]) if spoken else ("invented", case.spare[slot.id][0])
        yield _row(case, f"u{i}", case.subject, slot, wrong, rng)
    first, second = case.full.slots if case.turn % 4 < 2 else case.full.slots[::-1]
    third = first if case.twin else second
    question = rng.choice(first.asks[:-1])
    for i, slot in enumerate((first, case.single[case.turn // 2 % 2])):
        yield _row(case, f"a{i}", case.subject, slot, ("abstention", ""), rng, question if i == 0 else None)
    told = documents.changed(case.subject, {third.id: case.spare[third.id][0]}) if case.twin else case.subject
    wrong = ("distractor", other[third.id]) if case.turn // 2 % 2 else ("invented", case.spare[third.id][1])
    yield _row(case, "c" if case.twin else "a2", told, third, wrong, rng, question if case.twin else None, case.twin)


def _test_rows(case: Case, rng: random.Random) -> Iterator[dict[str, Any]]:
    """One unanswerable row, one answerable row that rejects an abstention, in some groups a twin."""
    slot = case.withheld[case.turn // 2 % 2]
    stated = case.subject.values[case.sibling(slot).id]
    yield _row(case, "u", case.subject, slot, ("same_document", stated), rng)
    slots = case.full.slots if case.twin or case.turn % 3 else case.single
    asked = slots[case.turn // 3 % 2]
    yield _row(case, "a", case.subject, asked, ("abstention", ""), rng)
    if case.twin:
        yield _twin_in_test(case, asked, rng)


def _twin_in_test(case: Case, asked: Slot, rng: random.Random) -> dict[str, Any]:
    """Half the twins swap the document's two facts of a class; the others get a value that is new."""
    values, sibling = case.subject.values, case.sibling(asked)
    if case.turn % 2:
        swapped = documents.changed(case.subject, {asked.id: values[sibling.id], sibling.id: values[asked.id]})
        return _row(case, "c", swapped, asked, ("twin", values[asked.id]), rng, twin=True)
    changed = documents.changed(case.subject, {asked.id: case.spare[asked.id][0]})
    return _row(case, "c", changed, asked, ("same_document", values[sibling.id]), rng, twin=True)


def _row(
    case: Case,
    suffix: str,
    document: Document,
    slot: Slot,
    wrong: tuple[str, str],
    rng: random.Random,
    question: str | None = None,
    twin: bool = False,
) -> dict[str, Any]:
    """One row. `wrong` is the kind of corruption and its value; an abstention has no value."""
    corruption, value = wrong
    name, answerable = document.name, document.states(slot)
    template = rng.choice(slot.answers)
    silent = world.fill(f"The documents do not say {slot.clause}.", name=name)
    right = world.fill(template, name=name, v=document.values[slot.id]) if answerable else silent
    contexts = [document.text(), case.distractor.text()]
    pair = case.pair(slot)
    extra = unfaithful.answer(right, template, pair, slot, document, case.distractor, case.turn) if answerable else {}
    return {
        "id": f"rag-{case.split}-{case.number:03d}-{suffix}",
        "split": case.split,
        "group": case.subject.name.lower().replace("& ", "").replace(" ", "-"),
        "family": case.kind.id,
        "kind": "counterfactual" if twin else "answerable" if answerable else "unanswerable",
        "held_out": None if case.split != "test" else "type" if case.kind.held_out else "document",
        "corruption": corruption,
        "contexts": contexts[::-1] if rng.random() < 0.5 else contexts,
        "prompt": world.fill(question or _question(case, slot, rng), name=name),
        "chosen": right,
        "rejected": silent if corruption == "abstention" else world.fill(template, name=name, v=value),
        "answerable": answerable,
        "accept": world.phrases(pair, document.values[slot.id]) if answerable else ABSTAINED,
        "reject": _reject(case, document, slot, value),
        **(extra if case.split == "test" else {}),
    }


def _question(case: Case, slot: Slot, rng: random.Random) -> str:
    return slot.asks[-1] if case.split == "test" else rng.choice(slot.asks[:-1])


def _reject(case: Case, document: Document, slot: Slot, wrong: str) -> list[str]:
    """Phrases of the values of the class that make an answer wrong: the distractor's, the twin's, the rejected one.

    Beside the right fact, another one of the same document does not count: the answer may quote the sentence that
    states both.
    """
    pair, answerable = case.pair(slot), document.states(slot)
    told = [case.distractor.values[s.id] for s in pair.slots if case.distractor.states(s)]
    own = [document.values[s.id] for s in pair.slots if document.states(s)]
    twin = [case.subject.values[slot.id]] if answerable else []
    values = dict.fromkeys((*told, *twin, wrong) if answerable else (*told, *own, wrong))
    return [phrase for v in values if v and not (answerable and v in own) for phrase in world.phrases(pair, v)]
