"""What became of the records of a dataset, counted so that it adds up: read = kept + dropped."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson

from advisor.repair.types import Dropped, Kept, Plan

UNTOLD = {
    "calls_as_text": "calls of tools are text",
    "tools_left_out": "`tools` is left out",
    "weight_ignored": "turns are learnt that say they are not to be",
}
"""Changes that lose something → what."""


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
    earlier: int
    """Rows written whose prompt holds turns of the assistant, which are not learnt."""
    spare: Mapping[str, int]
    """`same` and `other` → pairs written without their rejected side."""


class Counts:
    """Counts what comes out of a repair."""

    def __init__(self) -> None:
        self.read = self.kept = self.changed = self.longest = self.earlier = 0
        self.dropped, self.changes, self.labels = Counter[str](), Counter[str](), Counter[bool]()
        self.spare = Counter[str]()

    def add(self, item: Kept | Dropped) -> None:
        """One record, or one row that gave none."""
        self.read += 1
        if isinstance(item, Dropped):
            self.dropped[item.why.code] += 1
            return
        self.kept += 1
        self.changed += bool(item.changes)
        self.changes.update(why.code for why in item.changes)
        self.spare.update([item.spare] if item.spare else [])
        self.longest = max(self.longest, length(item.columns))
        self.earlier += any(turn["role"] == "assistant" for turn in item.columns.get("prompt", ()))
        if "completion" in item.columns and "label" in item.columns:
            self.labels[item.columns["label"]] += 1

    def result(self, path: Path, plan: Plan) -> Written:
        """Of one file."""
        dropped, changes = dict(self.dropped.most_common()), dict(self.changes.most_common())
        counts = (self.read, self.kept, dropped, self.changed, changes)
        return Written(path, plan, *counts, dict(self.labels), self.longest, self.earlier, dict(self.spare))


def length(columns: Mapping[str, Any]) -> int:
    """Characters of a row's prompt and its longer side."""
    sides = [characters(value) for column, value in columns.items() if column not in ("prompt", "tools")]
    asked = characters(columns.get("prompt", "")) + (len(orjson.dumps(columns["tools"])) if "tools" in columns else 0)
    return asked + max(sides, default=0)


def characters(value: Any) -> int:
    """Of a text, or of the turns of a conversation with their calls; 0 of anything else."""
    if isinstance(value, str):
        return len(value)
    turns = [turn for turn in value if isinstance(turn, dict) and "content" in turn] if isinstance(value, list) else []
    calls = [turn["tool_calls"] for turn in turns if "tool_calls" in turn]
    return sum(len(turn["content"]) for turn in turns) + (len(orjson.dumps(calls)) if calls else 0)


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


def notes(written: Sequence[Written]) -> Iterator[str]:
    """What should be known of the files beside the counts; some are `""`."""
    yield conversed(written[0])
    yield from map(untold, written)
    # A later stage reads the sides that the first leaves.
    yield spared(written[-1])
    yield unprompted(written[0])
    yield silenced(written[0])
    yield thinned(written[-1])


def conversed(made: Written) -> str:
    """A note on what is learnt of a conversation, where rows hold more than a prompt and its answer; `""` otherwise."""
    if made.plan.form == "messages":
        return "rows are `messages`: every turn of the assistant is learnt, by a chat template that marks them (see the config)"
    if made.plan.form == "completion" and made.earlier:
        return f"of {made.earlier:,} conversations only the last turn is learnt, for it alone was judged"
    return ""


def untold(made: Written) -> str:
    """A note where rows say what a trainer will not be told; `""` where none do."""
    told = [f"{what} in {n:,} rows" for code, what in UNTOLD.items() if (n := made.changes.get(code, 0))]
    return f"{made.path.name}: {', '.join(told)}; the ledger names them" if told else ""


def spared(made: Written) -> str:
    """A note where pairs were written without their rejected sides; `""` where none were."""
    pairs, same = sum(made.spare.values()), made.spare.get("same", 0)
    if not pairs:
        return ""
    alike = f" ({same:,} of them repeat the chosen side, a gold answer all the same)" if same else ""
    return f"the rejected sides of {pairs:,} pairs are not used, for {made.plan.method} trains on one side{alike}"


def unprompted(made: Written) -> str:
    """A note on what to do with rows that have no prompt; `""` where there are none."""
    lost = made.dropped.get("no_prompt", 0)
    told = "give each one, or put raw text in a file of its own for continued pre-training"
    return f"{lost:,} have no prompt (no_prompt): {told}" if lost else ""


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
    if most in ("unanswerable", "held_out"):  # told already
        return ""
    return f"{made.read - made.kept:,} of {made.read:,} were dropped, most of them for `{most}`: mend that where the data is made"
