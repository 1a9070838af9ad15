"""One answer a row with a desirable-or-not label.

    {"prompt": "Where is Lyon?", "completion": "In Spain.", "label": false}
    {"messages": [{"role": "user", "content": "Where is Lyon?"}, {"role": "assistant", "content": "In France."}],
     "kto_tag": true}

Source: TRL `docs/source/dataset_formats.md` (unpaired preference); LLaMA-Factory `data/README.md` (`kto_tag`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from advisor.schemas import _fields, messages, prompt_completion, sharegpt
from advisor.types import Record, RowError, Supervision

SUPERVISION: Supervision = "unpaired"
_LABELS = ("label", "kto_tag")
_ANSWERED = (prompt_completion, messages, sharegpt)


def match(row: Mapping[str, Any]) -> dict[str, str]:
    """A row of an answered layout with a label that is true or false (or 1 or 0)."""
    label = _fields.present(row, _LABELS)
    if not label or not isinstance(row[label], (bool, int)) or row[label] not in (0, 1):
        return {}
    answered = max((layout.match(row) for layout in _ANSWERED), key=len)
    return {**answered, label: "label"} if answered else {}


def records(row: Mapping[str, Any], number: int) -> list[Record | RowError]:
    """One record."""
    layout = max(_ANSWERED, key=lambda candidate: len(candidate.match(row)))
    label = bool(row[_fields.present(row, _LABELS)])
    return [_fields.labelled(record, label) for record in layout.records(row, number)]
