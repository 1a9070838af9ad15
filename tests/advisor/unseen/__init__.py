"""Small datasets of our own making with what an expert would expect of `advise`, written down before it was run on them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any


@dataclasses.dataclass(frozen=True, slots=True)
class Unseen:
    """One file and its expert's label."""

    name: str
    """Of the file; its suffix says how it is written: `.jsonl`, `.json`, `.csv` or `.txt`."""
    rows: Any
    """Rows for jsonl, json and csv; whole text for txt; bytes are written as they are."""
    signal: str
    """Supervision that is really there; several, separated by blanks, where experts differ."""
    methods: str
    """Acceptable first methods."""
    never: str = ""
    """Clear mistakes as a first method."""
    find: str = ""
    """Problem codes that must be warned of."""
    may: str = ""
    """Codes that are tolerable; any other warning is a false alarm."""


Row = Mapping[str, Any]
