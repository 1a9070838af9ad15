"""Answers that are labels, and records that cross from one language into another."""

from __future__ import annotations

from collections import Counter

from advisor.profiling.languages import language
from advisor.profiling.sample import Sample, View
from advisor.profiling.types import NONE_SEEN, Tally
from advisor.text import normalise

LABEL = 40
"""Characters of the longest answer that is still the name of a class."""
KINDS = 50
"""Classes beyond which answers are names or values rather than classes."""
ENOUGH = 500
"""Records that tell whether nearly all cross from one language into another."""
REPEATED = 5
"""Times that a class occurs on average, at least."""


def commonest_class(sample: Sample) -> Tally:
    """Answers that are the commonest class, out of the answers; nothing where answers are no classes."""
    views = [view for view in sample.views if view.filled]
    counts = Counter(normalise(view.answer.text[: LABEL + 1]) for view in views)
    if not counts or len(counts) > min(KINDS, len(views) / REPEATED) or max(map(len, counts)) > LABEL:
        return NONE_SEEN
    first = counts.most_common(1)[0][0]
    return sample.tally(lambda v: normalise(v.answer.text) == first, among=lambda v: v.filled)


def crossing(sample: Sample) -> Tally:
    """Records whose answer is in another language than their question, out of some five hundred where both are known."""
    step = max(1, len(sample.views) // ENOUGH)
    known = {id(view): told for view in sample.views[::step] if (told := _told(view))}
    return sample.tally(lambda v: len({*known[id(v)]}) > 1, among=lambda v: id(v) in known)


def _told(view: View) -> tuple[str, str] | None:
    """Languages of the question's end and of the answer's beginning, None where either is not known."""
    if not view.filled or not view.asked:
        return None
    tags = language(view.asked[-300:]), language(view.answer.text[:300])
    return None if any(tag is None or tag.startswith("und") for tag in tags) else (tags[0] or "", tags[1] or "")
