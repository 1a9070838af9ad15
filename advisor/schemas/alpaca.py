"""Alpaca: an instruction, an optional input, an output; optionally a system prompt and earlier turns.

    {"instruction": "Translate to French.", "input": "bread", "output": "pain"}
    {"instruction": "Where is Lyon?", "output": {"city": "Lyon", "country": "France"}}
    {"instruction": "And in Spanish?", "output": "pan", "system": "Be brief.", "history": [["Bread in French?",
     "Pain."]]}

An output that is an object is written as JSON. Source: Stanford Alpaca (Taori et al. 2023); LLaMA-Factory
`data/README.md` (alpaca format, `system`, `history`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from advisor.schemas import _fields
from advisor.types import Record, RowError, Supervision

SUPERVISION: Supervision = "gold"
_PROMPT = ("instruction", "input", "history")


def match(row: Mapping[str, Any]) -> dict[str, str]:
    """An `instruction` and an `output`."""
    if "instruction" not in row or "output" not in row or _is_several(row["output"]):
        return {}
    columns = (*_PROMPT, _fields.present(row, _fields.SYSTEM))
    return {**{column: "prompt" for column in columns if column in row}, "output": "answer"}


def _is_several(output: Any) -> bool:
    """Whether the output is a list of answers, best first (LLaMA-Factory's older ranking format)."""
    return isinstance(output, list) and len(output) != 1


def records(row: Mapping[str, Any], number: int) -> list[Record | RowError]:
    """One record; the input follows the instruction after a blank line."""
    asked = [_fields.text(row, column) for column in ("instruction", "input") if column in row]
    question = _fields.user("\n\n".join(part for part in asked if part))
    earlier = _fields.history(row["history"]) if "history" in row else ()
    prompt = _fields.headed(row, (*earlier, *question))
    return [_fields.record(number, prompt=prompt, answer=_output(row["output"]))]


def _output(value: Any) -> str:
    """Text, an object as JSON, or the only text of a list."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False)
    return _fields.text({"output": value}, "output")
