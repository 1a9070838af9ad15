"""What would change the advice: each decisive quantity is varied alone, the rules and the decision run again.

A quantity is moved away from its value over a grid until another method comes first; the value at which that happens
is then narrowed down to one record. What the grid steps over in both directions is not seen.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from advisor.decide import decide
from advisor.profiling.types import Model, Pairs, Profile, Shortcut, Spread, Tally
from advisor.rules import check_all
from advisor.text import wilson
from advisor.types import Flip, Method, Share

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
Vary = Callable[[int], Profile]


def flips(profile: Profile) -> tuple[Flip, ...]:
    """Up to six quantities whose change alone puts another method first, those that a user can choose before measured ones."""
    now = first(profile)
    found = (*records(profile, now), *model(profile, now), *rivals(profile, now), *shares(profile, now))
    return found[:SHOWN]


def first(profile: Profile) -> Method:
    """The method that a profile leads to."""
    return decide(profile, check_all(profile)).method


def turning(now: Method, value: int, counts: Sequence[int], vary: Vary) -> tuple[int, Method] | None:
    """The count nearest to `value` at which another method leads; the grid's `counts` bracket it, halving finds it."""
    above, below = sorted(c for c in counts if c > value), sorted((c for c in counts if c < value), reverse=True)
    found = [hit for side in (above, below) if (hit := bracketed(now, value, side, vary))]
    return min(found, key=lambda hit: abs(hit[0] - value), default=None)


def bracketed(now: Method, value: int, counts: Iterable[int], vary: Vary) -> tuple[int, Method] | None:
    """The same on one side of `value`."""
    held = value
    for count in counts:
        then = first(vary(count))
        if then != now:
            return narrowed(now, held, (count, then), vary)
        held = count
    return None


def narrowed(now: Method, held: int, turned: tuple[int, Method], vary: Vary) -> tuple[int, Method]:
    """Halve between a count that keeps the advice and one that turns it, until they are neighbours."""
    while abs(turned[0] - held) > 1:
        middle = (held + turned[0]) // 2
        then = first(vary(middle))
        held, turned = (middle, turned) if then == now else (held, (middle, then))
    return turned


def shares(profile: Profile, now: Method) -> Iterable[Flip]:
    """Flips by a measured share."""
    for quantity, (part, name) in SHARES.items():
        owner = getattr(profile, part)
        if owner is None or not (share := getattr(owner, name).share).of:
            continue
        grid = sorted({round(step * share.of) for step in STEPS})
        hit = turning(now, share.count, grid, lambda c, p=part, n=name: with_count(profile, p, n, c))  # type: ignore[misc]
        if hit:
            yield Flip(quantity, round(share.value, 4), round(hit[0] / share.of, 4), hit[1])


def with_count(profile: Profile, part: str, name: str, count: int) -> Profile:
    """The profile with one share set to `count` of as many as before, its interval recomputed."""
    owner: Any = getattr(profile, part)
    old: Tally = getattr(owner, name)
    new = dataclasses.replace(old, share=wilson(count, old.share.of))
    return dataclasses.replace(profile, **{part: dataclasses.replace(owner, **{name: new})})


def records(profile: Profile, now: Method) -> Iterable[Flip]:
    """Flip by the number of records."""
    hit = turning(now, profile.records, COUNTS, lambda n: with_records(profile, n))
    if hit:
        yield Flip("records", profile.records, *hit)


def with_records(profile: Profile, n: int) -> Profile:
    """The profile of as many records: counts grow in proportion, shares and means stay."""
    ratio = n / max(1, profile.records)
    tokens = dataclasses.replace(profile.tokens, total=profile.tokens.total * ratio)
    pairs = profile.pairs and dataclasses.replace(scaled(profile.pairs, ratio), n=round(profile.pairs.n * ratio))
    larger: Profile = scaled(profile, ratio)
    return dataclasses.replace(larger, records=n, pairs=pairs, tokens=tokens)


def scaled(owner: Any, ratio: float) -> Any:
    """A part of the profile with the sizes of its shares and distributions in proportion."""
    if isinstance(owner, Share):
        return wilson(min(round(owner.count * ratio), round(owner.of * ratio)), round(owner.of * ratio))
    if isinstance(owner, Spread):
        return dataclasses.replace(owner, n=round(owner.n * ratio), sampled_from=round(owner.sampled_from * ratio))
    if not dataclasses.is_dataclass(owner) or isinstance(owner, (type, Model)):
        return owner
    fields: dict[str, Any] = {f.name: scaled(getattr(owner, f.name), ratio) for f in dataclasses.fields(owner)}
    if isinstance(owner, Tally):
        fields["sampled_from"] = round(owner.sampled_from * ratio)
    return dataclasses.replace(owner, **fields)


def rivals(profile: Profile, now: Method) -> Iterable[Flip]:
    """Flip by adding rejected answers without faults to gold records."""
    if profile.pairs is not None or profile.supervision != "gold":
        return
    n = profile.records
    grid = sorted({round(step * n) for step in STEPS[1:]})
    hit = turning(now, 0, grid, lambda c: dataclasses.replace(profile, pairs=clean_pairs(c)))
    if hit:
        yield Flip("share of records with a rejected answer", 0.0, round(hit[0] / n, 4), hit[1])


def clean_pairs(n: int) -> Pairs | None:
    """Pairs that no rule objects to: half longer, none alike, no shortcut."""
    if not n:
        return None
    none, half = Tally(wilson(0, n)), Tally(wilson(n // 2, n))
    unlike = Spread(n, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2)
    shortcut = Shortcut("none", wilson(0, n), wilson(0, n), 0.5)
    return Pairs(n, none, none, unlike, half, 0.5, none, none, none, none, none, none, none, shortcut)


def model(profile: Profile, now: Method) -> Iterable[Flip]:
    """Flip by training a base model instead, or a tuned one instead of a base model."""
    named = profile.model
    base = named is not None and named.tuned is False
    other = Model("a tuned model" if base else "a base model", named.parameters if named else None, base)
    then = first(dataclasses.replace(profile, model=other))
    if then != now:
        tuned = {True: "instruction-tuned model", False: "base model", None: "model of unknown tuning"}
        said = tuned[named.tuned] if named else "no model named"
        yield Flip("model", said, "instruction-tuned model" if base else "base model", then)
