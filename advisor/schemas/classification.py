"""A text with the name of its class.

    {"text": "A fine film.", "label": "positive"}
    {"sentence": "A fine film.", "label_text": "positive", "label": 1}
    {"premise": "Lyon is in France.", "hypothesis": "Lyon is in Spain.", "label": "contradiction"}
    {"text": "A fine film.", "label": 1}

A class that is a bare number stands as it is, where no column names it. Source: Hugging Face
`datasets` text classification sets (SetFit's `label_text`, SNLI's `premise`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from advisor.schemas import _fields
from advisor.types import Record, RowError, Supervision

SUPERVISION: Supervision = "gold"
_TEXT = ("text", "sentence", "utterance", "review", "tweet", "premise")
_CLASS = ("label_text", "label_name", "intent", "sentiment", "label", "category", "class")
_NUMBERED = ("label", "labels", "class", "target", "sentiment", "intent")


def match(row: Mapping[str, Any]) -> dict[str, str]:
    """A text and a class: a short word, or a number."""
    asked, named = _fields.present(row, _TEXT), _class(row)
    if not asked or not named or (asked == "text" and named == "category"):
        return {}  # a `category` beside a text is a topic of raw text as often as a target
    more = {"hypothesis": "prompt"} if asked == "premise" and "hypothesis" in row else {}
    return {asked: "prompt", **more, named: "answer"}


def records(row: Mapping[str, Any], number: int) -> list[Record | RowError]:
    """One record whose answer is the class."""
    texts = [_fields.text(row, c) for c in (_fields.present(row, _TEXT), "hypothesis") if c in row]
    named = str(row[_class(row)])
    return [_fields.record(number, prompt=_fields.user("\n".join(texts)), answer=named)]


def _class(row: Mapping[str, Any]) -> str:
    """The column of the class: one with its name, else one with its number."""
    words = [c for c in _CLASS if isinstance(row.get(c), str) and row[c].strip() and len(row[c]) < 60]
    named = next((c for c in words if not _is_number(row[c])), "")
    return named or next((c for c in _NUMBERED if _is_number(row.get(c))), "")


def _is_number(value: Any) -> bool:
    return not isinstance(value, bool) and isinstance(value, (int, str)) and str(value).strip().lstrip("-").isdigit()
