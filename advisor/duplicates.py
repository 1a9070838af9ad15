"""Exact and near duplicates of texts.

Near: word 3-shingles, MinHash of 128 permutations (rensa), LSH at 0.8 for candidates, each candidate verified by its
exact Jaccard similarity, so that no false alarm of the sketch is counted. 0.8 is the cut of Lee et al. 2022
(arXiv:2107.06499), who shingle by 5 words; our texts are shorter.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence

SHINGLE = 3
JACCARD = 0.8
PERMUTATIONS = 128
WORDS = 1500
"""Of each text: longer ones that agree so far count as alike."""
CANDIDATES = 20
"""Earlier neighbours compared per text: a template repeated ten thousand times must not cost its square."""


def shingles(words: Sequence[str]) -> list[str]:
    """Runs of three words; fewer words are one shingle, none are none."""
    if len(words) < SHINGLE:
        return [" ".join(words)] if words else []
    return [*map(" ".join, zip(words, words[1:], words[2:], strict=False))]


def near(texts: Sequence[Sequence[str]], beside: Sequence[Sequence[str]] = ()) -> list[int]:
    """Positions of texts, given as words, whose shingles overlap those of an earlier one by 0.8 or more.

    What stands `beside` a text (its documents) weighs as much as the text itself: neither a common document nor a common
    question alone makes two records alike.
    """
    from rensa import RMinHash, RMinHashLSH

    shingled = [shingles(t[:WORDS]) for t in texts]
    if any(beside):
        shingled = [own + as_many(b, len({*own})) for own, b in zip(shingled, beside, strict=True)]
    filled = [i for i, s in enumerate(shingled) if s]
    sketches = RMinHash.from_token_sets([shingled[i] for i in filled], num_perm=PERMUTATIONS, seed=42)
    index = RMinHashLSH(threshold=JACCARD, num_perm=PERMUTATIONS, num_bands=16)
    repeats = []
    for i, sketch in zip(filled, sketches, strict=True):
        if any(jaccard({*shingled[i]}, {*shingled[j]}) >= JACCARD for j in sorted(index.query(sketch))[:CANDIDATES]):
            repeats.append(i)
        index.insert(i, sketch)
    return repeats


def as_many(words: Sequence[str], size: int) -> list[str]:
    """Up to `size` shingles, at least three, those with the smallest hashes: alike for texts that are alike, as in MinHash."""
    found = {*shingles(words[:WORDS])}
    by_hash = sorted(found, key=lambda s: zlib.crc32(s.encode("utf-8", "surrogatepass")))
    return [f"beside {s}" for s in by_hash[: max(SHINGLE, size)]]


def jaccard(a: set[str], b: set[str]) -> float:
    """|a ∩ b| / |a ∪ b|; 1 for two empty sets."""
    union = len(a | b)
    return len(a & b) / union if union else 1.0
