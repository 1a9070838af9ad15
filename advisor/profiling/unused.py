"""Text that a layout leaves over: a column longer than all that was read may be what the file is about."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Collection
from typing import Any

from advisor.privacy import redact
from advisor.profiling.origin import KEYS
from advisor.profiling.parts import ALL_USED, Unused
from advisor.profiling.sample import Sample, View, turns_length
from advisor.schemas import _fields

KNOWN = KEYS | {"tools", "functions", "candidates", "between"}
"""Columns left over that have a use all the same, and what layouts keep of lists of answers."""


TRAINED_ON = ("prompt", "instruction", "question", "completion", "response", "answer", "output", "chosen", "rejected")
"""Names by which trainers know the columns that they train on."""
NEAR = 0.85
"""Ours: similarity of two names (difflib ratio) from which one is taken for the other misspelt: one letter in seven."""


def unused(sample: Sample, columns: Collection[str]) -> Unused:
    """The column left over that holds most text, beside what was read of the records looked at; `columns` are used by name."""
    known = KNOWN.union(columns)
    used, left = Counter[str](), Counter[str]()
    for view in sample.views:
        used.update(_used(view))
        left.update({name: _length(cell, view) for name, cell in view.record.meta.items() if name not in known})
    column, most = max(left.items(), key=lambda each: (each[1], each[0]), default=("", 0))
    total = sum(used.values()) + sum(left.values())
    if not most:
        return ALL_USED
    return Unused(
        column=redact(column),
        share=most / total,
        used=sum(used.values()) / total,
        largest=max(used.values()) / total,
        length=most / len(sample.views),
        misspelt=redact(next((name for name in sorted(left) if left[name] and misspelt(name, columns)), "")),
    )


def misspelt(name: str, columns: Collection[str]) -> bool:
    """Whether a name is nearly, but not quite, that of a column trained on which the file does not have."""
    near = difflib.get_close_matches(name.lower(), TRAINED_ON, 1, NEAR)
    return bool(near) and name.lower() not in (*near, f"{near[0]}s") and near[0] not in columns


def _used(view: View) -> dict[str, int]:
    """Field → characters."""
    record = view.record
    return {
        "prompt": turns_length(record.prompt),
        "contexts": sum(map(len, record.contexts)),
        "answer": len(view.answer.text),
        "rejected": len(view.rejected.text),
    }


def _length(cell: Any, view: View) -> int:
    """Characters of a text, or of a list of texts; 0 for any other cell, and for one that repeats the record."""
    texts = cell if isinstance(cell, list) else [cell]
    if not all(map(_fields.has_words, texts)):
        return 0
    said = view.answer.text.strip() or view.asked.strip()
    return 0 if said and any(said in text for text in texts) else sum(map(len, texts))
