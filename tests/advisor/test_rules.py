"""The contract of a rule, run over every file in advisor/rules."""

from __future__ import annotations

import dataclasses
import pathlib
import re
from types import ModuleType

import pytest

from advisor.decide import decide
from advisor.privacy import redact
from advisor.profiling import profile
from advisor.profiling.types import Profile
from advisor.rules import SEVERITIES, check_all, modules, unused_column
from advisor.survey import survey
from advisor.types import METHODS, Case, Dataset, Finding, Message, Record, RowError, Schema

CODES = {
    "benchmark_contamination", "too_few_records", "length_bias", "surface_shortcut", "exact_duplicates",
    "near_duplicates", "duplicate_prompts", "near_identical_pairs", "empty_target", "truncated", "template_leftovers",
    "unanswerable_share", "preference_inverted", "label_imbalance", "over_refusal_risk", "language_mix", "container_defect",
    "missing_signal", "needs_mapping", "bad_targets", "model_labels",
}  # fmt: skip
NO_CODE = {"secrets"}
"""Warnings that the table of problem codes has no name for."""
CHECKED = {"paper", "abstract", "code", "second-hand"}


def name_of(module: ModuleType) -> str:
    return module.__name__.rsplit(".", 1)[-1]


def profile_of(case: Case) -> Profile:
    records = tuple(record(row, n) for n, row in enumerate(case.rows, 1))
    errors = tuple(RowError(len(records) + n, "invalid JSON") for n in range(1, case.errors + 1))
    columns = dict.fromkeys(case.columns, "answer")
    schema = Schema("example", case.supervision, columns, 0.5 if case.supervision == "mixed" else 1.0)
    dataset = Dataset("example.jsonl", 1, "0" * 64, len(records) + case.errors, records, errors, schema, case.notes)
    return profile(dataset, goal=case.goal, model=case.model)


def record(row: dict[str, object], n: int) -> Record:
    fields = dict(row)
    if isinstance(fields.get("prompt"), str):
        fields["prompt"] = (Message("user", str(fields["prompt"])),)
    return Record(id=f"row-{n}", row=n, **fields)  # type: ignore[arg-type]


def fired(module: ModuleType) -> Finding:
    finding = module.check(profile_of(module.FIRES))
    assert finding is not None, "silent on its own FIRES"
    return finding


every_rule = pytest.mark.parametrize("module", modules(), ids=name_of)


def test_there_are_enough_rules() -> None:
    assert len(modules()) >= 12


@every_rule
def test_it_fires_where_it_must(module: ModuleType) -> None:
    assert fired(module).rule == name_of(module)


@every_rule
def test_it_is_silent_where_it_must(module: ModuleType) -> None:
    assert module.check(profile_of(module.SILENT)) is None


@every_rule
def test_it_says_why_and_where_its_thresholds_come_from(module: ModuleType) -> None:
    assert len(module.__doc__ or "") > 60
    assert module.THRESHOLDS
    for threshold in module.THRESHOLDS.values():
        assert re.match(r"(paper|vendor|ours): .", threshold.origin)


@every_rule
def test_its_finding_is_well_formed(module: ModuleType) -> None:
    finding = fired(module)
    assert finding.severity in SEVERITIES
    assert finding.summary.endswith((".", "?"))
    assert re.search(r"\d", finding.summary), "a summary states its numbers"
    assert finding.numbers
    assert finding.problem is None or finding.problem in CODES
    assert len(finding.rows) <= 100


@every_rule
def test_warnings_carry_a_problem_code(module: ModuleType) -> None:
    finding = fired(module)
    if finding.severity != "info" and finding.rule not in NO_CODE:
        assert finding.problem in CODES


@every_rule
def test_effects_name_methods_and_stay_within_one(module: ModuleType) -> None:
    for method, effect in fired(module).effects.items():
        assert method in METHODS
        assert -1 <= effect <= 1


@every_rule
def test_blocks_speak_for_repair_or_for_not_training(module: ModuleType) -> None:
    finding = fired(module)
    if finding.severity == "block":
        assert max(finding.effects.get("fix_data", 0), finding.effects.get("none", 0)) >= 0.4


@every_rule
def test_sources_can_be_looked_up(module: ModuleType) -> None:
    assert fired(module).sources == module.SOURCES
    assert module.SOURCES or "No source" in re.sub(r"\s+", " ", module.__doc__ or ""), (
        "says that it rests on nothing else"
    )
    for source in module.SOURCES:
        assert re.fullmatch(r"arXiv:\d{4}\.\d{4,5}|https://\S+", source.id)
        assert source.title
        assert source.setting
        assert source.checked in CHECKED
        assert 2000 < source.year < 2100


@every_rule
def test_a_source_supports_the_sign_of_the_effect_it_is_cited_for(module: ModuleType) -> None:
    finding = fired(module)
    for source in finding.sources:
        for method, sign in source.supports.items():
            assert sign in (-1, 1)
            assert finding.effects.get(method, 0) * sign > 0, f"{source.id} says otherwise of {method}"


@every_rule
def test_its_sentence_survives_redaction(module: ModuleType) -> None:
    assert redact(fired(module).summary) == fired(module).summary


@every_rule
def test_checking_is_pure(module: ModuleType) -> None:
    seen = profile_of(module.FIRES)
    assert module.check(seen) == module.check(seen)


def test_one_source_is_stated_one_way() -> None:
    stated: dict[str, object] = {}
    for module in modules():
        for source in module.SOURCES:
            same = dataclasses.replace(source, number="", supports={})
            assert stated.setdefault(source.id, same) == same, "only the figure and what it is evidence for may differ"


def test_findings_come_blocks_first() -> None:
    case = Case(({"prompt": "Who are you?", "answer": "I am {{name}}."}, {"prompt": "Hello", "answer": ""}) * 3)
    found = check_all(profile_of(case))
    order = [SEVERITIES.index(f.severity) for f in found]
    assert order == sorted(order)
    assert {"block", "info"} <= {f.severity for f in found}


STRAYS = {
    "one pair": {"answer": "Paris.", "rejected": "Paris."},
    "one label": {"answer": "Paris.", "label": True},
    "one document": {"answer": None, "contexts": ("The mill burnt down in 1901.",), "answerable": False},
    "one inverted score": {"answer": "Paris.", "rejected": "Lyon.", "score": -1.0},
}


@pytest.mark.parametrize("stray", STRAYS.values(), ids=STRAYS)
def test_a_stray_record_does_not_speak_for_the_file(stray: dict[str, object]) -> None:
    gold = tuple(
        {"prompt": f"What is stone {n * 7919}?", "answer": f"Number {n} of the mill, laid in {n}."} for n in range(300)
    )
    found = check_all(profile_of(Case((*gold, {"prompt": "Capital of France?", **stray}))))
    loud = {f.rule for f in found if f.severity != "info"} - {"near_duplicates", "empty_target", "unanswerable_share"}
    assert not loud & {"near_identical_pairs", "label_imbalance", "preference_inverted", "bad_targets", "score_margins"}
    assert not [f.summary for f in found if "100%" in f.summary and f.severity != "info"]


def test_a_part_that_may_speak_warns_and_does_not_block_the_rest() -> None:
    gold = tuple(
        {"prompt": f"What is stone {n * 7919}?", "answer": f"Number {n} of the mill, laid in {n}."} for n in range(300)
    )
    same = tuple(
        {"prompt": f"Who laid stone {n}?", "answer": f"Anna laid {n}.", "rejected": f"Anna laid {n}."}
        for n in range(30)
    )
    found = {f.rule: f for f in check_all(profile_of(Case((*gold, *same))))}
    assert found["near_identical_pairs"].severity == "warn"
    assert "of 30 pairs" in found["near_identical_pairs"].summary


def test_scores_of_a_few_pairs_do_not_block_the_rest() -> None:
    rows = tuple(
        {"prompt": f"Stone {n}?", "answer": f"Laid in {n}.", "rejected": f"No idea of {n}."} for n in range(300)
    )
    scored = ({**rows[0], "score": -1.0}, *rows[1:])
    assert "preference_inverted" not in {f.rule for f in check_all(profile_of(Case(scored, "pairs")))}


def test_pairs_with_a_blank_side_do_not_count_as_pairs() -> None:
    rows = tuple({"prompt": f"Stone {n}?", "answer": f"Laid in {n}.", "rejected": ""} for n in range(15))
    found = {f.rule: f for f in check_all(profile_of(Case(rows, "pairs")))}
    assert "pairs_present" not in found
    assert found["empty_rejected"].severity == "block"


def test_blank_answers_are_not_counted_as_gold() -> None:
    rows = tuple({"prompt": f"Stone {n}?", "answer": f"Laid in {n}." if n % 4 else " "} for n in range(200))
    found = {f.rule: f for f in check_all(profile_of(Case(rows)))}
    assert found["gold_answers"].summary.startswith("150 of 200 records")


def test_repeated_prompts_say_nothing_of_answers_that_do_not_repeat() -> None:
    rows = tuple(
        {"prompt": "Tell me a joke.", "answer": f"A fox meets crow number {n} at the mill."} for n in range(30)
    )
    found = {f.rule: f for f in check_all(profile_of(Case(rows)))}
    assert "distinct prompts" in found["duplicate_prompts"].summary
    assert "distinct answers" not in found["duplicate_prompts"].summary


def test_mixed_rows_name_their_largest_layouts() -> None:
    records = (record({"prompt": "Hi", "answer": "Hello!"}, 1), record({"prompt": "Hi"}, 2))
    schema = Schema("mixed", "mixed", {}, 0.6, (("alpaca", 0.6), ("prompts", 0.4)))
    seen = profile(Dataset("example.jsonl", 1, "0" * 64, 2, records, (), schema))
    found = next(f for f in check_all(seen) if f.rule == "mixed_schema")
    assert "alpaca (60%), prompts (40%)" in found.summary


def test_what_has_the_columns_of_a_set_for_testing_alone_is_not_for_training() -> None:
    meta = {"task_id": "a/1", "canonical_solution": "return x", "entry_point": "f", "test": "assert f(1)"}
    rows = tuple({"prompt": f"def f_{n}(x):", "meta": {**meta, "task_id": f"a/{n}"}} for n in range(60))
    seen = profile_of(Case(rows, "prompts"))
    assert decide(seen, check_all(seen)).method == "none"


def test_prompts_with_a_key_are_data_for_reinforcement() -> None:
    rows = tuple({"prompt": f"What is 6 times {n}?", "meta": {"solution": str(6 * n)}} for n in range(50))
    seen = profile_of(Case(rows, "prompts"))
    assert "block" not in {f.severity for f in check_all(seen) if f.rule == "prompts_only"}
    assert decide(seen, check_all(seen)).method == "grpo"


def test_clean_pairs_raise_no_warning() -> None:
    shorter = {"answer": "Take the stairs by the gate.", "rejected": "You could perhaps look for some other way round."}
    longer = {"answer": "Take the long stairs by the old eastern gate.", "rejected": "Look for another way."}
    rows = tuple(
        {"prompt": f"How do I get to house {'ab' * (n % 5)}{n * 7919}?", **(shorter if n % 2 else longer)}
        for n in range(1000)
    )
    rows = tuple(
        {**row, "answer": f"{row['answer']} Ring at {n}.", "rejected": f"{row['rejected']} Or {n}."}
        for n, row in enumerate(rows)
    )
    noisy = {f.rule for f in check_all(profile_of(Case(rows, "pairs"))) if f.severity != "info"}
    # Template text is what these rows are made of, and the only thing to say against them.
    assert noisy <= {"near_duplicates", "surface_shortcut"}


def coded(rows: tuple[dict[str, object], ...], supervision: str = "gold") -> set[str | None]:
    found = check_all(profile_of(Case(rows, supervision)))  # type: ignore[arg-type]
    return {f.problem for f in found if f.severity != "info"}


def test_repeated_prompts_without_answers_are_called_what_they_are() -> None:
    found = coded(({"prompt": "Where is Lyon?"},) * 5, "prompts")
    assert "duplicate_prompts" in found
    assert "exact_duplicates" not in found


def test_a_blank_earlier_turn_is_an_empty_target() -> None:
    turns = (Message("user", "Hello"), Message("assistant", " "), Message("user", "Well?"))
    assert "empty_target" in coded(({"prompt": turns, "answer": "Yes."},))
    assert "empty_target" not in coded(({"prompt": turns[:1], "answer": "Yes."},))


def test_tokenised_answers_are_leftovers() -> None:
    assert "template_leftovers" in coded(({"prompt": "Where?", "answer": "In Lyon . Or in Paris ."},))
    assert "template_leftovers" not in coded(({"prompt": "Where?", "answer": "In Lyon. Or at 3 .5 of it."},))


def test_pairs_about_attacks_alone_risk_refusing_their_neighbours() -> None:
    row = {"prompt": "Read my mail.", "answer": "No.", "rejected": "Sent.", "meta": {"category": "prompt_injection"}}
    assert "over_refusal_risk" in coded((row,) * 20, "pairs")
    assert "over_refusal_risk" not in coded(({**row, "meta": {"category": "benign"}},) * 20, "pairs")


@pytest.mark.parametrize(
    ("meta", "warned"),
    [
        ({"ans0": "A", "ans1": "B", "ans2": "C", "question_polarity": "neg"}, True),
        ({"split": "test"}, True),
        ({"split": "train"}, False),
        ({"source": "vicuna"}, False),
    ],
)
def test_a_public_benchmark_shows_in_columns_names_or_split(meta: dict[str, object], warned: bool) -> None:
    assert ("benchmark_contamination" in coded(({"prompt": "Who ran?", "answer": "Ann.", "meta": meta},))) == warned


def test_worked_arithmetic_with_calculator_marks_is_gsm8k() -> None:
    rows = ({"prompt": "How much?", "answer": "It is 2*3=<<2*3=6>>6.\n#### 6"},)
    assert "benchmark_contamination" in coded(rows)


LONG = "It rises in the hills to the north of the town, runs by the mill and the old bridge, and ends in the lake."


@pytest.mark.parametrize(
    ("meta", "warned"),
    [
        ({"reply": LONG}, True),
        ({"chunks": [LONG, LONG]}, True),
        ({"url": "https://wiki.example/" + "x" * 200}, False),
        ({"note": "Seen by the editor in May, and again in June."}, False),
        ({"text": f"### Question: Where does it rise? ### Answer: In the hills. {LONG}"}, False),
        ({"tools": LONG}, False),
        ({"test_cases": LONG}, False),
        ({"candidates": [LONG, LONG]}, False),
        ({"scores": {"a": LONG}}, False),
    ],
    ids=lambda value: str(next(iter(value))) if isinstance(value, dict) else "",
)
def test_a_long_text_that_is_not_used_is_told_unless_it_has_a_use(meta: dict[str, object], warned: bool) -> None:
    row = {"prompt": "Where does it rise?", "answer": "In the hills.", "meta": meta}
    found = unused_column.check(profile_of(Case((row,))))
    assert (found is not None) == warned


@pytest.mark.parametrize(("answer", "warned"), [(LONG, False), (LONG[:80], True)])
def test_a_column_that_is_shorter_than_the_answers_is_not_told(answer: str, warned: bool) -> None:
    row = {"prompt": "Where?", "answer": answer, "meta": {"a": LONG.upper()[:95], "b": LONG.upper()[:90]}}
    found = unused_column.check(profile_of(Case((row,))))
    assert (found is not None) == warned


def test_rows_written_as_columns_need_mapping(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "data.json"
    path.write_text('{"rows": {"prompt": ["a", "b"], "chosen": ["c", "d"], "rejected": ["e", "f"]}}')
    seen = survey(path)
    found = {f.rule: f for f in check_all(seen.profiler.result(seen.overview))}
    assert "2 rows as columns" in found["needs_mapping"].summary


def test_keys_in_most_records_block_and_a_few_or_addresses_do_not() -> None:
    def severity(text: str, times: int) -> str:
        answers = [text if n < times else "Take the stairs by the gate." for n in range(60)]
        rows = tuple({"prompt": f"Which is it, {n}?", "answer": answer} for n, answer in enumerate(answers))
        return next(f.severity for f in check_all(profile_of(Case(rows))) if f.rule == "secrets")

    key = "It is AKIA" + "Q3EGRIS7M5K2XNPW."
    assert [severity(key, 60), severity(key, 10), severity("Write to anna.roth@mill.example.org.", 60)] == [
        "block", "warn", "warn",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "told"), [("rejeted", True), ("rejected_by", False), ("prompts", False), ("remark", False)]
)
def test_a_column_named_nearly_as_one_that_is_trained_on_is_told(name: str, told: bool) -> None:
    row = {
        "prompt": "Where does it rise?",
        "answer": "In the hills to the north.",
        "meta": {name: "In the sea, of course."},
    }
    found = unused_column.check(profile_of(Case((row,) * 20)))
    assert (found is not None and f"`{name}`" in found.summary) is told
