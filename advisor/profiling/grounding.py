"""How far answers rest on their documents: shared content words and shared facts (numbers, names).

Lexical support is a screen, not entailment: a faithful paraphrase scores low and a negation scores high.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from advisor.profiling.batch import Batch
from advisor.profiling.hashes import Hashes
from advisor.profiling.measure import Count
from advisor.profiling.sample import Sample, Side, View
from advisor.profiling.types import Grounding
from advisor.text import words

SUPPORTED = 0.5
"""Share of content words from which an answer counts as resting on its documents. Ours, uncalibrated."""

STOP = frozenset(
    words(
        "a an and are as at be been but by can did do does for from had has have he her his how i if in into is it its "
        "may more no not of on or our she so some such than that the their them then there these they this those to "
        "too "
        "was we were what when where which who why will with would you your also only about after all any because"
    )
)
# A name is a capitalised word inside a sentence; its first word is capitalised anyway and says nothing.
FACT = re.compile(r"\d[\d.,:/]*\d|\d|(?<=[a-z,;] )[A-Z]\w+")


class DocumentCounts:
    """What is counted over every record: which have documents, and how many different ones there are."""

    def __init__(self) -> None:
        self.contexts, self.documents = Count(), Hashes()

    def add(self, batch: Batch) -> None:
        """Some records."""
        self.contexts.extend(batch.rows, [bool(texts) for texts in batch.contexts])
        self.documents.extend([hash(text) for texts in batch.contexts for text in texts])

    def merge(self, other: DocumentCounts) -> None:
        """The counts of another part of the file."""
        self.contexts.merge(other.contexts)
        self.documents.merge(other.documents)

    def result(self, sample: Sample, distinct: int) -> Grounding | None:
        """Beside how many documents differ, and how well answers are supported, which the sample shows; None without one."""
        if not self.contexts.hits:
            return None
        bags = {contexts: bag(contexts) for contexts in {v.record.contexts for v in sample.views}}
        chosen = {id(v): support(v.answer, *bags[v.record.contexts]) for v in sample.views if v.filled}
        rejected = {id(v): support(v.rejected, *bags[v.record.contexts])[0] for v in sample.views if v.record.rejected}
        claimed = [chosen[id(v)] for v in sample.views if claims(v)]
        gaps = [(chosen[i][0], share) for i, share in rejected.items() if i in chosen]
        return Grounding(
            contexts=self.contexts.result(),
            documents=distinct,
            support=sample.spread([share for share, _ in claimed if share is not None]),
            facts=sample.spread([facts for _, facts in claimed if facts is not None]),
            unsupported=sample.tally(lambda v: weak(chosen[id(v)][0]), among=claims),
            unanswerable=sample.tally(unanswerable),
            rejected_support=sample.spread([b for _, b in gaps if b is not None]),
            gap=sample.spread([a - b for a, b in gaps if a is not None and b is not None]),
            negatives=sample.tally(lambda v: bool(v.record.negatives)),
        )


def claims(view: View) -> bool:
    """Whether an answer says something that documents could support."""
    return view.filled and not view.answer.declines


def weak(share: float | None) -> bool:
    """Whether less than half of an answer's content words stand in its documents."""
    return share is not None and share < SUPPORTED


def unanswerable(view: View) -> bool:
    """Marked as not answerable by its documents, or answered by abstaining."""
    return view.record.answerable is False or (view.filled and view.answer.abstains)


def bag(contexts: Sequence[str]) -> tuple[frozenset[str], str]:
    """The documents' words, and their text in lower case for facts."""
    text = "\n".join(contexts)
    return frozenset(words(text)), text.lower()


def support(side: Side, known: frozenset[str], text: str) -> tuple[float | None, float | None]:
    """Share of a side's content words, and of its facts, found in the documents; None where it has none."""
    content = [w for w in side.words if w not in STOP]
    facts = [f.lower() for f in FACT.findall(side.text)]
    share = sum(w in known for w in content) / len(content) if content else None
    return share, (sum(f in text for f in facts) / len(facts) if facts else None)
