"""Chosen against rejected: likeness, length, polarity and surface shortcuts."""

from __future__ import annotations

import difflib
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence

from advisor.privacy import redact
from advisor.profiling.measure import Count, auc
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
        self.chosen: Counter[float] = Counter()
        self.rejected: Counter[float] = Counter()
        self.reversed = Reversed()

    def add(self, view: View) -> None:
        """One pair."""
        row, score = view.record.row, view.record.score
        chosen, rejected = len(view.answer.text.strip()), len(view.rejected.text.strip())
        self.identical.add(row, view.answer.normal == view.rejected.normal)
        self.empty.add(row, not rejected)
        self.chosen[chosen] += 1
        self.rejected[rejected] += 1
        self.reversed.add(view)
        if chosen != rejected:
            self.longer.add(row, chosen > rejected)
        if score is not None:
            self.inverted.add(row, score < 0)
            self.tied.add(row, score == 0)

    def result(self, sample: Sample) -> Pairs | None:
        """Beside what the sample shows; None without a pair."""
        if not self.identical.of:
            return None
        near = {id(v) for v in sample.views if near_identical(v)}
        return Pairs(
            n=self.identical.of,
            identical=self.identical.result(),
            near_identical=sample.tally(lambda v: id(v) in near),
            similarity=sample.spread([similarity(v) for v in sample.views]),
            longer=self.longer.result(),
            length_auc=auc(self.chosen, self.rejected),
            reversed=self.reversed.result(self.identical.of),
            refusal_chosen=sample.tally(lambda v: v.answer.declines),
            refusal_rejected=sample.tally(lambda v: v.rejected.declines),
            both_refuse=sample.tally(lambda v: v.answer.declines and v.rejected.declines),
            empty_rejected=self.empty.result(),
            score_inverted=self.inverted.result(),
            score_tied=self.tied.result(),
            shortcut=shortcut(sample.views),
        )


class Reversed:
    """Pairs that prefer, for the same prompt and documents, an answer that another pair rejects in favour of theirs.

    A couple of answers is kept by hash, with how often it came each way round and the row that it first came in.
    """

    def __init__(self) -> None:
        self.seen: dict[int, tuple[int, int, int]] = {}
        self.rows: set[int] = set()

    def add(self, view: View) -> None:
        """One pair."""
        a, b = hash(view.answer.normal), hash(view.rejected.normal)
        if a == b:
            return
        key = hash((view.normal_prompt, view.record.contexts, min(a, b), max(a, b)))
        one, other, first = self.seen.get(key, (0, 0, view.record.row))
        one, other = one + (a < b), other + (a > b)
        self.seen[key] = one, other, first
        if one and other:
            self.rows |= {first, view.record.row}

    def result(self, pairs: int) -> Tally:
        """Out of all pairs."""
        hits = sum(one + other for one, other, _ in self.seen.values() if one and other)
        return Tally(wilson(hits, pairs), tuple(sorted(self.rows)[:10]))


def similarity(view: View) -> float:
    """Jaccard similarity of the sides' word sets; 1 for two empty sides."""
    a, b = set(view.answer.words), set(view.rejected.words)
    return len(a & b) / len(a | b) if a | b else 1.0


def near_identical(view: View) -> bool:
    """Whether the sides differ, and yet their words agree, as sets and in order (difflib ratio)."""
    if view.answer.normal == view.rejected.normal or similarity(view) < NEAR:
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
