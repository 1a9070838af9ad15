"""Chosen against rejected: likeness, length, polarity and surface shortcuts."""

from __future__ import annotations

import difflib
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence

from advisor.privacy import redact
from advisor.profiling.answers import declines
from advisor.profiling.measure import auc, prompt_text, rows_of, spread, tally
from advisor.profiling.types import Pairs, Shortcut, Tally
from advisor.text import normalise, wilson, words
from advisor.types import Record

NEAR = 0.9
"""Jaccard and order-aware similarity from which two sides count as nearly the same. Ours; ModelBrew flags cosine ≥0.92."""
COMPARED = 400
"""Words of each side compared in order: difflib takes quadratic time at worst."""
MIN_OPENING = 3
"""Pairs an opening word must occur in before it counts as a feature."""


def pairs(records: Sequence[Record]) -> Pairs | None:
    """Measure the records with two sides; None where none has."""
    both = [r for r in records if r.answer is not None and r.rejected is not None]
    if not both:
        return None
    same = {id(r) for r in both if normalise(r.answer or "") == normalise(r.rejected or "")}
    likeness = {id(r): similarity(r) for r in both}
    near = {id(r) for r in both if id(r) not in same and likeness[id(r)] >= NEAR and ordered_alike(r)}
    refuses = {id(r): (declines(r.answer or ""), declines(r.rejected or "")) for r in both}
    scored = [r for r in both if r.score is not None]
    return Pairs(
        n=len(both),
        identical=tally(both, lambda r: id(r) in same),
        near_identical=tally(both, lambda r: id(r) in near),
        similarity=spread(likeness.values()),
        longer=tally([r for r in both if sizes(r)[0] != sizes(r)[1]], lambda r: sizes(r)[0] > sizes(r)[1]),
        length_auc=auc([sizes(r)[0] for r in both], [sizes(r)[1] for r in both]),
        reversed=reversed_pairs(both),
        refusal_chosen=tally(both, lambda r: refuses[id(r)][0]),
        refusal_rejected=tally(both, lambda r: refuses[id(r)][1]),
        both_refuse=tally(both, lambda r: all(refuses[id(r)])),
        empty_rejected=tally(both, lambda r: not (r.rejected or "").strip()),
        score_inverted=tally(scored, lambda r: (r.score or 0) < 0),
        score_tied=tally(scored, lambda r: r.score == 0),
        shortcut=shortcut(both),
    )


def sizes(record: Record) -> tuple[int, int]:
    """Characters of the two sides, blanks at the ends left out."""
    return len((record.answer or "").strip()), len((record.rejected or "").strip())


def similarity(record: Record) -> float:
    """Jaccard similarity of the sides' word sets; 1 for two empty sides."""
    a, b = set(words(record.answer or "")), set(words(record.rejected or ""))
    return len(a & b) / len(a | b) if a | b else 1.0


def ordered_alike(record: Record) -> bool:
    """Whether the word sequences agree as well (difflib ratio), not only the sets."""
    a, b = words(record.answer or "")[:COMPARED], words(record.rejected or "")[:COMPARED]
    return difflib.SequenceMatcher(None, a, b, autojunk=False).ratio() >= NEAR


def reversed_pairs(both: Sequence[Record]) -> Tally:
    """Pairs that prefer, for the same prompt and documents, an answer that another pair rejects in favour of theirs."""
    keys = [
        (normalise(prompt_text(r)), r.contexts, normalise(r.answer or ""), normalise(r.rejected or "")) for r in both
    ]
    seen = set(keys)
    hits = [r.row for r, (p, c, a, b) in zip(both, keys, strict=True) if a != b and (p, c, b, a) in seen]
    return Tally(wilson(len(hits), len(both)), rows_of(hits))


def shortcut(both: Sequence[Record]) -> Shortcut:
    """The yes/no surface feature that best separates the sides: AUC = ½ + |share chosen − share rejected| / 2."""
    sides = [((r.answer or "").strip(), (r.rejected or "").strip()) for r in both]
    chosen, rejected = zip(*sides, strict=True)
    found = {name: (sum(map(has, chosen)), sum(map(has, rejected))) for name, has in FEATURES.items()} | openings(sides)
    name = max(found, key=lambda f: abs(found[f][0] - found[f][1]))
    a, b = found[name]
    return Shortcut(name, wilson(a, len(both)), wilson(b, len(both)), 0.5 + abs(a - b) / (2 * len(both)))


def openings(sides: Sequence[tuple[str, str]]) -> dict[str, tuple[int, int]]:
    """First word → how many chosen and rejected sides open with it."""
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for side in (0, 1):
        firsts = Counter((pair[side].split(None, 1) or [""])[0].lower() for pair in sides)
        for word, n in firsts.items():
            counts[word][side] += n
    return {f"opens with '{redact(w)}'": (a, b) for w, (a, b) in counts.items() if w and a + b >= MIN_OPENING}


FEATURES: dict[str, Callable[[str], bool]] = {
    "ends with a sentence mark": lambda text: text.endswith((".", "!", "?", "。", "!", "?")),
    "has a line break": lambda text: "\n" in text,
    "has a list": lambda text: (
        text.startswith(("- ", "* ", "1.")) or "\n- " in text or "\n* " in text or "\n1." in text
    ),
    "has code": lambda text: "```" in text,
    "is JSON": lambda text: text.startswith(("{", "[")) and text.endswith(("}", "]")),
}
