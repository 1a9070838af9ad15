"""A list of answers and which of them was picked: it against each of the others.

    {"prompt": "Where is Lyon?", "responses": ["In France.", "In Spain."], "chosen_index": 0}
    {"question": "Where is Lyon?", "candidates": [{"text": "In Spain."}, {"text": "In France."}], "best": 1}

Source: none; exports of annotation tools name it so.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from advisor.schemas import _fields
from advisor.types import Record, RowError, Supervision

SUPERVISION: Supervision = "pairs"
_PROMPT = ("prompt", "instruction", "question", "query", "input")
_LISTS = ("completions", "responses", "answers", "candidates", "generations", "outputs", "replies")
_PICKED = (
    "chosen_index",
    "chosen_idx",
    "best_index",
    "best_idx",
    "best",
    "preferred_index",
    "selected_index",
    "winner_index",
    "choice",
)
_TEXT = ("response", "completion", "answer", "text", "output", "content", "generation")


def match(row: Mapping[str, Any]) -> dict[str, str]:
    """A prompt, two answers or more, and the place of one of them."""
    asked, listed, picked = (_fields.present(row, names) for names in (_PROMPT, _LISTS, _PICKED))
    if not asked or not listed or not picked:
        return {}
    place = row[picked]
    among = isinstance(place, int) and not isinstance(place, bool) and 0 <= place < len(_texts(row[listed]))
    return {asked: "prompt", listed: "answer, rejected", picked: "answer, rejected"} if among else {}


def records(row: Mapping[str, Any], number: int) -> list[Record | RowError]:
    """A record for each answer that was not picked."""
    asked, listed, picked = (_fields.present(row, names) for names in (_PROMPT, _LISTS, _PICKED))
    texts, place = _texts(row[listed]), row[picked]
    prompt = _fields.headed(row, _fields.prompt(row[asked], asked))
    others = [text for i, text in enumerate(texts) if i != place]
    if not others:
        raise _fields.WrongRowError(f"column {listed!r} holds {len(texts)} answers, want two or more")
    return [_fields.record(number, prompt=prompt, answer=texts[place], rejected=text) for text in others]


def _texts(value: Any) -> list[str]:
    """The answers, `[]` for anything but a list of texts or of objects with one."""
    items = _fields.parsed(value) if isinstance(_fields.parsed(value), list) else []
    said = [item.get(_fields.present(item, _TEXT)) if isinstance(item, dict) else item for item in items]
    return [str(text) for text in said] if all(isinstance(text, str) for text in said) else []
