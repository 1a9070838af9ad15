"""Where records come from: layouts, columns, and what names and stock phrases give away about it."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from advisor.profiling.sample import Sample, View
from advisor.types import Record, Schema

KEYS = frozenset(
    "solution answer answers ground_truth reference reference_answer reference_solution reward_model expected_answer "
    "final_answer target gold test_cases unit_tests tests test rubric rubrics verifier label".split()
)
"""Columns that hold what an answer can be checked against."""
UNREVIEWED = re.compile(r"\A(?:human_?)?(?:reviewed|verified_by_human|human_verified|human_reviewed|checked)\Z", re.I)
MAKER = re.compile(
    r"\A(?:generated_by|generator|annotator|label_source|judge|judge_model|labeled_by|labelled_by)\Z", re.I
)
MODEL = re.compile(r"gpt|claude|gemini|llama|mistral|qwen|deepseek|model|template|synthetic|auto", re.I)
FAMILIES = {
    "GSM8K": re.compile(r"\bgsm-?8k\b", re.I),
    "MMLU": re.compile(r"\bmmlu\b", re.I),
    "TruthfulQA": re.compile(r"\btruthful_?qa\b", re.I),
    "HellaSwag": re.compile(r"\bhellaswag\b", re.I),
    "ARC": re.compile(r"\barc[-_ ](?:easy|challenge)\b", re.I),
    "XSTest": re.compile(r"\bxstest\b", re.I),
    "HaluEval": re.compile(r"\bhalu_?eval\b", re.I),
    "SQuAD": re.compile(r"\bsquad\b", re.I),
    "HumanEval": re.compile(r"\bhuman_?eval\b", re.I),
    "MBPP": re.compile(r"\bmbpp\b", re.I),
    "MedMCQA": re.compile(r"\bmedmcqa\b", re.I),
    "Vicuna bench": re.compile(r"^vicuna_\d+$|\bvicuna[-_ ]?(?:bench|eval)", re.I | re.M),
    "MT-Bench": re.compile(r"\bmt[-_]?bench\b", re.I),
    "AlpacaEval": re.compile(r"\balpaca_?(?:eval|farm_eval)\b", re.I),
    "Self-Instruct evaluation": re.compile(r"^user_oriented_task", re.I | re.M),
}
"""Public benchmarks by the names that their ids and source columns carry."""
WORKED = re.compile(r"<<[^<>\n]{1,60}=[^<>\n]{1,40}>>")
"""GSM8K's calculator annotations; with `####` before the result nothing else has them."""
CHOICES = re.compile(r"^[-*( ]{0,3}A[.):].{1,300}\n[-*( ]{0,3}B[.):].{1,300}\n[-*( ]{0,3}C[.):]", re.M)
"""An examination question with its choices."""
DISPATCH = re.compile(r"\(CNN\) ?(?:--|[A-Z])")
"""How the articles of CNN/DailyMail begin."""
READ_BY_TRAINERS = frozenset(
    "prompt chosen rejected conversations messages input preferred_output non_preferred_output system instruction query "
    "question score scores margin score_chosen score_rejected rating completion completions response label labels kto_tag "
    "tools context contexts text output".split()
)
"""Columns of preference and labelled data that a trainer reads by their names (TRL, LLaMA-Factory, Axolotl, OpenAI)."""
TRAINED_ON = frozenset({"prompt", "answer", "rejected", "label", "score"})
"""Fields of a record that a trainer reads; documents and groups are for us."""
KIND = re.compile(r"category|kind|type|label|attack|harm", re.I)
ATTACK = re.compile(
    r"attack|inject|jailbreak|exfiltrat|overrid|harmful|unsafe|toxic|malicious|adversarial|red_?team", re.I
)
"""What a column of categories calls a prompt that is meant to be refused."""
TAIL = 30
"""Characters that a sampler stuck in a loop repeats; shorter ones repeat in tables and code."""
SPACED = re.compile(r"\w [.,](?:\s|$)")
"""A blank before a full stop or comma: tokenised text that was never joined."""
TEST_SPLIT = re.compile(r"\A(?:test|dev|valid|validation|eval|evaluation)\Z", re.I)


def layouts(schema: Schema) -> dict[str, float]:
    """Layout → share of the good rows, largest first."""
    found = ([] if schema.name == "mixed" else [(schema.name, schema.share)]) + list(schema.others)
    return dict(sorted(found, key=lambda item: -item[1]))


def columns(schema: Schema, sample: Sample) -> tuple[str, ...]:
    """Names of the file's columns, those used and those left over."""
    left = {name for view in sample.views for name in view.record.meta}
    return tuple(sorted({*schema.columns, *left}))


def keyed(view: View) -> bool:
    """Whether a record brings what an answer to it can be checked against."""
    return any(filled(view.record.meta.get(name)) for name in KEYS)


def asks(view: View) -> bool:
    """Whether it has a prompt and no answer."""
    return view.record.answer is None and bool(view.record.prompt)


def filled(value: Any) -> bool:
    """Whether a cell holds anything."""
    return value is not None and value not in ("", [], {})


def unreviewed(view: View) -> bool:
    """Whether a record says of itself that no person reviewed it, or that a model or a template made it."""
    meta = view.record.meta
    reviewed = [value for name, value in meta.items() if UNREVIEWED.match(name)]
    if reviewed:
        return all(value in (False, 0, "false", "False", "no") for value in reviewed)
    return any(MAKER.match(name) and isinstance(value, str) and MODEL.search(value) for name, value in meta.items())


def attack(view: View) -> bool:
    """Whether a record's own category column calls it an attack or harmful."""
    meta = view.record.meta
    kinds = [v for name, v in meta.items() if KIND.search(name) and isinstance(v, str) and len(v) <= 60]
    return any(ATTACK.search(kind) for kind in kinds)


def tokenised(view: View) -> bool:
    """Whether the answer has a blank before its punctuation."""
    return SPACED.search(view.answer.text[:4000]) is not None


def replied(view: View) -> bool:
    """Whether the assistant spoke before the answer."""
    return any(m.role == "assistant" for m in view.record.prompt)


def blank_turn(view: View) -> bool:
    """Whether one of those earlier turns is blank."""
    return any(m.role == "assistant" and not m.content.strip() for m in view.record.prompt)


def looping(view: View) -> bool:
    """Whether the rejected side, and not the chosen one, ends by saying the same over and over."""
    return loops(view.rejected.text) and not loops(view.answer.text)


def loops(text: str) -> bool:
    """Whether the last thirty characters stand in the text three times or more."""
    said = text.strip()
    return len(said) >= 3 * TAIL and said.count(said[-TAIL:]) >= 3


def benchmarks(sample: Sample) -> dict[str, float]:
    """Benchmark → share of the records whose id or a short column names it."""
    hits = Counter(family for view in sample.views for family in families(view.record))
    return {family: n / max(1, len(sample.views)) for family, n in hits.most_common()}


def families(record: Record) -> list[str]:
    """The benchmarks that a record's names, or the form of its texts, point to."""
    text = "\n".join(names(record))
    found = [family for family, pattern in FAMILIES.items() if pattern.search(text)]
    answer, asked = record.answer, record.prompt[-1].content if record.prompt else ""
    if answer and "####" in answer and WORKED.search(answer):
        found.append("GSM8K")
    if answer is None and CHOICES.search(asked):
        found.append("a multiple-choice examination")
    if DISPATCH.search(asked[:400]) or any(DISPATCH.search(text[:200]) for text in record.contexts[:1]):
        found.append("CNN/DailyMail")
    return list(dict.fromkeys(found))


def unusual(schema: Schema) -> tuple[str, ...]:
    """Columns that fill a record's prompt, sides or label and that a trainer would not know by their names."""
    used = (name for name, field in schema.columns.items() if field in TRAINED_ON)
    return tuple(sorted(name for name in used if name.lower() not in READ_BY_TRAINERS))


def names(record: Record) -> list[str]:
    """The record's id and its short columns."""
    return [record.id, *(v for v in record.meta.values() if isinstance(v, str) and len(v) <= 60)]


def held_out(view: View) -> bool:
    """Whether the record's own split column says that it is for testing."""
    split = view.record.meta.get("split")
    return isinstance(split, str) and TEST_SPLIT.match(split) is not None
