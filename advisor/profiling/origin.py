"""Where records come from: layouts, columns, and what names and stock phrases give away about it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from advisor.profiling.measure import Count
from advisor.profiling.types import Tally
from advisor.types import Dataset, Record

LOOKED_AT = 2000
"""Records whose own columns are read: where a file comes from shows in its first ones."""
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


def layouts(dataset: Dataset) -> dict[str, float]:
    """Layout → share of the good rows, largest first."""
    schema = dataset.schema
    found = ([] if schema.name == "mixed" else [(schema.name, schema.share)]) + list(schema.others)
    return dict(sorted(found, key=lambda item: -item[1]))


def columns(dataset: Dataset) -> tuple[str, ...]:
    """Names of the file's columns, those used and those left over."""
    left = {name for record in dataset.records[:LOOKED_AT] for name in record.meta}
    return tuple(sorted({*dataset.schema.columns, *left}))


def keyed(records: Sequence[Record]) -> Tally:
    """Records without an answer that bring what one can be checked against; out of those without."""
    count = Count()
    for record in records[:LOOKED_AT]:
        if record.answer is None and record.prompt:
            count.add(record.row, any(filled(record.meta.get(name)) for name in KEYS))
    return count.result(len(records) if len(records) > LOOKED_AT else 0)


def filled(value: Any) -> bool:
    """Whether a cell holds anything."""
    return value is not None and value not in ("", [], {})


def unreviewed(records: Sequence[Record]) -> Tally:
    """Records that say of themselves that no person reviewed them, or that a model or a template made them."""
    count = Count()
    for record in records[:LOOKED_AT]:
        count.add(record.row, made_by_model(record.meta))
    return count.result(len(records) if len(records) > LOOKED_AT else 0)


def made_by_model(meta: Mapping[str, Any]) -> bool:
    """Whether a record's own columns say so."""
    reviewed = [value for name, value in meta.items() if UNREVIEWED.match(name)]
    if reviewed:
        return all(value in (False, 0, "false", "False", "no") for value in reviewed)
    return any(MAKER.match(name) and isinstance(value, str) and MODEL.search(value) for name, value in meta.items())


def attacks(records: Sequence[Record]) -> Tally:
    """Records whose own category column calls them an attack or harmful."""
    count = Count()
    for record in records[:LOOKED_AT]:
        kinds = [v for name, v in record.meta.items() if KIND.search(name) and isinstance(v, str) and len(v) <= 60]
        count.add(record.row, any(ATTACK.search(kind) for kind in kinds))
    return count.result(len(records) if len(records) > LOOKED_AT else 0)


def tokenised(records: Sequence[Record]) -> Tally:
    """Answers with blanks before their punctuation, out of those that are not blank."""
    count = Count()
    for record in records[:LOOKED_AT]:
        if record.answer and record.answer.strip():
            count.add(record.row, SPACED.search(record.answer[:4000]) is not None)
    return count.result(len(records) if len(records) > LOOKED_AT else 0)


def blank_turns(records: Sequence[Record]) -> Tally:
    """Conversations with an earlier turn of the assistant that is blank, out of those with one."""
    count = Count()
    for record in records[:LOOKED_AT]:
        said = [m.content for m in record.prompt if m.role == "assistant"]
        if said:
            count.add(record.row, any(not turn.strip() for turn in said))
    return count.result(len(records) if len(records) > LOOKED_AT else 0)


def looping(records: Sequence[Record]) -> Tally:
    """Rejected sides that end by saying the same over and over, out of the pairs."""
    count = Count()
    for record in records[:LOOKED_AT]:
        if record.answer is not None and record.rejected is not None:
            count.add(record.row, loops(record.rejected) and not loops(record.answer))
    return count.result(len(records) if len(records) > LOOKED_AT else 0)


def loops(text: str) -> bool:
    """Whether the last thirty characters stand in the text three times or more."""
    said = text.strip()
    return len(said) >= 3 * TAIL and said.count(said[-TAIL:]) >= 3


def benchmarks(records: Sequence[Record]) -> dict[str, float]:
    """Benchmark → share of the records whose id or a short column names it."""
    hits: dict[str, int] = {}
    looked = records[:LOOKED_AT]
    for record in looked:
        for family in families(record):
            hits[family] = hits.get(family, 0) + 1
    return {family: n / max(1, len(looked)) for family, n in sorted(hits.items(), key=lambda item: -item[1])}


def families(record: Record) -> list[str]:
    """The benchmarks that a record's names, or the form of its texts, point to."""
    text = "\n".join(names(record))
    found = [family for family, pattern in FAMILIES.items() if pattern.search(text)]
    answer, asked = record.answer, record.prompt[-1].content if record.prompt else ""
    if answer and "####" in answer and WORKED.search(answer):
        found.append("GSM8K")
    if answer is None and CHOICES.search(asked):
        found.append("a multiple-choice examination")
    return list(dict.fromkeys(found))


def unusual(dataset: Dataset) -> tuple[str, ...]:
    """Columns that fill a record's prompt, sides or label and that a trainer would not know by their names."""
    used = (name for name, field in dataset.schema.columns.items() if field in TRAINED_ON)
    return tuple(sorted(name for name in used if name.lower() not in READ_BY_TRAINERS))


def names(record: Record) -> list[str]:
    """The record's id and its short columns."""
    return [record.id, *(v for v in record.meta.values() if isinstance(v, str) and len(v) <= 60)]


def held_out(records: Sequence[Record]) -> Tally:
    """Records whose own split column says that they are for testing."""
    count = Count()
    for record in records[:LOOKED_AT]:
        split = record.meta.get("split")
        count.add(record.row, isinstance(split, str) and TEST_SPLIT.match(split) is not None)
    return count.result(len(records) if len(records) > LOOKED_AT else 0)
