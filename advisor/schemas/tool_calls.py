"""A request, the tools at hand, and the calls that answer it.

    {"query": "Where is Lyon?", "tools": "[{\\"name\\": \\"find\\"}]",
     "answers": "[{\\"name\\": \\"find\\", \\"arguments\\": {}}]"}
    {"system": "You may call: find.", "chat": "USER: Where is Lyon?\\n\\n\\nASSISTANT: In France. <|endoftext|>"}

Source: xLAM function calling 60k (Liu et al. 2024, arXiv:2406.18518); Glaive function calling v2 (`chat`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from advisor.schemas import _fields
from advisor.types import Message, Record, RowError, Supervision

SUPERVISION: Supervision = "gold"
_TURN = re.compile(r"(?:^|\n\s{0,20})(USER|ASSISTANT|FUNCTION RESPONSE):")
_ROLES = {"USER": "user", "ASSISTANT": "assistant", "FUNCTION RESPONSE": "tool"}
_ASKED = ("query", "question", "instruction", "prompt")
_CALLS = ("answers", "function_calls", "tool_calls", "calls")


def match(row: Mapping[str, Any]) -> dict[str, str]:
    """`tools` with calls, or a `chat` written out."""
    if isinstance(row.get("chat"), str) and _TURN.search(row["chat"]):
        system = _fields.present(row, _fields.SYSTEM)
        return {"chat": "prompt, answer", **({system: "prompt"} if system else {})}
    asked, calls = _fields.present(row, _ASKED), _fields.present(row, _CALLS)
    return {asked: "prompt", "tools": "prompt", calls: "answer"} if asked and calls and "tools" in row else {}


def records(row: Mapping[str, Any], number: int) -> list[Record | RowError]:
    """One record; the tools stand in the system prompt, the calls are the answer as JSON."""
    if "chat" in row:
        prompt, answer = _fields.closed(_chat(_fields.text(row, "chat")))
        return [_fields.record(number, prompt=_fields.headed(row, prompt), answer=answer)]
    asked, calls = _fields.present(row, _ASKED), _fields.present(row, _CALLS)
    prompt = _fields.user(_fields.text(row, asked), _written(row["tools"], "tools"))
    return [_fields.record(number, prompt=prompt, answer=_written(row[calls], calls))]


def _chat(text: str) -> _fields.Messages:
    pieces = _TURN.split(text)
    marked = zip(pieces[1::2], pieces[2::2], strict=True)
    return tuple(Message(_ROLES[who], said.replace("<|endoftext|>", "").strip()) for who, said in marked)


def _written(value: Any, column: str) -> str:
    if not isinstance(value, (str, list)) or (
        isinstance(value, list) and not all(isinstance(i, (dict, str)) for i in value)
    ):
        raise _fields.wrong(column, value, "JSON text, or a list of objects")
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
