"""The contract of a rule, run over every file in advisor/rules."""

from __future__ import annotations

import re
from types import ModuleType

import pytest

from advisor.profiling import profile
from advisor.profiling.types import Profile
from advisor.rules import SEVERITIES, check_all, modules
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
    schema = Schema("example", case.supervision, {}, 0.5 if case.supervision == "mixed" else 1.0)
    dataset = Dataset("example.jsonl", 1, "0" * 64, len(records) + case.errors, records, errors, schema)
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
    assert len(finding.rows) <= 10


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
    assert fired(module).sources == module.SOURCES != ()
    for source in module.SOURCES:
        assert re.fullmatch(r"arXiv:\d{4}\.\d{4,5}|https://\S+", source.id)
        assert source.title
        assert source.setting
        assert source.checked in CHECKED
        assert 2000 < source.year < 2100


@every_rule
def test_checking_is_pure(module: ModuleType) -> None:
    seen = profile_of(module.FIRES)
    assert module.check(seen) == module.check(seen)


def test_one_source_is_stated_one_way() -> None:
    stated: dict[str, object] = {}
    for module in modules():
        for source in module.SOURCES:
            assert stated.setdefault(source.id, source) == source


def test_findings_come_blocks_first() -> None:
    case = Case(({"prompt": "Who are you?", "answer": "I am {{name}}."}, {"prompt": "Hello", "answer": ""}) * 3)
    found = check_all(profile_of(case))
    order = [SEVERITIES.index(f.severity) for f in found]
    assert order == sorted(order)
    assert {"block", "info"} <= {f.severity for f in found}


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
