"""Raw text for continued pre-training; the text is the record's answer and there is no prompt.

    {"text": "Lyon lies where the Saône meets the Rhône."}
    {"title": "Lyon", "content": "Lyon lies where the Saône meets the Rhône."}

A `label` beside it makes it a classification set, which is not this layout. Source: TRL
`docs/source/dataset_formats.md` (language modeling, standard).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from advisor.schemas import _fields
from advisor.types import Record, RowError, Supervision

SUPERVISION: Supervision = "text"


_COLUMNS = (
    "text", "content", "contents", "page_content", "raw_content", "raw_text", "body", "article", "document", "passage",
    "paragraph", "chapter", "story", "poem", "lyrics", "transcript", "markdown", "abstract", "chunk",
    "full_text", "body_text", "raw", "doc",
)  # fmt: skip


def match(row: Mapping[str, Any]) -> dict[str, str]:
    """A column of text without a class label."""
    column = _fields.present(row, _COLUMNS)
    return {column: "answer"} if column and not {"label", "labels", "role"} & row.keys() else {}


def records(row: Mapping[str, Any], number: int) -> list[Record | RowError]:
    """One record."""
    return [_fields.record(number, answer=_fields.text(row, _fields.present(row, _COLUMNS)))]
