"""What a set of column names decides, worked out once for all rows that have it.

Rows of one file mostly have the same columns. Their canonical names, which layouts can match at all and what these leave
over follow from the names alone; what depends on a value is asked of every row.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, cast

from advisor.naming import canonical
from advisor.schemas import Layout, _fields, _mapped, by_signal, layouts, refusal

COMMON = {"id": "id", "group": "group", "answerable": "answerable"}
"""Columns with one meaning in every layout → the field they fill."""
_MARKS = ("", "[", "{", " ", "\t", "\r", "\n")
"""How a text begins that may be JSON, blank, or trimmed."""
Candidate = tuple[str, Layout, dict[str, str] | None]
"""A layout by its name, with the columns it takes where names alone decide that, else None."""


class Rest(NamedTuple):
    """The columns that a layout leaves over, in canonical names."""

    meta: tuple[str, ...]
    """Those that nothing else uses, the documents' among them."""
    common: frozenset[str]
    """Those with one meaning in every layout."""
    documents: bool
    """Whether one of `meta` may hold documents."""
    called: Mapping[str, str]
    """Canonical name → the file's own, of all columns."""


class Copied(NamedTuple):
    """Columns whose texts are a record as they stand: one user turn, the answer, the rejected answer, a document."""

    prompt: str | None
    """None where there is no prompt."""
    answer: str | None
    """None where there is no answer."""
    rejected: str | None
    """None where there is one side."""
    contexts: str | None
    """The column of the one document; None where there is none."""


@dataclasses.dataclass(slots=True)
class Shape:
    """What a set of column names decides."""

    called: dict[str, str]
    """Canonical name → the file's own."""
    renamed: bool
    """Whether any differs."""
    groups: list[list[Candidate]]
    """The layouts that may match, those of one signal together, the richest signal first."""
    rests: dict[tuple[str, ...], Rest]
    """Layout and its columns → what is left over."""
    copied: dict[tuple[str, ...], Copied | None]
    """Layout and its columns → the columns that it copies, None where it does more."""


def shape_of(row: Mapping[str, Any], by_hand: _mapped.Mapped | None) -> Shape:
    """What the names of a row without nulls decide; with a layout said by hand that is the only one."""
    cells, called = canonical(row)
    if by_hand:
        groups: list[list[Candidate]] = [[("map", cast(Layout, by_hand), None)]]
    else:
        groups = [] if refusal(cells) else [[*_candidates(names, cells)] for names in by_signal()]
    renamed = any(name != own for name, own in called.items())
    return Shape(called, renamed, [group for group in groups if group], {}, {})


def rest_of(shape: Shape, columns: Mapping[str, str]) -> Rest:
    """What a layout that takes these columns leaves over."""
    left = [name for name in shape.called if name not in columns]
    meta = tuple(name for name in left if name not in COMMON)
    return Rest(meta, frozenset(left).intersection(COMMON), _fields.may_hold(meta), shape.called)


def _candidates(names: Iterable[str], cells: Mapping[str, Any]) -> Iterator[Candidate]:
    """The layouts that may match a row with these columns."""
    for name in names:
        layout, watched = layouts()[name], _Watched(cells)
        columns = layout.match(watched)
        if columns or watched.looked:
            yield name, layout, None if watched.looked else columns


class _Watched(Mapping[str, Any]):
    """A row that notes whether a value was looked at, and not only which names there are."""

    def __init__(self, row: Mapping[str, Any]) -> None:
        self.row = row
        self.looked = False

    def __contains__(self, name: object) -> bool:
        return name in self.row

    def __getitem__(self, name: str) -> Any:
        if name not in self.row:
            raise KeyError(name)  # names decide that
        self.looked = True
        return self.row[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.row)

    def __len__(self) -> int:
        return len(self.row)


def detected(shape: Shape, cells: Mapping[str, Any]) -> tuple[str, Layout, dict[str, str]] | None:
    """The layout of a row, as `schemas.detect` defines it."""
    for group in shape.groups:
        best: tuple[str, Layout, dict[str, str]] | None = None
        for name, layout, fixed in group:
            columns = layout.match(cells) if fixed is None else fixed
            if columns and (best is None or len(columns) > len(best[2])):
                best = name, layout, columns
        if best:
            return best
    return None


def decided(rows: Sequence[dict[str, Any]], shape: Shape, name: str, columns: dict[str, str]) -> Sequence[bool]:
    """Of each row whether this layout has it; where names alone decide there is nothing to look at."""
    fit = [True] * len(rows)
    for group in shape.groups:
        for other, layout, fixed in group:
            if fixed is None:
                wanted = columns if other == name else {}
                fit = [so_far and layout.match(row) == wanted for so_far, row in zip(fit, rows, strict=True)]
        if any(other == name for other, _, _ in group):
            break
    return fit


def all_plain(cells: Sequence[Any]) -> Sequence[bool]:
    """Of each cell whether it is a text that no layout reads otherwise than as a text: no JSON, no transcript, no blank."""
    same = {*map(type, cells)} == {str} and {cell[:1] for cell in cells}.isdisjoint(_MARKS)
    # A colon alone is found ten times as fast as the word before it.
    if same and (":" not in (joined := "\n".join(cells)) or "Human:" not in joined):
        return [True] * len(cells)
    return [type(cell) is str and cell[:1] not in _MARKS and "Human:" not in cell for cell in cells]
