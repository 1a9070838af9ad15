"""Each threshold of a rule, from both sides: the figures stand here again, so that one halved or doubled is noticed."""

from __future__ import annotations

import dataclasses
import importlib
from typing import Any

import pytest

from advisor.flips import with_records
from advisor.profiling import profile
from advisor.profiling.types import Profile, Spread, Tally, Unused
from advisor.rules import modules
from advisor.text import wilson
from advisor.types import Finding, Share
from tests.advisor.build import dataset, gold, pair

N = 1000
MILL = ("The mill was built in 1820 by Anna Roth.",)


def base(rows: list[dict[str, Any]], supervision: str) -> Profile:
    """A profile of a thousand records from forty."""
    seen = profile(dataset(rows, supervision), goal="rag", model="org/tiny-0.5B-Instruct")  # type: ignore[arg-type]
    return dataclasses.replace(with_records(seen, N), axes={"general": 0.2, "style": 0.8})


BASES = {
    "gold": base([gold(n) for n in range(40)], "gold"),
    "pairs": base([pair(n, score=1.0) for n in range(40)], "pairs"),
    "labels": base([gold(n, label=n % 2 == 0) for n in range(40)], "unpaired"),
    "docs": base([gold(n, contexts=MILL) for n in range(40)], "gold"),
    "doc pairs": base([pair(n, contexts=MILL) for n in range(40)], "pairs"),
    "text": base([{"answer": gold(n)["answer"]} for n in range(40)], "text"),
    "prompts": base([{"prompt": gold(n)["prompt"]} for n in range(40)], "prompts"),
    "ranked": base([gold(n, score=float(n)) for n in range(40)], "ranked"),
}


def at(owner: Any, path: str, value: Any) -> Any:
    """The profile with one figure set: a share by its value, a distribution by its mean, `size` by how many."""
    name, _, rest = path.partition(".")
    if name == "size":
        return sized(owner, value)
    if rest:
        return dataclasses.replace(owner, **{name: at(getattr(owner, name), rest, value)})
    return dataclasses.replace(owner, **{name: figure(getattr(owner, name), value)})


def sized(owner: Tally | Spread, n: int) -> Any:
    """As many values as `n`, the share as it was."""
    if isinstance(owner, Spread):
        return dataclasses.replace(owner, n=n)
    return dataclasses.replace(owner, share=wilson(round(owner.share.value * n), n))


def figure(old: Any, value: Any) -> Any:
    """A share of a thousand, a mean, or the value itself."""
    if isinstance(old, Tally):
        return Tally(wilson(round(value * N), N), (1,))
    if isinstance(old, Share):
        return wilson(round(value * N), N)
    return dataclasses.replace(old, n=N, mean=value) if isinstance(old, Spread) else value


def checked(rule: str, kind: str, path: str, value: Any, also: dict[str, Any] | None = None) -> Finding | None:
    """What a rule says of a base profile with one figure set, and others that it needs."""
    seen = BASES[kind]
    for other, figure_there in {**(also or {}), path: value}.items():
        seen = with_records(seen, figure_there) if other == "records" else at(seen, other, figure_there)
    found: Finding | None = importlib.import_module(f"advisor.rules.{rule}").check(seen)
    return found


ALIKE = {"pairs.identical": 0.0}
LONG = {"lengths": {"answer": Spread(N, 41, 41, 41, 41, 41)}}
SHORT = {"answer": Spread(N, 39, 39, 39, 39, 39)}
FEW_ANSWERS = {"duplicates.answers": 0.1, "duplicates.prompts": 0.9}
HARM = {"harmful": 0.9, "answers.refusals": 0.9}
SHORTCUT = {"pairs.shortcut.auc": 0.8}
UNSUPPORTED = {"grounding.unsupported": 0.5, "records": 15}
LEFT = {"unused": Unused("body", 0.6, 0.4, 0.3, 500.0)}
UNSURE = {"pairs.longer": 0.9}

SEVERITIES = [
    # rule, base, figure, value before and after, severity before and after, what else is needed
    ("bad_targets", "labels", "labels", 0.96, 0.94, None, "warn", {}),
    ("duplicate_prompts", "gold", "duplicates.prompts", 0.51, 0.49, None, "warn", {"duplicates.answers": 0.9}),
    ("duplicate_prompts", "gold", "duplicates.answers", 0.21, 0.19, None, "warn", {"duplicates.prompts": 0.9, **LONG}),
    ("duplicate_prompts", "gold", "lengths", SHORT, LONG["lengths"], None, "warn", FEW_ANSWERS),
    ("duplicate_prompts", "gold", "records", 19, 20, None, "warn", {"duplicates.prompts": 0.2}),
    ("empty_target", "gold", "answers.empty", 0.19, 0.21, "warn", "block", {}),
    ("empty_target", "gold", "blank_turns", 0.0, 0.01, None, "warn", {}),
    ("exact_duplicates", "gold", "duplicates.exact", 0.001, 0.003, "info", "warn", {}),
    ("exact_duplicates", "gold", "duplicates.exact", 0.29, 0.31, "warn", "block", {}),
    ("goal_unmet", "gold", "axes", {"rag": 0.11}, {"rag": 0.09}, None, "warn", {}),
    ("closed_book_facts", "gold", "axes", {"knowledge": 0.49}, {"knowledge": 0.51}, None, "info", {}),
    ("gold_grounded", "docs", "grounding.contexts", 0.49, 0.51, None, "info", {}),
    ("label_imbalance", "labels", "labels", 0.56, 0.58, None, "warn", {}),
    ("label_imbalance", "labels", "labels", 0.999, 1.0, "warn", "block", {}),
    ("language_mix", "gold", "languages", {"en": 0.91, "zh": 0.09}, {"en": 0.89, "zh": 0.11}, None, "warn", {}),
    ("language_mix", "gold", "records", 9, 10, None, "warn", {"languages": {"en": 0.5, "zh": 0.5}}),
    ("length_bias", "pairs", "pairs.longer", 0.64, 0.66, None, "warn", {}),
    ("length_bias", "pairs", "pairs.longer.size", 19, 20, None, "warn", UNSURE),
    ("mixed_schema", "gold", "schema_share", 0.96, 0.94, None, "warn", {}),
    ("near_duplicates", "gold", "duplicates.near", 0.09, 0.11, None, "warn", {}),
    ("near_identical_pairs", "pairs", "pairs.near_identical", 0.04, 0.06, None, "warn", ALIKE),
    ("near_identical_pairs", "pairs", "pairs.near_identical", 0.29, 0.31, "warn", "block", ALIKE),
    ("over_refusal_risk", "gold", "harmful", 0.79, 0.81, None, "warn", HARM),
    ("over_refusal_risk", "gold", "answers.refusals", 0.49, 0.51, None, "warn", HARM),
    ("over_refusal_risk", "pairs", "attacks", 0.79, 0.81, None, "warn", {}),
    ("over_refusal_risk", "gold", "records", 19, 20, None, "warn", HARM),
    ("pairs_grounded", "doc pairs", "grounding.gap", 0.09, 0.11, None, "info", {}),
    ("pairs_present", "pairs", "pairs.n", 490, 510, None, "info", {}),
    ("pairs_ungrounded", "doc pairs", "grounding.gap", -0.14, -0.16, None, "warn", {}),
    ("pairs_ungrounded", "doc pairs", "pairs.refusal_chosen", 0.31, 0.29, None, "warn", {"grounding.gap": -0.3}),
    ("pairs_ungrounded", "doc pairs", "records", 19, 20, None, "warn", {"grounding.gap": -0.3}),
    ("preference_inverted", "pairs", "pairs.reversed", 0.01, 0.03, None, "warn", {}),
    ("preference_inverted", "pairs", "pairs.reversed", 0.09, 0.11, "warn", "block", {}),
    ("preference_inverted", "pairs", "pairs.score_inverted.size", 19, 60, None, "block", {"pairs.score_inverted": 0.5}),
    ("prompts_only", "prompts", "keyed", 0.49, 0.51, "block", "info", {}),
    ("refusal_pairs", "pairs", "pairs.both_refuse", 0.09, 0.11, None, "warn", {}),
    ("score_margins", "pairs", "pairs.score_tied", 0.09, 0.11, None, "warn", {}),
    ("surface_shortcut", "pairs", "pairs.shortcut.auc", 0.69, 0.71, None, "warn", {}),
    ("surface_shortcut", "pairs", "records", 19, 20, None, "warn", SHORTCUT),
    ("template_leftovers", "gold", "answers.template", 0.01, 0.03, None, "warn", {}),
    ("template_leftovers", "gold", "answers.placeholders", 0.09, 0.11, "warn", "block", {"answers.template": 0.5}),
    ("template_leftovers", "gold", "tokenised", 0.49, 0.51, None, "warn", {}),
    ("tiny_model", "pairs", "model.parameters", 1.1e9, 0.9e9, None, "info", {}),
    ("too_few_records", "gold", "records", 100, 99, None, "warn", {}),
    ("too_few_records", "gold", "records", 10, 9, "warn", "block", {}),
    ("too_few_records", "gold", "records", 1000, 999, None, "warn", {"axes": {"general": 0.6}}),
    ("too_few_records", "gold", "axes", {"general": 0.49}, {"general": 0.51}, None, "warn", {"records": 500}),
    ("too_few_records", "pairs", "records", 1000, 999, None, "info", {}),
    ("too_few_records", "pairs", "records", 200, 199, "info", "warn", {}),
    ("too_few_records", "pairs", "records", 20, 19, "warn", "block", {}),
    ("too_few_records", "labels", "records", 400, 399, None, "warn", {}),
    ("too_few_records", "text", "tokens.total", 1.1e6, 0.9e6, None, "warn", {}),
    ("truncated", "gold", "answers.truncated", 0.05, 0.07, None, "warn", {}),
    ("truncated", "gold", "answers.truncated.size", 19, 20, None, "warn", {"answers.truncated": 0.5}),
    ("unanswerable_share", "docs", "grounding.unanswerable", 0.34, 0.36, None, "warn", {}),
    ("unanswerable_share", "gold", "answers.refusals", 0.02, 0.04, None, "warn", {}),
    ("unanswerable_share", "gold", "axes", {"values": 0.31}, {"values": 0.29}, None, "warn", {"answers.refusals": 0.1}),
    ("unanswerable_share", "gold", "records", 19, 20, None, "warn", {"answers.refusals": 0.5}),
    ("unpaired_labels", "labels", "labels.size", 490, 510, None, "warn", {}),
    ("unsupported_answers", "docs", "grounding.unsupported", 0.19, 0.21, None, "warn", {}),
    ("unsupported_answers", "docs", "grounding.unsupported.size", 9, 10, None, "warn", UNSUPPORTED),
    ("values_pairs", "pairs", "axes", {"values": 0.29}, {"values": 0.31}, None, "info", {}),
    ("verifiable_answers", "gold", "answers.verifiable", 0.79, 0.81, None, "info", {}),
    ("unreadable_rows", "gold", "bad", 0.19, 0.21, "warn", "block", {}),
    ("empty_rejected", "pairs", "pairs.empty_rejected", 0.005, 0.015, "info", "warn", {}),
    ("empty_rejected", "pairs", "pairs.empty_rejected", 0.19, 0.21, "warn", "block", {}),
    ("public_benchmark", "gold", "benchmarks", {"MMLU": 0.09}, {"MMLU": 0.11}, None, "warn", {}),
    ("public_benchmark", "gold", "held_out", 0.49, 0.51, None, "warn", {}),
    ("model_labels", "gold", "unreviewed", 0.49, 0.51, None, "warn", {}),
    ("scored_answers", "ranked", "scores.size", 490, 510, None, "info", {}),
    ("dominant_class", "gold", "commonest", 0.79, 0.81, None, "warn", {}),
    ("dominant_class", "gold", "commonest.size", 19, 20, None, "warn", {"commonest": 0.9, "records": 30}),
    ("looping_rejected", "pairs", "looping", 0.09, 0.11, None, "warn", {}),
    ("unused_column", "gold", "unused.used", 0.51, 0.49, None, "warn", LEFT),
    ("unused_column", "gold", "unused.length", 79, 81, None, "warn", LEFT),
    ("unused_column", "gold", "unused.share", 0.29, 0.31, None, "warn", LEFT),
    ("secrets", "gold", "answers.secrets", 0.0, 0.001, None, "warn", {}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "kind", "path", "before", "after", "quiet", "loud", "also"),
    SEVERITIES,
    ids=[f"{row[0]}-{row[2]}-{row[4] if isinstance(row[4], (int, float)) else 'share'}" for row in SEVERITIES],
)
def test_a_rule_speaks_up_at_its_threshold(
    rule: str, kind: str, path: str, before: Any, after: Any, quiet: str | None, loud: str | None, also: dict[str, Any]
) -> None:
    found = [checked(rule, kind, path, value, also) for value in (before, after)]
    assert [f and f.severity for f in found] == [quiet, loud]


EFFECTS = [
    ("length_bias", "pairs", "pairs.longer", 0.89, 0.91, "fix_data", (0.1, 0.3)),
    ("surface_shortcut", "pairs", "pairs.shortcut.auc", 0.89, 0.91, "fix_data", (0.15, 0.4)),
    ("raw_text", "text", "tokens.total", 9e6, 11e6, "cpt", (0.3, 0.7)),
]


@pytest.mark.parametrize(("rule", "kind", "path", "before", "after", "method", "effects"), EFFECTS)
def test_an_effect_grows_at_its_threshold(
    rule: str, kind: str, path: str, before: Any, after: Any, method: str, effects: tuple[float, float]
) -> None:
    found = [checked(rule, kind, path, value) for value in (before, after)]
    assert tuple(f.effects[method] for f in found if f) == effects


NO_EDGE = {"base_model", "evaluation_set", "container_defect", "needs_mapping", "gold_answers"}
"""Decided by a name or a note; gold_answers counts texts and is tried below."""


def test_every_rule_has_its_edges_tried() -> None:
    tried = {row[0] for row in SEVERITIES} | {row[0] for row in EFFECTS} | NO_EDGE
    assert tried == {m.__name__.rsplit(".", 1)[-1] for m in modules()}


@pytest.mark.parametrize(("answers", "fires"), [(19, False), (21, True)])
def test_gold_answers_needs_most_records_to_be_answered(answers: int, fires: bool) -> None:
    rows = [gold(n) if n < answers else gold(n, answer=" ") for n in range(40)]
    check = importlib.import_module("advisor.rules.gold_answers").check
    assert (check(profile(dataset(rows))) is not None) == fires
