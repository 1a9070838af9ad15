"""The decision: which method first, for which data, with what confidence, and what would change it."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.decide import PAIRED, TRAINED, commands, decide, unacceptable
from advisor.flips import first, flips, with_count, with_records
from advisor.profiling import profile
from advisor.profiling.types import Profile
from advisor.rules import check_all
from advisor.types import METHODS, Finding, Ranked, Recommendation, Source
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


def test_labelled_answers_lead_to_kto_and_to_no_run_that_would_ignore_the_labels() -> None:
    found = advice(seen([gold(n, label=n % 2 == 0) for n in range(N)], "unpaired"))
    assert (found.method, found.next) == ("kto", ())


def test_raw_text_leads_to_retrieval_and_much_of_it_to_pretraining() -> None:
    p = seen([{"answer": gold(n)["answer"]} for n in range(N)], "text")
    assert advice(p).method == "none"
    much = dataclasses.replace(p, tokens=dataclasses.replace(p.tokens, total=1e9))
    assert advice(much).method == "cpt"


def test_prompts_alone_lead_to_repair_and_then_to_sft() -> None:
    found = advice(seen([{"prompt": gold(n)["prompt"]} for n in range(N)], "prompts"))
    assert (found.method, found.after_fix, found.next) == ("fix_data", "sft", ())


def test_answers_without_a_preference_lead_to_repair_and_then_to_dpo() -> None:
    p = dataclasses.replace(
        seen([{"prompt": gold(n)["prompt"]} for n in range(N)], "prompts"), layouts={"candidates": 1.0}
    )
    assert (advice(p).method, advice(p).after_fix) == ("fix_data", "dpo")


def test_scores_without_pairs_lead_to_repair() -> None:
    p = seen([gold(n, score=float(n % 5)) for n in range(N)], "ranked")
    assert (advice(p).method, advice(p).after_fix is not None) == ("fix_data", True)


def test_an_evaluation_set_is_not_trained_on() -> None:
    assert advice(seen([gold(n) for n in range(N)], "eval")).method == "none"


def test_empty_answers_lead_to_repair_then_sft() -> None:
    found = advice(seen([gold(n, answer="") if n % 3 == 0 else gold(n) for n in range(N)]))
    assert (found.method, found.after_fix, found.next) == ("fix_data", "sft", ())


def test_a_block_comes_before_training_whatever_the_scores_say() -> None:
    rows = [gold(n % 200, contexts=(*MILL, f"Stone {n % 200}.")) for n in range(350)]
    found = advice(seen(rows))
    assert (found.method, found.after_fix) == ("fix_data", "sft")
    block = dataclasses.replace(finding({"fix_data": 0.4}), severity="block")
    found = decide(seen(rows), [finding({"sft": 0.9}), block])
    assert [(r.method, r.score) for r in found.ranking] == [("fix_data", 0.4), ("sft", 1.0)]
    assert found.after_fix == "sft"


def test_mixed_rows_lead_to_repair() -> None:
    rows = [gold(n) if n % 2 else pair(n) for n in range(N)]
    assert advice(seen(rows, "mixed", share=0.5)).method == "fix_data"


def test_checkable_answers_offer_grpo_behind_sft() -> None:
    found = advice(seen([gold(n, answer=f"It is so.\n#### {n}") for n in range(N)]))
    assert found.method == "sft"
    assert "grpo" in {r.method for r in found.ranking}


def test_results_without_their_working_are_for_a_checker_first() -> None:
    rows = [gold(n, prompt=f"Calculate {n} * 7 + {n % 5}.", answer=str(7 * n + n % 5)) for n in range(N)]
    assert [r.method for r in advice(seen(rows)).ranking[:2]] == ["grpo", "sft"]


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
    supports = {method: 1 if effect > 0 else -1 for method, effect in effects.items()}
    source = Source("A paper", "arXiv:0000.00000", 2024, "a setting", "", checked=checked, supports=supports)
    return Finding("example", "info", "1 thing.", effects=effects, sources=(source,))


def test_a_score_is_the_prior_plus_the_effects(pairs: Profile) -> None:
    found = decide(pairs, [finding({"sft": 0.3}), finding({"sft": -0.1})])
    assert found.ranking[0].score == pytest.approx(0.1 + 0.3 - 0.1)


def test_no_finding_is_no_reason_to_train(pairs: Profile) -> None:
    found = decide(pairs, [])
    assert (found.method, found.confidence, found.next) == ("none", 0.05, ())


def test_a_tie_is_said_and_the_cheaper_comes_next(pairs: Profile) -> None:
    found = decide(pairs, [finding({"sft": 0.4, "dpo": 0.5})])
    assert [r.method for r in found.ranking] == ["either", "sft", "dpo"]
    assert decide(pairs, [finding({"sft": 0.4, "dpo": 0.54})]).method == "dpo"


def test_one_document_does_not_ground_a_file() -> None:
    p = seen([gold(n) for n in range(300)] + [gold(300, contexts=MILL)])
    assert {"dpo", "sft_dpo"} <= {u.method for u in unacceptable(p)}


def test_confidence_falls_with_conflict_weak_sources_few_records_and_disorder(pairs: Profile) -> None:
    clear = decide(pairs, [finding({"dpo": 0.8})]).confidence
    assert decide(pairs, [finding({"dpo": 1.0}), finding({"dpo": -0.2})]).confidence < clear
    assert decide(pairs, [finding({"dpo": 0.8}, checked="second-hand")]).confidence < clear
    assert decide(pairs, [finding({"dpo": 0.8, "sft": 0.6})]).confidence < clear
    assert decide(with_records(pairs, 20), [finding({"dpo": 0.8})]).confidence < clear
    assert decide(dataclasses.replace(pairs, schema_share=0.6), [finding({"dpo": 0.8})]).confidence < clear


def test_a_source_for_another_claim_raises_no_confidence(pairs: Profile) -> None:
    said = finding({"dpo": 0.8})
    source = dataclasses.replace(said.sources[0], supports={"dpo": -1})
    assert decide(pairs, [dataclasses.replace(said, sources=(source,))]).confidence < decide(pairs, [said]).confidence


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


def test_every_flip_is_where_the_advice_turns(pairs: Profile) -> None:
    found, now = {f.quantity: f for f in flips(pairs)}, first(pairs)
    records = found["records"]
    assert records.at == 999, "one record more, and the rule of few pairs is silent"
    assert first(with_records(pairs, 999)) == records.then != now == first(with_records(pairs, 1000))
    alike = found["share of nearly identical pairs"]
    assert isinstance(alike.at, float)
    count = round(alike.at * N)
    assert first(with_count(pairs, "pairs", "near_identical", count)) == alike.then
    assert first(with_count(pairs, "pairs", "near_identical", count - 1)) == now


def test_a_flip_share_is_one_that_the_records_can_show() -> None:
    p = seen([pair(n) for n in range(40)], "pairs")
    for flip in flips(p):
        if flip.quantity.startswith("share of nearly"):
            assert isinstance(flip.at, float)
            assert flip.at * 40 == pytest.approx(round(flip.at * 40), abs=0.01)


def test_a_flip_of_the_model_says_that_none_was_named(pairs: Profile) -> None:
    found = {f.quantity: f for f in flips(pairs)}["model"]
    assert (found.now, found.at, found.then) == ("no model named", "base model", "sft_dpo")


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


def test_the_next_command_tests_sft_then_dpo_where_that_is_the_advice(pairs: Profile) -> None:
    ranked = tuple(Ranked(method, 1.0, ()) for method in ("sft_dpo", "dpo", "sft"))
    assert commands(pairs, ranked, "d.jsonl") == ("bench run --data d.jsonl --methods sft,dpo,sft_dpo",)
    assert commands(pairs, ranked[1:] + ranked[:1], "d.jsonl") == ("bench run --data d.jsonl --methods sft,dpo",)


def test_the_next_command_names_the_model() -> None:
    p = seen([pair(n) for n in range(N)], "pairs", model="org/Qwen2.5-7B")
    assert decide(p, check_all(p)).next == ("bench run --data DATA --methods sft,dpo,sft_dpo --model org/Qwen2.5-7B",)


def test_the_next_command_asks_for_nothing_that_the_data_cannot_serve(answers: Profile) -> None:
    assert advice(answers).next == ("bench run --data DATA --methods sft",)


def test_no_command_for_what_the_bench_cannot_train() -> None:
    assert "cpt" in TRAINED
    found = advice(seen([{"answer": gold(n)["answer"]} for n in range(N)], "text"))
    assert "cpt" in {r.method for r in found.ranking}
    assert found.next == ()
