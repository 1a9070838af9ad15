"""Dataset layouts, one file each; adding one edits nothing else. A layout is a module with

- `SUPERVISION`: the signal its rows carry;
- `match(row)`: the columns it would turn into Record fields (column → field), `{}` when the row is not of this layout;
- `records(row, number)`: the row's records, or WrongRowError where a column holds the wrong type. Ids, groups, contexts and
  meta that the layout leaves empty are filled by `advisor.load`;
- a docstring with example rows as indented JSON, and the source of the layout.

More specific first: the layout that explains the most columns of a row has it; of equals, the first by name.
"""

from __future__ import annotations

import functools
import importlib
import json
import pkgutil
from collections.abc import Mapping
from typing import Any, Protocol, cast

from advisor.types import Record, RowError, Supervision


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
    """Name of the layout that explains most columns of a row, and those columns; `("unknown", {})` when none does."""
    name, columns = "unknown", dict[str, str]()
    for candidate, layout in layouts().items():
        explained = layout.match(row)
        if len(explained) > len(columns):
            name, columns = candidate, explained
    return name, columns
