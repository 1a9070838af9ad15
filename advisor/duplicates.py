"""Exact and near duplicates of texts.

Near: word 3-shingles, MinHash of 128 permutations (rensa), LSH at 0.8 for candidates, each candidate verified by its
exact Jaccard similarity, so that no false alarm of the sketch is counted. 0.8 is the cut of Lee et al. 2022
(arXiv:2107.06499), who shingle by 5 words; our texts are shorter.
"""

from __future__ import annotations

from collections.abc import Sequence

from advisor.text import words

SHINGLE = 3
JACCARD = 0.8
PERMUTATIONS = 128
CANDIDATES = 20
"""Earlier neighbours compared per text: a template repeated ten thousand times must not cost its square."""


def exact(keys: Sequence[object]) -> list[int]:
    """Positions that repeat an earlier key."""
    seen: set[object] = set()
    repeats = []
    for i, key in enumerate(keys):
        if key in seen:
            repeats.append(i)
        seen.add(key)
    return repeats


def shingles(text: str) -> frozenset[str]:
    """Runs of three words; a shorter text is one shingle, an empty one none."""
    found = words(text)
    if len(found) < SHINGLE:
        return frozenset([" ".join(found)] if found else [])
    return frozenset(" ".join(found[i : i + SHINGLE]) for i in range(len(found) - SHINGLE + 1))


def near(texts: Sequence[str]) -> list[int]:
    """Positions whose shingles overlap those of an earlier text by 0.8 or more; identical shingle sets included."""
    from rensa import RMinHash, RMinHashLSH

    sets = [shingles(t) for t in texts]
    filled = [i for i, s in enumerate(sets) if s]
    sketches = RMinHash.from_token_sets([list(sets[i]) for i in filled], num_perm=PERMUTATIONS, seed=42)
    index = RMinHashLSH(threshold=JACCARD, num_perm=PERMUTATIONS, num_bands=16)
    repeats = []
    for i, sketch in zip(filled, sketches, strict=True):
        if any(jaccard(sets[i], sets[j]) >= JACCARD for j in sorted(index.query(sketch))[:CANDIDATES]):
            repeats.append(i)
        index.insert(i, sketch)
    return repeats


def jaccard(a: frozenset[str], b: frozenset[str]) -> float:
    """|a ∩ b| / |a ∪ b|; 1 for two empty sets."""
    union = len(a | b)
    return len(a & b) / union if union else 1.0
