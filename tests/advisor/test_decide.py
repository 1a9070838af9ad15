"""The decision: which method first, for which data, with what confidence, and what would change it."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.cost import costs
from advisor.decide import PAIRED, TRAINED, decide, unacceptable
from advisor.flips import first, flips, with_records, with_share
from advisor.profiling import profile
from advisor.profiling.types import Profile
from advisor.rules import check_all
from advisor.types import METHODS, Finding, Recommendation, Source
from tests.advisor.build import dataset, gold, pair

MILL = ("The mill was built in 1820 by Anna Roth.",)
N = 1500


def advice(p: Profile) -> Recommendation:
    return decide(p, check_all(p))


def seen(rows: list[dict[str, Any]], supervision: str = "gold", model: str | None = None, **kwargs: Any) -> Profile:
    return profile(dataset(rows, supervision, **kwargs), model=model)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def pairs() -> Profile:
    return seen([pair(n) for n in range(N)], "pairs")


@pytest.fixture(scope="module")
def answers() -> Profile:
    return seen([gold(n) for n in range(N)])


# Which method first


def test_pairs_and_a_tuned_model_lead_to_dpo(pairs: Profile) -> None:
    assert advice(pairs).method == "dpo"


def test_pairs_and_a_base_model_lead_to_sft_then_dpo() -> None:
    assert advice(seen([pair(n) for n in range(N)], "pairs", model="Qwen2.5-7B")).method == "sft_dpo"


def test_pairs_and_a_tiny_model_lead_to_sft_then_dpo() -> None:
    assert advice(seen([pair(n) for n in range(N)], "pairs", model="SmolLM2-135M-Instruct")).method == "sft_dpo"


def test_few_pairs_lead_to_sft_then_dpo() -> None:
    assert advice(seen([pair(n) for n in range(200)], "pairs")).method == "sft_dpo"


def test_pairs_about_values_lead_to_a_preference_method() -> None:
    rows = [pair(n, meta={"family": "refunds", "kind": "pair", "accept": ["yes"], "reject": ["no"]}) for n in range(N)]
    p = seen(rows, "pairs")
    assert next(iter(p.axes)) == "values"
    assert advice(p).method in ("dpo", "sft_dpo")


def test_gold_answers_lead_to_sft(answers: Profile) -> None:
    assert advice(answers).method == "sft"
    assert "dpo" not in {r.method for r in advice(answers).ranking}


def test_gold_answers_with_documents_lead_to_sft_and_offer_dpo_because_of_a_rule() -> None:
    found = advice(seen([gold(n, contexts=(*MILL, f"Stone {n}.")) for n in range(N)]))
    assert found.method == "sft"
    because = {r.method: r.because for r in found.ranking}
    assert "gold_grounded" in because["dpo"]
    assert "gold_grounded" in because["sft_dpo"]


def test_labelled_answers_lead_to_kto() -> None:
    assert advice(seen([gold(n, label=n % 2 == 0) for n in range(N)], "unpaired")).method == "kto"


def test_raw_text_leads_to_retrieval_and_much_of_it_to_pretraining() -> None:
    p = seen([{"answer": gold(n)["answer"]} for n in range(N)], "text")
    assert advice(p).method == "none"
    much = dataclasses.replace(p, tokens=dataclasses.replace(p.tokens, total=1e9))
    assert advice(much).method == "cpt"


def test_prompts_alone_lead_to_repair_and_to_nothing_after() -> None:
    found = advice(seen([{"prompt": gold(n)["prompt"]} for n in range(N)], "prompts"))
    assert (found.method, found.after_fix, found.next) == ("fix_data", None, ())


def test_an_evaluation_set_is_not_trained_on() -> None:
    assert advice(seen([gold(n) for n in range(N)], "eval")).method == "none"


def test_empty_answers_lead_to_repair_then_sft() -> None:
    found = advice(seen([gold(n, answer="") if n % 3 == 0 else gold(n) for n in range(N)]))
    assert (found.method, found.after_fix) == ("fix_data", "sft")


def test_mixed_rows_lead_to_repair() -> None:
    rows = [gold(n) if n % 2 else pair(n) for n in range(N)]
    assert advice(seen(rows, "mixed", share=0.5)).method == "fix_data"


def test_checkable_answers_offer_grpo_behind_sft() -> None:
    found = advice(seen([gold(n, answer=f"It is so.\n#### {n}") for n in range(N)]))
    assert found.method == "sft"
    assert "grpo" in {r.method for r in found.ranking}


def test_a_goal_that_the_data_does_not_show_is_said() -> None:
    p = profile(dataset([gold(n) for n in range(N)]), goal="rag")
    assert "goal_unmet" in {f.rule for f in check_all(p)}


# What cannot be


def test_without_pairs_the_paired_methods_are_ruled_out_with_a_reason(answers: Profile) -> None:
    refused = {u.method: u.why for u in unacceptable(answers)}
    assert {*PAIRED, "kto", "grpo", "cpt"} == set(refused)
    assert all(refused.values())


def test_a_method_is_never_both_ranked_and_ruled_out(pairs: Profile, answers: Profile) -> None:
    for p in (pairs, answers):
        found = advice(p)
        assert not {r.method for r in found.ranking} & {u.method for u in found.unacceptable}


# The arithmetic


def finding(effects: dict[str, float], checked: str = "paper") -> Finding:
    source = Source("A paper", "arXiv:0000.00000", 2024, "a setting", "", checked=checked)
    return Finding("example", "info", "1 thing.", effects=effects, sources=(source,))


def test_a_score_is_the_prior_plus_the_effects(pairs: Profile) -> None:
    found = decide(pairs, [finding({"sft": 0.3}), finding({"sft": -0.1})])
    assert found.ranking[0].score == pytest.approx(0.1 + 0.3 - 0.1)


def test_no_finding_is_no_reason_to_train(pairs: Profile) -> None:
    found = decide(pairs, [])
    assert (found.method, found.confidence, found.next) == ("none", 0.05, ())


def test_ties_go_to_the_cheaper_method(pairs: Profile) -> None:
    assert decide(pairs, [finding({"sft": 0.4, "dpo": 0.5})]).method == "sft"


def test_confidence_falls_with_conflict_weak_sources_few_records_and_disorder(pairs: Profile) -> None:
    clear = decide(pairs, [finding({"dpo": 0.8})]).confidence
    assert decide(pairs, [finding({"dpo": 1.0}), finding({"dpo": -0.2})]).confidence < clear
    assert decide(pairs, [finding({"dpo": 0.8}, checked="second-hand")]).confidence < clear
    assert decide(pairs, [finding({"dpo": 0.8, "sft": 0.6})]).confidence < clear
    assert decide(with_records(pairs, 20), [finding({"dpo": 0.8})]).confidence < clear
    assert decide(dataclasses.replace(pairs, schema_share=0.6), [finding({"dpo": 0.8})]).confidence < clear


def test_confidence_is_the_product_the_page_states(pairs: Profile) -> None:
    found = decide(pairs, [finding({"dpo": 0.8, "sft": 0.5})])
    lead, evidence, size = 0.5 + 0.5 * (0.2 / 0.5), 0.95, N / (N + 50)
    assert found.confidence == pytest.approx(lead * evidence * size, abs=0.001)


effects = st.dictionaries(st.sampled_from(METHODS), st.floats(-1, 1), max_size=5)


@settings(deadline=None)
@given(found=st.lists(effects.map(finding), max_size=6))
def test_any_findings_make_a_ranking_in_order(pairs: Profile, found: list[Finding]) -> None:
    advised = decide(pairs, found)
    scores = [r.score for r in advised.ranking]
    assert scores == sorted(scores, reverse=True)
    assert advised.method == advised.ranking[0].method
    assert 0 <= advised.confidence <= 1


# Flips


def test_every_flip_holds_when_tried(pairs: Profile) -> None:
    found = {f.quantity: f for f in flips(pairs)}
    records = found["records"]
    assert first(with_records(pairs, int(records.at))) == records.then != first(pairs)
    alike = found["share of nearly identical pairs"]
    assert isinstance(alike.at, float)
    assert first(with_share(pairs, "pairs", "near_identical", alike.at)) == alike.then
    assert found["model"].then == "sft_dpo"


def test_gold_would_become_dpo_with_rejected_answers(answers: Profile) -> None:
    found = {f.quantity: f for f in flips(answers)}
    assert found["share of records with a rejected answer"].then == "dpo"


def test_a_flip_names_another_method_at_another_value(pairs: Profile, answers: Profile) -> None:
    for p in (pairs, answers):
        for flip in flips(p):
            assert flip.then != first(p)
            assert flip.at != flip.now


# The next command


def test_the_next_command_sets_sft_against_dpo(pairs: Profile) -> None:
    assert decide(pairs, check_all(pairs), data="my data.jsonl").next == (
        "bench run --data 'my data.jsonl' --methods sft,dpo",
    )


def test_the_next_command_names_the_model() -> None:
    p = seen([pair(n) for n in range(N)], "pairs", model="org/Qwen2.5-7B")
    assert decide(p, check_all(p)).next == ("bench run --data DATA --methods sft,dpo --model org/Qwen2.5-7B",)


def test_the_next_command_asks_for_nothing_that_the_data_cannot_serve(answers: Profile) -> None:
    assert advice(answers).next == ("bench run --data DATA --methods sft",)


def test_no_command_for_what_the_bench_cannot_train() -> None:
    assert "cpt" in TRAINED
    found = advice(seen([{"answer": gold(n)["answer"]} for n in range(N)], "text"))
    assert "cpt" in {r.method for r in found.ranking}
    assert found.next == ()


# Cost


def test_dpo_costs_three_times_the_compute_and_both_sides_of_the_batch(pairs: Profile) -> None:
    cost = costs(pairs)
    assert cost["dpo"].hours == pytest.approx(3 * cost["sft"].hours, rel=0.05)
    assert cost["dpo"].memory_gb > cost["sft"].memory_gb
    assert any("no second copy" in a for a in cost["dpo"].assumes)


def test_a_larger_model_costs_more(pairs: Profile) -> None:
    large = costs(seen([pair(n) for n in range(N)], "pairs", model="8B"))
    assert large["sft"].memory_gb > 16 > costs(pairs)["sft"].memory_gb
    assert "8B parameters" in large["sft"].assumes
