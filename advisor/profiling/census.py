"""What is counted over every record: lengths, turns, labels, scores, missing answers and copies."""

from __future__ import annotations

import operator
from collections import Counter
from collections.abc import Sequence
from itertools import compress
from typing import Any

from advisor.profiling.batch import Batch, complete
from advisor.profiling.hashes import Hashes, copies, hashed, stripped
from advisor.profiling.measure import SHOWN_ROWS, Count, Distribution
from advisor.profiling.types import Spread, Tally
from advisor.text import wilson
from advisor.types import Share, Supervision

PROMISED = ("prompts", "text")
"""Signals that promise no answer, so that none is missing."""


class Census:
    """The plain counts."""

    def __init__(self) -> None:
        self.lengths = {part: Distribution() for part in ("prompt", "contexts", "answer", "rejected")}
        self.turns, self.scores = Distribution(), Distribution()
        self.system, self.labels, self.empty = Count(), Count(), Count()
        self.records = 0

    def add(self, batch: Batch, folded: Folded) -> None:
        """Some records, with their texts folded."""
        self.records += len(batch.rows)
        self._turns(batch)
        self._lengths(batch)
        if scores := [score for score in batch.scores if score is not None]:
            self.scores.extend(scores)
        labelled = [(row, label) for row, label in zip(batch.rows, batch.labels, strict=True) if label is not None]
        if labelled:
            self.labels.extend([row for row, _ in labelled], [label for _, label in labelled])
        owed = [answerable is not False for answerable in batch.answerable]
        self.empty.extend([*compress(batch.rows, owed)], [*compress(folded.blank, owed)])

    def _turns(self, batch: Batch) -> None:
        answered = [answer is not None for answer in batch.answers]
        same = alike(batch.roles) and alike(answered)
        ends = (
            {(batch.roles[0], answered[0]): len(answered)} if same else Counter(zip(batch.roles, answered, strict=True))
        )
        for (roles, closed), n in ends.items():
            turns = roles.count("user") + roles.count("assistant") + closed
            self.turns.extend([turns] * n)
        self.system.extend(batch.rows, ["system" in roles for roles in batch.roles])

    def _lengths(self, batch: Batch) -> None:
        lengths = self.lengths
        lengths["prompt"].extend([*map(len, compress(batch.prompts, batch.roles))])
        lengths["contexts"].extend([sum(map(len, texts)) for texts in filter(None, batch.contexts)])
        for part, side in (("answer", batch.answers), ("rejected", batch.rejected)):
            given = side if complete(side) else [text for text in side if text is not None]
            lengths[part].extend([*map(len, given)])

    def merge(self, other: Census) -> None:
        """The counts of another part of the file."""
        self.records += other.records
        for part, lengths in self.lengths.items():
            lengths.merge(other.lengths[part])
        for mine, theirs in ((self.turns, other.turns), (self.scores, other.scores)):
            mine.merge(theirs)
        for count, more in ((self.system, other.system), (self.labels, other.labels), (self.empty, other.empty)):
            count.merge(more)

    def missing(self, supervision: Supervision) -> Tally:
        """Answers that are not there, where the data promises one."""
        return (Count() if supervision in PROMISED else self.empty).result()

    def characters(self) -> float:
        """Of all records."""
        return sum(lengths.total for lengths in self.lengths.values())

    def spreads(self) -> dict[str, Spread]:
        """Characters of each part, over the records that have it."""
        return {part: lengths.result() for part, lengths in self.lengths.items()}


def alike(items: Sequence[Any]) -> bool:
    """Whether all are the same; where they are one object, that is told without a look into them."""
    return items.count(items[0]) == len(items)


class Copies:
    """Records, prompts and answers seen before."""

    def __init__(self) -> None:
        self.records, self.prompts, self.answers = Hashes(), Hashes(), Hashes()

    def add(self, batch: Batch, folded: Folded) -> None:
        """Some records, with their texts folded."""
        self.records.extend(folded.records, batch.rows)
        asked = map(hash, zip(folded.prompts, batch.contexts, strict=True))
        self.prompts.extend(compress(asked, batch.roles))
        self.answers.extend(compress(folded.answers, folded.bare))

    def merge(self, other: Copies) -> None:
        """Those of another part of the file."""
        self.records.merge(other.records)
        self.prompts.merge(other.prompts)
        self.answers.merge(other.answers)

    def compared(self) -> tuple[Tally, Share, Share]:
        """Repeated records, and the shares of different prompts and answers."""
        repeats, rows = copies(self.records, SHOWN_ROWS)
        prompts, answers = (wilson(hashes.distinct(), len(hashes)) for hashes in (self.prompts, self.answers))
        return Tally(wilson(repeats, len(self.records)), rows), prompts, answers


class Folded:
    """A batch's texts as hashes, blanks at their ends aside."""

    def __init__(self, batch: Batch) -> None:
        self.bare, self.bare_rejected = stripped(batch.answers), stripped(batch.rejected)
        """The texts themselves."""
        self.blank = [*map(operator.not_, self.bare)]
        """Of each answer whether there is none but blanks."""
        self.prompts, self.answers = hashed(stripped(batch.prompts)), hashed(self.bare)
        self.rejected = hashed(self.bare_rejected)
        asked, sides = (self.prompts, batch.contexts), (self.answers, self.rejected)
        self.records = [*map(hash, zip(batch.roles, *asked, *sides, batch.labels, strict=True))]
        """Of everything that would be trained on."""
