"""Signs in what trials logged and answered that something went wrong, or says less than it seems to.

Pure functions. What each sign means, and where its threshold comes from, stands in bench/meanings.py.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bench import answers, shortcuts
from bench.meanings import SIGNATURES
from bench.types import Signature

Json = dict[str, Any]
NEAR, FALLEN = 0.02, -0.1
RISE, STEPS = 1.1, 8
PAIRS, AT_ONCE = 64, 0.99
LEARNED, HELD_OUT, FEW = 0.9, 0.6, 20
SAME = 0.9
DEGENERATE = frozenset({"no_end", "loops", "one_answer"})


@dataclass(frozen=True, slots=True)
class Trial:
    """What a finished trial left, beside what the untrained model left on the same items."""

    arm: str
    seed: int
    batch: int
    """Examples or pairs a step."""
    log: Sequence[Json]
    """As TRL logs it, a line a step; a line of a method of several parts names its `part`."""
    rows: Sequence[Json]
    """Of its items.jsonl."""
    base: Sequence[Json]
    """Of the untrained model's."""


def of_trial(trial: Trial, deciding: answers.Golds, pairs: shortcuts.Pairs, train: shortcuts.Train) -> list[Signature]:
    """All signs of one trial, in the order of SIGNATURES.

    `deciding`: gold answers of the deciding tasks' items; `pairs`: task → item → (chosen, rejected); `train`: pairs to
    learn shortcuts from.
    """
    said = answers.compare(trial.rows, trial.base, deciding)
    found = {**_of_log(trial.log, trial.batch), **_of_answers(said, trial)}
    if any("rewards/margins" in line for line in trial.log):
        found |= _of_pairs(trial, said, pairs, train)
    if "displacement" in found and DEGENERATE & set(found):
        found["displacement"] = replace(found["displacement"], severity="fail")
    return [replace(found[code], arm=trial.arm, seed=trial.seed) for code in SIGNATURES if code in found]


Found = dict[str, Signature]


def _sign(code: str, severity: Any, **numbers: float | str) -> Found:
    return {code: Signature(code, "", 0, severity, numbers)}


def _mean(lines: Sequence[Json], name: str) -> float:
    """Mean of what is a number; NaN where nothing is."""
    values = [v for line in lines if (v := line.get(name)) is not None]
    return sum(values) / len(values) if values else math.nan


def _of_log(log: Sequence[Json], batch: int) -> Found:
    found = zero_loss(log)
    for part in dict.fromkeys(line.get("part") for line in log):
        lines = [line for line in log if line.get("part") == part]
        found |= loss_rises(lines)
        if "rewards/margins" in lines[0]:
            found |= {**start(lines), **stuck(lines), **displacement(lines, batch)}
    return found


def zero_loss(log: Sequence[Json]) -> Found:
    """Steps on which nothing was trained, or whose numbers overflowed (logged as null)."""
    bad = sum(not line.get("loss") for line in log)
    return _sign("zero_loss", "fail" if bad == len(log) else "warn", steps=bad, of=len(log)) if bad else {}


def loss_rises(lines: Sequence[Json]) -> Found:
    """The last quarter of a part's steps against its first; of DPO, whose loss starts at ln 2, the second half against that."""
    quarter = len(lines) // 4
    pairwise = "rewards/margins" in lines[0]
    first = math.log(2) + NEAR if pairwise else RISE * _mean(lines[:quarter], "loss")
    last = _mean(lines[len(lines) // 2 :] if pairwise else lines[-quarter:], "loss")
    if len(lines) < STEPS or not last > first:
        return {}
    return _sign("loss_rises", "warn", loss=last, limit=first, steps=len(lines))


def start(lines: Sequence[Json]) -> Found:
    """DPO's first loss."""
    loss = lines[0].get("loss")
    if loss is not None and abs(loss - math.log(2)) <= NEAR:
        return {}
    return _sign("start", "fail", loss="not finite" if loss is None else loss)


def stuck(lines: Sequence[Json]) -> Found:
    """DPO's loss over its second half."""
    half = _mean(lines[len(lines) // 2 :], "loss")
    return _sign("stuck", "warn", loss=half, steps=len(lines)) if abs(half - math.log(2)) <= NEAR else {}


def displacement(lines: Sequence[Json], batch: int) -> Found:
    """Margin above 0 while both sides got less likely, over the last quarter and at least ten pairs."""
    last = lines[-max(len(lines) // 4, math.ceil(10 / batch)) :]
    chosen, rejected = _mean(last, "rewards/chosen"), _mean(last, "rewards/rejected")
    if not (chosen - rejected > 0 and max(chosen, rejected) < FALLEN):
        return {}
    return _sign("displacement", "warn", chosen=chosen, rejected=rejected, margin=chosen - rejected)


def _of_answers(said: answers.Compared, trial: Trial) -> Found:
    found: Found = {}
    for code, numbers in answers.signs(said).items():
        found |= _sign(code, "warn", **numbers)
    if answers.equal(trial.rows, trial.base):
        return {"equal_to_base": _sign("equal_to_base", "fail", rows=len(trial.rows))["equal_to_base"]}
    gated = answers.gated(trial.rows)
    if gated["wrong"]:
        found |= _sign("not_coherent", "warn" if gated["wrong"] >= 0.1 * gated["of"] else "info", **gated)
    return found


def _of_pairs(trial: Trial, said: answers.Compared, pairs: shortcuts.Pairs, train: shortcuts.Train) -> Found:
    """Signs of methods that train on pairs."""
    found: Found = {}
    lines = [line for line in trial.log if "rewards/margins" in line]
    steps = math.ceil(PAIRS / trial.batch)
    early, late = lines[1 : 1 + steps], lines[-steps:]
    accuracy = _mean(early, "rewards/accuracies")
    if len(early) == steps and accuracy >= AT_ONCE and said.of >= 10 and said.same >= SAME * said.of:
        found |= _sign("separable", "warn", accuracy=accuracy, same=said.same, of=said.of)
    learned, held = _mean(late, "rewards/accuracies"), held_out(trial.rows, trial.base)
    # The parts after the first have another reference than the base model, whose log-probabilities are not in the files.
    whole = len(late) == steps and not any("part" in line for line in lines)
    if whole and len(held) >= FEW and learned >= LEARNED and sum(held) / len(held) < HELD_OUT:
        found |= _sign("memorised", "warn", training=learned, held_out=sum(held) / len(held), pairs=len(held))
    reached = shortcuts.reached(trial.rows, pairs, train)
    return found | (_sign("shortcut", "warn", **reached) if reached else {})


def held_out(rows: Sequence[Json], base: Sequence[Json]) -> list[float]:
    """Of each held-out pair whether its implicit reward (arXiv:2305.18290) is higher on the chosen side; ½ for a tie."""
    before = {_key(r): r["logprobs"] for r in base if len(r["lengths"]) > 1 and None not in r["logprobs"]}
    found: dict[Any, float] = {}
    for r in rows:
        if _key(r) in before and None not in r["logprobs"]:
            margin = r["logprobs"][0] - r["logprobs"][1] - (before[_key(r)][0] - before[_key(r)][1])
            found[r["source"], r["item"]] = 0.5 if margin == 0 else float(margin > 0)
    return list(found.values())


def _key(row: Mapping[str, Any]) -> tuple[str, str, str]:
    return row["task"], row["source"], row["item"]
