"""Prompts without answers: for online RL, distillation, or sampling answers first.

    {"prompt": "Where is Lyon?"}
    {"instruction": "Where is this?", "input": "Lyon"}
    {"system": "Be brief.", "question": "Where is Lyon?"}

Source: TRL `docs/source/dataset_formats.md` (prompt-only).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from advisor.schemas import _fields
from advisor.types import Record, RowError, Supervision

SUPERVISION: Supervision = "prompts"
_NAMES = ("prompt", "instruction", "question", "query", "problem", "user_prompt")


def match(row: Mapping[str, Any]) -> dict[str, str]:
    """A prompt, and no layout that explains more."""
    system = _fields.present(row, _fields.SYSTEM)
    asked = _fields.asked(row, _NAMES)
    return dict.fromkeys((*asked, *filter(None, [system])), "prompt") if asked else {}


def records(row: Mapping[str, Any], number: int) -> list[Record | RowError]:
    """One record without answer."""
    return [_fields.record(number, prompt=_fields.headed(row, _fields.question(row, _fields.asked(row, _NAMES))))]
