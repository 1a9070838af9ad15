"""Row → records: which layout the row has, and what it holds in canonical form.

Rows of one file mostly have the same columns. What follows from their names alone (the canonical names, which layouts can
match at all) is worked out once for each set of names; what depends on a value is asked of every row.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, cast

from advisor import unknown
from advisor.naming import canonical
from advisor.privacy import redact
from advisor.schemas import Layout, _fields, _mapped, by_signal, layouts, refusal
from advisor.text import normalise, short_hash
from advisor.types import Message, Record, RowError, Supervision
from advisor.values import Row

_COMMON = {"id": "id", "group": "group", "answerable": "answerable"}
"""Columns with one meaning in every layout → the field they fill."""
_MARKS = ("", "[", "{", " ", "\t", "\r", "\n")
"""How a text begins that may be JSON, blank, or trimmed."""
_TRIED = 3
"""Rows from which the layout of those with the same columns is told, where the first has none."""
_SHAPES = 10_000
"""Sets of column names remembered; a file with more of them is read all the same, slower."""
_Candidate = tuple[str, Layout, dict[str, str] | None]
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


class Reading(NamedTuple):
    """One row, read."""

    row: int
    """Its number."""
    schema: str
    """Name of its layout, or `unknown`."""
    signal: Supervision
    """What it teaches."""
    columns: Mapping[str, str]
    """Columns of the layout, in canonical names → Record fields."""
    records: list[Record]
    """Its records, but for id, group and meta, which `whole` fills."""
    errors: list[RowError]
    """What was wrong with it or with a part of it."""
    odd: str = ""
    """What was mended to read it."""
    cells: Mapping[str, Any] = {}
    """The row under canonical names."""
    rest: Rest = Rest((), frozenset(), False, {})
    """What the layout left over."""
    documents: str = ""
    """The column of `rest` that holds documents."""

    def used(self) -> dict[str, str]:
        """The file's columns that fill a field → the field."""
        common = {name: _COMMON[name] for name in self.rest.common}
        documents = {self.documents: "contexts"} if self.documents else {}
        return {self.rest.called[name]: field for name, field in {**self.columns, **common, **documents}.items()}


class Copied(NamedTuple):
    """Columns whose texts are a record as they stand: one user turn, the answer, the rejected answer."""

    prompt: str | None
    """None where there is no prompt."""
    answer: str | None
    """None where there is no answer."""
    rejected: str | None
    """None where there is one side."""


@dataclasses.dataclass(slots=True)
class _Shape:
    """What a set of column names decides."""

    called: dict[str, str]
    """Canonical name → the file's own."""
    renamed: bool
    """Whether any differs."""
    groups: list[list[_Candidate]]
    """The layouts that may match, those of one signal together, the richest signal first."""
    rests: dict[tuple[str, ...], Rest]
    """Layout and its columns → what is left over."""
    copied: dict[tuple[str, ...], Copied | None]
    """Layout and its columns → the columns that it copies, None where it does more."""


class Recogniser:
    """Reads rows by the layout that each shows, or as `--map` says. AdviceError for a mapping with an unknown field."""

    def __init__(self, mapping: Mapping[str, str] | None = None) -> None:
        self._by_hand = _mapped.layout(mapping) if mapping else None
        self._shapes = dict[tuple[str, ...], _Shape]()

    def __call__(self, row: Row, number: int) -> Reading:
        """One row."""
        if isinstance(row.value, RowError):
            return bad(number, row.value.why)
        # A null says that the row lacks the column: exports with a fixed set of columns write it.
        given = {c: v for c, v in row.value.items() if v is not None} if None in row.value.values() else row.value
        shape = self._shape(given)
        cells = {name: given[own] for name, own in shape.called.items()} if shape.renamed else given
        found = _detected(shape, cells)
        return _read(number, row.odd, cells, shape, *found) if found else bad(number, unknown.why(given, cells))

    def copied(self, rows: Sequence[dict[str, Any]]) -> tuple[Copied, list[bool]] | None:
        """Of rows with the same columns: which columns are the record as they stand, and of which rows that is so.

        None where it is so of none.
        """
        shape = self._shape(rows[0])
        found = None if shape.renamed else next(filter(None, (_detected(shape, row) for row in rows[:_TRIED])), None)
        if not found:
            return None
        name, layout, columns = found
        if (key := (name, *columns)) not in shape.copied:
            shape.copied[key] = _copied(shape, name, layout, columns)
        if (copied := shape.copied[key]) is None:
            return None
        fit = [_all_plain([row[column] for row in rows]) for column in copied if column]
        fit += [_decided(rows, shape, name, columns)]
        return copied, [*map(all, zip(*fit, strict=True))]

    def _shape(self, row: dict[str, Any]) -> _Shape:
        shape = self._shapes.get(names := tuple(row))
        if shape is None:
            shape = _shape(row, self._by_hand)
            if len(self._shapes) < _SHAPES:
                self._shapes[names] = shape
        return shape


def _all_plain(cells: Sequence[Any]) -> Sequence[bool]:
    """Of each cell whether it is a text that no layout reads otherwise than as a text: no JSON, no transcript, no blank."""
    same = {*map(type, cells)} == {str} and {cell[:1] for cell in cells}.isdisjoint(_MARKS)
    if same and "Human:" not in "\n".join(cells):
        return [True] * len(cells)
    return [type(cell) is str and cell[:1] not in _MARKS and "Human:" not in cell for cell in cells]


def _decided(rows: Sequence[dict[str, Any]], shape: _Shape, name: str, columns: dict[str, str]) -> Sequence[bool]:
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


def _copied(shape: _Shape, name: str, layout: Layout, columns: dict[str, str]) -> Copied | None:
    """What the layout does with a row of plain texts, told from one of which each text is known."""
    row = {column: f"{column} holds this." for column in shape.called}
    common = _rest(shape, columns).documents or not _COMMON.keys().isdisjoint(row)
    if common or layout.match(row) != columns:
        return None
    read = _read(0, "", row, shape, name, layout, columns)
    record = read.records[0] if len(read.records) == 1 and not read.errors else Record("", 0)
    of = {text: column for column, text in row.items()}
    asked, answer, rejected = (
        of.get(text or "")
        for text in (record.prompt[0].content if record.prompt else "", record.answer, record.rejected)
    )
    said = (Message("user", row[asked]),) if asked else ()
    same = Record("", 0, said, (), answer and row[answer], rejected and row[rejected])
    return Copied(asked, answer, rejected) if record == same and (asked or answer) else None


def bad(number: int, why: str, name: str = "unknown") -> Reading:
    """A row that became no record."""
    return Reading(number, name, "mixed", {}, [], [RowError(number, redact(why))])


def whole(reading: Reading, place: int) -> Record:
    """One of a reading's records with id (`""` where the row has none), group and meta."""
    record, rest, cells = reading.records[place], reading.rest, reading.cells
    own, group = (str(cells[name]) if name in rest.common else "" for name in ("id", "group"))
    return dataclasses.replace(
        record,
        id=record.id or own,
        group=record.group or group or _group(record),
        meta={**{rest.called[c]: cells[c] for c in rest.meta if c != reading.documents}, **record.meta},
    )


def _shape(row: Mapping[str, Any], by_hand: _mapped.Mapped | None) -> _Shape:
    cells, called = canonical(row)
    if by_hand:
        groups: list[list[_Candidate]] = [[("map", cast(Layout, by_hand), None)]]
    else:
        groups = [] if refusal(cells) else [[*_candidates(names, cells)] for names in by_signal()]
    renamed = any(name != own for name, own in called.items())
    return _Shape(called, renamed, [group for group in groups if group], {}, {})


def _candidates(names: Iterable[str], cells: Mapping[str, Any]) -> Iterator[_Candidate]:
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


def _detected(shape: _Shape, cells: Mapping[str, Any]) -> tuple[str, Layout, dict[str, str]] | None:
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


def _read(
    number: int, odd: str, cells: Mapping[str, Any], shape: _Shape, name: str, layout: Layout, columns: dict[str, str]
) -> Reading:
    rest = shape.rests.get(key := (name, *columns)) or shape.rests.setdefault(key, _rest(shape, columns))
    documents = ""
    try:
        found = layout.records(cells, number)
        if rest.common or rest.documents:
            documents, found = _common(found, cells, rest)
    except _fields.WrongRowError as error:
        return bad(number, f"{name}: {error}", name)
    if not found:
        return bad(number, f"{name}: holds no example", name)
    records = [r for r in found if isinstance(r, Record)]
    errors = [RowError(r.row, redact(r.why)) for r in found if isinstance(r, RowError)]
    return Reading(
        number, name, _signal(layout.SUPERVISION, records), columns, records, errors, odd, cells, rest, documents
    )


def _rest(shape: _Shape, columns: Mapping[str, str]) -> Rest:
    left = [name for name in shape.called if name not in columns]
    meta = tuple(name for name in left if name not in _COMMON)
    return Rest(meta, frozenset(left).intersection(_COMMON), not set(_fields.CONTEXTS).isdisjoint(meta), shape.called)


def _common(
    found: list[Record | RowError], cells: Mapping[str, Any], rest: Rest
) -> tuple[str, list[Record | RowError]]:
    """(column of the documents, the records with what columns common to all layouts say)."""
    for column in rest.common & {"id", "group"}:
        if isinstance(cells[column], (dict, list)):
            raise _fields.wrong(column, cells[column], "text or a number")
    bare = rest.documents and any(isinstance(r, Record) and not r.contexts for r in found)
    documents, contexts = _fields.contexts({c: cells[c] for c in rest.meta}) if bare else ("", ())
    said = _fields.truth(cells["answerable"], "answerable") if "answerable" in rest.common else None
    if contexts or said is not None:
        found = [_with(r, contexts, said) if isinstance(r, Record) else r for r in found]
    return documents, found


def _with(record: Record, contexts: tuple[str, ...], answerable: bool | None) -> Record:
    known = record.answerable if answerable is None else answerable
    return dataclasses.replace(record, contexts=record.contexts or contexts, answerable=known)


def _group(record: Record) -> str:
    """What must stay on one side of a split: the documents, else the first question, else the whole prompt or text."""
    asked = next((m.content for m in record.prompt if m.role == "user"), "")
    text = "\n".join(m.content for m in record.prompt) or record.answer or ""
    return short_hash(normalise("\n".join(record.contexts) or asked or text))


def _signal(declared: Supervision, records: Iterable[Record]) -> Supervision:
    """What a row teaches: a gold layout's row without an answer is a prompt, unless it says that there is none."""
    if declared != "gold":
        return declared
    unanswered = all(record.answer is None and record.answerable is not False for record in records)
    return "prompts" if unanswered else declared
