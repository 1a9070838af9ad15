"""A text and what is to be read out of it, as an object or a list: entities, slots, keywords.

    {"text": "Ann left on 3 May.", "entities": {"name": "Ann", "date": "3 May"}}
    {"text": "Ann left on 3 May.", "entities": [{"start": 0, "end": 3, "label": "PERSON"}]}

The annotation, written as JSON, is the answer. Source: spaCy and Label Studio exports (`entities`, `spans`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from advisor.schemas import _fields
from advisor.types import Record, RowError, Supervision

SUPERVISION: Supervision = "gold"
_TEXT = ("text", "sentence", "document", "utterance", "content", "input")
_READ = (
    "entities", "ner", "spans", "annotations", "slots", "relations", "triples", "keywords", "extracted", "extraction", "fields",
    "json",
)  # fmt: skip


def match(row: Mapping[str, Any]) -> dict[str, str]:
    """A text and a column of annotations that is an object or a list."""
    text, found = _fields.present(row, _TEXT), _fields.present(row, _READ)
    return {text: "prompt", found: "answer"} if text and found and _is_annotation(_fields.parsed(row[found])) else {}


def records(row: Mapping[str, Any], number: int) -> list[Record | RowError]:
    """One record; an empty annotation is an answer too."""
    text, found = _fields.present(row, _TEXT), _fields.present(row, _READ)
    answer = json.dumps(_fields.parsed(row[found]), ensure_ascii=False)
    return [_fields.record(number, prompt=_fields.user(_fields.text(row, text)), answer=answer)]


def _is_annotation(value: Any) -> bool:
    listed = isinstance(value, list) and all(isinstance(item, (str, dict, list)) for item in value)
    return listed or isinstance(value, dict)
