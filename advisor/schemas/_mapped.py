"""`--map prompt=COL,chosen=COL`: a layout said by hand, `+` joining columns (`prompt=instruction+input`)."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from advisor.naming import column_name
from advisor.schemas import _fields
from advisor.types import FIELDS, AdviceError, Message, Record, RowError, Supervision

_RECORD = {"system": "prompt", "chosen": "answer", "text": "answer"}


@dataclasses.dataclass(frozen=True)
class Mapped:
    """A layout made of what the user said."""

    columns: Mapping[str, tuple[str, ...]]
    """Field → the columns that hold it, as the user wrote them."""
    SUPERVISION: Supervision

    def match(self, row: Mapping[str, Any]) -> dict[str, str]:
        """The mapped columns, where the row has those that carry the signal."""
        said = self._said(row)
        if any(len(said[field]) < len(self.columns[field]) for field in said if field not in ("system", "contexts")):
            return {}
        return {name: _RECORD.get(field, field) for field, names in said.items() for name in names}

    def records(self, row: Mapping[str, Any], number: int) -> list[Record | RowError]:
        """One record."""
        said = self._said(row)
        prompt = [turn for name in said.get("prompt", ()) for turn in _fields.prompt(row[name], name)]
        if len(said.get("prompt", ())) > 1:
            prompt = list(_fields.user("\n\n".join(turn.content for turn in prompt)))
        system = [Message("system", text) for name in said.get("system", ()) if (text := _fields.text(row, name))]
        earlier, answer = self._side(row, "chosen", "answer", "text")
        _, rejected = self._side(row, "rejected")
        contexts = tuple(text for name in said.get("contexts", ()) for text in _fields.passages(row[name], name))
        label, score = said.get("label"), said.get("score")
        return [
            _fields.record(
                number,
                prompt=(*system, *prompt, *earlier),
                contexts=contexts,
                answer=answer,
                rejected=rejected,
                label=_fields.truth(row[label[0]], label[0]) if label else None,
                score=_fields.score(row, score[0]) if score else None,
            )
        ]

    def _said(self, row: Mapping[str, Any]) -> dict[str, list[str]]:
        """Field → the row's columns that hold it; a name that clashes has stayed as it is in the file."""
        own = {
            field: [name if name in row else column_name(name) for name in names]
            for field, names in self.columns.items()
        }
        return {field: [name for name in names if name in row] for field, names in own.items()}

    def _side(self, row: Mapping[str, Any], *fields: str) -> tuple[tuple[Message, ...], str | None]:
        said = self._said(row)
        names = [name for field in fields for name in said.get(field, ())]
        return _fields.answer(row[names[0]], names[0]) if names else ((), None)


def layout(mapping: Mapping[str, str]) -> Mapped:
    """The layout of a mapping (field → column, or columns joined by `+`). AdviceError for a field that is none."""
    strange = [field for field in mapping if field not in FIELDS]
    if strange or not mapping:
        raise AdviceError(f"--map: {strange[0] if strange else ''!r} is no field; give {', '.join(FIELDS)}")
    columns = {field: tuple(said.split("+")) for field, said in mapping.items()}
    return Mapped(columns, _signal(set(mapping)))


def _signal(fields: set[str]) -> Supervision:
    answered = bool(fields & {"answer", "chosen"})
    if "rejected" in fields:
        return "pairs"
    if answered and "label" in fields:
        return "unpaired"
    if answered and "score" in fields:
        return "ranked"
    return "gold" if answered else "prompts" if "prompt" in fields else "text"
