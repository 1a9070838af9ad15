"""Answers of a trial beside the untrained model's: lengths, endings, loops, sameness. Pure functions over items.jsonl rows."""

from __future__ import annotations

import itertools
import statistics
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tasks.text import loops, normalise

Json = dict[str, Any]
Key = tuple[str, str, str]
Golds = Mapping[Key, tuple[str, str | None]]
"""(task, source, item) → (question, gold answer), of the items that count."""
Numbers = dict[str, float | str]
ITEMS = 10
LONGER, SHORTER = 1.25, 0.75
POINTS, MORE = 0.05, 3
COLLAPSE = 0.2
UNMOVED = 0.95
ROUNDING = 1e-6


@dataclass(frozen=True, slots=True)
class Compared:
    """Generated answers of the same items, each item once."""

    mine: tuple[Json, ...]
    base: tuple[Json, ...]
    golds: tuple[str, ...]
    """The gold answers that there are."""
    questions: tuple[str, ...]

    @property
    def of(self) -> int:
        """Items."""
        return len(self.mine)

    @property
    def same(self) -> int:
        """Answers that are the untrained model's own."""
        return sum(m["text"] == b["text"] for m, b in zip(self.mine, self.base, strict=True))


def key(row: Json) -> Key:
    """Of a row of an item file."""
    return row["task"], row["source"], row["item"]


def compare(rows: Sequence[Json], base: Sequence[Json], golds: Golds) -> Compared:
    """The answers to items of `golds`; an item that two tasks ask is taken once."""
    other = {key(r): r for r in base if r["text"] is not None}
    shared = [r for r in rows if r["text"] is not None and key(r) in other and key(r) in golds]
    once = {(r["source"], r["item"]): r for r in shared}.values()
    texts = [gold for r in once if (gold := golds[key(r)][1])]
    return Compared(
        tuple(once), tuple(other[key(r)] for r in once), tuple(texts), tuple(golds[key(r)][0] for r in once)
    )


def signs(said: Compared) -> dict[str, Numbers]:
    """Code → what was measured, of what differs from the untrained model's answers more than it may."""
    if said.of < ITEMS:
        return {}
    looping, unended = _rise(said, lambda r: loops(r["text"])), _rise(said, lambda r: r["ended"] is False)
    found = {
        **_length(said),
        "no_end": unended,
        "loops": looping and {**looping, "distinct_2": distinct([r["text"] for r in said.mine])},
        "one_answer": _one_answer(said),
        "answers_unmoved": _unmoved(said),
    }
    return {code: numbers for code, numbers in found.items() if numbers}


def _words(texts: Sequence[str]) -> float:
    return statistics.median(len(t.split()) for t in texts)


def _length(said: Compared) -> dict[str, Numbers]:
    """Beyond both the untrained model's median and the gold answers': what nears these was learned as it should be."""
    mine, base = (_words([r["text"] for r in rows]) for rows in (said.mine, said.base))
    gold = _words(said.golds) if said.golds else base
    numbers: Numbers = {"words": mine, "base": base, "gold": gold}
    if mine > LONGER * max(base, gold):
        return {"longer": numbers}
    return {"shorter": numbers} if mine < SHORTER * min(base, gold) else {}


def _rise(said: Compared, what: Callable[[Json], bool]) -> Numbers:
    mine, base = (sum(map(what, rows)) for rows in (said.mine, said.base))
    rises = mine - base >= MORE and mine - base >= POINTS * said.of
    return {"answers": mine, "base": base, "of": said.of} if rises else {}


def _one_answer(said: Compared) -> Numbers:
    """Questions that are asked twice count once; the untrained model may repeat itself too."""
    first = {normalise(q): n for n, q in reversed(list(enumerate(said.questions)))}.values()
    mine, base = (_top([rows[n]["text"] for n in first]) for rows in (said.mine, said.base))
    gold = _top(said.golds) if said.golds else 0.0
    collapsed = len(first) >= ITEMS and mine > gold + COLLAPSE and mine > base
    return {"share": mine, "base": base, "gold": gold, "questions": len(first)} if collapsed else {}


def _top(texts: Sequence[str]) -> float:
    return max(Counter(map(normalise, texts)).values()) / len(texts)


def _unmoved(said: Compared) -> Numbers:
    return {"same": said.same, "of": said.of} if said.same >= UNMOVED * said.of else {}


def distinct(texts: Sequence[str]) -> float:
    """distinct-2: different pairs of neighbouring words over all such pairs (arXiv:1510.03055)."""
    words = [t.split() for t in texts]
    pairs = [pair for w in words for pair in itertools.pairwise(w)]
    return len(set(pairs)) / len(pairs) if pairs else 0.0


def equal(rows: Sequence[Json], base: Sequence[Json]) -> bool:
    """Whether nothing at all differs from the untrained model, of items whose answer or likelihood was asked for."""
    other = {key(r): r for r in base}
    shared = [(r, other[key(r)]) for r in rows if key(r) in other and (r["text"] is not None or r["logprobs"])]
    return bool(shared) and all(
        r["text"] == b["text"] and all(map(_near, r["logprobs"], b["logprobs"])) for r, b in shared
    )


def _near(a: float | None, b: float | None) -> bool:
    return a == b or (a is not None and b is not None and abs(a - b) <= ROUNDING)


def gated(rows: Sequence[Json]) -> dict[str, float]:
    """Answers of the task `values` that its coherence gate scored wrong."""
    asked = [r["text"] for r in rows if r["task"] == "values" and r["text"] is not None]
    return {"wrong": sum(map(loops, asked)), "of": len(asked)}
