"""The invented world behind the rag data: kinds of document, names and values, read from world/*.toml and names.toml."""

from __future__ import annotations

import dataclasses
import itertools
import random
import tomllib
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
).split()
TENS = "_ _ twenty thirty forty fifty sixty seventy eighty ninety".split()


@dataclasses.dataclass(frozen=True, slots=True)
class Slot:
    """One fact that a document of a kind may state."""

    id: str
    """Unique within its kind."""
    states: tuple[str, ...]
    """Sentences that state it; `{v}` is the value, `{name}` the document's subject."""
    asks: tuple[str, ...]
    """Questions for it; the last one is kept for the test split."""
    answers: tuple[str, ...]
    """Full-sentence answers."""
    clause: str
    """The indirect question that ends an abstention: `The documents do not say <clause>.`"""


@dataclasses.dataclass(frozen=True, slots=True)
class Pair:
    """Two slots whose values are of one class, so that one's value is a tempting wrong answer for the other."""

    values: str
    """`person`, `place`, `count`, `colour`, `weekday` or `wood`."""
    range: tuple[int, int]
    """Smallest and largest count; (0, 0) for the other classes."""
    joint: tuple[str, ...]
    """Sentences that state both, with `{a}` and `{b}`."""
    slots: tuple[Slot, Slot]
    """The two."""


@dataclasses.dataclass(frozen=True, slots=True)
class Kind:
    """A kind of document."""

    id: str
    """Its file name: `bridge`."""
    held_out: bool
    """Whether only the test split has documents of this kind."""
    names: tuple[str, ...]
    """Patterns of the subject's name around `{stem}`."""
    openings: tuple[str, ...]
    """First sentences, which state no fact that is asked for."""
    asides: tuple[str, ...]
    """Remarks that state no such fact either; they lengthen documents that would be short."""
    pairs: tuple[Pair, ...]
    """Three."""


@dataclasses.dataclass(frozen=True, slots=True)
class Pool:
    """Values that the documents of one split draw on; names and places belong to that split alone."""

    stems: tuple[str, ...]
    """Stems of subjects' names, each used once."""
    places: tuple[str, ...]
    """Stems that stand for places."""
    first: tuple[str, ...]
    """First names."""
    last: tuple[str, ...]
    """Family names."""
    common: dict[str, tuple[str, ...]]
    """Colours, weekdays and woods, shared by all splits."""


def kinds() -> tuple[Kind, ...]:
    """Every kind of document, in the order of the file names."""
    return tuple(_kind(p.stem, tomllib.loads(p.read_text("utf-8"))) for p in sorted(HERE.glob("world/*.toml")))


def _kind(name: str, raw: dict[str, Any]) -> Kind:
    pairs = tuple(_pair(p) for p in raw["pair"])
    return Kind(
        name, raw.get("held_out", False), tuple(raw["names"]), tuple(raw["openings"]), tuple(raw["asides"]), pairs
    )


def _pair(raw: dict[str, Any]) -> Pair:
    low, high = raw.get("range", (0, 0))
    one, other = (
        Slot(s["id"], tuple(s["states"]), tuple(s["asks"]), tuple(s["answers"]), s["clause"]) for s in raw["slot"]
    )
    return Pair(raw["values"], (low, high), tuple(raw["joint"]), (one, other))


def pool(split: str, subjects: int, rng: random.Random) -> Pool:
    """The names of a split: as many stems as it has subjects, the rest for places."""
    raw = tomllib.loads((HERE / "names.toml").read_text("utf-8"))
    stems = [start + end for start, end in itertools.product(raw[split]["starts"], raw["endings"])]
    rng.shuffle(stems)
    common = {"colour": raw["colours"], "weekday": raw["weekdays"], "wood": raw["woods"]}
    return Pool(
        stems=tuple(stems[:subjects]),
        places=tuple(stems[subjects:]),
        first=tuple(raw[split]["first"]),
        last=tuple(raw[split]["last"]),
        common={k: tuple(v) for k, v in common.items()},
    )


def draw(pair: Pair, names: Pool, n: int, rng: random.Random) -> list[str]:
    """n different values of the pair's class; people share neither first nor family name. Counts come as digits."""
    if pair.values == "count":
        return _counts(pair.range, n, rng)
    if pair.values == "person":
        people = zip(rng.sample(names.first, n), rng.sample(names.last, n), strict=True)
        return [f"{first} {last}" for first, last in people]
    return rng.sample(names.places if pair.values == "place" else names.common[pair.values], n)


def _counts(bounds: tuple[int, int], n: int, rng: random.Random) -> list[str]:
    """n counts of which none stands inside another's words, as `eight` does in `twenty-eight`."""
    while True:
        found = rng.sample(range(bounds[0], bounds[1] + 1), n)
        words = [word for i in found for word in {in_words(i), *in_words(i).split("-")}]
        if not any(words.count(in_words(i)) > 1 for i in found):
            return [str(i) for i in found]


def in_words(n: int) -> str:
    """A whole number below 100 in words."""
    tens, ones = divmod(n, 10)
    if n < 20:
        return ONES[n]
    return TENS[tens] + (f"-{ONES[ones]}" if ones else "")


def fill(template: str, **values: str) -> str:
    """The template as a sentence: upper case first; counts up to twenty, and any that begins it, in words."""
    parts = {k: _worded(v, begins=template.startswith(f"{{{k}}}")) for k, v in values.items()}
    text = template.format(**parts)
    return text[0].upper() + text[1:]


def _worded(value: str, begins: bool) -> str:
    return in_words(int(value)) if value.isdigit() and (begins or int(value) <= 20) else value


def phrases(pair: Pair, value: str) -> list[str]:
    """The lower-case phrases by which an answer names the value."""
    if pair.values == "count":
        return [value, in_words(int(value))]
    if pair.values == "person":
        return [value.lower(), value.split()[1].lower()]
    return [value.lower()]
