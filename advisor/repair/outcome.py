"""What became of the records of a dataset, counted so that it adds up: read = kept + dropped."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from advisor.repair.types import Dropped, Kept, Plan


@dataclasses.dataclass(frozen=True, slots=True)
class Written:
    """One file of rows, and how its dataset came to it."""

    path: Path
    """The file."""
    plan: Plan
    """How it was made."""
    read: int
    """Records of the dataset, and rows or parts of rows that gave none."""
    kept: int
    """Rows written."""
    dropped: Mapping[str, int]
    """Reason → how many were left out for it, most first; each is counted once."""
    changed: int
    """Rows written that were repaired."""
    changes: Mapping[str, int]
    """Repair → how many rows it was made in, most first; a row can have several."""
    labels: Mapping[bool, int]
    """Verdict → rows; empty where rows have none."""
    longest: int
    """Characters of the longest row: its prompt and its longer side."""


class Counts:
    """Counts what comes out of a repair."""

    def __init__(self) -> None:
        self.read = self.kept = self.changed = self.longest = 0
        self.dropped, self.changes, self.labels = Counter[str](), Counter[str](), Counter[bool]()

    def add(self, item: Kept | Dropped) -> None:
        """One record, or one row that gave none."""
        self.read += 1
        if isinstance(item, Dropped):
            self.dropped[item.why.code] += 1
            return
        self.kept += 1
        self.changed += bool(item.changes)
        self.changes.update(why.code for why in item.changes)
        self.longest = max(self.longest, length(item.columns))
        if "completion" in item.columns and "label" in item.columns:
            self.labels[item.columns["label"]] += 1

    def result(self, path: Path, plan: Plan) -> Written:
        """Of one file."""
        dropped, changes = dict(self.dropped.most_common()), dict(self.changes.most_common())
        return Written(
            path, plan, self.read, self.kept, dropped, self.changed, changes, dict(self.labels), self.longest
        )


def length(columns: Mapping[str, Any]) -> int:
    """Characters of a row's prompt and its longer side."""
    sides = [characters(value) for column, value in columns.items() if column != "prompt"]
    return characters(columns.get("prompt", "")) + max(sides, default=0)


def characters(value: Any) -> int:
    """Of a text, or of the turns of a conversation; 0 of anything else."""
    if isinstance(value, str):
        return len(value)
    turns = value if isinstance(value, list) else []
    return sum(len(turn["content"]) for turn in turns if isinstance(turn, dict) and "content" in turn)


def counted(counts: Mapping[str, int]) -> str:
    """`3 duplicate, 1 no_answer`."""
    return ", ".join(f"{n:,} {what}" for what, n in counts.items())


def told(made: Written) -> Iterator[str]:
    """What became of the records, line by line."""
    bad, lost = made.dropped.get("unreadable", 0), made.read - made.kept
    parts = f"{made.read - bad:,} records" + (f", {bad:,} unreadable rows or parts" if bad else "")
    yield f"Repaired for {made.plan.method}: {made.path}"
    yield f"  in       {made.read:,}: {parts}"
    yield f"  out      {made.kept:,}"
    yield f"  dropped  {lost:,}" + (f": {counted(made.dropped)}" if lost else "")
    yield f"  changed  {made.changed:,} of those out" + (f": {counted(made.changes)}" if made.changed else "")


def silenced(made: Written) -> str:
    """A note where unanswerable questions went, for what is left never declines; `""` where none did."""
    lost = made.dropped.get("unanswerable", 0)
    told = "have no answer to learn: write one that declines, or the rows teach to answer always"
    return f"{lost:,} unanswerable questions {told}" if lost else ""


def thinned(made: Written) -> str:
    """A note where most of the data went: then a filter is no repair, and the source should be mended; `""` otherwise."""
    if made.kept >= made.read / 2:
        return ""
    most = next(iter(made.dropped))
    if most == "unanswerable":  # told already
        return ""
    return f"{made.read - made.kept:,} of {made.read:,} were dropped, most of them for `{most}`: mend that where the data is made"
