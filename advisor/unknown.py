"""What to say of a row, and of a file, that no layout fits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, islice
from typing import Any

from advisor import suggestion
from advisor.naming import canonical, column_name
from advisor.overview import Overview, place
from advisor.privacy import redact
from advisor.schemas import examples, layouts, refusal
from advisor.types import FIELDS, AdviceError, RowError
from advisor.values import Row

_COLUMNS_SHOWN = 12
_EXCERPT = 24
_SAMPLE = 200
"""Rows that a mapping is told from."""
_READ = 4000
"""Characters of a cell in which a secret is looked for before it is cut."""
_UNKNOWN = "no schema fits"
_TYPES = {dict: "object", list: "list", str: "text", bool: "true or false", int: "number", float: "number"}


def why(given: Mapping[str, Any], cells: Mapping[str, Any]) -> str:
    """Why no layout reads a row, given under its own column names and under those the layouts know."""
    return refusal(cells) or f"{_UNKNOWN} (columns: {_listed(map(_clean, given))})"


def blank(name: str, given: Iterable[str]) -> str:
    """Why a layout does not read a row of which it would use empty columns only."""
    return f"{_UNKNOWN}, for {name} would read empty columns only (columns: {_listed(map(_clean, given))})"


def refused(data: Overview, rows: Iterable[Row], mapping: Mapping[str, str] | None) -> AdviceError:
    """The error for data of which no row could be used: one bad row, the columns, the nearest layouts, the way out."""
    error = next((e for e in data.errors if e.why.startswith(_UNKNOWN)), data.errors[0])
    said = f"{place(data, error.row)}: no row could be used, such as this: {error.why}"
    seen = _objects(rows)
    row = seen[0] if seen else {}
    if mapping:
        if absent(mapping, chain.from_iterable(seen)):
            return unmapped(data.path, seen, mapping)
        wanted = ", ".join(f"{field}={column}" for field, column in mapping.items())
        return AdviceError(f"{said}; --map {wanted} does not fit its columns: {_described(row)}")
    if refusal(canonical(row)[0]):
        return AdviceError(said)
    if not error.why.startswith(_UNKNOWN):
        return AdviceError(f"{said}; mend it, or {_hint(seen)}")
    return AdviceError(
        f"{said}; {_described(row)}; nearest layouts: {' or '.join(_nearest(row))}; "
        f"rename the columns, or {_hint(seen)} (fields: {', '.join(FIELDS)})"
    )


def absent(mapping: Mapping[str, str], columns: Iterable[str]) -> list[str]:
    """The names of a mapping that are none of these columns."""
    there = {name for column in columns for name in (column, column_name(column))}
    said = (name for names in mapping.values() for name in names.split("+"))
    return [name for name in said if name not in there and column_name(name) not in there]


def unmapped(path: str, rows: Sequence[Mapping[str, Any]], mapping: Mapping[str, str]) -> AdviceError:
    """The error for a mapping that names columns which the file does not have."""
    columns = list(dict.fromkeys(chain.from_iterable(rows)))
    names = ", ".join(f"`{_clean(name)}`" for name in absent(mapping, columns))
    return AdviceError(f"{path}: --map: there is no column {names}; the columns are {_listed(map(_clean, columns))}")


def check(path: str, mapping: Mapping[str, str], used: Iterable[str], rows: Iterable[Row]) -> None:
    """AdviceError where a column that was said by hand is in no row."""
    # One that is null in every row is there, and used by none.
    if absent(mapping, used) and absent(mapping, chain.from_iterable(seen := _objects(rows))):
        raise unmapped(path, seen, mapping)


def _objects(rows: Iterable[Row]) -> list[dict[str, Any]]:
    return list(islice((row.value for row in rows if not isinstance(row.value, RowError)), _SAMPLE))


def _listed(parts: Iterable[str]) -> str:
    names = list(islice(parts, _COLUMNS_SHOWN + 1))
    return ", ".join(names[:_COLUMNS_SHOWN]) + (", …" if len(names) > _COLUMNS_SHOWN else "") or "none"


def _clean(text: str) -> str:
    shown = " ".join("".join(c if c.isprintable() else " " for c in redact(text)).split())
    return redact(shown)[:40]


def _described(row: Mapping[str, Any]) -> str:
    return _listed(
        f"{_clean(column)} is {_TYPES.get(type(value), 'null')}{_example(column, value)}"
        for column, value in row.items()
    )


def _example(column: str, value: Any) -> str:
    """The beginning of a cell; under a column named `password` whatever looks like one goes."""
    if not isinstance(value, (str, bool, int, float)):
        return ""
    said = _clean(str(value)[:_READ])
    if redact(named := f"{column}={said}") != named:
        said = "[redacted]"
    return f" ({said[:_EXCERPT]}{'…' * (len(said) > _EXCERPT)})" if said else " (empty)"


def _hint(rows: Sequence[Mapping[str, Any]]) -> str:
    """What to say of the columns, with those that may be meant where any looks like a prompt or an answer."""
    found = suggestion.mapping(rows)
    if not found:
        return (
            "say which of them is meant, for none reads like a prompt or an answer: --map prompt=COLUMN,answer=COLUMN"
        )
    named = {field: "+".join(map(_clean, columns.split("+"))) for field, columns in found.items()}
    return "say what they are: --map " + ",".join(f"{field}={columns}" for field, columns in named.items())


def _nearest(columns: Iterable[str]) -> list[str]:
    """The two layouts whose example shares most column names, as `name (columns)`; ties by name."""
    seen = {column.lower() for column in columns}
    shown = [(name, list(example)) for name, layout in layouts().items() for example in examples(layout)]
    near = sorted(shown, key=lambda each: (-len(seen.intersection(each[1])) / len(each[1]), each[0]))
    best = dict(reversed([(name, names) for name, names in near if seen.intersection(names)]))
    chosen = list(reversed(best.items()))[:2] or [each for each in shown if each[0] == "preference"][:1]
    return [f"{name} ({', '.join(names)})" for name, names in chosen]
