"""What a comparison could show, when it shows there is nothing to show, and what would settle it."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from bench import compare, power
from bench.compare import Estimate


def estimate(value: float, se: float, df: float = 30.0, v_seeds: float = 0.0) -> Estimate:
    return Estimate(value, (value - 2 * se, value + 2 * se), se, df, 0.5, None, 3, 30, v_seeds)


def test_alone_it_is_the_effect_that_the_comparison_states() -> None:
    random = np.random.default_rng(0)
    rows = [[(f"c{g}", {"x": float(random.random() < 0.5)}) for g in range(50)] for _ in range(3)]
    clusters = [f"c{g}" for g in range(50)]
    sample = compare.sample(rows, clusters, lambda many: float(np.mean([m["x"] for m in many])))
    assert sample is not None
    e = compare.estimate(sample)
    assert power.detectable(e) == pytest.approx(e.mde)


def test_correction_costs_what_bonferroni_costs() -> None:
    e = estimate(0.0, 0.05)
    shown = power.detectable(e, 12)
    assert shown == pytest.approx((stats.t.ppf(1 - 0.05 / 24, 30) + stats.t.ppf(0.8, 30)) * 0.05)
    assert shown > (power.detectable(e) or math.inf)


def test_a_true_difference_of_that_size_is_found_four_times_in_five_by_the_first_step_of_holm() -> None:
    random, se, df, family = np.random.default_rng(1), 0.05, 30, 6
    shown = power.detectable(estimate(0.0, se, df), family)
    assert shown is not None
    drawn = shown / se + random.standard_normal(40_000)
    t = drawn / np.sqrt(random.chisquare(df, 40_000) / df)
    found = float((2 * stats.t.sf(np.abs(t), df) < 0.05 / family).mean())
    assert found == pytest.approx(0.8, abs=0.02)


def test_arms_that_differ_by_the_margin_are_called_alike_at_most_one_time_in_twenty() -> None:
    random = np.random.default_rng(2)
    called = [
        power.equivalent(estimate(power.MARGIN + 0.02 * random.standard_normal(), 0.02 * s, 20))
        for s in np.sqrt(random.chisquare(20, 20_000) / 20)
    ]
    assert np.mean([bool(c) for c in called]) == pytest.approx(0.05, abs=0.006)


@pytest.mark.parametrize(
    ("value", "se", "alike"), [(0.0, 0.01, True), (0.05, 0.01, True), (0.0, 0.1, False), (0.12, 0.001, False)]
)
def test_alike_means_close_and_known_well(value: float, se: float, alike: bool) -> None:
    assert power.equivalent(estimate(value, se)) is alike
    assert power.equivalent(estimate(-value, se)) is alike


def test_without_spread_nothing_is_claimed() -> None:
    assert power.equivalent(estimate(0.0, 0.0)) is None
    assert power.detectable(estimate(0.0, 0.0)) is None
    assert power.settle(estimate(0.0, 0.0)) == power.Settle(power.MARGIN, None, None, None)


@given(st.floats(0.001, 0.4), st.floats(0, 1), st.integers(1, 30))
def test_with_as_much_more_the_margin_is_found(se: float, of_seeds: float, family: int) -> None:
    v_seeds = of_seeds * se**2
    e = estimate(0.0, se, v_seeds=v_seeds)
    found = power.settle(e, family)
    rest = se**2 - v_seeds
    for items, seeds in ((found.items, 1.0), (1.0, found.seeds), (found.both, found.both)):
        if items and seeds:
            then = estimate(0.0, math.sqrt(rest / items + v_seeds / seeds))
            assert power.detectable(then, family) == pytest.approx(power.MARGIN)
            assert max(items, seeds) > 1
    shown = power.detectable(e, family)
    assert shown is not None
    assert (found.both is None) == (shown <= power.MARGIN or (shown / power.MARGIN) ** 2 > power.MOST)


def test_seeds_do_not_cure_too_few_items_nor_items_too_few_seeds() -> None:
    assert power.settle(estimate(0.0, 0.1, v_seeds=0.0)).seeds is None
    assert power.settle(estimate(0.0, 0.1, v_seeds=0.01)).items is None


@pytest.mark.parametrize(("count", "times", "needed"), [(3, 2.0, 6), (3, 2.1, 7), (48, 1.0000000001, 48)])
def test_as_many_as_needed_are_whole(count: int, times: float, needed: int) -> None:
    assert power.rounded(count, times) == needed
