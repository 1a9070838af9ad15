"""A conversation without role names: texts in turn, or an input and an output each.

    {"data": ["Where is Lyon?", "In France."]}
    {"dialog": ["Where is Lyon?", "In France.", "And Rome?", "In Italy."]}
    {"conversation": [{"input": "Where is Lyon?", "output": "In France."}]}
    {"conversations": [["Where is Lyon?", "In France."], ["And Rome?", "In Italy."]]}
    {"conversation": [{"human": "Where is Lyon?", "assistant": "In France."}]}
    {"chat": {"turn_1": {"Human": "Where is Lyon?", "MOSS": "In France."}}}

The first text is the user's. Source: UltraChat (`data`, Ding et al. 2023, arXiv:2305.14233), DailyDialog (`dialog`),
Capybara (`input`, `output`), Firefly (`human`, `assistant`), MOSS (`chat`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from advisor.schemas import _fields
from advisor.types import Message, Record, RowError, Supervision

SUPERVISION: Supervision = "gold"
_COLUMNS = ("data", "dialog", "dialogue", "conversation", "conversations", "turns", "utterances", "chat")
_PAIRS = (
    ("input", "output"), ("human", "assistant"), ("user", "assistant"), ("prompt", "response"), ("question", "answer"),
    ("instruction", "output"), ("instruction", "response"), ("query", "response"), ("human", "moss"), ("user", "bot"),
    ("human", "bot"), ("q", "a"),
)  # fmt: skip


def match(row: Mapping[str, Any]) -> dict[str, str]:
    """A list of two or more texts, of pairs, or of objects with a question and an answer."""
    column = _fields.present(row, _COLUMNS)
    if not column or not _texts(_fields.parsed(row[column])):
        return {}
    return {column: "prompt, answer", **dict.fromkeys(filter(None, [_fields.present(row, _fields.SYSTEM)]), "prompt")}


def records(row: Mapping[str, Any], number: int) -> list[Record | RowError]:
    """One record; the last text is the answer if it is the assistant's."""
    said = _texts(_fields.parsed(row[_fields.present(row, _COLUMNS)]))
    turns = tuple(Message(("user", "assistant")[place % 2], text) for place, text in enumerate(said))
    prompt, answer = _fields.closed(turns)
    return [_fields.record(number, prompt=_fields.headed(row, prompt), answer=answer)]


def _texts(value: Any) -> list[str]:
    """The texts in turn, `[]` for anything else."""
    if isinstance(value, dict):  # numbered exchanges; texts under names are an object of another kind
        value = [] if any(isinstance(text, str) for text in value.values()) else list(value.values())
    if not isinstance(value, list) or not value:
        return []
    if all(isinstance(item, str) for item in value):
        return value if len(value) > 1 else []
    pairs = [_pair(item) for item in value]
    whole = all(len(pair) == 2 and all(isinstance(text, str) for text in pair) for pair in pairs)
    return [str(text) for pair in pairs for text in pair] if whole else []


def _pair(item: Any) -> list[Any]:
    """Question and answer of one exchange, `[]` for anything else."""
    if not isinstance(item, dict):
        return item if isinstance(item, list) else []
    said = {str(key).lower(): text for key, text in item.items()}
    first, second = next((pair for pair in _PAIRS if pair[0] in said and pair[1] in said), ("", ""))
    return [said[first], said[second]] if first else []
