"""Rejected answers for records that have none, from what the data itself offers, and in balance.

An unanswerable question offers its plausible answers (SQuAD 2.0); an answerable one the answer of another question on the
same document, or an abstention. Abstaining is rejected exactly as often as it is chosen: otherwise DPO learns to fall
silent (or never to), whatever the question. Nothing is invented: a record for which the data offers no wrong answer
gives no pair.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from advisor.types import Message, Record
from bench.split import digest
from tasks.prompting import ABSTENTION, target
from tasks.text import abstains, normalise


@dataclass(frozen=True, slots=True)
class Negatives:
    """Records with both sides, and where the rejected ones came from."""

    records: tuple[Record, ...]
    counts: dict[str, int]
    """Source of the rejected answer → pairs."""
    unpaired: int
    """Records for which the data offers no negative, or that balance left out."""

    @property
    def sentence(self) -> str:
        """What was done, for people."""
        parts = [f"{n:,} {_NAMES[kind]}" for kind, n in self.counts.items()]
        left = f"; {self.unpaired:,} records without one in balance are not used" if self.unpaired else ""
        return f"Rejected answers taken from the data: {', '.join(parts)}{left}."


_NAMES = {
    "plausible_answer": "plausible wrong answers to unanswerable questions",
    "abstention": "abstentions where the documents do answer",
    "same_document": "answers to other questions on the same document",
}


def complete(records: Sequence[Record]) -> Negatives:
    """Pairs for gold-only records, in the order of the records."""
    pool = sorted((r for r in records if target(r)), key=lambda r: digest(r.id))
    silent = [r for r in pool if r.answerable is False and r.negatives]
    spoken = [r for r in pool if r.answerable is not False and not abstains(r.answer or "")]
    # At most every second answerable record teaches not to abstain: the others must teach which answer is right.
    balance = min(len(silent), len([r for r in spoken if r.contexts]) // 2)
    others = _answers_by_document(spoken)
    made: dict[str, tuple[Record, str]] = {
        r.id: (replace(r, rejected=r.negatives[0]), "plausible_answer") for r in silent[:balance]
    }
    abstaining = 0
    for r in spoken:
        other = next((a for prompt, a in others[r.group] if prompt != r.prompt and _wrong(a, r)), None)
        if abstaining < balance and r.contexts:
            made[r.id] = replace(r, rejected=ABSTENTION), "abstention"
            abstaining += 1
        elif other is not None:
            made[r.id] = replace(r, rejected=other), "same_document"
    kept = [made[r.id] for r in records if r.id in made]
    return Negatives(tuple(r for r, _ in kept), dict(Counter(kind for _, kind in kept)), len(records) - len(kept))


def _wrong(answer: str, record: Record) -> bool:
    """Whether an answer neither equals nor holds nor lies in any gold answer of the record."""
    golds = [normalise(g) for g in (record.answer, *record.references) if g]
    said = normalise(answer)
    return bool(said) and not any(f" {g} " in f" {said} " or f" {said} " in f" {g} " for g in golds if g)


def _answers_by_document(records: Sequence[Record]) -> dict[str, list[tuple[tuple[Message, ...], str]]]:
    """Group → prompts and answers; records without documents offer none (their siblings are other good answers)."""
    answers: dict[str, list[tuple[tuple[Message, ...], str]]] = defaultdict(list)
    for r in records:
        if r.answer and r.contexts:
            answers[r.group].append((r.prompt, r.answer))
    return answers
