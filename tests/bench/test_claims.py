"""What people expect of SFT and DPO, and what the numbers say of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from bench.claims import claims

Json = dict[str, Any]


def arm(id_: str, seconds: Sequence[float]) -> Json:
    return {"id": id_, "seeds": [0, 1, 2], "per_seed_seconds_per_example": list(seconds)}


def comparison(
    a: str, b: str, difference: float, low: float, high: float, seeds: int = 3, p_holm: float | None = None
) -> Json:
    return {
        "task": "rag_faithfulness",
        "headline": True,
        "a": a,
        "b": b,
        "difference": difference,
        "ci95": [low, high],
        "p_holm": p_holm or (0.6 if low <= 0 <= high else 0.001),
        "seeds": seeds,
    }


def track(*compared_: Json, sft: Sequence[float] = (1.0, 1.1, 0.9), dpo: Sequence[float] = (2.0, 2.2, 1.8)) -> Json:
    arms = [arm("base", []), arm("sft", sft), arm("dpo", dpo)]
    return {"id": "own", "arms": arms, "comparisons": list(compared_), "verdicts": [verdict({"sft": 0.9, "dpo": 0.1})]}


def verdict(p_best: Json) -> Json:
    return {"task": "rag_faithfulness", "p_best": p_best}


def test_cost_is_a_ratio_with_an_interval_over_seeds() -> None:
    [claim] = claims([track()])
    assert claim["text"] == (
        "dpo costs more training seconds per example than sft, its reference pass included (ratio; track own)"
    )
    assert claim["estimate"] == pytest.approx(2.0)
    assert claim["ci95"][0] <= 2.0 <= claim["ci95"][1]
    assert claim["holds"] is True


@pytest.mark.parametrize(
    ("dpo", "holds"), [((0.5, 0.5, 0.6), False), ((0.8, 1.0, 1.3), None)], ids=["cheaper", "unclear"]
)
def test_cost_may_turn_out_otherwise(dpo: Sequence[float], holds: bool | None) -> None:
    assert claims([track(dpo=dpo)])[0]["holds"] is holds


def test_one_seed_claims_nothing() -> None:
    cost, effect = claims([track(comparison("dpo", "sft", -0.2, -0.3, -0.1, seeds=1), sft=[1.0], dpo=[2.0])])
    assert (cost["estimate"], cost["ci95"], cost["holds"]) == (2.0, None, None)
    assert (effect["estimate"], effect["holds"]) == (0.2, None)


@pytest.mark.parametrize(
    ("low", "high", "holds"), [(-0.3, -0.1, True), (0.1, 0.3, False), (-0.1, 0.1, None), (0.0, 0.2, None)]
)
def test_an_expectation_holds_fails_or_stays_open_by_its_interval(low: float, high: float, holds: bool | None) -> None:
    [claim] = claims([track(comparison("dpo", "sft", (low + high) / 2, low, high), dpo=[])])
    assert claim["text"] == "sft does more for “RAG faithfulness” than dpo (track own)"
    assert claim["estimate"] == pytest.approx(-(low + high) / 2)
    assert claim["ci95"] == pytest.approx([-high, -low])
    assert claim["holds"] is holds


def test_an_interval_that_does_not_survive_correction_claims_nothing() -> None:
    [claim] = claims([track(comparison("dpo", "sft", -0.2, -0.3, -0.1, p_holm=0.2), dpo=[])])
    assert claim["holds"] is None


def test_an_instrument_that_failed_claims_nothing() -> None:
    found = track(comparison("dpo", "sft", -0.2, -0.3, -0.1), dpo=[])
    [claim] = claims([found | {"verdicts": [verdict({})]}])
    assert (claim["estimate"], claim["holds"]) == (0.2, None)


def test_one_seed_does_not_claim_that_a_method_forgets() -> None:
    sft = kept("sft", 0.8, 0.75, 0.85) | {"seeds": [0]}
    [claim] = claims([{"id": "own", "arms": [sft], "comparisons": [], "verdicts": []}])
    assert (claim["estimate"], claim["holds"]) == (pytest.approx(0.2), None)


def test_whichever_way_round_a_comparison_stands_it_says_the_same() -> None:
    [one] = claims([track(comparison("dpo", "sft", -0.2, -0.3, -0.1), dpo=[])])
    [two] = claims([track(comparison("sft", "dpo", 0.2, 0.1, 0.3), dpo=[])])
    assert one == two


def test_without_dpo_there_is_nothing_to_claim() -> None:
    assert (
        claims([{"id": "own", "arms": [arm("base", []), arm("sft", [1.0])], "comparisons": [], "verdicts": []}]) == []
    )


def kept(arm_: str, mean: float, low: float, high: float) -> Json:
    return arm(arm_, []) | {"scores": {"forgetting": {"kept": {"mean": mean, "ci95": [low, high]}}}}


def drift(difference: float, low: float, high: float, p: float) -> Json:
    return comparison("dpo", "sft", difference, low, high) | {
        "task": "forgetting",
        "instrument": "kept",
        "headline": False,
        "p": p,
        "p_holm": None,
    }


def test_what_each_forgets_is_told_with_its_interval_and_who_forgets_less() -> None:
    arms = [kept("base", 1, 1, 1), kept("sft", 0.8, 0.75, 0.85), kept("dpo", 0.98, 0.95, 1.0)]
    sft, dpo, less = claims(
        [{"id": "own", "arms": arms, "comparisons": [drift(0.18, 0.12, 0.24, 0.001)], "verdicts": []}]
    )
    assert [(c["estimate"], c["ci95"], c["holds"]) for c in (sft, dpo)] == [
        (pytest.approx(0.2), pytest.approx([0.15, 0.25]), True),
        (pytest.approx(0.02), pytest.approx([0.0, 0.05]), None),
    ]
    assert sft["text"].startswith("sft forgets")
    assert (less["estimate"], less["ci95"], less["holds"]) == (0.18, [0.12, 0.24], True)
    assert less["text"].startswith("dpo keeps more of general text than sft")


def test_forgetting_alike_is_no_claim() -> None:
    [claim] = claims([{"id": "own", "arms": [], "comparisons": [drift(0.01, -0.05, 0.07, 0.6)], "verdicts": []}])
    assert claim["holds"] is None
