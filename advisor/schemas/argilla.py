"""Argilla's export of a preference task: the fields shown, and what each annotator answered to each question.

    {"id": "1", "fields": {"prompt": "Where is Lyon?", "response_a": "In Spain.", "response_b": "In France."},
     "metadata": {}, "suggestions": {}, "responses": {"preference": [{"value": "response_b", "user_id": "u1"}]}}
    {"fields": {"instruction": "Where is Lyon?", "response_1": "In France.", "response_2": "In Spain."},
     "responses": {"best": [{"value": "response_1", "user_id": "u1"}, {"value": "response_1", "user_id": "u2"}]}}

The majority decides; as many for each answer are a tie. A suggestion is a model's, and is not counted. Source: Argilla 2
`Record.to_dict` (`argilla/src/argilla/records/_resource.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from advisor.naming import canonical
from advisor.schemas import _fields, _votes, side_by_side
from advisor.types import Record, RowError, Supervision

SUPERVISION: Supervision = "pairs"
_OPEN = ("draft", "pending", "discarded")


def match(row: Mapping[str, Any]) -> dict[str, str]:
    """Fields with a prompt and two answers, and responses by question."""
    fields, responses = row.get("fields"), row.get("responses")
    if not isinstance(fields, dict) or not isinstance(responses, dict) or not _pair(fields, _votes.TIE):
        return {}
    return {"fields": "prompt, answer, rejected", "responses": "answer, rejected"}


def records(row: Mapping[str, Any], number: int) -> list[Record | RowError]:
    """One record."""
    votes = [vote for given in row["responses"].values() for vote in _said(given) if _pair(row["fields"], vote)]
    if not votes:
        raise _fields.WrongRowError("column 'responses' does not say which answer is better")
    return side_by_side.records(_pair(row["fields"], _votes.majority(votes)), number)


def _pair(fields: Mapping[str, Any], vote: str) -> dict[str, Any]:
    """The row of two answers side by side that this vote makes of the fields, `{}` where it does not."""
    flat = {**canonical(fields)[0], "preference": vote}
    return flat if "preference" in side_by_side.match(flat) else {}


def _said(given: Any) -> list[str]:
    """The values of a question's finished responses."""
    answers = [answer for answer in given if isinstance(answer, dict)] if isinstance(given, list) else []
    return [str(answer.get("value")) for answer in answers if answer.get("status") not in _OPEN]
