"""What is counted over every record: lengths, turns, labels, scores, missing answers and copies."""

from __future__ import annotations

from advisor.profiling.measure import Count, Distribution
from advisor.profiling.sample import View, turns_length
from advisor.profiling.types import Duplicates, Spread, Tally
from advisor.text import wilson
from advisor.types import Supervision


class Census:
    """The plain counts."""

    def __init__(self, supervision: Supervision) -> None:
        # Prompts and texts promise no answer, so none is missing there.
        self.owed = supervision not in ("prompts", "text")
        self.lengths = {part: Distribution() for part in ("prompt", "contexts", "answer", "rejected")}
        self.turns = Distribution()
        self.scores = Distribution()
        self.system, self.labels, self.empty = Count(), Count(), Count()

    def add(self, view: View) -> None:
        """One record."""
        record = view.record
        roles = [m.role for m in record.prompt]
        self.turns.add(roles.count("user") + roles.count("assistant") + (record.answer is not None))
        self.system.add(record.row, "system" in roles)
        if record.label is not None:
            self.labels.add(record.row, record.label)
        if record.score is not None:
            self.scores.add(record.score)
        if self.owed and record.answerable is not False:
            self.empty.add(record.row, not view.filled)
        self._measure(view)

    def _measure(self, view: View) -> None:
        record, lengths = view.record, self.lengths
        if record.prompt:
            lengths["prompt"].add(turns_length(record.prompt))
        if record.contexts:
            lengths["contexts"].add(sum(map(len, record.contexts)))
        if record.answer is not None:
            lengths["answer"].add(len(record.answer))
        if record.rejected is not None:
            lengths["rejected"].add(len(record.rejected))

    def characters(self) -> float:
        """Of all records."""
        return sum(lengths.total for lengths in self.lengths.values())

    def spreads(self) -> dict[str, Spread]:
        """Characters of each part, over the records that have it."""
        return {part: lengths.result() for part, lengths in self.lengths.items()}


class Copies:
    """Records, prompts and answers seen before.

    Kept are 64-bit hashes, 8 bytes of information each: among a million texts two share one by chance once in 37 million files.
    """

    def __init__(self) -> None:
        self.copies = Count()
        self.seen: set[int] = set()
        self.prompts: set[int] = set()
        self.answers: set[int] = set()
        self.prompted = self.answered = 0

    def add(self, view: View) -> bool:
        """One record; whether it repeats an earlier one."""
        key = hash(whole(view))
        copy = key in self.seen
        self.seen.add(key)
        self.copies.add(view.record.row, copy)
        if view.record.prompt:
            self.prompted += 1
            self.prompts.add(hash((view.normal_prompt, view.record.contexts)))
        if view.filled:
            self.answered += 1
            self.answers.add(hash(view.answer.normal))
        return copy

    def result(self, near: Tally, near_sample: int) -> Duplicates:
        """Beside the near copies, which a sample shows."""
        prompts, answers = wilson(len(self.prompts), self.prompted), wilson(len(self.answers), self.answered)
        return Duplicates(self.copies.result(), near, near_sample, prompts, answers)


def whole(view: View) -> tuple[object, ...]:
    """What makes two records the same: case and blanks aside, everything that would be trained on."""
    record = view.record
    answer = None if record.answer is None else view.answer.normal
    rejected = None if record.rejected is None else view.rejected.normal
    roles = tuple([m.role for m in record.prompt])
    return roles, view.normal_prompt, record.contexts, answer, rejected, record.label
