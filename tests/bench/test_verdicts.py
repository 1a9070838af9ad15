"""What the numbers decide, whether the advice held, and what answers no model gave would score."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from bench import result, verdicts
from bench.types import ArmPlan, TaskPlan, TrackPlan, Verdict
from bench.verdicts import judge

Json = dict[str, Any]
METHODS = {"base": "base", "prompt": "prompt", "sft": "sft", "dpo": "dpo"}
COST = {"base": 0.0, "prompt": 0.0, "sft": 1.0, "dpo": 2.0}


def compared(*ranked: Sequence[str], apart: float = 0.001) -> list[Json]:
    """Comparisons of every pair of arms, best group first: arms of one group are not told apart."""
    place = {arm: n for n, group in enumerate(ranked) for arm in group}
    arms = list(place)
    return [
        {
            "a": a,
            "b": b,
            "difference": float(place[b] - place[a]) or 0.01,
            "p_holm": apart if place[a] != place[b] else 0.6,
        }
        for n, a in enumerate(arms)
        for b in arms[:n]
    ]


def judged(
    advised: str, *ranked: Sequence[str], methods: Mapping[str, str] = METHODS, cost: Mapping[str, float] = COST
) -> Any:
    """The verdict on the advice when arms come out in this order."""
    best = ranked[0]
    leader = best[0] if len(best) == 1 else None
    return judge(advised, methods, leader, best, compared(*ranked), cost)


# Did the advice hold?


@pytest.mark.parametrize(
    ("advised", "ranked"),
    [
        ("sft", (["sft"], ["dpo"], ["base", "prompt"])),
        ("sft", (["sft", "dpo"], ["base", "prompt"])),
        ("dpo", (["dpo"], ["sft", "prompt", "base"])),
        ("none", (["prompt"], ["sft", "dpo"], ["base"])),
        ("none", (["base", "prompt", "sft", "dpo"],)),
        ("none", (["prompt", "sft"], ["dpo", "base"])),
    ],
    ids=["leads", "ties, cheaper", "dpo leads", "prompt leads", "training adds nothing", "prompt ties, cheaper"],
)
def test_advice_is_confirmed_when_its_arm_leads_or_ties_at_lower_cost(
    advised: str, ranked: Sequence[Sequence[str]]
) -> None:
    assert judged(advised, *ranked) == "confirmed"


@pytest.mark.parametrize(
    ("advised", "ranked"),
    [
        ("sft", (["dpo"], ["sft"], ["base", "prompt"])),
        ("sft", (["prompt"], ["sft", "dpo", "base"])),
        ("dpo", (["sft", "prompt"], ["dpo", "base"])),
        ("none", (["sft"], ["dpo", "prompt", "base"])),
    ],
    ids=["rival method", "prompting", "two rivals", "training helps"],
)
def test_advice_is_refuted_when_a_rival_lies_above_it(advised: str, ranked: Sequence[Sequence[str]]) -> None:
    assert judged(advised, *ranked) == "refuted"


@pytest.mark.parametrize(
    ("advised", "ranked"),
    [
        ("dpo", (["sft", "dpo"], ["base", "prompt"])),
        ("sft", (["sft", "prompt"], ["dpo", "base"])),
        ("sft", (["base", "prompt", "sft", "dpo"],)),
    ],
    ids=["ties, dearer", "ties with prompting", "nothing told apart"],
)
def test_a_tie_with_something_cheaper_is_not_enough_evidence(advised: str, ranked: Sequence[Sequence[str]]) -> None:
    assert judged(advised, *ranked) == "not_enough_evidence"


@pytest.mark.parametrize("advised", ["kto", "fix_data", "rlhf", "cpt"])
def test_advice_no_arm_stands_for_is_not_tested(advised: str) -> None:
    assert judged(advised, ["sft"], ["dpo"], ["base", "prompt"]) == "not_tested"


def test_an_arm_that_was_not_scored_does_not_test_the_advice() -> None:
    assert judged("dpo", ["sft"], ["base", "prompt"]) == "not_tested"


def test_one_of_two_prompts_above_does_not_refute_the_other_untrained_arm() -> None:
    assert judged("none", ["prompt"], ["base"], ["sft", "dpo"]) == "confirmed"
    assert judged("none", ["sft"], ["prompt"], ["base", "dpo"]) == "refuted"
    assert judged("none", ["sft", "prompt"], ["base"], ["dpo"]) == "confirmed"


def test_a_method_that_stands_twice_is_refuted_only_when_both_its_arms_are_beaten() -> None:
    methods, cost = METHODS | {"sft-2": "sft"}, COST | {"sft-2": 1.0}
    beaten = (["dpo"], ["sft", "sft-2"], ["base", "prompt"])
    one_ties = (["dpo", "sft-2"], ["sft"], ["base", "prompt"])
    assert judged("sft", *beaten, methods=methods, cost=cost) == "refuted"
    assert judged("sft", *one_ties, methods=methods, cost=cost) == "confirmed"


def test_a_difference_that_holm_does_not_let_stand_decides_nothing() -> None:
    almost = compared(["dpo"], ["sft"], ["base", "prompt"], apart=0.05)
    assert judge("sft", METHODS, None, list(METHODS), almost, COST) == "not_enough_evidence"


@pytest.mark.parametrize(
    ("ranked", "alike", "verdict"),
    [
        ((["sft", "dpo"], ["base", "prompt"]), True, "confirmed"),
        ((["sft", "dpo"], ["base", "prompt"]), False, "not_enough_evidence"),
        ((["sft"], ["dpo"], ["base", "prompt"]), False, "refuted"),
    ],
    ids=["equivalent", "undecided", "one is better"],
)
def test_either_is_confirmed_by_equivalence_alone(ranked: Sequence[Sequence[str]], alike: bool, verdict: str) -> None:
    found = [c | {"equivalent": alike} for c in compared(*ranked)]
    assert judge("either", METHODS, None, [], found, COST) == verdict


# Verdicts from item rows

RAG = TaskPlan("rag_faithfulness", "own", True)


def rows(clusters: int, right: float, luck: str = "") -> list[Json]:
    """One trial: in each cluster an answerable and an unanswerable item, right with probability `right`."""
    random_ = random.Random(luck)  # noqa: S311
    return [
        {
            "task": "rag_faithfulness",
            "source": "own",
            "item": f"{kind}-{g}",
            "cluster": f"doc-{g:02}",
            "scores": {"answered": None, "declined": None, kind: float(random_.random() < right)},
        }
        for g in range(clusters)
        for kind in ("answered", "declined")
    ]


def advice(*ranked: str) -> Json:
    """A recommendation: its first method, and the order of all it ranks."""
    return {"method": ranked[0], "ranking": [{"method": m, "score": 1.0, "because": []} for m in ranked]}


def decided(
    trials: dict[str, dict[int, list[Json]]], *advised: str, canaries: Mapping[str, Mapping[str, float]] | None = None
) -> Verdict:
    arms = tuple(ArmPlan(a, METHODS[a], tuple(seeds)) for a, seeds in trials.items())
    track = TrackPlan("own", "data.jsonl", "0" * 64, arms, (RAG,))
    [found] = result.adjust([result.comparisons(trials, track)])
    [verdict] = verdicts.verdicts(trials, track, found, advice(*(advised or ("sft",))), COST, canaries or {})
    return verdict


def trained(clusters: int, right: float, seeds: int) -> dict[int, list[Json]]:
    return {seed: rows(clusters, right, f"{right} {seed}") for seed in range(seeds)}


def test_an_instrument_that_answers_without_reading_win_decides_nothing() -> None:
    trials = {"base": {0: rows(40, 0.2)}, "sft": trained(40, 0.9, 3), "dpo": trained(40, 0.3, 3)}
    found = decided(trials, canaries={"rag_faithfulness": {"always_decline": 0.95, "copy_context": 0.1}})
    assert (found.leader, found.advice) == (None, "not_enough_evidence")
    assert found.sentence.startswith(
        "The instrument failed on these items: always decline scores 95, the best arm (sft)"
    )


def test_canaries_at_nothing_fool_no_instrument_even_if_all_arms_fail() -> None:
    trials = {"base": {0: rows(40, 0.0)}, "sft": trained(40, 0.0, 3)}
    assert "instrument failed" not in decided(trials, canaries={"rag_faithfulness": {"copy_context": 0.0}}).sentence


def test_a_clear_leader_is_named_with_effect_and_interval() -> None:
    found = decided({"base": {0: rows(40, 0.2)}, "sft": trained(40, 0.9, 3), "dpo": trained(40, 0.3, 3)})
    assert (found.task, found.leader, found.tie_set, found.advice) == ("rag_faithfulness", "sft", ("sft",), "confirmed")
    assert re.fullmatch(
        r"sft leads on RAG faithfulness: \+[5-7]\d\.\d points \(95 % interval \+[\d.]+ to \+[\d.]+\) over dpo, the next best\.",
        found.sentence,
    )
    assert found.p_best["sft"] == pytest.approx(1, abs=0.001)
    assert list(found.p_best) == ["base", "sft", "dpo"]


def test_arms_that_are_not_told_apart_are_a_tie_set_with_the_effect_that_would_show() -> None:
    found = decided({"base": {0: rows(40, 0.1)}, "sft": trained(40, 0.5, 3), "dpo": trained(40, 0.55, 3)})
    assert found.leader is None
    assert found.tie_set == ("sft", "dpo")
    assert re.fullmatch(
        r"Not enough evidence to name one leader on RAG faithfulness: sft, dpo are not told apart\. "
        r"(sft − dpo|dpo − sft): \+[\d.]+ points \(95 % interval −[\d.]+ to \+[\d.]+\); "
        r"a true difference of \d+ points is found four times in five\."
        r"( To find 10 points as often, take [^.]+ \(now 3 and 80\)\.)?",
        found.sentence,
    )
    assert sum(found.p_best.values()) == pytest.approx(1)


def test_so_few_items_that_nothing_could_show_are_told_so() -> None:
    found = decided({"sft": trained(4, 0.4, 2), "dpo": trained(4, 0.6, 2)})
    assert "; no true difference, however large, would be found four times in five." in found.sentence


def test_arms_shown_to_be_alike_are_told_so_and_the_cheapest_is_named() -> None:
    trials = {"sft": trained(1500, 0.5, 3), "dpo": trained(1500, 0.51, 3)}
    found = decided(trials, "either")
    assert (found.leader, found.equivalent, found.advice, found.settle) == (None, ("sft", "dpo"), "confirmed", None)
    assert found.sentence.endswith(" They differ by less than 10 points: take the cheapest, sft.")


def test_undecided_says_what_would_settle_it() -> None:
    found = decided({"base": {0: rows(40, 0.1)}, "sft": trained(40, 0.5, 3), "dpo": trained(40, 0.52, 3)})
    assert found.settle is not None
    assert found.settle["margin"] == 0.1
    assert found.settle["both"] is not None
    assert found.settle["both"] > 1
    assert " To find 10 points as often, take " in found.sentence


def test_a_rival_above_the_advised_arm_refutes_it() -> None:
    trials = {"base": {0: rows(40, 0.2)}, "sft": trained(40, 0.3, 3), "dpo": trained(40, 0.9, 3)}
    assert decided(trials, "sft").advice == "refuted"
    assert decided(trials, "dpo").advice == "confirmed"
    assert decided(trials, "kto").advice == "not_tested"


def test_advice_that_no_arm_stands_for_says_what_became_of_its_next_choice() -> None:
    trials = {"base": {0: rows(40, 0.2)}, "sft": trained(40, 0.3, 3), "dpo": trained(40, 0.9, 3)}
    first = decided(trials, "kto", "dpo", "sft")
    assert first.advice == "not_tested"
    assert first.sentence.endswith(
        " The advised kto was not an arm; of the tested methods it ranked dpo first, which held."
    )
    assert decided(trials, "kto", "sft").sentence.endswith(" it ranked sft first, which was refuted.")
    assert "was not an arm" not in decided(trials, "dpo", "kto").sentence
    assert "was not an arm" not in decided(trials, "kto").sentence


def test_one_seed_and_few_clusters_are_said_beside_the_number() -> None:
    few = decided({"base": {0: rows(12, 0.2)}, "sft": trained(12, 0.9, 1)})
    assert "One seed: this speaks of these adapters, not of the methods." in few.sentence
    assert "Only 12 clusters: the interval is rough." in few.sentence
    many = decided({"base": {0: rows(20, 0.2)}, "sft": trained(20, 0.9, 2)})
    assert "One seed" not in many.sentence
    assert "clusters" not in many.sentence


def test_one_seed_neither_confirms_nor_refutes_advice_about_methods() -> None:
    trials = {"base": {0: rows(40, 0.1)}, "sft": trained(40, 0.9, 1), "dpo": trained(40, 0.2, 1)}
    assert decided(trials, "sft").leader == "sft"
    assert [decided(trials, m).advice for m in ("sft", "dpo", "none", "kto")] == [
        *["not_enough_evidence"] * 3,
        "not_tested",
    ]


@pytest.mark.parametrize(
    "trials",
    [
        {"base": {0: rows(1, 1)}, "sft": trained(1, 1, 3)},
        {"base": {0: rows(40, 0.2)}},
        {},
    ],
    ids=["one cluster", "one arm", "no arm"],
)
def test_too_little_to_compare_is_no_verdict(trials: dict[str, dict[int, list[Json]]]) -> None:
    found = decided(trials)
    assert (found.leader, found.advice, found.p_best) == (None, "not_enough_evidence", {})
    assert found.sentence == "Too few items to compare the arms."
