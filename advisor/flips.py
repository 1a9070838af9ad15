"""What would change the advice: each decisive quantity is varied alone, the rules and the decision run again."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterable
from typing import Any

from advisor.decide import decide
from advisor.profiling.types import Model, Pairs, Profile, Shortcut, Spread, Tally
from advisor.rules import check_all
from advisor.text import wilson
from advisor.types import Flip, Method

SHARES = {
    "share of pairs whose chosen answer is longer": ("pairs", "longer"),
    "share of nearly identical pairs": ("pairs", "near_identical"),
    "share of contradicting pairs": ("pairs", "reversed"),
    "share of exact duplicates": ("duplicates", "exact"),
    "share of unanswerable questions": ("grounding", "unanswerable"),
    "share of unsupported answers": ("grounding", "unsupported"),
    "share of missing answers": ("answers", "empty"),
    "share of answers with unfilled slots": ("answers", "placeholders"),
    "share of cut-off answers": ("answers", "truncated"),
    "share of checkable answers": ("answers", "verifiable"),
}
STEPS = tuple(i / 20 for i in range(21))
COUNTS = (10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 50_000)
SHOWN = 6


def flips(profile: Profile) -> tuple[Flip, ...]:
    """Up to six quantities whose change alone puts another method first, each at the nearest value tried."""
    now = first(profile)
    found = (*shares(profile, now), *records(profile, now), *rivals(profile, now), *model(profile, now))
    return found[:SHOWN]


def first(profile: Profile) -> Method:
    """The method that a profile leads to."""
    return decide(profile, check_all(profile)).method


def nearest(now: Method, values: Iterable[float], changed: Callable[[float], Profile]) -> tuple[float, Method] | None:
    """The first of `values` (nearest first) at which another method leads."""
    return next(((v, then) for v in values if (then := first(changed(v))) != now), None)


def shares(profile: Profile, now: Method) -> Iterable[Flip]:
    """Flips by a measured share."""
    for quantity, (part, name) in SHARES.items():
        owner = getattr(profile, part)
        if owner is None or not (tally := getattr(owner, name)).share.of:
            continue
        value = tally.share.value
        order = sorted(STEPS, key=lambda v: abs(v - value))
        hit = nearest(now, order, lambda v, p=part, n=name: with_share(profile, p, n, v))  # type: ignore[misc]
        if hit:
            yield Flip(quantity, round(value, 4), *hit)


def with_share(profile: Profile, part: str, name: str, value: float) -> Profile:
    """The profile with one share set, its interval recomputed."""
    owner: Any = getattr(profile, part)
    old: Tally = getattr(owner, name)
    new = dataclasses.replace(old, share=wilson(round(value * old.share.of), old.share.of))
    return dataclasses.replace(profile, **{part: dataclasses.replace(owner, **{name: new})})


def records(profile: Profile, now: Method) -> Iterable[Flip]:
    """Flip by the number of records."""
    n = profile.records
    order = sorted((c for c in COUNTS if c != n), key=lambda c: abs(math.log(c / max(1, n))))
    hit = nearest(now, order, lambda v: with_records(profile, int(v)))
    if hit:
        yield Flip("records", n, *hit)


def with_records(profile: Profile, n: int) -> Profile:
    """The profile of as many records, every share as it was; tokens grow in proportion."""
    ratio = n / max(1, profile.records)
    pairs = profile.pairs and dataclasses.replace(profile.pairs, n=round(profile.pairs.n * ratio))
    tokens = dataclasses.replace(profile.tokens, total=profile.tokens.total * ratio)
    return dataclasses.replace(profile, records=n, pairs=pairs, tokens=tokens)


def rivals(profile: Profile, now: Method) -> Iterable[Flip]:
    """Flip by adding rejected answers without faults to gold records."""
    if profile.pairs is not None or profile.supervision != "gold":
        return
    hit = nearest(now, STEPS[1:], lambda v: dataclasses.replace(profile, pairs=clean_pairs(round(v * profile.records))))
    if hit:
        yield Flip("share of records with a rejected answer", 0.0, *hit)


def clean_pairs(n: int) -> Pairs | None:
    """Pairs that no rule objects to: half longer, none alike, no shortcut."""
    if not n:
        return None
    none, half = Tally(wilson(0, n)), Tally(wilson(n // 2, n))
    unlike = Spread(n, 0.2, 0.2, 0.2, 0.2, 0.2)
    shortcut = Shortcut("none", wilson(0, n), wilson(0, n), 0.5)
    return Pairs(n, none, none, unlike, half, 0.5, none, none, none, none, none, none, none, shortcut)


def model(profile: Profile, now: Method) -> Iterable[Flip]:
    """Flip by training a base model instead, or a tuned one instead of a base model."""
    base = profile.model is not None and profile.model.tuned is False
    size = profile.model.parameters if profile.model else None
    other = dataclasses.replace(profile, model=Model("a tuned model" if base else "a base model", size, base))
    then = first(other)
    if then != now:
        kinds = ("base model", "instruction-tuned model") if base else ("instruction-tuned model", "base model")
        yield Flip("model", *kinds, then)
