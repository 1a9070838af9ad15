"""Dataset layouts, one file each; adding one edits nothing else. A layout is a module with

- `SUPERVISION`: the signal its rows carry;
- `match(row)`: the columns it would turn into Record fields (column → field), `{}` when the row is not of this layout;
- `records(row, number)`: the row's records, or WrongRowError where a column holds the wrong type. Ids, groups, contexts and
  meta that the layout leaves empty are filled by `advisor.load`;
- a docstring with example rows as indented JSON, and the source of the layout.

Rows come under canonical column names (`advisor.naming`). The richer signal first: a pair is not read as its chosen half,
nor a labelled answer as a good one. Of layouts with the same signal the one that explains the most columns of a row has it; of
equals, the first by name.
"""

from __future__ import annotations

import functools
import importlib
import json
import pkgutil
from collections.abc import Mapping
from typing import Any, Protocol, cast

from advisor.types import Record, RowError, Supervision

_RICHEST: tuple[Supervision, ...] = ("pairs", "ranked", "unpaired", "eval", "gold", "prompts", "text")
_REFUSED = (
    (
        frozenset(("input_ids",)),
        "pretokenised (input_ids): token ids of an unknown tokenizer; give the text they were made of",
    ),
    (
        frozenset(("source_id", "labels", "response")),
        "no prompt: RAGTruth keeps it in source_info.jsonl; join by source_id",
    ),
    (frozenset(("message_id", "parent_id")), "one message of a tree: write each path from root to leaf as messages"),
    (frozenset(("anchor", "positive")), "pairs of similar texts: they train embeddings, not answers"),
    (frozenset(("query", "pos", "neg")), "queries with passages: they train retrieval, not answers"),
)
"""Columns → why rows that have them all are no examples to train a language model on."""


class Layout(Protocol):
    """What every module here provides."""

    SUPERVISION: Supervision
    __doc__: str | None

    def match(self, row: Mapping[str, Any]) -> dict[str, str]:
        """Column → Record field, `{}` when the row is not of this layout."""
        ...

    def records(self, row: Mapping[str, Any], number: int) -> list[Record | RowError]:
        """The row's records; a RowError for each part of it that is broken. WrongRowError when all of it is."""
        ...


@functools.cache
def layouts() -> dict[str, Layout]:
    """Every layout by name, sorted; modules that begin with an underscore are helpers."""
    names = sorted(m.name for m in pkgutil.iter_modules(__path__) if not m.name.startswith("_"))
    return {name: cast(Layout, importlib.import_module(f"{__name__}.{name}")) for name in names}


def examples(layout: Layout) -> list[dict[str, Any]]:
    """The example rows of a layout's docstring."""
    indented = "".join(line for line in (layout.__doc__ or "").splitlines() if line.startswith("    "))
    rows, decoder = [], json.JSONDecoder()
    while indented := indented.lstrip():
        row, end = decoder.raw_decode(indented)
        rows.append(row)
        indented = indented[end:]
    return rows


def detect(row: Mapping[str, Any]) -> tuple[str, dict[str, str]]:
    """Name of the layout that has a row, and the columns it explains; `("unknown", {})` when none does."""
    if refusal(row):
        return "unknown", {}
    for names in by_signal():
        found = [(name, columns) for name in names if (columns := layouts()[name].match(row))]
        if found:
            return max(found, key=lambda each: len(each[1]))
    return "unknown", {}


def refusal(row: Mapping[str, Any]) -> str:
    """Why a row that looks like data cannot be used by any layout, `""` when nothing speaks against it."""
    return next((why for columns, why in _REFUSED if columns <= row.keys()), "")


@functools.cache
def by_signal() -> tuple[tuple[str, ...], ...]:
    """Names of layouts, those of one signal together, the richest signal first."""
    return tuple(tuple(n for n, layout in layouts().items() if signal == layout.SUPERVISION) for signal in _RICHEST)
