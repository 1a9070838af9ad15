"""What sections ask of a track: its tasks, its arms' scores, the difference between two arms.

Keys that older runs lack (`tasks`) are derived from what those runs do hold; keys of the contract are read strictly.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

Json = Mapping[str, Any]

UNTRAINED = ("base", "prompt")

HELD = {
    "confirmed": ("✓", "the advice held"),
    "refuted": ("✗", "the advice did not hold"),
    "not_enough_evidence": ("○", "not enough evidence to say whether the advice held"),
    "not_tested": ("–", "the advised method was not among the arms"),
}


class Instrument(NamedTuple):
    """How one score is named, read and printed."""

    id: str
    title: str
    what: str
    better: str
    unit: str | None


class Task(NamedTuple):
    """An evaluation of a track, its headline instrument first."""

    id: str
    title: str
    what: str
    primary: bool
    headline: Instrument
    instruments: tuple[Instrument, ...]
    n: int | None
    clusters: int | None


class Score(NamedTuple):
    """A mean over items and seeds in the instrument's own unit, and its 95 % interval where there is one."""

    mean: float
    ci95: tuple[float, float] | None


class Effect(NamedTuple):
    """The difference a − b on one instrument, in its own unit; None where nothing was measured."""

    a: str
    b: str
    difference: float | None = None
    ci95: tuple[float, float] | None = None
    p: float | None = None
    p_holm: float | None = None
    mde: float | None = None
    """Minimum detectable effect: after correction where the comparison is corrected."""
    n: int | None = None
    clusters: int | None = None
    seeds: int | None = None


def words(identifier: str) -> str:
    """`faithfulness_index` → `Faithfulness index`: a title for what came without one."""
    return identifier.replace("_", " ").capitalize()


def tasks(track: Json) -> list[Task]:
    """Tasks of a track, primary ones first; taken from the scores where an older run describes none."""
    described = track.get("tasks") or [{"name": name, "instruments": {}} for name in _scored(track)]
    return sorted((_task(track, task) for task in described), key=lambda task: not task.primary)


def _task(track: Json, task: Json) -> Task:
    scored = _scored(track).get(task["name"], [])
    named = {**dict.fromkeys(scored), **task["instruments"]}
    headline = task.get("headline") or _compared_headline(track, task["name"]) or next(iter(named), "score")
    first = _instrument(headline, named.pop(headline, None))
    others = tuple(_instrument(id, about) for id, about in named.items())
    title, what = task.get("title") or words(task["name"]), task.get("what") or ""
    primary = task.get("primary", True)
    return Task(task["name"], title, what, primary, first, (first, *others), task.get("n"), task.get("clusters"))


def _instrument(id: str, about: Json | None) -> Instrument:
    about = about or {}
    unit = about.get("unit", "share")
    return Instrument(id, about.get("title") or words(id), about.get("what") or "", about.get("better", "higher"), unit)


def _scored(track: Json) -> dict[str, list[str]]:
    """Task → instruments that any arm has a score for, in order of appearance."""
    found: dict[str, dict[str, None]] = {}
    for arm in track["arms"]:
        for task, instruments in (arm.get("scores") or {}).items():
            found.setdefault(task, {}).update(dict.fromkeys(instruments))
    return {task: list(instruments) for task, instruments in found.items()}


def _compared_headline(track: Json, task: str) -> str | None:
    return next((c["instrument"] for c in track["comparisons"] if c["task"] == task and c["headline"]), None)


def bounds(ci: Sequence[float | None] | None) -> tuple[float, float] | None:
    """An interval whose two ends are known, else None."""
    lo, hi = ci or (None, None)
    return None if lo is None or hi is None else (lo, hi)


def score(arm: Json, task: str, instrument: str) -> Score | None:
    """The arm's mean with its interval, or None where the arm failed or was not scored."""
    found = ((arm.get("scores") or {}).get(task) or {}).get(instrument)
    return Score(found["mean"], bounds(found["ci95"])) if found and found["mean"] is not None else None


def effect(track: Json, task: str, instrument: str, a: str, b: str) -> Effect:
    """The comparison a − b, turned round where the run holds b − a, empty where it holds neither."""
    for c in track["comparisons"]:
        if (c["task"], c["instrument"]) == (task, instrument) and {c["a"], c["b"]} == {a, b}:
            return _turned(c, 1 if c["a"] == a else -1)
    return Effect(a, b)


def _turned(c: Json, sign: int) -> Effect:
    a, b = (c["a"], c["b"]) if sign == 1 else (c["b"], c["a"])
    difference, known = c["difference"], bounds(c["ci95"])
    lo, hi = sorted(sign * bound for bound in known) if known else (0.0, 0.0)
    mde = c.get("mde_holm") or c.get("mde")
    found = {key: c.get(key) for key in ("p", "p_holm", "n", "clusters", "seeds")}
    return Effect(
        a, b, None if difference is None else sign * difference, (lo, hi) if known else None, mde=mde, **found
    )


def reading(effect: Effect, better: str) -> str:
    """What the interval allows one to say, in words; the sign is read in the instrument's good direction."""
    if effect.difference is None or effect.ci95 is None:
        return "not measured" if effect.difference is None else "no interval: nothing can be said"
    if effect.ci95[0] <= 0 <= effect.ci95[1]:
        return "no difference shown"
    verdict = "better" if (effect.ci95[0] > 0) == (better == "higher") else "worse"
    return verdict if effect.p_holm is None or effect.p_holm <= 0.05 else f"{verdict}, but not after correction"


def held(verdict: Json) -> tuple[str, str]:
    """Symbol and words for what became of the advice; a word we do not know is shown as it is."""
    return HELD.get(verdict["advice"], ("–", verdict["advice"]))


def caveats(effect: Effect) -> str:
    """What a reader must know beside the number: few clusters, a single seed."""
    few = [f"only {effect.clusters} clusters"] if effect.clusters is not None and effect.clusters < 20 else []
    trained = not {effect.a, effect.b} <= set(UNTRAINED)
    one = ["one seed: these adapters, not the methods"] if effect.seeds == 1 and trained else []
    return "; ".join(few + one)
