"""The page of an advice: the decision first, every number the JSON's, nothing in the data able to change the page."""

from __future__ import annotations

import copy
import json

import pytest

from advisor import rules
from reports import advising, figures, measures
from reports.render import advice_page
from tests.reports import advised, page


@pytest.fixture
def advice():
    """An advice that a test may change."""
    return advised.advice()


@pytest.fixture(scope="module")
def root():
    """The unchanged advice's page, parsed once."""
    return drawn(advised.advice())


def drawn(advice):
    return page.tree(advice, advice_page)


def said(advice, section):
    return page.text(page.section(drawn(advice), section))


def test_the_page_is_a_pure_function_of_the_json(advice):
    before = copy.deepcopy(advice)
    assert advice_page(advice) == advice_page(json.loads(json.dumps(advice)))
    assert advice == before


def test_sections_stand_with_the_decision_first(root):
    assert [page.text(h2) for h2 in root.iter("h2")] == [
        "Decision", "Problems", "What would change it", "How the scores add up", "What is in it",
        "Lengths and distributions", "What was measured", "Cost of one epoch", "Test it", "What was read",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("method", "after", "headline"),
    [
        ("dpo", None, "Train with DPO"),
        ("sft_dpo", None, "Train with SFT→DPO"),
        ("none", None, "Do not train on this data"),
        ("fix_data", "sft", "Repair the data first, then SFT"),
        ("fix_data", None, "Repair the data first"),
        ("either", None, "DPO or SFT: take the cheaper"),
        ("some_new_method", None, "Train with some_new_method"),
    ],
)
def test_the_headline_is_the_decision(advice, method, after, headline):
    advice["recommendation"] |= {"method": method, "after_fix": after}
    assert page.text(next(drawn(advice).iter("h1"))) == headline


def test_confidence_is_no_probability(root):
    decision = page.text(page.section(root, "decision"))
    assert (
        "Confidence 0.47 of 1, uncalibrated: it orders cases, it is no probability. Score 0.41 ahead of SFT."
        in decision
    )


def test_the_loudest_findings_are_the_reasons_with_only_the_sources_that_support_them(root):
    reasons = list(next(page.elements(page.section(root, "decision"), "ol", "reasons")).iter("li"))
    assert [page.text(next(page.elements(li, "b", "effect"))) for li in reasons] == ["+0.60", "+0.16"]
    assert [[a.text for a in li.iter("a")] for li in reasons] == [["arXiv:2402.13228"], ["arXiv:2402.13228"]]
    assert "An invented manual" not in page.text(reasons[1])
    assert "+4.1 points. Otherwise: another invented paper (abstract read)" in page.text(reasons[0])


def test_a_reason_without_a_supporting_source_says_so(advice):
    advice["findings"][-1]["sources"] = [advised.MANUAL]
    first = next(page.elements(page.section(drawn(advice), "decision"), "ol", "reasons")).find("li")
    assert "Our own rule; no source for this effect." in page.text(first)


def test_either_gives_the_reasons_of_the_better_of_the_two(advice):
    r = advice["recommendation"]
    r["method"], r["ranking"] = "either", [{"method": "either", "score": 0.66, "because": []}, *r["ranking"]]
    decision = page.section(drawn(advice), "decision")
    assert "+0.60 1,240 of 4,000 records bear on pairs present." in page.text(decision)
    assert "either" not in page.text(next(page.elements(decision, "dl", "chances")))


def test_every_score_is_drawn_from_nought_to_where_its_number_says(root):
    bars = next(page.elements(page.section(root, "decision"), "dl", "chances"))
    drawn = [(next(svg.iter("desc")).text, next(page.elements(svg, "rect", "bar"))) for svg in bars.iter("svg")]
    assert [text for text, _ in drawn] == ["+0.66", "+0.25", "−0.20", "0.00"]
    zero = float(next(page.elements(bars, "line", "zero")).get("x1")[:-1])
    ends = [(float(bar.get("x")[:-1]), float(bar.get("width")[:-1])) for _, bar in drawn]
    assert [start == pytest.approx(zero, abs=0.01) for start, _ in ends] == [True, True, False, True]
    assert ends[2][0] + ends[2][1] == pytest.approx(zero, abs=0.02)
    assert ends[0][1] / ends[1][1] == pytest.approx(0.66 / 0.25, rel=0.01)


def test_methods_ruled_out_for_the_same_reason_stand_together(root):
    decision = page.text(page.section(root, "decision"))
    assert "Ruled out: GRPO — needs answers a program can check" in decision
    assert "Ruled out: KTO, CPT — needs labels" in decision


def test_problems_stand_by_severity_with_rows_and_code(advice):
    advice["findings"].reverse()
    problems = page.section(drawn(advice), "problems")
    shown = [page.text(article) for article in page.elements(problems, "article", "finding")]
    assert [text.split(" ")[0] for text in shown] == ["✗", "▲", "○", "○", "○", "○"]
    assert shown[0].startswith("✗ Blocks training too_long · container_defect 1,240 of 4,000 records")
    assert "Rows to look at: 3, 1104" in shown[0]
    assert "Moves fix the data ≈0" in shown[1]
    assert "What else the rules saw (3)" in page.text(problems)


def test_where_nothing_is_wrong_the_page_claims_no_more_than_was_looked_at(advice):
    advice["findings"] = [f for f in advice["findings"] if not f["problem"]]
    assert "No rule found a problem in what was looked at." in said(advice, "problems")


def flip_positions(root):
    """Title → where its dot and its mark are drawn, in percent."""
    flips = page.elements(page.section(root, "flips"), "div", "flip")
    found = {}
    for flip in flips:
        dot, mark = list(flip.iter("circle")), list(page.elements(flip, "line", "to"))
        found[page.text(flip.find("h3"))] = [
            float(e.get(at)[:-1]) for e, at in zip(dot + mark, ("cx", "x1"), strict=False)
        ]
    return found


def test_turning_points_are_drawn_where_their_numbers_say(root):
    positions = flip_positions(root)
    assert positions["Share of nearly identical pairs"] == pytest.approx([0.15, 37.0])
    assert positions["Records"] == pytest.approx([80.1, 47.7], abs=0.1)  # between 100 and 10,000, by logarithm
    assert positions["Model"] == []


def test_turning_points_are_said_in_words_too(root):
    flips = page.text(page.section(root, "flips"))
    assert "Records 4,000 now → and at 900: SFT→DPO" in flips
    assert "Model no model named now → and at base model: SFT→DPO" in flips
    assert "0.15\u202f% now → and at 37.0\u202f%: SFT" in flips


def test_scores_add_up_column_by_column(root):
    table = next(page.elements(page.section(root, "path"), "table", "path"))
    rows = {row[0]: row[1:] for row in page.rows(table)}
    assert rows["Starts at"] == ["0.00", "+0.10", "−0.20", "0.00"]
    assert rows["pairs_present"] == ["+0.60", "+0.15", "", ""]
    assert rows["long_answers"] == ["−0.10", "", "−0.30", ""]
    assert rows["empty_target"] == ["", "", "", "≈0"]
    assert rows["Score"] == ["+0.66", "+0.25", "−0.20", "0.00"]
    assert "few_records" not in rows


def test_every_share_of_the_json_is_on_the_page_with_its_counts(root, advice):
    section = page.section(root, "measures")
    seen = page.rows(next(page.elements(section, "table", "measured")))
    text = page.text(section)
    found = measures.shares(advice["profile"])
    assert len(found) == 10
    for measure in found:
        counted = f"{measure.value['count']:,} of {measure.value['of']:,}"
        if measure.value["count"]:
            ci = figures.share_interval(measure.value["ci95"])
            row = next(r for r in seen if r[0].startswith(measure.title) and counted in r[0])
            assert row[2] == f"{figures.share(measure.value['value'])} {ci}"
        elif measure.value["of"]:
            assert f"{measure.title} {counted}" in text
    assert "789 of 2,000, a sample of 4,000" in text
    assert "Chosen shows the best shortcut ends with a sentence mark" in text


def test_what_was_not_seen_says_how_much_the_interval_leaves_open(root):
    assert "Exact copies of an earlier record 0 of 4,000 at most 2.0\u202f%" in page.text(
        page.section(root, "measures")
    )


def test_intervals_of_shares_are_drawn_where_their_numbers_say(root, advice):
    table = next(page.elements(page.section(root, "measures"), "table", "measured"))
    svg = next(svg for svg in table.iter("svg") if next(svg.iter("title")).text == "Chosen is the longer")
    span = next(page.elements(svg, "line", "span"))
    lo, hi = advice["profile"]["pairs"]["longer"]["share"]["ci95"]
    assert [float(span.get(x)[:-1]) for x in ("x1", "x2")] == pytest.approx([100 * lo, 100 * hi], abs=0.01)
    assert next(svg.iter("circle")).get("cx") == "45.0%"


def test_a_measure_the_page_has_never_heard_of_stands_on_it(advice):
    advice["profile"]["weather"] = {
        "rainy_days": advised.tally(7, 365),
        "millimetres": advised.spread(365, 12),
        "wettest": "a Tuesday",
    }
    assert "Weather Rainy days 7 of 365" in said(advice, "measures")
    assert "weather · wettest a Tuesday" in said(advice, "measures")
    assert "Millimetres" in said(advice, "lengths")


def test_every_figure_that_is_not_drawn_is_listed(root):
    text = page.text(page.section(root, "measures"))
    for figure in ("pairs · length_auc 0.4349", "answers · secret_kinds · phone 11", "tokens · total 1.5e+06"):
        assert figure in text


def test_lengths_are_those_of_the_json_and_empty_ones_are_left_out(root, advice):
    tables = list(page.elements(page.section(root, "lengths"), "table", "spread"))
    rows = {row[0]: row[2:] for table in tables for row in page.rows(table)}
    assert list(rows) == [
        "Prompt",
        "Answer (chosen)",
        "A record: what SFT sees a sample of 4,000",
        "Turns of a conversation",
    ]
    prompt = advice["profile"]["lengths"]["prompt"]
    assert rows["Prompt"] == [figures.compact(prompt[key]) for key in ("n", "p10", "median", "p90", "p95", "max")]


def test_lengths_are_drawn_by_logarithm(root):
    table = next(page.elements(page.section(root, "lengths"), "table", "spread"))
    prompt, answer = (float(dot.get("cx")[:-1]) for dot in table.iter("circle"))
    assert (prompt, answer) == pytest.approx((49.24, 34.71), abs=0.1)  # 300 and 110 between 10 and 10,000


def test_cost_says_shared_assumptions_once(root):
    section = page.section(root, "cost")
    rows = page.rows(next(section.iter("table")))
    assert rows == [
        ["SFT", "2.7\u202fGB", "<1\u202fs", "batch of 4 records"],
        ["DPO", "5.4\u202fGB", "2\u202fh 30\u202fmin", "both sides"],
    ]
    assert page.text(section).count("LoRA") == 1


def test_a_figure_of_cost_that_is_new_is_not_dropped(advice):
    advice["cost"]["dpo"]["price"] = {"euro": 12.5}
    assert "price · euro 12.5" in said(advice, "cost")


@pytest.mark.parametrize(
    ("method", "commands", "words"),
    [
        ("dpo", ["bench run --methods sft,dpo"], "says whether it held"),
        ("either", ["bench run --methods sft,dpo"], "says whether it held"),
        ("sft_dpo", ["bench run --methods sft,dpo"], "bench cannot train SFT→DPO yet"),
        ("fix_data", [], "to be repaired before"),
        ("none", [], "nothing is to be trained"),
        ("kto", [], "bench trains none of these methods"),
    ],
)
def test_the_command_says_whether_it_tests_the_advice(advice, method, commands, words):
    advice["recommendation"] |= {"method": method, "next": commands}
    text = said(advice, "experiment")
    assert words in text
    assert all(command in text for command in commands)


def test_what_was_read_can_be_told_from_any_other_file(root):
    text = page.text(page.section(root, "source"))
    for known in ("invented/pairs.jsonl", "1.2\u202fMB", "ab" * 32, "4,012, of which 12 unreadable", "alpaca 2\u202f%"):
        assert known in text
    assert "2,000 of 4,000, drawn by hash, for costly measures" in text
    assert "it begins with a byte-order mark" in text


def test_bad_rows_are_named_with_their_reasons_and_the_rest_counted(root):
    text = page.text(page.section(root, "source"))
    assert "invented/pairs.jsonl:7 invalid JSON: unexpected end of data" in text
    assert "11 more unreadable rows are not listed here." in text


def test_an_older_advice_without_the_added_keys_still_makes_a_page(advice):
    for key in ("bad_rows", "notes", "languages"):
        del advice["data"][key]
    for finding in advice["findings"]:
        known = ("title", "id", "year", "setting", "number", "dissent")
        finding["sources"] = [{key: source[key] for key in known} for source in finding["sources"]]
    advice["profile"] = {"records": 4000}
    del advice["recommendation"]["after_fix"]
    root = drawn(advice)
    assert "An invented manual" in page.text(page.section(root, "decision"))
    assert "12 unreadable rows are not listed here." in page.text(page.section(root, "source"))
    assert "No length was measured." in page.text(page.section(root, "lengths"))


def test_empty_lists_are_said_to_be_empty(advice):
    advice |= {"findings": [], "axes": [], "cost": {}, "profile": {}}
    advice["recommendation"] |= {"ranking": [], "flips": [], "next": [], "unacceptable": []}
    text = page.text(drawn(advice))
    for empty in ("No finding speaks", "No rule found a problem", "Nothing that was varied", "No rule speaks", "no shares of",
                  "No length", "Nothing that was looked for", "No cost is given", "No command"):  # fmt: skip
        assert empty in text


@pytest.mark.parametrize("key", ["data", "schema", "recommendation", "findings", "profile"])
def test_a_key_of_the_contract_may_not_be_missing(advice, key):
    del advice[key]
    with pytest.raises(KeyError, match=key):
        advice_page(advice)


def test_a_share_that_is_no_number_is_not_measured(advice):
    advice["profile"]["harmful"]["share"] |= {"value": float("nan"), "ci95": [float("nan"), 1.0]}
    assert "not measured no interval" in said(advice, "measures")


def test_every_source_of_our_rules_is_a_link():
    """A rule that cites a document elsewhere needs its host in reports.advising.HOSTS."""
    cited = {source.id for rule in rules.modules() for source in rule.SOURCES}
    assert cited
    assert [id for id in cited if not advising.link(id)] == []
