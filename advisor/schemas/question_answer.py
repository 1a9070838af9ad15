"""A question and its answer, as in GSM8K (`#### 72` ends the answer); a context column grounds it.

    {"question": "What is 48 plus 24?", "answer": "48 + 24 = 72\\n#### 72"}
    {"question": "where is lyon", "answers": ["France", "in France"], "ctxs": [{"title": "Lyon",
     "text": "Lyon is in France."}]}
    {"question": "Where is Lyon?", "answer": "France", "context": {"title": ["Lyon"],
     "sentences": [["Lyon is in France."]]}}
    {"article": "Lyon is in France.", "question": "Where is Lyon?", "answer": "France"}

Source: GSM8K (Cobbe et al. 2021, arXiv:2110.14168); DPR (`answers`, `ctxs`); HotpotQA (`context` of titles and
sentences); Axolotl `context_qa` (`article`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from advisor.schemas import _fields
from advisor.types import Record, RowError, Supervision

SUPERVISION: Supervision = "gold"


def match(row: Mapping[str, Any]) -> dict[str, str]:
    """A `question` and an `answer`, or `answers` that are texts; with a system prompt where there is one."""
    answer = _fields.present(row, ("answer", "answers"))
    if "question" not in row or not answer or (answer == "answers" and not _is_texts(row["answers"])):
        return {}
    system = _fields.present(row, _fields.SYSTEM)
    field = "answer" if answer == "answer" else "answer, references"
    return {"question": "prompt", **dict.fromkeys(filter(None, [system]), "prompt"), answer: field}


def records(row: Mapping[str, Any], number: int) -> list[Record | RowError]:
    """One record; of several answers the first is the answer, the others are further references."""
    prompt = _fields.headed(row, _fields.user(_fields.text(row, "question")))
    answers = [_fields.text(row, "answer")] if "answer" in row else _fields.texts(row["answers"], "answers")
    distinct = tuple(dict.fromkeys(answers))
    return [_fields.record(number, prompt=prompt, answer=distinct[0] if distinct else None, references=distinct[1:])]


def _is_texts(value: Any) -> bool:
    items = _fields.parsed(value)
    return isinstance(items, list) and all(isinstance(item, str) for item in items)
