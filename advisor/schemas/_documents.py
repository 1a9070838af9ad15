"""The documents of a row, under their usual names or in numbered columns."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from advisor.schemas._cells import has_words, present, wrong
from advisor.schemas._turns import is_turns

CONTEXTS = (
    "contexts", "context", "documents", "document", "docs", "passages", "passage", "paragraph", "retrieved_contexts",
    "retrieved_documents", "retrieval_context", "source_documents", "reference_contexts", "ctxs", "positive_ctxs",
    "knowledge", "evidence", "search_results",
)  # fmt: skip
NUMBERED = (
    "chunk", "context", "passage", "document", "doc", "paragraph", "snippet", "evidence", "knowledge", "ctx", "retrieved_chunk",
    "retrieved_context", "retrieved_document", "retrieved_doc", "retrieved_passage", "retrieved", "source",
)  # fmt: skip
"""Names of columns that hold one document each, before their number: of several the first is meant."""
_NUMBER = re.compile(r"_?(\d{1,3})")
_PASSAGE = ("text", "content", "passage_text", "page_content", "passage", "body", "snippet", "contents", "sentences")


def contexts(row: Mapping[str, Any]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(columns, documents) of a row: text, a list of texts, or of objects that hold one; or a text in each numbered column."""
    columns = documents(row)
    if columns and columns[0] in CONTEXTS:
        return columns, passages(row[columns[0]], columns[0])
    columns = tuple(column for column in columns if has_words(row[column]))
    return columns, tuple(row[column] for column in columns)


def documents(row: Mapping[str, Any]) -> tuple[str, ...]:
    """The columns of a row's documents: a `context` of messages (HelpSteer3) is a conversation."""
    column = present(row, CONTEXTS)
    return (column,) if column and not is_turns(row[column]) else _numbered(row)


def may_hold(names: Collection[str]) -> bool:
    """Whether columns of these names may hold documents."""
    return not set(CONTEXTS).isdisjoint(names) or bool(_numbered(names))


def _numbered(names: Collection[str]) -> tuple[str, ...]:
    """The columns of numbered documents, `chunk_1`, `chunk_2`, in the order of their numbers."""
    for stem in NUMBERED:
        found = [(int(number[1]), name) for name in names if (number := _number(name, stem))]
        if found:
            return tuple(name for _, name in sorted(found))
    return ()


def passages(value: Any, column: str) -> tuple[str, ...]:
    """Documents: a text, a list of texts, of objects or of [title, sentences], or an object that holds a list of them."""
    if isinstance(value, dict) and isinstance(value.get(key := present(value, _PASSAGE)), list):
        value = value[key]
    items = value if isinstance(value, list) else [value]
    return tuple(passage for item in items if (passage := _passage(item, column)).strip())


def _number(name: str, stem: str) -> re.Match[str] | None:
    return _NUMBER.fullmatch(name, len(stem)) if name.startswith(stem) else None


def _passage(item: Any, column: str) -> str:
    if isinstance(item, dict):
        item = item.get(present(item, _PASSAGE))
    if isinstance(item, list) and len(item) == 2 and isinstance(item[0], str) and isinstance(item[1], list):
        item = item[1]  # HotpotQA: [title, sentences]
    if isinstance(item, list) and all(isinstance(sentence, str) for sentence in item):
        return "".join(item)
    if not isinstance(item, str):
        raise wrong(column, item, "text, or a list of texts")
    return item
