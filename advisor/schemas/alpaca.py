"""Alpaca: an instruction, an optional input, an output; optionally a system prompt and earlier turns.

    {"instruction": "Translate to French.", "input": "bread", "output": "pain"}
    {"instruction": "And in Spanish?", "output": "pan", "system": "Be brief.", "history": [["Bread in French?", "Pain."]]}

Source: Stanford Alpaca (Taori et al. 2023); LLaMA-Factory `data/README.md` (alpaca format, `system`, `history`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from advisor.schemas import _fields
from advisor.types import Message, Record, RowError, Supervision

SUPERVISION: Supervision = "gold"
_PROMPT = ("instruction", "input", "system", "history")


def match(row: Mapping[str, Any]) -> dict[str, str]:
    """An `instruction` and an `output`."""
    if "instruction" not in row or "output" not in row:
        return {}
    return {**{column: "prompt" for column in _PROMPT if column in row}, "output": "answer"}


def records(row: Mapping[str, Any], number: int) -> list[Record | RowError]:
    """One record; the input follows the instruction after a blank line."""
    asked = [_fields.text(row, column) for column in ("instruction", "input") if column in row]
    system = _fields.text(row, "system") if "system" in row else ""
    question = _fields.user("\n\n".join(part for part in asked if part), system)
    prompt = (*question[:-1], *_history(row.get("history", [])), question[-1])
    return [_fields.record(number, prompt=prompt, answer=_fields.text(row, "output"))]


def _history(turns: Any) -> list[Message]:
    """Earlier turns, given as [question, answer] pairs."""
    pairs = isinstance(turns, list) and all(isinstance(turn, list) and len(turn) == 2 for turn in turns)
    if not pairs or not all(isinstance(said, str) for turn in turns for said in turn):
        raise _fields.wrong("history", turns, "a list of [question, answer] texts")
    return [Message(role, said) for turn in turns for role, said in zip(("user", "assistant"), turn, strict=True)]
