"""Anthropic HH-RLHF: two transcripts that share their turns up to the last answer.

    {"chosen": "\\n\\nHuman: Where is Lyon?\\n\\nAssistant: In France.",
     "rejected": "\\n\\nHuman: Where is Lyon?\\n\\nAssistant: No idea."}

Sides that part earlier keep all turns after the shared ones, as a transcript. Source: anthropics/hh-rlhf README (Bai et
al. 2022, arXiv:2204.05862).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from advisor.schemas import _fields
from advisor.types import Record, RowError, Supervision

SUPERVISION: Supervision = "pairs"
_COLUMNS = {"chosen": "answer", "rejected": "rejected", "prompt": "prompt"}


def match(row: Mapping[str, Any]) -> dict[str, str]:
    """Both sides are transcripts that begin with a turn; a `prompt` beside them usually repeats their start."""
    if not _is_transcript(row.get("chosen")) or not _is_transcript(row.get("rejected")):
        return {}
    return {column: field for column, field in _COLUMNS.items() if column in row}


def records(row: Mapping[str, Any], number: int) -> list[Record | RowError]:
    """One record."""
    chosen, rejected = (_fields.transcript(_fields.text(row, side)) for side in ("chosen", "rejected"))
    if not chosen or not rejected:
        raise _fields.WrongRowError("a side has no Human turn")
    prompt, answer, worse = _fields.diverge(chosen, rejected)
    if "prompt" in row:
        prompt = _fields.joined(_fields.prompt(row["prompt"], "prompt"), prompt)
    return [_fields.record(number, prompt=prompt, answer=answer, rejected=worse)]


def _is_transcript(side: Any) -> bool:
    return isinstance(side, str) and side.lstrip().startswith(("Human:", "Assistant:")) and "\n\nAssistant:" in side
