"""ShareGPT conversations; the answer is the model's last turn, what comes before is prompt.

    {"system": "Be brief.",
     "conversations": [{"from": "human", "value": "Where is Lyon?"}, {"from": "gpt", "value": "In France."}]}

Source: LLaMA-Factory `data/README.md` (sharegpt format), Axolotl `docs/dataset-formats/conversation.qmd`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from advisor.schemas import _fields, turn_list
from advisor.types import Record, RowError, Supervision

SUPERVISION: Supervision = "gold"
_COLUMNS = ("conversations", "conversation", "messages")


def match(row: Mapping[str, Any]) -> dict[str, str]:
    """A column of turns with `from`; an empty or odd `conversations` column too, which `records` then refuses."""
    column = _fields.present(row, _COLUMNS)
    value = _fields.parsed(row.get(column))
    first = value[0] if isinstance(value, list) and value and isinstance(value[0], dict) else {}
    others = _fields.is_turn(first) or bool(turn_list.match(row))
    if "from" not in first and (column != "conversations" or others):
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
