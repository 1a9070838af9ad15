"""A question and its answer, as in GSM8K (`#### 72` ends the answer); a context column grounds it.

    {"question": "What is 48 plus 24?", "answer": "48 + 24 = 72\\n#### 72"}

Source: GSM8K (Cobbe et al. 2021, arXiv:2110.14168).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from advisor.schemas import _fields
from advisor.types import Record, RowError, Supervision

SUPERVISION: Supervision = "gold"


def match(row: Mapping[str, Any]) -> dict[str, str]:
    """A `question` and an `answer`."""
    return {"question": "prompt", "answer": "answer"} if "question" in row and "answer" in row else {}


def records(row: Mapping[str, Any], number: int) -> list[Record | RowError]:
    """One record."""
    question, answer = _fields.text(row, "question"), _fields.text(row, "answer")
    return [_fields.record(number, prompt=_fields.user(question), answer=answer)]
