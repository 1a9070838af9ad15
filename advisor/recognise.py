"""Row → records: which layout the row has, and what it holds in canonical form."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from advisor import unknown
from advisor.privacy import redact
from advisor.schemas import Layout, _fields, _mapped
from advisor.shapes import COMMON, Copied, Rest, Shape, all_plain, decided, detected, rest_of, shape_of
from advisor.text import normalise, short_hash
from advisor.types import Message, Record, RowError, Supervision
from advisor.values import Row

_TRIED = 3
"""Rows from which the layout of those with the same columns is told, where the first has none."""
_SAID = 20
"""Characters from which a text is more than a remark."""
_SHAPES = 10_000
"""Sets of column names remembered; a file with more of them is read all the same, slower."""
_WIDE = 1000
"""Names of the largest set that is remembered."""


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
    documents: tuple[str, ...] = ()
    """The columns of `rest` that hold documents."""

    def used(self) -> dict[str, str]:
        """The file's columns that fill a field → the field."""
        common = {
            name: COMMON[name] for name in sorted(self.rest.common)
        }  # a set has an order of its own in every process
        documents = dict.fromkeys(self.documents, "contexts")
        return {self.rest.called[name]: field for name, field in {**self.columns, **common, **documents}.items()}


class Recogniser:
    """Reads rows by the layout that each shows, or as `--map` says. AdviceError for a mapping with an unknown field."""

    def __init__(self, mapping: Mapping[str, str] | None = None) -> None:
        self._by_hand = _mapped.layout(mapping) if mapping else None
        self._shapes = dict[tuple[str, ...], Shape]()

    def __call__(self, row: Row, number: int) -> Reading:
        """One row."""
        if isinstance(row.value, RowError):
            return bad(number, row.value.why)
        # A null says that the row lacks the column: exports with a fixed set of columns write it.
        given = {c: v for c, v in row.value.items() if v is not None} if None in row.value.values() else row.value
        shape = self._shape(given)
        cells = {name: given[own] for name, own in shape.called.items()} if shape.renamed else given
        found = detected(shape, cells)
        return _read(number, row.odd, cells, shape, *found) if found else bad(number, unknown.why(given, cells))

    def copied(self, rows: Sequence[dict[str, Any]]) -> tuple[Copied, list[bool]] | None:
        """Of rows with the same columns: which columns are the record as they stand, and of which rows that is so.

        None where it is so of none.
        """
        shape = self._shape(rows[0])
        found = None if shape.renamed else next(filter(None, (detected(shape, row) for row in rows[:_TRIED])), None)
        if not found:
            return None
        name, layout, columns = found
        if (key := (name, *columns)) not in shape.copied:
            shape.copied[key] = _copied(shape, name, layout, columns)
        if (copied := shape.copied[key]) is None:
            return None
        fit = [all_plain([row[column] for row in rows]) for column in copied if column]
        fit += [decided(rows, shape, name, columns)]
        every = all(map(all, fit))
        return copied, [True] * len(rows) if every else [*map(all, zip(*fit, strict=True))]

    def _shape(self, row: dict[str, Any]) -> Shape:
        shape = self._shapes.get(names := tuple(row))
        if shape is None:
            shape = shape_of(row, self._by_hand)
            if len(self._shapes) < _SHAPES and len(names) <= _WIDE:
                self._shapes[names] = shape
        return shape


def _copied(shape: Shape, name: str, layout: Layout, columns: dict[str, str]) -> Copied | None:
    """What the layout does with a row of plain texts, told from one of which each text is known."""
    row = {column: f"{column} holds this." for column in shape.called}
    if "answerable" in row or layout.match(row) != columns:
        return None
    read = _read(0, "", row, shape, name, layout, columns)
    if not set(read.documents).issubset(_fields.CONTEXTS):
        return None  # what a numbered column holds decides whether it is a document
    record = read.records[0] if len(read.records) == 1 and not read.errors else Record("", 0)
    of = {text: column for column, text in row.items()}
    texts = (
        record.prompt[0].content if record.prompt else "",
        record.answer,
        record.rejected,
        "".join(record.contexts),
    )
    asked, answer, rejected, contexts = found = Copied(*(of.get(text or "") for text in texts))
    said, documents = (Message("user", row[asked]),) if asked else (), (row[contexts],) if contexts else ()
    same = Record("", 0, said, documents, answer and row[answer], rejected and row[rejected])
    return found if record == same and (asked or answer) else None


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
        meta={**{rest.called[c]: cells[c] for c in rest.meta if c not in reading.documents}, **record.meta},
    )


def _read(
    number: int, odd: str, cells: Mapping[str, Any], shape: Shape, name: str, layout: Layout, columns: dict[str, str]
) -> Reading:
    rest = shape.rests.get(key := (name, *columns)) or shape.rests.setdefault(key, rest_of(shape, columns))
    documents: tuple[str, ...] = ()
    try:
        found = layout.records(cells, number)
        if rest.common or rest.documents:
            documents, found = _common(found, cells, rest)
    except _fields.WrongRowError as error:
        return bad(number, f"{name}: {error}", name)
    if not found:
        return bad(number, f"{name}: holds no example", name)
    if name != "map" and all(map(_is_blank, found)) and any(_is_text(cells[column]) for column in rest.meta):
        return bad(number, unknown.blank(name, shape.called.values()))
    records = [r for r in found if isinstance(r, Record)]
    errors = [RowError(r.row, redact(r.why)) for r in found if isinstance(r, RowError)]
    return Reading(
        number, name, _signal(layout.SUPERVISION, records), columns, records, errors, odd, cells, rest, documents
    )


def _is_blank(record: Record | RowError) -> bool:
    """Whether a record holds no text at all."""
    if isinstance(record, RowError) or record.contexts:
        return False
    texts = (record.answer, record.rejected, *(turn.content for turn in record.prompt))
    return not any(text and text.strip() for text in texts)


def _is_text(cell: Any) -> bool:
    """Whether a cell may be what a record should hold, and no remark about it."""
    return _fields.has_words(cell) and len(cell) >= _SAID


def _common(
    found: list[Record | RowError], cells: Mapping[str, Any], rest: Rest
) -> tuple[tuple[str, ...], list[Record | RowError]]:
    """(columns of the documents, the records with what columns common to all layouts say)."""
    for column in rest.common & {"id", "group"}:
        if isinstance(cells[column], (dict, list)):
            raise _fields.wrong(column, cells[column], "text or a number")
    bare = rest.documents and any(isinstance(r, Record) and not r.contexts for r in found)
    documents, contexts = _fields.contexts({c: cells[c] for c in rest.meta}) if bare else ((), ())
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
