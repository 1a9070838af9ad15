"""How numbers and names read on the page."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports import advising, charts, figures, lookup


@pytest.mark.parametrize(
    ("value", "ci", "unit", "read"),
    [
        (0.41, [0.3, 0.52], "share", "41.0\u202f%"),
        (0.0, [0.0, 0.0], "share", "0.0\u202f%"),
        (None, None, "share", "not scored"),
        (1.7234, [1.6, 1.85], "nats", "1.72\u00a0nats"),
        (1723.4, [1600, 1850], "tokens", "1,723\u00a0tokens"),
        (-0.00001, [-0.2, 0.2], "nats", "0.00\u00a0nats"),
    ],
)
def test_levels(value, ci, unit, read):
    assert figures.score(value, ci, unit) == read


@pytest.mark.parametrize(
    ("value", "unit", "read"),
    [
        (0.12, "share", "+12.0\u00a0points"),
        (-0.12, "share", "−12.0\u00a0points"),
        (0.0, "share", "0.0\u00a0points"),
        (-0.0004, "share", "0.0\u00a0points"),
        (None, "share", "not measured"),
        (-0.314, "nats", "−0.31\u00a0nats"),
        (0.314, None, "+0.31"),
    ],
)
def test_effects_carry_a_sign_unless_they_round_to_zero(value, unit, read):
    assert figures.effect(value, [-0.5, 0.5] if unit != "share" else [-0.2, 0.2], unit) == read


@pytest.mark.parametrize(
    ("ci", "unit", "read"),
    [
        ([0.02, 0.22], "share", "[2.0, 22.0]"),
        ([-0.02, 0.22], "share", "[−2.0, 22.0]"),
        ([1.6, 1.85], "nats", "[1.60, 1.85]"),
        (None, "share", "no interval"),
    ],
)
def test_intervals(ci, unit, read):
    assert figures.interval(ci, unit) == read


@given(st.floats(-1e6, 1e6), st.floats(1e-6, 1e6))
def test_no_more_digits_than_the_interval_justifies(middle, half):
    digits = figures.decimals([middle - half, middle + half], "nats")
    assert 0 <= digits <= 4
    assert digits <= 2 or 10.0**-digits >= half / 200
    assert 10.0**-digits <= max(1.0, half) or digits == 0


@pytest.mark.parametrize(
    ("p", "read"), [(0.0004, "<0.001"), (0.0126, "0.013"), (0.5, "0.50"), (1.0, "1.00"), (None, "–")]
)
def test_p_values(p, read):
    assert figures.p_value(p) == read


@pytest.mark.parametrize(
    ("p", "read"),
    [
        (0.7, "70\u202f%"),
        (0.9999, ">99\u202f%"),
        (0.0001, "<1\u202f%"),
        (0.0, "0\u202f%"),
        (1.0, "100\u202f%"),
        (None, "–"),
    ],
)
def test_probabilities_are_never_rounded_to_certainty(p, read):
    assert figures.chance(p) == read


@pytest.mark.parametrize(
    ("value", "read"),
    [(0.43, "0.43 of 1, uncalibrated"), (0, "0.00 of 1, uncalibrated"), (None, "not recorded")],
)
def test_a_confidence_is_no_percentage(value, read):
    assert figures.confidence(value) == read


@pytest.mark.parametrize(
    ("value", "read"),
    [
        (1.1614, "1.16×"),
        (0.98, "0.98×"),
        (12.0, "12.00×"),
        (0.0823, "0.082×"),
        (0.0, "0.00×"),
        (None, "not measured"),
    ],
)
def test_ratios_carry_no_sign_and_keep_two_digits(value, read):
    assert figures.ratio(value) == read


@pytest.mark.parametrize(("ci", "read"), [((1.02, 1.3111), "1.02× to 1.31×"), (None, "no interval")])
def test_intervals_of_ratios(ci, read):
    assert figures.ratio_interval(ci) == read


@pytest.mark.parametrize(("gigabytes", "read"), [(2.13, "2.1\u202fGB"), (None, "unknown")])
def test_memory_that_was_not_measured_is_unknown(gigabytes, read):
    assert figures.gigabytes(gigabytes) == read


@pytest.mark.parametrize(
    ("seconds", "read"),
    [
        (0.44, "0.4\u202fs"),
        (45.0, "45\u202fs"),
        (125, "2\u202fmin 5\u202fs"),
        (3780, "1\u202fh 3\u202fmin"),
        (None, "–"),
    ],
)
def test_seconds(seconds, read):
    assert figures.seconds(seconds) == read


@pytest.mark.parametrize(("flops", "read"), [(1.23e13, "1.2\u202f×\u202f10¹³"), (0.0, "0"), (None, "–")])
def test_flops(flops, read):
    assert figures.flops(flops) == read


@pytest.mark.parametrize(
    ("id", "read"),
    [
        ("sft", "SFT"),
        ("sft-2", "SFT 2"),
        ("sft_dpo", "SFT→DPO"),
        ("mine", "mine"),
        ("sft-x", "sft-x"),
        (None, "unknown"),
    ],
)
def test_arms_by_name(id, read):
    assert figures.name(id) == read


def test_the_common_arms_have_colours_of_their_own():
    arms = ("base", "prompt", "sft", "dpo", "sft_dpo", "kto", "orpo", "simpo")
    assert sorted(map(figures.tone, arms)) == list(range(8))
    assert figures.tone("sft-2") == figures.tone("sft")


@given(st.text(max_size=20))
def test_any_arm_has_a_colour(arm):
    assert 0 <= figures.tone(arm) <= 7


@pytest.mark.parametrize(
    ("ci", "p_holm", "better", "read"),
    [
        ((0.01, 0.2), 0.03, "higher", "better"),
        ((0.01, 0.2), 0.03, "lower", "worse"),
        ((-0.2, -0.01), 0.03, "higher", "worse"),
        ((-0.2, -0.01), None, "lower", "better"),
        ((0.01, 0.2), 0.08, "higher", "better, but not after correction"),
        ((-0.01, 0.2), 0.03, "higher", "no difference shown"),
        ((0.0, 0.2), 0.03, "higher", "no difference shown"),
    ],
)
def test_what_an_interval_lets_one_say(ci, p_holm, better, read):
    assert lookup.reading(lookup.Effect("sft", "base", 0.1, ci, p_holm=p_holm), better) == read


@pytest.mark.parametrize(
    ("a", "b", "seeds", "read"),
    [
        ("sft", "base", 1, "one seed: these adapters, not the methods"),
        ("base", "sft", 1, "one seed: these adapters, not the methods"),
        ("dpo", "sft", 1, "one seed: these adapters, not the methods"),
        ("prompt", "base", 1, ""),
        ("sft", "base", 3, ""),
        ("sft", "base", None, ""),
    ],
)
def test_one_seed_is_a_caveat_wherever_something_was_trained(a, b, seeds, read):
    assert lookup.caveats(lookup.Effect(a, b, 0.1, (0.0, 0.2), seeds=seeds)) == read


def test_nested_figures_become_rows():
    nested = {"a": {"b": 1.23456, "c": None}, "d": [1, 2], "e": [{"f": True}], "g": []}
    rows = [("a · b", "1.235"), ("a · c", "none"), ("d", "1, 2"), ("e · 1 · f", "yes"), ("g", "none")]
    assert figures.flatten(nested) == rows


bounded = st.floats(-1e9, 1e9).filter(lambda x: x == 0 or abs(x) > 1e-9)


@given(st.lists(bounded, max_size=8), st.booleans())
def test_a_scale_holds_its_values_and_has_few_round_ticks(values, about_zero):
    over = charts.scale(values, about_zero)
    slack = 1e-6 * (over.hi - over.lo)
    assert all(over.lo - slack <= value <= over.hi + slack for value in values)
    assert 2 <= len(over.ticks) <= 7
    assert not about_zero or over.lo == pytest.approx(-over.hi)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_no_mark_leaves_its_drawing(value):
    at = charts.SHARES.at(value)
    assert 0 <= at <= 100
    assert not math.isnan(at)


@pytest.mark.parametrize(
    ("value", "read"),
    [
        (0.4454, "44.5\u202f%"),
        (0.0015, "0.15\u202f%"),
        (0.0, "0.0\u202f%"),
        (1.0, "100.0\u202f%"),
        (-0.2, "−20.0\u202f%"),
        (None, "not measured"),
    ],
)
def test_shares_of_rows(value, read):
    assert figures.share(value) == read


@pytest.mark.parametrize(
    ("value", "read"),
    [(2312, "2,312"), (2312.4, "2,312"), (0.0909, "0.0909"), (26.64, "26.6"), (-3.25, "−3.25"), (0, "0"), (None, "–")],
)
def test_numbers_of_any_size(value, read):
    assert figures.compact(value) == read


@pytest.mark.parametrize(
    ("value", "read"), [(0.5, "0.5"), (100, "100"), (10_000, "10k"), (2.5e6, "2.5M"), (1e9, "1G"), (-2000, "−2k")]
)
def test_labels_of_an_axis(value, read):
    assert figures.tick(value) == read


@pytest.mark.parametrize(
    ("value", "read"), [(0.6, "+0.60"), (-0.3, "−0.30"), (0.004, "≈0"), (-0.004, "≈0"), (0, ""), (None, "")]
)
def test_an_effect_is_never_rounded_to_none(value, read):
    assert advising.effect(value) == read


@pytest.mark.parametrize(
    ("value", "read"), [(0.0001, "<1\u202fs"), (0.0, "<1\u202fs"), (0.5, "30\u202fmin 0\u202fs"), (None, "–")]
)
def test_hours_of_an_estimate(value, read):
    assert figures.duration(value) == read


@pytest.mark.parametrize(
    ("value", "read"),
    [(742_801, "742.8\u202fkB"), (12, "12\u202fbytes"), (2.5e9, "2.5\u202fGB"), (None, "not recorded")],
)
def test_sizes_of_files(value, read):
    assert figures.file_size(value) == read


@given(st.lists(st.floats(min_value=0, max_value=1e15), max_size=20))
def test_decades_hold_every_value_in_order(values):
    over = charts.decades(values)
    places = [over.at(value) for value in sorted(values)]
    assert all(0 <= place <= 100 for place in places)
    assert places == sorted(places)
    assert over.lo <= over.ticks[0] < over.ticks[-1] <= over.hi
    assert len(over.ticks) <= 5
    assert all(value <= over.hi * (1 + 1e-9) for value in values)


def test_an_effect_beyond_the_scale_cannot_be_detected():
    assert figures.size(1.18, None, "share") == "over 100 points"
    assert figures.size(1.18, None, "nats").startswith("1.18")
    assert figures.size(0.4, None, "share") == figures.effect(0.4, None, "share").lstrip("+")
