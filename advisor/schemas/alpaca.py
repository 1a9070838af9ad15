"""Alpaca: an instruction, an optional input, an output; optionally a system prompt and earlier turns.

    {"instruction": "Translate to French.", "input": "bread", "output": "pain"}
    {"instruction": "And in Spanish?", "output": "pan", "system": "Be brief.", "history": [["Bread in French?",
     "Pain."]]}

Source: Stanford Alpaca (Taori et al. 2023); LLaMA-Factory `data/README.md` (alpaca format, `system`, `history`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from advisor.schemas import _fields
from advisor.types import Record, RowError, Supervision

SUPERVISION: Supervision = "gold"
_PROMPT = ("instruction", "input", "history")


def match(row: Mapping[str, Any]) -> dict[str, str]:
    """An `instruction` and an `output`."""
    if "instruction" not in row or "output" not in row or isinstance(row["output"], list):
        return {}
    columns = (*_PROMPT, _fields.present(row, _fields.SYSTEM))
    return {**{column: "prompt" for column in columns if column in row}, "output": "answer"}


def records(row: Mapping[str, Any], number: int) -> list[Record | RowError]:
    """One record; the input follows the instruction after a blank line."""
    asked = [_fields.text(row, column) for column in ("instruction", "input") if column in row]
    question = _fields.user("\n\n".join(part for part in asked if part))
    earlier = _fields.history(row["history"]) if "history" in row else ()
    prompt = _fields.headed(row, (*earlier, *question))
    return [_fields.record(number, prompt=prompt, answer=_fields.text(row, "output"))]
