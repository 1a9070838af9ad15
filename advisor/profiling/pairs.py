"""Chosen against rejected: likeness, length, polarity and surface shortcuts."""

from __future__ import annotations

import difflib
import operator
from collections import defaultdict
from collections.abc import Callable, Sequence
from itertools import compress
from typing import Any

from advisor.privacy import redact
from advisor.profiling.batch import Batch
from advisor.profiling.census import Folded
from advisor.profiling.hashes import Hashes, shared
from advisor.profiling.measure import SHOWN_ROWS, Count, Distribution, auc
from advisor.profiling.sample import Sample, Side, View
from advisor.profiling.types import Pairs, Shortcut, Tally
from advisor.text import wilson

NEAR = 0.9
"""Jaccard and order-aware similarity from which two sides count as nearly the same. Ours; ModelBrew flags cosine ≥0.92."""
COMPARED = 400
"""Words of each side compared in order: difflib takes quadratic time at worst."""
MIN_OPENING = 3
"""Pairs an opening word must occur in before it counts as a feature."""
OPENING = 24
"""Characters of an opening word that are shown: without blanks, a whole answer would be one."""


class PairCounts:
    """What is counted over every pair."""

    def __init__(self) -> None:
        self.identical, self.longer, self.empty, self.inverted, self.tied = (Count() for _ in range(5))
        self.chosen, self.rejected = Distribution(), Distribution()
        # Couples of answers to one prompt, by which of the two has the smaller hash: the chosen or the rejected one.
        self.one, self.other = Hashes(), Hashes()

    def add(self, batch: Batch, folded: Folded) -> None:
        """The pairs of some records."""
        if at := batch.paired:
            rows = picked(batch.rows, at)
            self._lengths(rows, picked(folded.bare, at), picked(folded.bare_rejected, at))
            self._couples(batch, folded, at, rows)
            scored = [(batch.rows[i], score) for i in at if (score := batch.scores[i]) is not None]
            if scored:
                self.inverted.extend([row for row, _ in scored], [score < 0 for _, score in scored])
                self.tied.extend([row for row, _ in scored], [score == 0 for _, score in scored])

    def _lengths(self, rows: Sequence[int], chosen: Sequence[str], rejected: Sequence[str]) -> None:
        a, b = ([*map(len, side)] for side in (chosen, rejected))
        self.empty.extend(rows, [not n for n in b])
        self.chosen.extend(a)
        self.rejected.extend(b)
        differ = [*map(operator.ne, a, b)]
        self.longer.extend([*compress(rows, differ)], [*compress(map(operator.gt, a, b), differ)])

    def _couples(self, batch: Batch, folded: Folded, at: list[int], rows: Sequence[int]) -> None:
        columns = (folded.prompts, batch.contexts, folded.answers, folded.rejected)
        asked, contexts, a, b = (picked(column, at) for column in columns)
        self.identical.extend(rows, [*map(operator.eq, a, b)])
        couples = [*map(hash, zip(asked, contexts, map(operator.xor, a, b), strict=True))]
        for hashes, first in ((self.one, operator.lt), (self.other, operator.gt)):
            which = [*map(first, a, b)]
            hashes.extend(compress(couples, which), compress(rows, which))

    def merge(self, other: PairCounts) -> None:
        """The counts of another part of the file."""
        for name, part in vars(self).items():
            part.merge(getattr(other, name))

    def result(self, sample: Sample, turned: Tally) -> Pairs | None:
        """Beside what the sample shows, and the pairs `turned` round; None without a pair."""
        if not self.identical.of:
            return None
        alike = {id(v): similarity(v) for v in sample.views}
        near = {id(v) for v in sample.views if near_identical(v, alike[id(v)])}
        return Pairs(
            n=self.identical.of,
            identical=self.identical.result(),
            near_identical=sample.tally(lambda v: id(v) in near),
            similarity=sample.spread([*alike.values()]),
            longer=self.longer.result(),
            length_auc=auc(self.chosen.counts, self.rejected.counts),
            reversed=turned,
            refusal_chosen=sample.tally(lambda v: v.answer.declines),
            refusal_rejected=sample.tally(lambda v: v.rejected.declines),
            both_refuse=sample.tally(lambda v: v.answer.declines and v.rejected.declines),
            empty_rejected=self.empty.result(),
            score_inverted=self.inverted.result(),
            score_tied=self.tied.result(),
            shortcut=shortcut(sample.views),
        )

    def turned(self) -> Tally:
        """Pairs that prefer, for the same prompt and documents, an answer that another rejects in favour of theirs."""
        hits, rows = shared(self.one, self.other, SHOWN_ROWS)
        return Tally(wilson(hits, self.identical.of), rows)


def picked(column: Sequence[Any], at: list[int]) -> Sequence[Any]:
    """The cells at these rising indices."""
    return column if len(at) == len(column) else [column[i] for i in at]


def similarity(view: View) -> float:
    """Jaccard similarity of the sides' word sets; 1 for two empty sides."""
    a, b = set(view.answer.words), set(view.rejected.words)
    return len(a & b) / len(a | b) if a | b else 1.0


def near_identical(view: View, alike: float) -> bool:
    """Whether the sides, `alike` by their words as sets, differ, and yet their words agree in order too (difflib ratio)."""
    if alike < NEAR or view.answer.text.strip() == view.rejected.text.strip():
        return False
    a, b = view.answer.words[:COMPARED], view.rejected.words[:COMPARED]
    return difflib.SequenceMatcher(None, a, b, autojunk=False).ratio() >= NEAR


def shortcut(views: Sequence[View]) -> Shortcut:
    """The yes/no surface feature that best separates the sides: AUC = ½ + |share chosen − share rejected| / 2."""
    n = len(views)
    chosen, rejected = [v.answer.text.strip() for v in views], [v.rejected.text.strip() for v in views]
    found = {name: (sum(map(has, chosen)), sum(map(has, rejected))) for name, has in FEATURES.items()} | openings(views)
    name = max(found, key=lambda f: abs(found[f][0] - found[f][1]))
    a, b = found[name]
    return Shortcut(name, wilson(a, n), wilson(b, n), 0.5 + abs(a - b) / (2 * n))


def openings(views: Sequence[View]) -> dict[str, tuple[int, int]]:
    """First word → how many chosen and rejected sides open with it."""
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for view in views:
        counts[opening(view.answer)][0] += 1
        counts[opening(view.rejected)][1] += 1
    return {f"opens with '{w}'": (a, b) for w, (a, b) in counts.items() if w and a + b >= MIN_OPENING}


def opening(side: Side) -> str:
    """The first word in lower case, cut to what may be shown; secrets go before case does, by which they are known."""
    text = redact(side.text) if side.secrets else side.text
    return (text.split(None, 1) or [""])[0].lower()[:OPENING]


FEATURES: dict[str, Callable[[str], bool]] = {
    "ends with a sentence mark": lambda text: text.endswith((".", "!", "?", "。", "!", "?")),
    "has a line break": lambda text: "\n" in text,
    "has a list": lambda text: (
        text.startswith(("- ", "* ", "1.")) or "\n- " in text or "\n* " in text or "\n1." in text
    ),
    "has code": lambda text: "```" in text,
    "is JSON": lambda text: text.startswith(("{", "[")) and text.endswith(("}", "]")),
}
