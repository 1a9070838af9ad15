"""Prompts without answers: for online RL, distillation, or sampling answers first.

    {"prompt": "Where is Lyon?"}

Source: TRL `docs/source/dataset_formats.md` (prompt-only).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from advisor.schemas import _fields
from advisor.types import Record, RowError, Supervision

SUPERVISION: Supervision = "prompts"


def match(row: Mapping[str, Any]) -> dict[str, str]:
    """A `prompt`, and no layout that explains more."""
    return {"prompt": "prompt"} if "prompt" in row else {}


def records(row: Mapping[str, Any], number: int) -> list[Record | RowError]:
    """One record without answer."""
    return [_fields.record(number, prompt=_fields.prompt(row["prompt"], "prompt"))]
