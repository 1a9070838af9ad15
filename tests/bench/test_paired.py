"""Items gained and lost against the base model, McNemar's test of them, and how far instruments agree: by hand."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from bench import paired
from bench.types import ArmPlan, TaskPlan, TrackPlan

TASK = TaskPlan("values", "own", True)


def row(
    item: str, score: float | None, contrast: float | None = None, kind: str = "policy", **other: Any
) -> dict[str, Any]:
    scores = {"adherence" if kind == "policy" else "neutral": score, "contrast": contrast}
    return {"task": "values", "source": "own", "item": item, "cluster": item[0], "scores": scores, **other}


def track(*arms: str) -> TrackPlan:
    plans = tuple(ArmPlan(name, name if name in {"base", "prompt"} else "sft", (0,)) for name in arms)
    return TrackPlan(id="own", source="own.jsonl", sha256="0" * 64, arms=plans, tasks=(TASK,))


def test_items_gained_and_lost_are_counted_against_the_base_model() -> None:
    trials = {
        "base": {0: [row("a1", 0.0), row("a2", 1.0), row("b1", 0.0, kind="neutral"), row("b2", 1.0), row("c1", None)]},
        "sft": {0: [row("a1", 1.0), row("a2", 0.0), row("b1", 1.0, kind="neutral"), row("b2", 1.0), row("c1", 1.0)]},
    }
    assert paired.flipped(trials, track("base", "sft")) == {
        "values": {"sft": {"gained": 2, "lost": 1, "items": 4, "mcnemar_p": 1.0}}
    }


def test_of_several_seeds_most_decide() -> None:
    seeds = {n: [row("a1", float(n < 2)), row("a2", float(n < 1))] for n in range(3)}
    trials = {"base": {0: [row("a1", 0.0), row("a2", 0.0)]}, "sft": seeds}
    found = paired.flipped(trials, track("base", "sft"))["values"]["sft"]
    assert (found["gained"], found["lost"], found["items"]) == (1, 0, 2)


def test_another_tasks_rows_and_a_run_without_base_count_nothing() -> None:
    other = [row("a1", 1.0, task="rag_faithfulness")]
    assert paired.flipped({"base": {0: other}, "sft": {0: other}}, track("base", "sft")) == {}
    assert paired.flipped({"sft": {0: [row("a1", 1.0)]}}, track("sft")) == {}


@given(st.integers(0, 40), st.integers(0, 40))
def test_mcnemar_is_the_exact_binomial_test(gained: int, lost: int) -> None:
    expected = stats.binomtest(gained, gained + lost).pvalue if gained + lost else 1.0
    assert paired.mcnemar(gained, lost) == pytest.approx(expected)


def test_agreement_is_the_correlation_over_all_arms_answers() -> None:
    right = [1.0, 1.0, 0.0, 0.0, 1.0, 0.0]
    beside = [1.0, 0.5, 0.0, 1.0, 1.0, 0.0]
    rows = [row(f"{c}{n}", r, b) for n, (c, r, b) in enumerate(zip("aabbcc", right, beside, strict=True))]
    found = paired.agreement({"base": {0: rows[:3]}, "sft": {0: rows[3:]}}, track("base", "sft"))["values"]["contrast"]
    assert found["correlation"] == pytest.approx(stats.pearsonr(right, beside).statistic)
    assert found["answers"] == 6
    assert found["ci95"][0] < found["correlation"] < found["ci95"][1]


def test_what_does_not_vary_agrees_with_nothing() -> None:
    rows = [row("a1", 1.0, 1.0), row("b1", 1.0, 0.0)]
    assert paired.agreement({"base": {0: rows}}, track("base")) == {}
