"""What the comparisons decide, in words and against the advice, and what they say of common expectations."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

import tasks
from bench import compare, result
from bench.compare import Sample
from bench.methods import UNTRAINED
from bench.types import TaskPlan, TrackPlan, Verdict

Json = dict[str, Any]


def verdicts(
    trials: result.Trials,
    track: TrackPlan,
    compared: Sequence[Json],
    advice: Json,
    cost: Mapping[str, float],
    canaries: Mapping[str, Mapping[str, float | None]],
) -> list[Verdict]:
    """One verdict for each deciding task.

    `advice`: its `recommendation`; `cost`: arm → training seconds per example; `canaries`: task → degenerate answers →
    headline figure.
    """
    return [
        _verdict(trials, track, task, compared, advice, cost, canaries.get(task.name, {}))
        for task in track.tasks
        if task.primary
    ]


def _verdict(
    trials: result.Trials,
    track: TrackPlan,
    task: TaskPlan,
    compared: Sequence[Json],
    advice: Json,
    cost: Mapping[str, float],
    canaries: Mapping[str, float | None],
) -> Verdict:
    headline = tasks.discover()[task.name].HEADLINE
    found = result.samples(trials, task, headline, result.instruments(task)[headline])
    mine = [c for c in compared if c["task"] == task.name and c["headline"]]
    if len(found) < 2 or next(iter(found.values())).without.shape[1] < 2:
        return Verdict(task.name, None, tuple(found), {}, "not_enough_evidence", "Too few items to compare the arms.")
    fooled = _fooled(found, canaries)
    if fooled:
        return Verdict(task.name, None, tuple(found), {}, "not_enough_evidence", fooled)
    leader, ties = compare.ranking(found, {(c["a"], c["b"]): c["p_holm"] for c in mine if c["p_holm"] is not None})
    methods = {arm.id: arm.method for arm in track.arms}
    held = {m: judge(m, methods, leader, ties, mine, cost) for m in [advice["method"], *_ranked(advice, track)]}
    if min([len(s.full) for name, s in found.items() if methods[name] not in UNTRAINED] or [1]) < 2:
        held = {m: "not_tested" if h == "not_tested" else "not_enough_evidence" for m, h in held.items()}
    sentence = _sentence(task, found, leader, ties, mine) + _untested(advice, held)
    return Verdict(task.name, leader, tuple(ties), compare.p_best(found), held[advice["method"]], sentence)


def _fooled(found: Mapping[str, Sample], canaries: Mapping[str, float | None]) -> str:
    """Why an instrument decides nothing: answers given without reading do as well on it as the best arm."""
    best = max(found, key=lambda name: float(found[name].full.mean()))
    top = float(found[best].full.mean())
    above = {name: value for name, value in canaries.items() if value and value >= top}
    if not above:
        return ""
    said = ", ".join(f"{name.replace('_', ' ')} scores {100 * value:.0f}" for name, value in above.items())
    return f"The instrument failed on these items: {said}, the best arm ({best}) {100 * top:.0f} of 100. No verdict."


def _ranked(advice: Json, track: TrackPlan) -> list[str]:
    """The methods of the run in the order in which the advice ranks them."""
    tested = {arm.method for arm in track.arms}
    return [entry["method"] for entry in advice["ranking"] if entry["method"] in tested]


def _untested(advice: Json, held: Mapping[str, str]) -> str:
    """What the advice said of the methods that were tested, where its first choice was not."""
    if held[advice["method"]] != "not_tested" or len(held) < 2:
        return ""
    second = next(m for m in held if m != advice["method"])
    words = {"confirmed": "held", "refuted": "was refuted"}.get(held[second], "is undecided")
    return f" The advised {advice['method']} was not an arm; of the tested methods it ranked {second} first, which {words}."


def judge(
    advised: str,
    methods: Mapping[str, str],
    leader: str | None,
    ties: Sequence[str],
    compared: Sequence[Json],
    cost: Mapping[str, float],
) -> Any:
    """Whether the advice held: `confirmed`, `refuted`, `not_enough_evidence` or `not_tested` (design: contracts).

    `none` stands for the untrained arms. Refuted: some rival is above every advised arm, after Holm.
    """
    arms = [a for a, m in methods.items() if m == advised or (advised == "none" and m in UNTRAINED)]
    tested = [a for a in arms if any(a in (c["a"], c["b"]) for c in compared)]
    if not tested:
        return "not_tested"
    rivals = [a for a in methods if a not in arms]
    if any(all(_above(r, a, compared) for a in tested) for r in rivals):
        return "refuted"
    tied = [a for a in tested if a in ties]
    cheapest = bool(tied) and all(min(cost[a] for a in tied) <= cost[r] for r in rivals if r in ties)
    return "confirmed" if leader in tested or cheapest else "not_enough_evidence"


def _above(a: str, b: str, compared: Sequence[Json]) -> bool:
    for c in compared:
        if {c["a"], c["b"]} == {a, b} and c["p_holm"] is not None and c["difference"]:
            higher = c["a"] if c["difference"] > 0 else c["b"]
            return bool(higher == a and c["p_holm"] < compare.ALPHA)
    return False


def _sentence(
    task: TaskPlan, found: Mapping[str, Sample], leader: str | None, ties: Sequence[str], mine: Sequence[Json]
) -> str:
    title = tasks.discover()[task.name].TITLE
    ranked = sorted(found, key=lambda a: -float(found[a].full.mean()))
    best, second = ranked[0], ranked[1]
    c = next(c for c in mine if {c["a"], c["b"]} == {best, second})
    sign = 1 if c["a"] == best else -1
    gap = _points(sign * c["difference"], sorted(sign * v for v in c["ci95"]) if c["ci95"] else None)
    if leader:
        text = f"{leader} leads on {title}: {gap} over {second}, the next best."
    else:
        text = f"Not enough evidence to name one leader on {title}: {', '.join(ties)} are not told apart. "
        text += f"{best} − {second}: {gap}"
        text += (
            f"; a true difference of {100 * c['mde']:.0f} points is found four times in five before correction."
            if c["mde"]
            else "."
        )
    return text + _caveats(found, [best, second])


def _points(value: float, interval: Sequence[float] | None) -> str:
    bounds = f" (95 % interval {_signed(interval[0])} to {_signed(interval[1])})" if interval else ""
    return f"{_signed(value)} points{bounds}"


def _signed(share: float) -> str:
    return f"{round(100 * share, 1) + 0.0:+.1f}"  # adding 0 turns −0 into 0


def _caveats(found: Mapping[str, Sample], names: Sequence[str]) -> str:
    trained = [len(s.full) for n, s in found.items() if n not in UNTRAINED]
    clusters = found[names[0]].without.shape[1]
    text = ""
    if trained and min(trained) == 1:
        text += " One seed: this speaks of these adapters, not of the methods."
    if clusters < compare.FEW_CLUSTERS:
        text += f" Only {clusters} clusters: the interval is rough."
    return text


def claims(tracks: Sequence[Json]) -> list[Json]:
    """What people expect of SFT and DPO, with what this run says of it."""
    made = [c for track in tracks if (c := _cheaper(track))]
    for track in tracks:
        for a, b, task in _EXPECTED:
            found = [
                c for c in track["comparisons"] if c["headline"] and c["task"] == task and {c["a"], c["b"]} == {a, b}
            ]
            made += [_claim(track, a, b, task, c) for c in found if c["ci95"]]
    return made


_EXPECTED = [
    ("sft", "dpo", "rag_faithfulness"),
    ("sft", "dpo", "answer_quality"),
    ("dpo", "sft", "values"),
    ("dpo", "sft", "preference"),
]


def _claim(track: Json, a: str, b: str, task: str, c: Json) -> Json:
    sign = 1 if c["a"] == a else -1
    low, high = sorted(sign * v for v in c["ci95"])
    title = tasks.discover()[task].TITLE
    return {
        "text": f"{a} does more for “{title}” than {b} (track {track['id']})",
        "estimate": sign * c["difference"],
        "ci95": [low, high],
        "holds": None if c["p_holm"] is None or c["p_holm"] >= compare.ALPHA or c["seeds"] < 2 else low > 0,
        "unit": "share",
    }


def _cheaper(track: Json) -> Json | None:
    """Seconds per example of DPO over SFT, Student interval on the logarithm over seeds."""
    from scipy.stats import t

    per = {a["id"]: a["per_seed_seconds_per_example"] for a in track["arms"] if a["id"] in {"sft", "dpo"}}
    if len(per) < 2 or not all(per.values()):
        return None
    logs = np.log(np.array(per["dpo"][: len(per["sft"])]) / np.array(per["sft"][: len(per["dpo"])]))
    middle, seeds = float(logs.mean()), len(logs)
    half = float(t.ppf(0.975, seeds - 1) * logs.std(ddof=1) / math.sqrt(seeds)) if seeds > 1 else None
    interval = None if half is None else [math.exp(middle - half), math.exp(middle + half)]
    return {
        "text": f"dpo costs more training seconds per example than sft, its reference pass included (ratio; track {track['id']})",
        "estimate": math.exp(middle),
        "ci95": interval,
        "holds": None if interval is None or interval[0] <= 1 <= interval[1] else interval[0] > 1,
        "unit": "ratio",
    }
