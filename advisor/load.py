"""File → Dataset: rows are read, recognised one by one, and put into canonical form."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from advisor import containers, reading
from advisor.schemas import _fields, detect, examples, layouts
from advisor.text import normalise, short_hash
from advisor.types import AdviceError, Dataset, Record, RowError, Schema, Supervision

_DOMINANT = 0.95
"""A schema, or a supervision, that holds for this share of the rows names the file; the rest shows in `others`."""
_COLUMNS_SHOWN = 12
_UNKNOWN = "no schema fits"
_COMMON = {"id": "id", "group": "group", "answerable": "answerable"}
_Value = TypeVar("_Value", bound=str)


@dataclasses.dataclass(frozen=True, slots=True)
class _Reading:
    """One row, read: its layout's name, the columns used, its records and what was wrong with it."""

    schema: str
    columns: Mapping[str, str]
    records: tuple[Record, ...]
    errors: tuple[RowError, ...]


def load(path: str | Path) -> Dataset:
    """Read a file; every row ends as one or more records or as a RowError.

    Raises AdviceError for a file that cannot be read, or in which no row has a layout known here.
    """
    readings, seen = [], Counter[str]()
    for number, row in reading.read_rows(path):
        readings.append(_read(row, number))
        seen.update(list(row) if isinstance(row, dict) else ())
    good = [r for r in readings if r.records]
    errors = tuple(error for r in readings for error in r.errors)
    if not good:
        raise _no_schema(path, seen, errors)
    records, renamed = _with_unique_ids(record for r in good for record in r.records)
    size, sha256 = containers.fingerprint(path)
    notes = (*reading.notes(path), *renamed)
    return Dataset(str(path), size, sha256, len(readings), records, errors, _schema(good), notes)


def _read(row: dict[str, Any] | RowError, number: int) -> _Reading:
    if isinstance(row, RowError):
        return _Reading("unknown", {}, (), (row,))
    # A null says that the row lacks the column: exports with a fixed set of columns write it.
    row = {column: value for column, value in row.items() if value is not None}
    name, columns = detect(row)
    if not columns:
        return _Reading(name, {}, (), (RowError(number, f"{_UNKNOWN} (columns: {_listed(row)})"),))
    try:
        found = layouts()[name].records(row, number)
        completed = [_completed(r, row, columns) if isinstance(r, Record) else r for r in found]
    except _fields.WrongRowError as error:
        return _Reading(name, columns, (), (RowError(number, f"{name}: {error}"),))
    records = tuple(r for r in completed if isinstance(r, Record))
    errors = tuple(r for r in completed if isinstance(r, RowError))
    if not completed:
        errors = (RowError(number, f"{name}: holds no example"),)
    return _Reading(name, {**columns, **_common(row, columns, records)}, records, errors)


def _common(row: Mapping[str, Any], columns: Mapping[str, str], records: tuple[Record, ...]) -> dict[str, str]:
    """Columns that `_completed` used: neither the layout's nor left in meta."""
    kept = records[0].meta if records else row
    return {column: _COMMON.get(column, "contexts") for column in row if column not in columns and column not in kept}


def _completed(record: Record, row: Mapping[str, Any], columns: Mapping[str, str]) -> Record:
    """The record with what is common to all layouts: id, contexts, group, answerable; other columns go to meta."""
    left = {column: value for column, value in row.items() if column not in columns}
    column, contexts = _fields.contexts(left) if not record.contexts else ("", record.contexts)
    left.pop(column, None)
    own_id, group = left.pop("id", ""), left.pop("group", "")
    answerable = left.pop("answerable", record.answerable)
    if not isinstance(answerable, (bool, type(None))):
        raise _fields.wrong("answerable", answerable, "true or false")
    return dataclasses.replace(
        record,
        id=record.id or _name(own_id, "id"),
        contexts=contexts,
        answerable=answerable,
        group=record.group or _name(group, "group") or _group(record, contexts),
        meta={**left, **record.meta},
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


def _with_unique_ids(records: Iterable[Record]) -> tuple[tuple[Record, ...], tuple[str, ...]]:
    """Records named by their own id or their row, a repeated name with a suffix; and a note of how many were repeated."""
    given = list(records)
    held, taken = Counter(record.row for record in given), {record.id for record in given}
    place, used, named, renamed = Counter[int](), set[str](), [], list[Record]()
    for record in given:
        place[record.row] += 1
        own = record.id or _row_name(record.row, place[record.row], held[record.row])
        name = own if own not in used and (record.id or own not in taken) else _free(own, used | taken)
        used.add(name)
        named.append(dataclasses.replace(record, id=name))
        renamed += [named[-1]] if name != own else []
    if not renamed:
        return tuple(named), ()
    return tuple(named), (f"{len(renamed)} repeated ids got a suffix (first: {renamed[0].id}, row {renamed[0].row})",)


def _row_name(row: int, place: int, held: int) -> str:
    return f"row-{row}" if held == 1 else f"row-{row}.{place}"


def _free(name: str, taken: set[str]) -> str:
    return next(f"{name}-{k}" for k in range(2, len(taken) + 3) if f"{name}-{k}" not in taken)


def _schema(good: list[_Reading]) -> Schema:
    """The file's layout: the one of at least 95 % of the good rows, else `mixed`; its supervision by the same rule."""
    shares = _shares(r.schema for r in good)
    name, share = shares[0]
    if share < _DOMINANT:
        name, others = "mixed", shares
    else:
        others = shares[1:]
    columns = {column: field for r in good if name in (r.schema, "mixed") for column, field in r.columns.items()}
    return Schema(name, _supervision(good), columns, share, tuple(others))


def _supervision(good: list[_Reading]) -> Supervision:
    signal, share = _shares(_signal(r) for r in good)[0]
    return signal if share >= _DOMINANT else "mixed"


def _signal(read: _Reading) -> Supervision:
    """What a row teaches: a gold layout's row without an answer is a prompt, unless it says that there is none."""
    declared = layouts()[read.schema].SUPERVISION
    unanswered = all(record.answer is None and record.answerable is not False for record in read.records)
    return "prompts" if declared == "gold" and unanswered else declared


def _shares(values: Iterable[_Value]) -> list[tuple[_Value, float]]:
    counts = Counter(values)
    return [(value, count / counts.total()) for value, count in counts.most_common()]


def _listed(columns: Iterable[str]) -> str:
    names = [" ".join(column.split())[:40] for column in columns]
    return ", ".join(names[:_COLUMNS_SHOWN]) + (", …" if len(names) > _COLUMNS_SHOWN else "") or "none"


def _no_schema(path: str | Path, seen: Iterable[str], errors: tuple[RowError, ...]) -> AdviceError:
    """The error for a file whose rows were all bad: one of them, and the layouts that share most columns with it."""
    shown = next((error for error in errors if error.why.startswith(_UNKNOWN)), errors[0])
    fix = f"rename its columns to those of a known layout: {' or '.join(_nearest(seen))}"
    return AdviceError(f"{path}:{shown.row}: no row could be used, such as this: {shown.why}; {fix}")


def _nearest(columns: Iterable[str]) -> list[str]:
    """The two layouts whose example shares most column names, as `name (columns)`; ties by name."""
    seen = {column.lower() for column in columns}
    shown = {name: list(examples(layout)[0]) for name, layout in layouts().items()}
    likeness = {name: len(seen.intersection(names)) / len(names) for name, names in shown.items()}
    near = sorted((name for name in shown if likeness[name]), key=lambda name: -likeness[name])
    return [f"{name} ({', '.join(shown[name])})" for name in near[:2] or ("prompt_completion", "preference")]
