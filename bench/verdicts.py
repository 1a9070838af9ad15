"""What the comparisons decide, in words and against the advice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import tasks
from bench import compare, power, ranking, result
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
    if len(found) < 2 or next(iter(found.values())).clusters < 2:
        return Verdict(task.name, None, tuple(found), {}, "not_enough_evidence", "Too few items to compare the arms.")
    fooled = _fooled(found, canaries)
    if fooled:
        return Verdict(task.name, None, tuple(found), {}, "not_enough_evidence", fooled)
    leader, ties = ranking.ranking(found, {(c["a"], c["b"]): c["p_holm"] for c in mine if c["p_holm"] is not None})
    methods = {arm.id: arm.method for arm in track.arms}
    alike = _alike(ties, mine)
    held = {m: judge(m, methods, leader, ties, mine, cost) for m in [advice["method"], *_ranked(advice, track)]}
    if min([len(s.full) for name, s in found.items() if methods[name] not in UNTRAINED] or [1]) < 2:
        held = {m: "not_tested" if h == "not_tested" else "not_enough_evidence" for m, h in held.items()}
    settle = None if leader or alike else _settle(found, mine)
    sentence = _sentence(task, found, leader, ties, mine) + _alike_words(alike, cost) + _settle_words(settle, found)
    return Verdict(
        task.name,
        leader,
        tuple(ties),
        ranking.p_best(found),
        held[advice["method"]],
        sentence + _untested(advice, held),
        alike,
        None if settle is None else asdict(settle),
    )


def _alike(ties: Sequence[str], mine: Sequence[Json]) -> tuple[str, ...]:
    """The tie set, where every two of its arms are shown to differ by less than what would matter."""
    among = [c for c in mine if c["a"] in ties and c["b"] in ties]
    return tuple(ties) if len(ties) > 1 and all(c["equivalent"] for c in among) else ()


def _alike_words(alike: Sequence[str], cost: Mapping[str, float]) -> str:
    if not alike:
        return ""
    cheapest = min(alike, key=cost.__getitem__)
    return f" They differ by less than {100 * power.MARGIN:.0f} points: take the cheapest, {cheapest}."


def _ends(found: Mapping[str, Sample]) -> tuple[str, str]:
    """The best arm and the next best."""
    best, second, *_ = sorted(found, key=lambda a: -float(found[a].full.mean()))
    return best, second


def _settle(found: Mapping[str, Sample], mine: Sequence[Json]) -> power.Settle:
    best, second = _ends(found)
    family = next((c["family"] for c in mine if c["family"]), 1)
    return power.settle(compare.estimate(found[best], found[second]), family)


def _settle_words(settle: power.Settle | None, found: Mapping[str, Sample]) -> str:
    """What would find a difference that matters: more seeds, more items, or more of both."""
    if settle is None or settle.both is None:
        return ""
    arms = [found[name] for name in _ends(found)]
    seeds, items = max(len(s.full) for s in arms), arms[0].n
    more = {
        "seeds": f"{power.rounded(seeds, settle.seeds)} seeds" if settle.seeds else None,
        "items": f"{power.rounded(items, settle.items)} items" if settle.items else None,
        "both": f"{power.rounded(seeds, settle.both)} seeds with {power.rounded(items, settle.both)} items",
    }
    ways = " or ".join(filter(None, (more["seeds"], more["items"]))) or more["both"]
    return f" To find {100 * settle.margin:.0f} points as often, take {ways} (now {seeds} and {items})."


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

    `none` stands for the untrained arms. Refuted: some rival is above every advised arm, after Holm. `either` says that
    the trained arms are equivalent: refuted where one is above another.
    """
    if advised == "either":
        return _either([a for a, m in methods.items() if m not in UNTRAINED], compared)
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


def _either(trained: Sequence[str], compared: Sequence[Json]) -> Any:
    among = [c for c in compared if c["a"] in trained and c["b"] in trained]
    if not among:
        return "not_tested"
    if any(_above(a, b, among) for a in trained for b in trained if a != b):
        return "refuted"
    return "confirmed" if all(c["equivalent"] for c in among) else "not_enough_evidence"


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
    best, second = _ends(found)
    c = next(c for c in mine if {c["a"], c["b"]} == {best, second})
    sign = 1 if c["a"] == best else -1
    gap = _points(sign * c["difference"], sorted(sign * v for v in c["ci95"]) if c["ci95"] else None)
    if leader:
        text = f"{leader} leads on {title}: {gap} over {second}, the next best."
    else:
        text = f"Not enough evidence to name one leader on {title}: {', '.join(ties)} are not told apart. "
        text += f"{best} − {second}: {gap}{_detects(c['mde_holm'])}."
    return text + _caveats(found, [best, second])


def _detects(mde: float | None) -> str:
    if not mde:
        return ""
    if mde > 1:
        return "; no true difference, however large, would be found four times in five"
    return f"; a true difference of {100 * mde:.0f} points is found four times in five"


def _points(value: float, interval: Sequence[float] | None) -> str:
    bounds = f" (95 % interval {_signed(interval[0])} to {_signed(interval[1])})" if interval else ""
    return f"{_signed(value)} points{bounds}"


def _signed(share: float) -> str:
    return f"{round(100 * share, 1) + 0.0:+.1f}".replace("-", "−")  # adding 0 turns −0 into 0


def _caveats(found: Mapping[str, Sample], names: Sequence[str]) -> str:
    trained = [len(s.full) for n, s in found.items() if n not in UNTRAINED]
    clusters = min(found[name].clusters for name in names)
    text = ""
    if trained and min(trained) == 1:
        text += " One seed: this speaks of these adapters, not of the methods."
    if clusters < compare.FEW_CLUSTERS:
        text += f" Only {clusters} clusters: the interval is rough."
    return text
