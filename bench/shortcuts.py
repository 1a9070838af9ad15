"""What a rule that hardly reads an answer tells of a pair: by its length, its first word, its language.

Each rule is learned from training pairs and applied to held-out ones, as partial-input baselines are (arXiv:1803.02324).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from advisor.profiling.languages import language

Json = dict[str, Any]
Pair = tuple[str, str]
"""(chosen, rejected)."""
Pairs = Mapping[tuple[str, str], Mapping[str, Pair]]
"""(task, source) → item → pair."""
Train = Sequence[Pair]
Rule = Callable[[str], float]
"""Text → score; the side with the higher one is taken for the chosen side."""
FEW, CHANCE = 20, 0.6
"""Held-out pairs, and the accuracy that a rule must reach on them and on those it was learned from."""
SCORES = ("preference_accuracy", "contrast")
"""Instruments that say whether a model tells a held-out pair apart."""


def rules(train: Train) -> dict[str, Rule]:
    """The three rules, as the training pairs teach them."""
    longer = sum((len(c) > len(r)) - (len(c) < len(r)) for c, r in train)
    return {
        "length": lambda text: math.copysign(1, longer) * len(text),
        "first_word": _odds(train, lambda text: next(iter(text.lower().split()), "")),
        "language": _odds(train, lambda text: language(text) or ""),
    }


def _odds(train: Train, feature: Callable[[str], str]) -> Rule:
    """Logarithm of how much oftener chosen sides have the feature, one added to both counts (Laplace)."""
    chosen, rejected = Counter(feature(c) for c, _ in train), Counter(feature(r) for _, r in train)
    return lambda text: math.log((chosen[feature(text)] + 1) / (rejected[feature(text)] + 1))


def accuracy(rule: Rule, pairs: Sequence[Pair]) -> float:
    """Share of pairs whose chosen side scores higher, half for a tie; ½ for no pairs."""
    right = [0.5 if rule(c) == rule(r) else float(rule(c) > rule(r)) for c, r in pairs]
    return sum(right) / len(right) if right else 0.5


def baselines(pairs: Pairs, train: Train) -> Json:
    """Task → every rule's accuracy on its held-out pairs, and which was best on the training pairs."""
    if not train:
        return {}
    learned = rules(train)
    best = max(learned, key=lambda name: accuracy(learned[name], train))
    return {
        task: {"pairs": len(held), "best": best}
        | {name: accuracy(r, list(held.values())) for name, r in learned.items()}
        for (task, _), held in pairs.items()
        if held
    }


def reached(rows: Sequence[Json], pairs: Pairs, train: Train) -> dict[str, float | str]:
    """Where the best rule of the training pairs does as well on held-out pairs as the model: what was measured, else {}."""
    if not train:
        return {}
    learned = rules(train)
    best = max(learned, key=lambda name: accuracy(learned[name], train))
    if accuracy(learned[best], train) < CHANCE:
        return {}  # nothing was learned; what it does on held-out pairs is luck
    for (task, source), held in pairs.items():
        scored = {
            r["item"]: s for r in rows if (r["task"], r["source"]) == (task, source) and (s := _score(r)) is not None
        }
        both = [item for item in held if item in scored]
        alone = accuracy(learned[best], [held[item] for item in both])
        mine = sum(scored[item] for item in both) / len(both) if both else 0.0
        if len(both) >= FEW and alone >= max(CHANCE, mine):
            return {"task": task, "rule": best, "rule_accuracy": alone, "accuracy": mine, "pairs": len(both)}
    return {}


def _score(row: Json) -> float | None:
    return next((s for name in SCORES if (s := row["scores"].get(name)) is not None), None)
