"""What is counted over every record: lengths, turns, labels, scores, missing answers and copies."""

from __future__ import annotations

import operator
from collections import Counter
from collections.abc import Sequence
from itertools import compress, repeat

from advisor.profiling.batch import Batch
from advisor.profiling.hashes import Hashes, copies, folds
from advisor.profiling.measure import SHOWN_ROWS, Count, Distribution
from advisor.profiling.types import Duplicates, Spread, Tally
from advisor.text import wilson
from advisor.types import Supervision

PROMISED = ("prompts", "text")
"""Signals that promise no answer, so that none is missing."""


class Census:
    """The plain counts."""

    def __init__(self) -> None:
        self.lengths = {part: Distribution() for part in ("prompt", "contexts", "answer", "rejected")}
        self.turns, self.scores = Distribution(), Distribution()
        self.system, self.labels, self.empty = Count(), Count(), Count()
        self.records = 0

    def add(self, batch: Batch) -> None:
        """Some records."""
        self.records += len(batch.rows)
        self._turns(batch)
        self._lengths(batch)
        if scores := [score for score in batch.scores if score is not None]:
            self.scores.extend(scores)
        labelled = [(row, label) for row, label in zip(batch.rows, batch.labels, strict=True) if label is not None]
        if labelled:
            self.labels.extend([row for row, _ in labelled], [label for _, label in labelled])
        owed = [answerable is not False for answerable in batch.answerable]
        self.empty.extend([*compress(batch.rows, owed)], [*compress(blanks(batch.answers), owed)])

    def _turns(self, batch: Batch) -> None:
        answered = [answer is not None for answer in batch.answers]
        for (roles, closed), n in Counter(zip(batch.roles, answered, strict=True)).items():
            turns = roles.count("user") + roles.count("assistant") + closed
            self.turns.extend(list(repeat(turns, n)))
        self.system.extend(batch.rows, ["system" in roles for roles in batch.roles])

    def _lengths(self, batch: Batch) -> None:
        lengths = self.lengths
        lengths["prompt"].extend([len(text) for text, said in zip(batch.prompts, batch.roles, strict=True) if said])
        lengths["contexts"].extend([sum(map(len, texts)) for texts in batch.contexts if texts])
        for part, side in (("answer", batch.answers), ("rejected", batch.rejected)):
            lengths[part].extend([len(text) for text in side if text is not None])

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


def blanks(texts: Sequence[str | None]) -> list[bool]:
    """Of each text whether there is none but blanks."""
    return [not text or text.isspace() for text in texts]


class Copies:
    """Records, prompts and answers seen before."""

    def __init__(self) -> None:
        self.records, self.prompts, self.answers = Hashes(), Hashes(), Hashes()

    def add(self, batch: Batch, folded: Folded) -> None:
        """Some records, with their texts folded."""
        self.records.extend(folded.records, batch.rows)
        asked = map(hash, zip(folded.prompts, batch.contexts, strict=True))
        self.prompts.extend(compress(asked, batch.roles))
        self.answers.extend(compress(folded.answers, map(operator.not_, blanks(batch.answers))))

    def merge(self, other: Copies) -> None:
        """Those of another part of the file."""
        self.records.merge(other.records)
        self.prompts.merge(other.prompts)
        self.answers.merge(other.answers)

    def result(self, near: Tally, near_sample: int) -> Duplicates:
        """Beside the near copies, which a sample shows."""
        repeats, rows = copies(self.records, SHOWN_ROWS)
        prompts, answers = (wilson(hashes.distinct(), len(hashes)) for hashes in (self.prompts, self.answers))
        return Duplicates(Tally(wilson(repeats, len(self.records)), rows), near, near_sample, prompts, answers)


class Folded:
    """A batch's texts as hashes, blanks at their ends aside."""

    def __init__(self, batch: Batch) -> None:
        self.prompts, self.answers = folds(batch.prompts), folds(batch.answers)
        self.rejected = folds(batch.rejected)
        asked, sides = (self.prompts, batch.contexts), (self.answers, self.rejected)
        self.records = [*map(hash, zip(batch.roles, *asked, *sides, batch.labels, strict=True))]
        """Of everything that would be trained on."""
