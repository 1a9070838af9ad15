"""File, folder or pattern → Dataset: rows are read, recognised one by one, and put into canonical form."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from advisor import naming, reading, shards, unknown
from advisor.privacy import redact
from advisor.schemas import Layout, _fields, _mapped, detect, layouts
from advisor.text import normalise, short_hash
from advisor.types import Dataset, Record, RowError, Schema, Shard, Supervision, place
from advisor.values import Row

_DOMINANT = 0.95
"""A schema, or a supervision, that holds for this share of the rows names the file; the rest shows in `others`."""
_COMMON = {"id": "id", "group": "group", "answerable": "answerable"}
_Value = TypeVar("_Value", bound=str)
_Found = tuple[str, Layout | _mapped.Mapped | None, dict[str, str]]
_Recognise = Callable[[Mapping[str, Any]], _Found]


@dataclasses.dataclass(frozen=True, slots=True)
class _Reading:
    """One row, read: its layout, the columns used, its records and what was wrong with it or with a part of it."""

    row: int
    schema: str
    signal: Supervision
    columns: Mapping[str, str]
    records: tuple[Record, ...]
    errors: tuple[RowError, ...]
    odd: str


def load(path: str | Path, mapping: Mapping[str, str] | None = None) -> Dataset:
    """Read a file, or the files of a folder or pattern; every row ends as one or more records or as a RowError.

    `mapping` says by hand what the columns are (field → column), else each row is recognised by itself. Raises
    AdviceError for a file that cannot be read, or in which no row has a layout known here.
    """
    files, left_out = shards.files(path)
    recognise = _by_hand(_mapped.layout(mapping)) if mapping else _by_layout
    readings, parts, clauses = list[_Reading](), list[Shard](), list[tuple[str, str]]()
    for file in files:
        opened, before = reading.read(file), readings[-1].row if readings else 0
        parts.append(Shard(str(file), before))
        clauses += [(clause, file.name) for clause in opened.notes]
        readings.extend(_read(row, before + row.number, recognise) for row in opened.rows)
    data, renamed = _dataset(str(path), readings, tuple(parts) if len(parts) > 1 else ())
    if not data.records:
        raise unknown.refused(data, reading.read(files[0]).rows, mapping)
    size, sha256 = shards.fingerprint(files)
    notes = (*_of_files(clauses, len(files)), *left_out, *_of_rows(data, readings, renamed))
    return dataclasses.replace(data, bytes=size, sha256=sha256, notes=tuple(redact(note) for note in notes))


def _dataset(path: str, readings: list[_Reading], parts: tuple[Shard, ...]) -> tuple[Dataset, tuple[int, ...]]:
    """The dataset but for what is said of its files, and the rows whose records got another id."""
    good = [r for r in readings if r.records]
    records, renamed = naming.unique(record for r in good for record in r.records)
    data = Dataset(
        path=path,
        bytes=0,
        sha256="",
        rows=len(readings),
        records=records,
        errors=tuple(_whole(r.errors) for r in readings if not r.records),
        schema=_schema(good) if good else Schema("unknown", "mixed", {}, 0.0),
        broken=tuple(error for r in good for error in r.errors),
        shards=parts,
    )
    return data, renamed


def _whole(errors: tuple[RowError, ...]) -> RowError:
    """One error for a row of which nothing could be read."""
    first, more = errors[0], len(errors) - 1
    return RowError(first.row, f"{first.why} (and {more} more)" if more else first.why)


def _of_files(clauses: list[tuple[str, str]], files: int) -> list[str]:
    """What is unusual about the containers; among several files, with how many and the first."""
    first = dict(reversed(clauses))
    counts = Counter(clause for clause, _ in clauses)
    return [clause if files == 1 else f"{n} files: {clause} (first: {first[clause]})" for clause, n in counts.items()]


def _of_rows(data: Dataset, readings: list[_Reading], renamed: tuple[int, ...]) -> list[str]:
    """What was mended in rows, with how many and the first of them."""
    odd = dict[str, list[int]]()
    for read in readings:
        if read.odd:
            odd.setdefault(read.odd, []).append(read.row)
    told = [f"{_counted(len(rows), 'row')}: {clause} (first: {_where(data, rows[0])})" for clause, rows in odd.items()]
    if data.broken:
        first, rows = data.broken[0], len({error.row for error in data.broken})
        parts = f"{_counted(len(data.broken), 'part')} of {_counted(rows, 'row')}"
        told.append(f"{parts} cannot be read (first: {_where(data, first.row)}: {first.why})")
    if renamed:
        told.append(f"{_counted(len(renamed), 'repeated id')} got a suffix (first: {_where(data, renamed[0])})")
    return told


def _counted(n: int, what: str) -> str:
    return f"{n:,} {what}{'s' * (n != 1)}"


def _where(data: Dataset, row: int) -> str:
    return place(data, row) if data.shards else f"row {row}"


def _by_layout(row: Mapping[str, Any]) -> _Found:
    name, columns = detect(row)
    return name, layouts().get(name), columns


def _by_hand(layout: _mapped.Mapped) -> _Recognise:
    return lambda row: ("map", layout, layout.match(row))


def _read(row: Row, number: int, recognise: _Recognise) -> _Reading:
    if isinstance(row.value, RowError):
        return _bad(number, row.value.why)
    # A null says that the row lacks the column: exports with a fixed set of columns write it.
    given = {column: value for column, value in row.value.items() if value is not None}
    cells, called = naming.canonical(given)
    name, layout, columns = recognise(cells)
    if layout is None or not columns:
        return _bad(number, unknown.why(given, cells))
    try:
        found = layout.records(cells, number)
        completed = [_completed(r, cells, columns, called) if isinstance(r, Record) else r for r in found]
    except _fields.WrongRowError as error:
        return _bad(number, f"{name}: {error}", name)
    records = tuple(r for r in completed if isinstance(r, Record))
    errors = tuple(RowError(r.row, redact(r.why)) for r in completed if isinstance(r, RowError))
    if not completed:
        return _bad(number, f"{name}: holds no example", name)
    used = {called[column]: field for column, field in {**columns, **_common(cells, columns, records, called)}.items()}
    return _Reading(number, name, _signal(layout.SUPERVISION, records), used, records, errors, row.odd)


def _bad(number: int, why: str, name: str = "unknown") -> _Reading:
    return _Reading(number, name, "mixed", {}, (), (RowError(number, redact(why)),), "")


def _common(
    row: Mapping[str, Any], columns: Mapping[str, str], records: tuple[Record, ...], called: Mapping[str, str]
) -> dict[str, str]:
    """Columns that `_completed` used: neither the layout's nor left in meta."""
    kept = records[0].meta if records else {called[column]: value for column, value in row.items()}
    return {
        column: _COMMON.get(column, "contexts")
        for column in row
        if column not in columns and called[column] not in kept
    }


def _completed(record: Record, row: Mapping[str, Any], columns: Mapping[str, str], called: Mapping[str, str]) -> Record:
    """The record with what is common to all layouts: id, contexts, group, answerable; other columns go to meta."""
    left = {column: value for column, value in row.items() if column not in columns}
    column, contexts = _fields.contexts(left) if not record.contexts else ("", record.contexts)
    left.pop(column, None)
    own_id, group = left.pop("id", ""), left.pop("group", "")
    answerable = _fields.truth(left.pop("answerable", record.answerable), "answerable")
    return dataclasses.replace(
        record,
        id=record.id or _name(own_id, "id"),
        contexts=contexts,
        answerable=answerable,
        group=record.group or _name(group, "group") or _group(record, contexts),
        meta={**{called[column]: value for column, value in left.items()}, **record.meta},
    )


def _name(value: Any, column: str) -> str:
    if isinstance(value, (dict, list)):
        raise _fields.wrong(column, value, "text or a number")
    return str(value)


def _group(record: Record, contexts: tuple[str, ...]) -> str:
    """What must stay on one side of a split: the documents, else the first question, else the whole prompt or text."""
    asked = next((m.content for m in record.prompt if m.role == "user"), "")
    whole = "\n".join(m.content for m in record.prompt) or record.answer or ""
    return short_hash(normalise("\n".join(contexts) or asked or whole))


def _schema(good: list[_Reading]) -> Schema:
    """The file's layout: the one of at least 95 % of the good rows, else `mixed`; its supervision by the same rule."""
    shares = _shares(r.schema for r in good)
    name, share = shares[0]
    if share < _DOMINANT:
        name, others = "mixed", shares
    else:
        others = shares[1:]
    used = {column: field for r in good if name in (r.schema, "mixed") for column, field in r.columns.items()}
    columns = {redact(column): field for column, field in used.items()}
    signal, agreed = _shares(r.signal for r in good)[0]
    return Schema(name, signal if agreed >= _DOMINANT else "mixed", columns, share, tuple(others))


def _signal(declared: Supervision, records: tuple[Record, ...]) -> Supervision:
    """What a row teaches: a gold layout's row without an answer is a prompt, unless it says that there is none."""
    unanswered = all(record.answer is None and record.answerable is not False for record in records)
    return "prompts" if declared == "gold" and unanswered else declared


def _shares(values: Iterable[_Value]) -> list[tuple[_Value, float]]:
    counts = Counter(values)
    return [(value, count / counts.total()) for value, count in counts.most_common()]
