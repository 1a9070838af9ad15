"""Intervals, differences and verdicts: the formulas against independent computations, and coverage by simulation."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from bench import compare
from bench.compare import Rows, Sample, estimate, holm, sample, share_interval
from bench.ranking import p_best, pairs, ranking
from tasks.types import Scores, harmonic, mean

Floats = NDArray[np.float64]
MEAN = functools.partial(mean, "x")


def rows(values: Mapping[str, Sequence[float | None]]) -> Rows:
    """Items of one trial: cluster → scores of its items."""
    return [(cluster, {"x": v}) for cluster, many in values.items() for v in many]


def of(*trials: Rows) -> Sample:
    """The mean of an arm with one trial per seed."""
    made = sample(trials, compare.clusters_of(trials, "x"), MEAN)
    assert made is not None
    return made


def random_rows(seed: int, sizes: Sequence[int]) -> Rows:
    random = np.random.default_rng(seed)
    return rows({f"doc-{g:02}": list(random.normal(g % 3, 1, size)) for g, size in enumerate(sizes)})


def textbook_clustered_se(trial: Rows) -> float:
    """√(G/(G−1) · Σ_g (Σ_{i∈g} (x_i − x̄))²) / n, the cluster-robust standard error of a mean (arXiv:2411.00640)."""
    x = np.array([s["x"] for _, s in trial], float)
    clusters = np.array([c for c, _ in trial])
    names = np.unique(clusters)
    sums = np.array([(x[clusters == g] - x.mean()).sum() for g in names])
    return float(np.sqrt(len(names) / (len(names) - 1) * (sums**2).sum()) / len(x))


# One figure


def test_of_one_trial_the_error_is_the_textbook_clustered_one() -> None:
    trial = random_rows(1, [4] * 25)
    e = estimate(of(trial))
    se = textbook_clustered_se(trial)
    half = float(stats.t.ppf(0.975, 24)) * se
    assert e.value == pytest.approx(np.mean([s["x"] for _, s in trial]))
    assert (e.se, e.df) == pytest.approx((se, 24))
    assert e.ci95 == pytest.approx((e.value - half, e.value + half))
    assert (e.seeds, e.clusters) == (1, 25)


def test_of_clusters_with_one_item_the_test_is_the_ordinary_t_test() -> None:
    trial = random_rows(2, [1] * 30)
    e = estimate(of(trial))
    ordinary = stats.ttest_1samp([s["x"] for _, s in trial], 0)
    assert e.p == pytest.approx(ordinary.pvalue)
    assert e.ci95 == pytest.approx(tuple(ordinary.confidence_interval()))


def test_unequal_clusters_come_close_to_the_textbook_error() -> None:
    trial = random_rows(3, [1 + g % 5 for g in range(40)])
    assert estimate(of(trial)).se == pytest.approx(textbook_clustered_se(trial), rel=0.05)


def test_seeds_add_a_component_of_their_own() -> None:
    trials = [random_rows(seed, [3] * 20) for seed in (4, 5, 6)]
    means = np.array([[np.mean([s["x"] for k, s in t if k == c]) for c in sorted({c for c, _ in t})] for t in trials])
    means += np.array([[-0.5], [0.0], [0.5]])
    trials = [rows({f"doc-{g:02}": [x] for g, x in enumerate(of_seed)}) for of_seed in means]
    of_clusters = means.mean(0).var(ddof=1) / 20
    of_seeds = means.mean(1).var(ddof=1) / 3
    # The mean square of what neither seed nor cluster explains, as in the analysis of variance of two crossed factors.
    rest = means - means.mean(1, keepdims=True) - means.mean(0) + means.mean()
    of_both = (rest**2).sum() / (19 * 2) / 60
    e = estimate(of(*trials))
    variance = of_clusters + of_seeds - of_both
    assert of_seeds > of_both > 0
    assert e.value == pytest.approx(means.mean())
    assert e.se == pytest.approx(math.sqrt(variance))
    assert e.df == pytest.approx(variance**2 / (of_clusters**2 / 19 + of_seeds**2 / 2))
    assert e.p == pytest.approx(2 * stats.t.sf(abs(e.value) / e.se, e.df))


def test_more_items_do_not_cure_seed_noise() -> None:
    trials = [rows({f"doc-{g}": [shift] * 10 for g in range(200)}) for shift in (0.2, 0.5, 0.8)]
    e = estimate(of(*trials))
    assert e.ci95 is not None
    assert e.ci95[0] < 0 < 1 < e.ci95[1]


def test_the_smallest_detectable_effect_is_detected_four_times_in_five() -> None:
    e = estimate(of(random_rows(7, [2] * 40)))
    assert e.mde is not None
    beyond = float(stats.t.ppf(0.975, e.df))
    assert stats.nct.sf(beyond, e.df, e.mde / e.se) == pytest.approx(0.8, abs=0.01)


def test_one_cluster_gives_a_figure_and_no_interval() -> None:
    e = estimate(of(rows({"only": [0.0, 1.0, 1.0, 1.0]})))
    assert (e.value, e.ci95, e.p, e.mde, e.clusters) == (0.75, None, None, None, 1)
    assert share_interval(e) is None


def test_without_any_spread_there_is_no_test_but_of_equality() -> None:
    same, other = of(rows({"a": [0.5], "b": [0.5]})), of(rows({"a": [0.7], "b": [0.7]}))
    assert estimate(same, same).p == 1
    assert estimate(same, same).ci95 == (0, 0)
    e = estimate(other, same)
    assert e.value == pytest.approx(0.2)
    # Two clusters that agree are no proof: the sign test gives 2 · ½², the interval keeps Wilson's width.
    assert e.p == 0.5
    assert e.ci95 is not None
    assert -1 < e.ci95[0] < 0 < 0.2 < e.ci95[1] < 1
    assert e.mde is None


def test_three_documents_that_all_agree_name_no_leader() -> None:
    right, wrong = (of(rows({f"doc-{g}": [v] for g in range(3)})) for v in (1.0, 0.0))
    e = estimate(right, wrong)
    assert e.p == 0.25
    assert e.ci95 is not None
    assert e.ci95[0] < 0


def test_a_share_stays_between_0_and_1() -> None:
    e = estimate(of(rows({f"doc-{g}": [float(g != 3)] for g in range(12)})))
    assert e.ci95 is not None
    assert e.ci95[1] > 1
    assert share_interval(e) == (e.ci95[0], 1.0)


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_a_share_on_which_all_clusters_agree_keeps_wilsons_width(value: float) -> None:
    e = estimate(of(rows({f"doc-{g}": [value] for g in range(12)})))
    wilson = stats.binomtest(int(12 * value), 12).proportion_ci(method="wilson")
    assert share_interval(e) == pytest.approx((wilson.low, wilson.high), abs=1e-6)


# What counts as scored


def test_unscored_items_are_left_out_and_not_taken_for_0() -> None:
    trial = rows({"a": [1.0, None], "b": [None, 1.0], "c": [None]})
    assert compare.clusters_of([trial], "x") == ["a", "b"]
    e = estimate(of(trial))
    assert (e.value, e.clusters) == (1.0, 2)


def test_an_arm_with_nothing_scored_in_one_trial_has_no_figure() -> None:
    scored, unscored = rows({"a": [1.0], "b": [0.0]}), rows({"a": [None], "b": [None]})
    assert sample([scored, unscored], ["a", "b"], MEAN) is None
    assert sample([], ["a"], MEAN) is None
    assert sample([scored], [], MEAN) is None


def test_a_combined_index_takes_the_clusters_of_all_its_parts() -> None:
    trial: Rows = [("a", {"answered": 1.0, "declined": None}), ("b", {"answered": None, "declined": 1.0}), ("c", {})]
    assert compare.clusters_of([trial], "index") == ["a", "b"]


def halves(answerable: Sequence[bool], unanswerable: Sequence[bool]) -> Rows:
    """A trial whose two kinds of items stand in documents of their own, two unanswerable items in each."""
    asked: Rows = [(f"a{n:02}", {"answered": float(a), "declined": None}) for n, a in enumerate(answerable)]
    return [
        *asked,
        *((f"u{n:02}", {"answered": None, "declined": float(u)}) for n, u in enumerate(unanswerable) for _ in "12"),
    ]


def of_halves(trials: Sequence[Rows]) -> Sample:
    def index(scores: Sequence[Scores]) -> float | None:
        return harmonic(mean("answered", scores), mean("declined", scores))

    made = sample(trials, compare.clusters_of(trials, "index"), index)
    assert made is not None
    return replace(made, counted=True)


def test_an_index_is_as_certain_as_its_rarer_half() -> None:
    made = of_halves([halves([True, False] * 15, [True, True, False])])
    assert (made.without.shape, made.clusters) == ((1, 33), 3)
    e = estimate(made)
    assert (e.clusters, e.df) == (3, 2)


def test_one_document_of_a_kind_gives_no_interval() -> None:
    e = estimate(of_halves([halves([True, False] * 15, [True])]))
    assert (e.ci95, e.p, e.mde, e.clusters) == (None, None, None, 1)


def test_an_instrument_alone_counts_the_clusters_that_hold_it() -> None:
    trial = halves([True, False] * 15, [True, False])
    made = sample([trial], compare.clusters_of([trial], "answered"), lambda rows: mean("answered", rows))
    assert made is not None
    assert made.clusters == 30


@pytest.mark.parametrize("documents", [1, 2, 3, 5, 10])
@pytest.mark.parametrize("seeds", [1, 3])
def test_few_documents_of_one_kind_raise_no_false_alarms(documents: int, seeds: int) -> None:
    """Equal arms whose answers hang together by document and over seeds, 400 times."""
    random = np.random.default_rng(documents + 10 * seeds)

    def arm() -> Sample:
        trial = halves(random.random(30) < 0.5, random.random(documents) < 0.5)
        return of_halves([trial] * seeds)

    found = [estimate(arm(), arm()).p for _ in range(400)]
    assert sum(p is not None and p < 0.05 for p in found) <= 0.05 * len(found) + CHANCE * len(found)


def test_a_cluster_without_which_nothing_is_left_adds_no_variance() -> None:
    def index(scores: Sequence[Scores]) -> float | None:
        return harmonic(mean("answered", scores), mean("declined", scores))

    trial: Rows = [("a", {"answered": 1.0, "declined": 0.5}), ("b", {"answered": 0.0, "declined": None})]
    made = sample([trial], ["a", "b"], index)
    assert made is not None
    assert made.full == pytest.approx([0.5])
    assert made.without == pytest.approx(np.array([[0.5, 2 / 3]]))


# Differences


def right_or_wrong(*shares: float) -> Sample:
    """Counted items in 24 clusters, a trial each share."""
    trials = [rows({f"doc-{g}": [float(g < share * 24)] for g in range(24)}) for share in shares]
    return replace(of(*trials), counted=True)


def test_two_arms_that_get_nothing_right_are_not_shown_to_be_equal() -> None:
    e = estimate(right_or_wrong(0, 0, 0), right_or_wrong(0))
    assert (e.value, e.p) == (0, 1)
    assert e.ci95 is not None
    assert e.ci95[0] < -0.1 < 0.1 < e.ci95[1]


def test_an_arm_at_zero_adds_its_doubt_to_a_difference() -> None:
    zero, some = right_or_wrong(0), right_or_wrong(0.5)
    e, without = estimate(some, zero), estimate(some, replace(zero, counted=False))
    low, high = stats.binomtest(0, 24).proportion_ci(method="wilson")
    assert e.se**2 == pytest.approx(without.se**2 + ((high - low) / (2 * 1.959964)) ** 2)


def test_no_spread_but_rounding_is_no_spread() -> None:
    a, b = (of(rows({f"doc-{g}": [v, v, v] for g in range(7)})) for v in (2 / 3, 0.4))
    assert estimate(a, b).p == 2.0**-6, "the sign test, not a t of astronomic size"


def test_equal_arms_differ_by_nothing_whatever_their_spread() -> None:
    arm = of(*(random_rows(seed, [2] * 15) for seed in range(3)))
    e = estimate(arm, arm)
    assert (e.value, e.ci95, e.p) == (0, (0, 0), 1)


def test_arms_are_paired_by_item_so_hard_items_cancel_out() -> None:
    hard = random_rows(8, [2] * 30)
    random = np.random.default_rng(9)
    better: Rows = [(c, {"x": (s["x"] or 0) + 0.1 + random.normal(0, 0.02)}) for c, s in hard]
    e, alone = estimate(of(better), of(hard)), estimate(of(better))
    differences: Rows = [(c, {"x": (b["x"] or 0) - (a["x"] or 0)}) for (c, a), (_, b) in zip(hard, better, strict=True)]
    assert e.se == pytest.approx(textbook_clustered_se(differences))
    assert e.se < alone.se / 20
    assert e.p is not None
    assert e.p < 0.001


def test_the_untrained_arms_one_trial_is_paired_with_every_seed() -> None:
    base, trained = random_rows(10, [2] * 20), [random_rows(seed, [2] * 20) for seed in (11, 12, 13)]
    e = estimate(of(*trained), of(base))
    same = estimate(of(*trained), of(base, base, base))
    # Three copies of one trial have no spread over seeds, as one trial has none.
    assert (e.value, e.se, e.df, e.seeds) == pytest.approx((same.value, same.se, same.df, 3))
    assert e.value == pytest.approx(of(*trained).full.mean() - of(base).full[0])


def test_every_arm_meets_every_earlier_one_once() -> None:
    arms = {name: of(random_rows(n, [1] * 10)) for n, name in enumerate(("base", "sft", "dpo"))}
    found = pairs(arms)
    assert list(found) == [("sft", "base"), ("dpo", "base"), ("dpo", "sft")]
    assert found["dpo", "base"].value == pytest.approx(arms["dpo"].full[0] - arms["base"].full[0])


# Many comparisons


def test_holm_by_hand() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.5, 0.6]) == [1.0, 1.0]
    assert holm([]) == []


def test_the_leader_stands_alone_and_ties_are_named() -> None:
    arms = {name: of(rows({"a": [v], "b": [v]})) for name, v in (("base", 0.1), ("sft", 0.9), ("dpo", 0.8))}
    told_apart = {("sft", "base"): 0.001, ("dpo", "base"): 0.001, ("dpo", "sft"): 0.001}
    assert ranking(arms, told_apart) == ("sft", ["sft"])
    assert ranking(arms, {**told_apart, ("dpo", "sft"): 0.2}) == (None, ["sft", "dpo"])
    assert ranking(arms, {**told_apart, ("dpo", "sft"): 0.05}) == (None, ["sft", "dpo"])
    assert ranking(arms, {}) == (None, ["base", "sft", "dpo"])


def test_the_probability_of_being_best_is_shared_out_whole() -> None:
    arms = {f"arm-{n}": of(*(random_rows(10 * n + s, [2] * 15) for s in range(3))) for n in range(4)}
    found = p_best(arms)
    assert list(found) == list(arms)
    assert sum(found.values()) == pytest.approx(1)
    assert all(0 <= p <= 1 for p in found.values())
    assert p_best(arms) == found


def test_mirrored_arms_are_best_equally_often() -> None:
    one = {f"doc-{g}": [float(g % 2)] for g in range(20)}
    two = {f"doc-{g}": [float((g + 1) % 2)] for g in range(20)}
    found = p_best({"one": of(rows(one)), "two": of(rows(two))})
    assert found["one"] == pytest.approx(0.5, abs=0.02)


def test_equal_arms_share_and_a_far_better_one_takes_all() -> None:
    arm = random_rows(14, [2] * 20)
    far: Rows = [(c, {"x": (s["x"] or 0) + 5}) for c, s in arm]
    assert p_best({"one": of(arm), "two": of(arm)}) == pytest.approx({"one": 0.5, "two": 0.5}, abs=0.01)
    assert p_best({"one": of(arm), "far": of(far)}) == {"one": 0.0, "far": 1.0}


# Coverage, by simulation

REPETITIONS = 4_000
ITEMS, SEEDS = 2, 3
CLUSTERS = [25, 100]
"""50 and 200 items."""
HARD, LIKING, MOOD = 1.0, 0.5, 0.25
"""Standard deviations in logits: of items and of documents, of a method on a document, of a seed over everything."""


@dataclass(frozen=True)
class Arm:
    """A method as it truly is."""

    logit: float
    name: int
    seeds: int = SEEDS
    """1 for the untrained model, of which there is only one: it has no mood."""

    noise: float = MOOD

    @property
    def mood(self) -> float:
        return self.noise if self.seeds > 1 else 0.0


def answers(random: np.random.Generator, arm: Arm, shared: Floats, mood: Floats) -> Floats:
    """Right or wrong, shape (seeds, clusters, items); `shared` is the difficulty of each item, `mood` one a seed."""
    liking = np.random.default_rng([arm.name, int(abs(shared.sum()) * 1e9)]).normal(0, LIKING, (shared.shape[0], 1))
    logits = arm.logit + shared + liking + mood[:, None, None]
    return (random.random(logits.shape) < 1 / (1 + np.exp(-logits))).astype(float)


def share_given(logit: Floats) -> Floats:
    """Expected share of right answers over items, documents and likings, by Gauss–Hermite quadrature."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(41)
    spread = math.sqrt(2 * HARD**2 + LIKING**2) * nodes
    return np.asarray((1 / (1 + np.exp(-(logit[:, None] + spread)))) @ weights / weights.sum())


def leave_one_out(x: Floats) -> Floats:
    """Means without each cluster, shape (seeds, clusters), of x with shape (seeds, clusters, items)."""
    total, per = x.sum((1, 2), keepdims=True)[..., 0], x.sum(2)
    return np.asarray((total - per) / (x[0].size - x.shape[2]))


def binary(random: np.random.Generator, arm: Arm, shared: Floats) -> Sample:
    x = answers(random, arm, shared, random.normal(0, arm.mood, arm.seeds))
    return Sample(x.mean((1, 2)), leave_one_out(x), x[0].size)


def true_binary(arm: Arm) -> float:
    nodes, weights = np.polynomial.hermite_e.hermegauss(41)
    return float(share_given(arm.logit + arm.mood * nodes) @ weights / weights.sum())


def both(a: Floats, d: Floats) -> Floats:
    return np.where(a + d > 0, 2 * a * d / np.maximum(a + d, 1e-12), 0.0)


def index(random: np.random.Generator, arm: Arm, shared: Floats) -> Sample:
    """Each document holds one answerable and one unanswerable item; a talkative seed declines less."""
    mood = random.normal(0, arm.mood, arm.seeds)
    a = answers(random, arm, shared[:, :1], mood)
    d = answers(random, arm, shared[:, 1:], -mood)
    full = both(a.mean((1, 2)), d.mean((1, 2)))
    return Sample(full, both(leave_one_out(a), leave_one_out(d)), 2 * a[0].size)


def true_index(arm: Arm) -> float:
    nodes, weights = np.polynomial.hermite_e.hermegauss(41)
    found = both(share_given(arm.logit + arm.mood * nodes), share_given(arm.logit - arm.mood * nodes))
    return float(found @ weights / weights.sum())


Kind = tuple[Callable[[np.random.Generator, Arm, Floats], Sample], Callable[[Arm], float]]
BINARY: Kind = (binary, true_binary)
INDEX: Kind = (index, true_index)


@dataclass(frozen=True)
class Simulated:
    """Shares over REPETITIONS."""

    coverage: float
    """Of 95 % intervals of a − b."""
    significant: float
    """Of p below 0.05."""
    power: float
    """Of differences found, had every run's true one been larger than it is by the effect that the run says it can find."""


def simulate(kind: Kind, clusters: int, a: Arm, b: Arm) -> Simulated:
    draw, truth = kind
    true = truth(a) - truth(b)
    random = np.random.default_rng(20)
    found = []
    for _ in range(REPETITIONS):
        shared = random.normal(0, HARD, (clusters, ITEMS)) + random.normal(0, HARD, (clusters, 1))
        found.append(estimate(draw(random, a, shared), draw(random, b, shared)))
    covered = [e.ci95 is not None and e.ci95[0] <= true <= e.ci95[1] for e in found]
    significant = [e.p is not None and e.p < 0.05 for e in found]
    detected = [e.mde is not None and e.value + e.mde > stats.t.ppf(0.975, e.df) * e.se for e in found]
    return Simulated(mean_of(covered), mean_of(significant), mean_of(detected))


def mean_of(hits: Sequence[bool]) -> float:
    return sum(hits) / len(hits)


@pytest.mark.parametrize("kind", [BINARY, INDEX], ids=["binary", "index"])
def test_the_simulated_samples_are_what_the_bench_makes(kind: Kind) -> None:
    random = np.random.default_rng(21)
    shared = random.normal(0, HARD, (6, 2))
    x = answers(random, Arm(0.2, 1), shared, random.normal(0, MOOD, SEEDS))
    names = [f"doc-{g}" for g in range(6)]
    if kind is BINARY:
        made = of(*(rows({n: list(x[s, g]) for g, n in enumerate(names)}) for s in range(SEEDS)))
        full, without = x.mean((1, 2)), leave_one_out(x)
    else:
        trials = [
            [(n, {"a": x[s, g, 0], "d": None}) for g, n in enumerate(names)]
            + [(n, {"a": None, "d": x[s, g, 1]}) for g, n in enumerate(names)]
            for s in range(SEEDS)
        ]
        found = sample(trials, names, lambda r: harmonic(mean("a", r), mean("d", r)))
        assert found is not None
        made = found
        full = both(x[:, :, :1].mean((1, 2)), x[:, :, 1:].mean((1, 2)))
        without = both(leave_one_out(x[:, :, :1]), leave_one_out(x[:, :, 1:]))
    assert made.full == pytest.approx(full)
    assert made.without == pytest.approx(without)


KINDS = pytest.mark.parametrize("kind", [BINARY, INDEX], ids=["binary", "index"])
SIZES = pytest.mark.parametrize("clusters", CLUSTERS)
CHANCE = 3 * math.sqrt(0.05 * 0.95 / REPETITIONS)
"""Three standard errors of a share of 5 % in this many repetitions."""


@SIZES
@KINDS
@pytest.mark.parametrize("seeds", [SEEDS, 1], ids=["trained", "untrained"])
def test_the_interval_of_a_difference_covers_the_truth_as_often_as_it_says(
    kind: Kind, clusters: int, seeds: int
) -> None:
    found = simulate(kind, clusters, Arm(0.8, 1), Arm(0.0, 2, seeds))
    assert 0.93 <= found.coverage <= 0.97 + CHANCE


@SIZES
@KINDS
def test_a_method_against_itself_is_told_apart_in_one_of_twenty(kind: Kind, clusters: int) -> None:
    assert simulate(kind, clusters, Arm(0.4, 1), Arm(0.4, 1)).significant <= 0.05 + CHANCE


@SIZES
@KINDS
def test_an_effect_as_large_as_the_run_says_it_can_find_is_found_four_times_in_five(kind: Kind, clusters: int) -> None:
    assert simulate(kind, clusters, Arm(0.0, 1), Arm(0.0, 2)).power == pytest.approx(0.8, abs=0.08)
