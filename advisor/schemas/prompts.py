"""Prompts without answers: for online RL, distillation, or sampling answers first.

    {"prompt": "Where is Lyon?"}
    {"instruction": "Where is this?", "input": "Lyon"}
    {"system": "Be brief.", "question": "Where is Lyon?"}

Source: TRL `docs/source/dataset_formats.md` (prompt-only).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from advisor.schemas import _fields, _names
from advisor.types import Record, RowError, Supervision

SUPERVISION: Supervision = "prompts"
_NAMES = ("prompt", "instruction", "question", "query", "problem", "user_prompt")


def match(row: Mapping[str, Any]) -> dict[str, str]:
    """A prompt, and no layout that explains more."""
    system = _fields.present(row, _fields.SYSTEM)
    asked = _asked(row)
    return dict.fromkeys((*asked, *filter(None, [system])), "prompt") if asked else {}


def records(row: Mapping[str, Any], number: int) -> list[Record | RowError]:
    """One record without answer."""
    return [_fields.record(number, prompt=_fields.headed(row, _fields.question(row, _asked(row))))]


def _asked(row: Mapping[str, Any]) -> tuple[str, ...]:
    """The columns of the prompt, by a known name or by the words of one's own."""
    named = _names.asked(row)
    return _fields.asked(row, _NAMES) or ((named,) if named else ())
