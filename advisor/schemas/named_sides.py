"""A prompt and two answers whose column names say in words of their own which is better.

    {"customer_query": "Where is Lyon?", "good_reply": "In France.", "bad_reply": "In Spain."}
    {"question": "Where is Lyon?", "answer_pos": "In France.", "answer_neg": "In Spain."}
    {"toxic_prompt": "Where is Lyon?", "safe": "In France.", "unsafe": "In Spain."}
    {"user_input": "Where is Lyon?", "preferred_text": "In France.", "dispreferred_text": "In Spain."}

Source: none; how people name such columns by hand.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from advisor.schemas import _fields, _names, contrast, preference
from advisor.types import Record, RowError, Supervision

SUPERVISION: Supervision = "pairs"


def match(row: Mapping[str, Any]) -> dict[str, str]:
    """Two sides by name that no other layout knows, and one column that was asked; a system prompt where there is one."""
    (better, worse), asked = _names.sides(row), _names.asked(row)
    if not better or not asked or asked in (better, worse) or preference.match(row) or contrast.match(row):
        return {}
    if not isinstance(row[better], str) or not isinstance(row[worse], str):
        return {}  # `safe` and `unsafe` are marks as often as answers
    system = _fields.present(row, _fields.SYSTEM)
    return {asked: "prompt", **({system: "prompt"} if system else {}), better: "answer", worse: "rejected"}


def records(row: Mapping[str, Any], number: int) -> list[Record | RowError]:
    """One record."""
    (better, worse), asked = _names.sides(row), _names.asked(row)
    prompt = _fields.headed(row, _fields.prompt(row[asked], asked))
    answer, rejected = _fields.text(row, better), _fields.text(row, worse)
    return [_fields.record(number, prompt=prompt, answer=answer, rejected=rejected)]
