"""Sentences from parts: many, unlike each other, and about something."""

from __future__ import annotations

import random

WHO = (
    "the night librarian",
    "a retired baker",
    "our harbour pilot",
    "the school gardener",
    "a young surveyor",
    "the museum guide",
    "an old beekeeper",
    "the ferry captain",
    "a travelling tailor",
    "the village doctor",
    "a patient glazier",
    "the choir leader",
    "an apprentice mason",
    "the weather observer",
    "a careful archivist",
    "the tram driver",
    "a stubborn potter",
    "the mill owner",
)
DID = (
    "repaired",
    "sketched",
    "catalogued",
    "sold",
    "photographed",
    "measured",
    "painted",
    "borrowed",
    "cleaned",
    "described",
    "inherited",
    "carried",
    "polished",
    "numbered",
    "wrapped",
    "weighed",
    "displayed",
    "restored",
)
WHAT = (
    "a brass lantern",
    "three oak chairs",
    "the northern map",
    "a box of seeds",
    "the copper kettle",
    "two stained windows",
    "an atlas of rivers",
    "the tower clock",
    "a crate of apples",
    "the woollen curtains",
    "a ledger of debts",
    "the stone bench",
    "a set of chisels",
    "the paper lamps",
    "an iron gate",
    "a jar of honey",
    "the rope bridge",
    "a bundle of letters",
)
WHERE = (
    "beside the canal",
    "under the arcade",
    "in the reading room",
    "behind the station",
    "on the upper terrace",
    "near the mill",
    "at the spring market",
    "along the harbour wall",
    "inside the chapel",
    "by the orchard fence",
    "in a rented attic",
    "across the square",
    "at the edge of town",
    "over the old workshop",
    "in the flooded cellar",
    "outside the post office",
)
WHEN = (
    "in early March",
    "after the storm",
    "before the harvest",
    "on a Tuesday",
    "during the long winter",
    "at first light",
    "when the bells rang",
    "within a single week",
    "late in autumn",
    "as the fair began",
    "while it snowed",
    "soon after lunch",
    "on the last day of term",
    "since the new bridge opened",
    "against all advice",
    "with some help from friends",
)
ADVICE = (
    "let it dry for {n} hours",
    "use {n} spoons of flour",
    "keep {n} metres away from the hedge",
    "wait about {n} days",
    "turn it {n} times",
    "mix in {n} cups of warm water",
    "count {n} rows before you bind off",
    "leave a gap of {n} centimetres",
    "write down {n} examples first",
    "walk it twice, for {n} minutes each",
    "ask at desk {n}",
    "save {n} percent for repairs",
)
TASKS = (
    "plan a week of simple dinners",
    "prune a pear tree",
    "write a letter to a landlord",
    "learn chords on a ukulele",
    "remove wax from a tablecloth",
    "choose a tent for rain",
    "explain tides to a child",
    "sharpen a kitchen knife",
    "store potatoes over the winter",
    "start a reading group",
    "fix a dripping tap",
    "knit a scarf with stripes",
    "train for a ten kilometre run",
    "photograph the night sky",
    "bake bread without yeast",
    "teach a dog to wait",
    "compare two phone plans",
    "prepare for a job interview",
    "paint a damp wall",
    "read a bus timetable",
)


class Writer:
    """Writes texts, the same for the same seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311 - texts, no secrets

    def pick(self, items: tuple[str, ...]) -> str:
        """One of these."""
        return self.random.choice(items)

    def event(self) -> tuple[str, str, str, str, str]:
        """Who did what where and when."""
        return self.pick(WHO), self.pick(DID), self.pick(WHAT), self.pick(WHERE), self.pick(WHEN)

    def sentence(self) -> str:
        """One statement."""
        who, did, what, where, when = self.event()
        forms = (
            f"{who} {did} {what} {where} {when}",
            f"{when}, {who} {did} {what} {where}",
            f"{where}, {who} {did} {what} {when}",
        )
        said = self.pick(forms)
        return said[0].upper() + said[1:] + "."

    def prose(self, sentences: int) -> str:
        """Several."""
        return " ".join(self.sentence() for _ in range(sentences))

    def advice(self, steps: int) -> str:
        """Steps to take, in a paragraph."""
        said = [self.pick(ADVICE).format(n=self.random.randint(2, 40)) for _ in range(steps)]
        ends = [
            f"{self.pick(('First', 'Then', 'After that', 'If you can', 'Best of all'))}, {s} {self.pick(WHERE)}"
            for s in said
        ]
        return ". ".join(ends) + "."

    def task(self) -> str:
        """Something to be done."""
        return f"{self.pick(TASKS)} {self.pick(WHERE)} {self.pick(WHEN)}"

    def question(self) -> str:
        """A request for help."""
        return self.pick(
            (
                "How do I {}?",
                "I want to {}. Where do I begin?",
                "Could you help me {}?",
                "Give me a short plan to {}.",
                "My aunt asks how to {}.",
            )
        ).format(self.task())

    def chance(self, share: float) -> bool:
        """True in about this share of calls."""
        return self.random.random() < share
