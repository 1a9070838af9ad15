"""OpenAI chat messages; the answer is the assistant's last turn, what comes before is prompt.

    {"messages": [{"role": "user", "content": "Where is Lyon?"}, {"role": "assistant", "content": "In France."}]}
    {"system": "Be brief.", "conversation": [{"role": "user", "content": "Where is Lyon?"},
      {"role": "assistant", "content": "", "tool_calls": [{"function": {"name": "find", "arguments": "{}"}}]}]}
    {"dialogue": [{"speaker": "user", "text": "Where is Lyon?"}, {"speaker": "agent", "text": "In France."}]}

`conversations` in the same form is read too. Rows that do not end with the assistant are prompts. Source: OpenAI
fine-tuning guide; TRL `docs/source/dataset_formats.md` (language modeling, conversational).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from advisor.schemas import _fields
from advisor.types import Record, RowError, Supervision

SUPERVISION: Supervision = "gold"
_COLUMNS = ("messages", "conversations", "conversation", "dialogue", "dialog", "turns", "chat", "thread")


def match(row: Mapping[str, Any]) -> dict[str, str]:
    """A column of turns with `role`; an empty or odd `messages` column too, which `records` then refuses."""
    column = _fields.present(row, _COLUMNS)
    value = _fields.parsed(row.get(column))
    turns = _fields.is_turns(value) and "from" not in value[0]
    if not turns and column != "messages":
        return {}
    return {column: "prompt, answer", **dict.fromkeys(filter(None, [_fields.present(row, _fields.SYSTEM)]), "prompt")}


def records(row: Mapping[str, Any], number: int) -> list[Record | RowError]:
    """One record."""
    column = _fields.present(row, _COLUMNS)
    turns = _fields.messages(row[column], column)
    if not turns:
        raise _fields.WrongRowError(f"column {column!r} holds no messages")
    prompt, answer = _fields.closed(turns)
    return [_fields.record(number, prompt=_fields.headed(row, prompt), answer=answer)]
