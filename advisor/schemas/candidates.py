"""Several answers to a prompt and nothing that says which is better: prompts, until someone ranks them.

    {"prompt": "Where is Lyon?", "completions": [{"model": "a", "completion": "In France."}, {"model": "b",
     "completion": "In Spain."}]}
    {"instruction": "Where is Lyon?", "responses": ["In France.", "In Spain."]}
    {"instruction": "Where is Lyon?", "output_1": "In France.", "output_2": "In Spain."}

The answers stay in meta. Source: generations of AlpacaEval (`output_1`) and of open-instruct's human evaluation
(`completions`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from advisor.schemas import _fields
from advisor.types import Record, RowError, Supervision

SUPERVISION: Supervision = "prompts"
_PROMPT = ("prompt", "instruction", "question", "query")
_LISTS = ("completions", "responses", "candidates", "generations", "outputs", "replies")
_TWO = (
    ("output_1", "output_2"), ("response_1", "response_2"), ("response1", "response2"), ("response_a", "response_b"),
    ("response_0", "response_1"), ("answer_a", "answer_b"), ("completion_a", "completion_b"),
)  # fmt: skip


def match(row: Mapping[str, Any]) -> dict[str, str]:
    """A prompt with a list of answers, or with two of them side by side."""
    asked = _fields.asked(row, _PROMPT)
    answers = _answers(row) if asked else ()
    return {**dict.fromkeys(asked, "prompt"), **dict.fromkeys(answers, "meta")} if answers else {}


def records(row: Mapping[str, Any], number: int) -> list[Record | RowError]:
    """One record without answer."""
    prompt = _fields.headed(row, _fields.question(row, _fields.asked(row, _PROMPT)))
    return [_fields.record(number, prompt=prompt, meta={"candidates": [row[column] for column in _answers(row)]})]


def _answers(row: Mapping[str, Any]) -> tuple[str, ...]:
    column = _fields.present(row, _LISTS)
    items = _fields.parsed(row.get(column))
    if isinstance(items, list) and all(isinstance(item, (str, dict)) for item in items):
        return (column,)
    return next((pair for pair in _TWO if all(isinstance(row.get(column), str) for column in pair)), ())
