"""The page of a run: what stands on it, in which order, and that its numbers are the JSON's."""

from __future__ import annotations

import copy
import json

import pytest

from reports import figures, lookup
from reports.render import run_page
from tests.reports import fixture, page


@pytest.fixture
def result():
    """A run that a test may change."""
    return fixture.result()


@pytest.fixture(scope="module")
def root():
    """The unchanged run's page, parsed once."""
    return page.tree(fixture.result())


def test_the_page_is_a_pure_function_of_the_json(result):
    before = copy.deepcopy(result)
    assert run_page(result) == run_page(json.loads(json.dumps(result)))
    assert result == before


def test_sections_stand_in_the_agreed_order(root):
    titles = [page.text(h2) for h2 in root.iter("h2")]
    order = ["Verdict", "Scores", "Effects", "Over the budget", "Ledger", "Advice", "Training loss", "Warning signs"]
    order += ["Side by side"]
    order += ["Claims", "Canaries", "Judge", "Data and split", "Limits", "Plan", "Provenance"]
    assert titles == order


def test_verdict_says_leader_effect_with_interval_and_whether_the_advice_held(root, result):
    card = next(page.elements(page.section(root, "verdict"), "article"))
    said, effect = page.text(card), result["tracks"][0]["comparisons"][5]
    assert (effect["a"], effect["b"]) == ("dpo", "sft")
    assert "DPO leads" in said
    assert "SFT, confidence 0.62 of 1, uncalibrated" in said
    assert "the advice did not hold" in said
    assert figures.effect(effect["difference"], effect["ci95"], "share") in said
    assert figures.interval(effect["ci95"], "share") in said


def test_without_a_leader_the_verdict_says_so(root):
    cards = list(page.elements(page.section(root, "verdict"), "article"))
    assert "Not enough evidence for a leader" in page.text(cards[1])
    assert "Not separated: SFT, DPO." in page.text(cards[1])


def test_every_headline_score_is_the_json_score(root, result):
    tables = list(page.elements(page.section(root, "scores"), "table", "scores"))
    for track, table in zip(result["tracks"], tables, strict=True):
        for arm, row in zip(track["arms"], page.rows(table), strict=True):
            for task, cell in zip(lookup.tasks(track), row[1:], strict=True):
                found, unit = arm["scores"][task.id][task.headline.id], task.headline.unit
                level = figures.score(found["mean"], found["ci95"], unit)
                assert cell == f"{level} {figures.interval(found['ci95'], unit)}"


def test_a_dot_is_drawn_where_its_number_says(root):
    charts = page.section(root, "scores").iter("svg")
    dots = [(svg.find("desc").text, svg.find("circle").get("cx")) for svg in charts if svg.find("circle") is not None]
    shares = [(float(desc.split("\u202f")[0]), float(at[:-1])) for desc, at in dots if "%" in desc]
    assert len(shares) == 8
    assert all(number == pytest.approx(at, abs=0.051) for number, at in shares)


def test_the_base_is_a_reference_in_every_row_even_at_zero(result):
    result["tracks"][0]["arms"][0]["scores"]["rag_faithfulness"]["faithfulness_index"] |= {
        "mean": 0.0,
        "ci95": [0.0, 0.1],
    }
    charts = list(page.section(page.tree(result), "scores").iter("svg"))
    references = [line.get("x1") for svg in charts for line in page.elements(svg, "line", "reference")]
    assert references[0] == "0.0%"
    assert len(references) == 12


def test_every_arm_stands_against_base_and_against_every_other(root):
    forests = list(page.elements(page.section(root, "effects"), "table", "forest"))
    names = ["prompt − base", "SFT − base", "DPO − base", "SFT − prompt", "DPO − prompt", "DPO − SFT"]
    assert [[row[0] for row in page.rows(table)] for table in forests] == [names] * 3


def test_every_effect_is_the_json_effect(root, result):
    forests = list(page.elements(page.section(root, "effects"), "table", "forest"))
    headlines = [(track, task) for track in result["tracks"] for task in lookup.tasks(track)]
    for (track, task), table in zip(headlines, forests, strict=True):
        shown = {row[0]: row[2:] for row in page.rows(table)}
        for c in track["comparisons"]:
            if (c["task"], c["instrument"]) == (task.id, task.headline.id):
                unit, ci = task.headline.unit, c["ci95"]
                row = shown[f"{figures.name(c['a'])} − {figures.name(c['b'])}"]
                estimate = f"{figures.effect(c['difference'], ci, unit)} {figures.interval(ci, unit)}"
                assert row[:3] == [
                    estimate,
                    figures.p_value(c["p_holm"]),
                    figures.size(c.get("mde_holm") or c["mde"], ci, unit),
                ]


def test_an_effect_of_nothing_is_shown_as_zero_not_left_out(result):
    zero = result["tracks"][0]["comparisons"][0]
    zero |= {"difference": 0.0, "ci95": [-0.1, 0.1], "p_holm": 1.0}
    first = page.rows(next(page.elements(page.section(page.tree(result), "effects"), "table", "forest")))[0]
    assert first == [
        "prompt − base",
        "",
        "0.0\u00a0points [−10.0, 10.0]",
        "1.00",
        "15.8\u00a0points",
        "no difference shown",
    ]


def test_a_comparison_stored_the_other_way_round_keeps_its_sign(result):
    c = result["tracks"][0]["comparisons"][1]
    assert (c["a"], c["b"]) == ("sft", "base")
    c |= {"a": "base", "b": "sft", "difference": -0.2, "ci95": [-0.3, -0.1], "p_holm": 0.01}
    forest = next(page.elements(page.section(page.tree(result), "effects"), "table", "forest"))
    assert ["SFT − base", "", "+20.0\u00a0points [10.0, 30.0]"] in [row[:3] for row in page.rows(forest)]


def test_ledger_shows_what_a_trial_spent(root):
    table = next(page.section(root, "ledger").iter("table"))
    spent = ["45.1\u202fs", "31,240", "1.2\u202f×\u202f10¹³", "168", "21", "2.1\u202fGB", "14\u202fs"]
    assert page.rows(table)[2] == ["SFT 3 trials", *spent]


def test_peak_memory_that_was_not_measured_is_unknown_not_nothing(result):
    result["tracks"][0]["arms"][2]["ledger"]["peak_memory_gb"] = None
    table = next(page.section(page.tree(result), "ledger").iter("table"))
    assert page.rows(table)[2][6] == "unknown"


def test_advice_gives_three_reasons_with_their_sources(root):
    advice = page.section(root, "advice")
    reasons = next(page.elements(advice, "ol", "reasons"))
    assert len(reasons.findall("li")) == 3
    links = {a.get("href") for a in reasons.iter("a")}
    assert links == {"https://arxiv.org/abs/2402.13228"}
    assert "https://example.org/doc" in page.text(reasons)


def test_a_finding_against_the_method_is_no_reason_for_it(result):
    findings = result["tracks"][0]["advice"]["findings"]
    findings[0]["effects"], findings[2]["effects"] = {"sft": -0.4, "dpo": 0.3}, {"dpo": 0.3}
    reasons = next(page.elements(page.section(page.tree(result), "advice"), "ol", "reasons"))
    assert [page.text(code) for code in reasons.iter("code")] == ["abstention_share", "grounding"]


def test_where_every_finding_is_against_the_method_the_page_says_so(result):
    for finding in result["tracks"][0]["advice"]["findings"]:
        finding["effects"] = {"sft": -0.1}
    reasons = next(page.elements(page.section(page.tree(result), "advice"), "ol", "reasons"))
    assert page.text(reasons) == "No finding speaks for this method."


def test_the_advice_is_confident_in_no_percentage(root):
    assert "confidence 0.62 of 1, uncalibrated." in page.text(page.section(root, "advice"))


def test_a_dozen_examples_show_question_contexts_gold_and_every_arms_answer(root, result):
    examples = list(page.elements(page.section(root, "examples"), "article", "example"))
    assert len(examples) == 24
    first, source = page.text(examples[0]), result["tracks"][0]["examples"][0]
    for shown in (source["prompt"], source["gold"], *source["answers"].values(), source["contexts"][1].strip()):
        assert shown in first
    assert "12 of the 14 examples" in page.text(page.section(root, "examples"))


def test_right_and_wrong_are_told_in_words_and_symbols(root):
    answers = list(page.elements(page.section(root, "examples"), "div", "answer"))
    marks = {page.text(next(page.elements(answer, "span", "mark"))) for answer in answers}
    assert marks == {"✓ right", "✗ wrong", "○ unscored"}
    assert "no answer recorded" in page.text(answers[4])
    assert "empty answer" in page.text(answers[5])


def test_a_long_text_says_how_much_is_not_shown(result):
    result["tracks"][0]["examples"][0]["answers"]["sft"] = "x" * 5000
    assert "3800 more characters" in page.text(page.section(page.tree(result), "examples"))


def test_the_examples_say_how_they_were_chosen(root):
    said = page.text(page.section(root, "examples"))
    assert "the items on which the arms' scores differ most" in said
    assert "first seed, deciding tasks first" in said


def test_a_canary_that_reaches_an_arm_is_reported(result):
    result["tracks"][0]["canaries"]["rag_faithfulness"]["always_decline"] = 0.5
    said = page.text(page.section(page.tree(result), "canaries"))
    assert "✗ The instrument is fooled: Always decline reaches base, prompt" in said


def canaries_said(result, canaries, **means):
    """The sentences over the first track's canaries, its arms' headline means replaced by those given."""
    track = result["tracks"][0]
    track["canaries"]["rag_faithfulness"] = canaries
    for arm in track["arms"]:
        score = arm["scores"]["rag_faithfulness"]["faithfulness_index"]
        score["mean"] = means.get(arm["id"], score["mean"])
    section = page.section(page.tree(result | {"tracks": [track]}), "canaries")
    return [said for p in section.iter("p") if (said := page.text(p)).startswith(("✗", "○", "✓"))]


def test_an_arm_at_the_floor_fails_itself_not_the_instrument(result):
    said = canaries_said(result, {"always_decline": 0.0, "copy_context": 0.0}, prompt=0.0)
    assert said == ["○ prompt scores no better than answers nobody read for."]
    said = canaries_said(result, {"always_decline": 0.0}, base=0.0, prompt=0.0)
    assert said == ["○ base, prompt score no better than answers nobody read for."]


def test_a_canary_above_the_floor_fools_the_instrument_even_where_an_arm_lies_on_it(result):
    said = canaries_said(result, {"always_decline": 0.0, "another_items_answer": 0.4}, prompt=0.0, base=0.4)
    assert said == [
        "✗ The instrument is fooled: Another item's answer reaches base, prompt.",
        "○ prompt scores no better than answers nobody read for.",
    ]


def test_canaries_below_every_arm_pass(result):
    assert canaries_said(result, {"copy_context": 0.01}) == ["✓ Every scored canary ranks below every arm."]
    assert canaries_said(result, {"copy_context": None}) == ["○ Nothing to compare."]


def test_where_lower_is_better_nought_is_no_floor(result):
    result["tracks"][0]["canaries"] = {"forgetting": {"always_decline": 0.0}}
    assert "✗ The instrument is fooled: Always decline reaches base" in page.text(
        page.section(page.tree(result), "canaries")
    )


def test_canaries_are_named_as_people_would(result):
    result["tracks"][0]["canaries"]["rag_faithfulness"] = dict.fromkeys(
        ("another_items_answer", "copy_context", "mine_own"), 0.0
    )
    rows = page.rows(next(page.section(page.tree(result), "canaries").iter("table")))
    assert [row[0] for row in rows[:3]] == ["Another item's answer", "Copy the context", "Mine own"]


def test_claims_say_whether_they_hold_and_with_which_interval(root):
    table = next(page.section(root, "claims").iter("table"))
    assert [row[1:] for row in page.rows(table)] == [
        ["✓ holds here", "+0.12", "[0.02, 0.22]"],
        ["○ undecided", "−0.04", "[−0.20, 0.12]"],
        ["✗ does not hold here", "−0.21", "[−0.30, −0.10]"],
    ]


def test_a_claim_about_a_ratio_is_read_against_one(result):
    ratio = {"text": "DPO costs more than SFT.", "estimate": 1.16, "holds": True, "unit": "ratio"}
    result["claims"] = [
        {**ratio, "ci95": [1.02, 1.31]},
        {**ratio, "ci95": None},
        {**ratio, "estimate": None, "ci95": None},
    ]
    section = page.section(page.tree(result), "claims")
    assert [row[2:] for row in page.rows(next(section.iter("table")))] == [
        ["1.16×", "1.02× to 1.31×"],
        ["1.16×", "no interval"],
        ["not measured", ""],
    ]
    assert "ratios, where no difference is 1×" in page.text(section)


def facts(root):
    """The first track's facts on its data: term → text."""
    terms = next(page.elements(page.section(root, "data"), "dl", "facts"))
    return {page.text(dt): page.text(dd) for dt, dd in zip(terms.iter("dt"), terms.iter("dd"), strict=True)}


@pytest.mark.parametrize(
    ("split", "read"),
    [
        ({"leakage": 0}, "✓ no held-out record in training"),
        ({"leakage": 0, "shared_groups": 0}, "✓ no held-out record in training"),
        (
            {"leakage": 0, "shared_groups": 1200},
            "✓ no held-out record in training; 1,200 groups (documents, topics or prompts) lie in both, "
            "by the data's own split column",
        ),
        (
            {"leakage": 0, "shared_groups": 1},
            "✓ no held-out record in training; 1 group (document, topic or prompt) lies in both, "
            "by the data's own split column",
        ),
        ({"leakage": 3}, "✗ 3 records held out and also in training"),
        ({}, "○ not recorded"),
    ],
)
def test_the_leakage_check_claims_no_more_than_was_checked(result, split, read):
    result["tracks"][0]["data"]["split"] = {"by": "its own column", **split}
    assert facts(page.tree(result))["Leakage"] == read


def test_unused_training_records_are_counted_with_the_reason(result):
    assert facts(page.tree(result))["Not used"] == "12 records too long for a row"
    result["tracks"][0]["data"]["unused"] = {"too long for a row": 1200, "without an answer": 3, "labelled": 0}
    assert facts(page.tree(result))["Not used"] == "1,200 records too long for a row, 3 records without an answer"
    result["tracks"][0]["data"]["unused"] = {}
    assert "Not used" not in facts(page.tree(result))


def test_plan_and_provenance_let_one_repeat_the_run(root, result):
    assert "largest whose activations fit in 2.0 GB" in page.text(page.section(root, "plan"))
    assert "16\u202fmin 52\u202fs" in page.text(page.section(root, "plan"))
    provenance = page.text(page.section(root, "provenance"))
    for known in (result["provenance"]["command"], "ab" * 32, "trl 1.16.1", "invented CPU", result["run"]):
        assert known in provenance


def test_an_arm_that_trains_by_two_methods_has_a_panel_of_each(result):
    arm = result["tracks"][0]["arms"][3]
    half = max(entry["step"] for entry in arm["training"]) // 2
    for entry in arm["training"]:
        entry["part"] = "sft" if entry["step"] <= half else "dpo"
    captions = [page.text(caption) for caption in page.section(page.tree(result), "curves").iter("figcaption")]
    assert [c.split(" → ")[0].rsplit(" ", 1)[0] for c in captions[:3]] == ["SFT", "DPO: SFT", "DPO: DPO"]


def test_the_curve_over_the_budget_is_drawn_and_told_under_every_clock(result):
    section = page.section(page.tree(result), "crossover")
    text = page.text(section).replace("\u202f", " ")
    assert "Untrained" in text
    assert "31.0 % [16.0, 46.0]" in text
    assert "At 44 s of training each: DPO 46.0 %, SFT 41.0 %." in text
    assert "At 21,000 tokens each: DPO 46.0 %, SFT 41.0 %; SFT and DPO cross at 7,000 tokens." in text.replace(
        "\u2009", " "
    )
    first, *_ = section.iter("svg")
    assert [line.get("class") for line in first.iter("polyline")] == ["t2", "t3"]


def test_a_run_without_a_curve_says_so(result):
    for track in result["tracks"]:
        del track["crossover"]
        for arm in track["arms"]:
            arm["curve"] = []
    assert "measured no part of its budget" in page.text(page.section(page.tree(result), "crossover"))


def test_a_failed_arm_is_named_with_its_reason_and_has_no_numbers(result):
    arm = result["tracks"][0]["arms"][3]
    arm |= {"status": "failed", "reason": "loss became NaN at step 4", "scores": {}, "training": [], "ledger": {}}
    track = result["tracks"][0]
    track["comparisons"] = [c for c in track["comparisons"] if "dpo" not in (c["a"], c["b"])]
    root = page.tree(result)
    row = page.rows(next(page.elements(page.section(root, "scores"), "table", "scores")))[3]
    assert row == ["DPO", "✗ failed loss became NaN at step 4"]
    assert "Failed, so in no comparison: DPO" in page.text(page.section(root, "verdict"))
    forest = page.rows(next(page.elements(page.section(root, "effects"), "table", "forest")))
    assert ["DPO − base", "", "not measured", "–", "–", "not measured"] in forest


def test_unscored_is_not_zero(result):
    track = result["tracks"][0]
    track["arms"][2]["scores"]["rag_faithfulness"]["faithfulness_index"] = {
        "mean": None,
        "ci95": None,
        "n": 0,
        "clusters": 0,
    }
    track["comparisons"][1] |= {"difference": None, "ci95": None, "p": None, "p_holm": None, "mde": None}
    root = page.tree(result)
    assert page.rows(next(page.elements(page.section(root, "scores"), "table", "scores")))[2][1] == "not scored"
    forest = page.rows(next(page.elements(page.section(root, "effects"), "table", "forest")))
    assert ["SFT − base", "", "not measured", "–", "–", "not measured"] in forest


@pytest.mark.parametrize("interval", [None, [None, None]])
def test_a_score_without_an_interval_is_its_mean_alone(result, interval):
    arm = result["tracks"][0]["arms"][0]
    arm["scores"]["rag_faithfulness"]["faithfulness_index"] |= {"mean": 1.0, "ci95": interval}
    scores = page.section(page.tree(result), "scores")
    assert page.rows(next(page.elements(scores, "table", "scores")))[0][1] == "100.0\u202f%"
    assert page.rows(list(scores.iter("table"))[1])[0][1] == "100.0\u202f%"
    assert "100.0\u202f%" in [svg.find("desc").text for svg in scores.iter("svg")]


def test_a_difference_without_an_interval_says_so(result):
    result["tracks"][0]["comparisons"][1]["ci95"] = None
    forest = page.rows(next(page.elements(page.section(page.tree(result), "effects"), "table", "forest")))
    assert forest[1][2].endswith("no interval")
    assert forest[1][5] == "no interval: nothing can be said"


def test_nan_reads_as_unscored(result):
    result["tracks"][0]["arms"][2]["scores"]["rag_faithfulness"]["faithfulness_index"]["mean"] = float("nan")
    scores = page.text(page.section(page.tree(result), "scores"))
    assert "not scored" in scores
    assert "nan" not in scores.lower()


def test_one_seed_and_few_clusters_are_said_beside_the_number():
    effects = page.text(page.section(page.tree(fixture.result(seeds=1)), "effects"))
    assert "one seed: these adapters, not the methods" in effects
    assert "only 18 clusters" in effects


def test_one_seed_is_said_beside_a_trained_arms_distance_from_base():
    forest = next(page.elements(page.section(page.tree(fixture.result(seeds=1)), "effects"), "table", "forest"))
    said = {row[0]: "one seed" in row[5] for row in page.rows(forest)}
    assert said.pop("prompt − base") is False
    assert len(said) == 5
    assert all(said.values())


def test_one_track_has_no_track_headings():
    assert "Track rag" not in page.text(page.tree(fixture.result(tracks=1)))


def test_empty_lists_are_said_to_be_empty(result):
    for track in result["tracks"]:
        track |= {key: [] for key in ("comparisons", "verdicts", "examples", "tasks", "arms")}
        track |= {key: {} for key in ("canaries", "agreement", "flipped_items", "advice")}
    result |= {"claims": [], "limits": [], "certificate": {}, "clocks": {}, "plan": {}}
    said = page.text(page.tree(result))
    for empty in ("No verdict:", "No task was scored", "No comparison", "No arms.", "No advice", "No arm of this track",
                  "carries no examples", "No claims", "No canaries", "recorded no limits", "derived no values"):  # fmt: skip
        assert empty in said


def test_a_run_without_tracks_still_makes_a_page(result):
    assert "This run has no tracks." in page.text(page.tree(result | {"tracks": []}))


def test_an_older_run_without_the_added_keys_still_shows_its_scores(result):
    del result["clocks"]
    for track in result["tracks"]:
        del track["tasks"], track["examples"]
        track["data"] = {"path": "old"}
        for arm in track["arms"]:
            del arm["learning_rate"], arm["training"]
    root = page.tree(result)
    scores = page.text(page.section(root, "scores"))
    assert "Rag faithfulness" in scores
    assert "n = " not in scores
    assert "not recorded" in page.text(page.section(root, "data"))


def test_a_key_of_the_contract_may_not_be_missing(result):
    del result["provenance"]
    with pytest.raises(KeyError, match="provenance"):
        run_page(result)


def test_a_large_run_stays_under_400_kb():
    result = fixture.result(tracks=1, examples=50, steps=2000)
    track = result["tracks"][0]
    for extra in ("kto", "orpo", "simpo"):
        track["arms"].append({**copy.deepcopy(track["arms"][3]), "id": extra, "method": extra})
        new = [{**copy.deepcopy(c), "a": extra} for c in track["comparisons"] if c["a"] == "dpo"]
        track["comparisons"] += [*new, {**copy.deepcopy(new[0]), "a": extra, "b": "dpo"}]
    for n in range(4):
        track["tasks"].append({**copy.deepcopy(track["tasks"][0]), "name": f"task{n}", "title": f"Task {n}"})
        track["verdicts"].append({**track["verdicts"][0], "task": f"task{n}"})
        for arm in track["arms"]:
            arm["scores"][f"task{n}"] = copy.deepcopy(arm["scores"]["rag_faithfulness"])
        track["comparisons"] += [
            {**c, "task": f"task{n}"} for c in track["comparisons"] if c["task"] == "rag_faithfulness"
        ]
    for example in track["examples"]:
        example["contexts"] = ["word " * 1000] * 5
    assert len(run_page(result).encode()) <= 400_000


def test_a_judges_figures_stand_with_what_it_left_unanswered_and_its_agreement(root):
    said = page.text(page.section(root, "judge"))
    assert "Judge: judge-fixture at http://127.0.0.1:8000/v1" in said
    assert f"SFT 48, of which 16 declined, 1 empty 58.0{figures.THIN}% [41.0, 75.0] (29 of 31)" in said
    assert "base 48, of which 16 declined, 1 empty not scored (0 of 31)" in said
    assert "prompt 48, of which 16 declined, 1 empty not asked" in said
    assert "Faithfulness being right −0.12 [−0.40, 0.16] 60" in said
    assert "Faithfulness Log-likelihood margin +0.41 [−0.40, 0.16] 60" in said
    assert "base Faithfulness timeout 31" in said
    assert "SFT Faithfulness not JSON 2" in said


def test_a_track_without_a_judge_says_so(root, result):
    assert page.text(page.section(root, "judge")).count("No judge was asked") == 1
    for track in result["tracks"]:
        del track["judge"]
    assert page.text(page.section(page.tree(result), "judge")).count("No judge was asked") == 2


def test_a_judge_whose_agreement_cannot_be_said_says_so(result):
    result["tracks"][0]["judge"]["tasks"][0]["agreement"] = []
    assert "Agreement cannot be said" in page.text(page.section(page.tree(result), "judge"))
