"""How often answers repeat themselves: `python -m tests.coherence FILE...`, data files or a run's items.jsonl files."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from advisor.load import load
from tasks.text import LOOPS, repetition


def texts(path: Path) -> Iterator[str]:
    """Answers of a data file's records, or those that a trial generated."""
    if path.name == "items.jsonl":
        yield from (row["text"] for row in map(json.loads, path.open(encoding="utf-8")) if row["text"])
        return
    for record in load(path).records:
        yield from (text for text in (record.answer, record.rejected) if text)


def main(files: list[str]) -> None:
    """One line a file: answers, those at LOOPS and beyond, the greatest repetition."""
    for file in files:
        found = [repetition(text) for text in texts(Path(file))]
        loops, most = sum(r >= LOOPS for r in found), max(found, default=0)
        print(f"{file}: {len(found)} answers, {loops} loops, at most {most:.2f}")  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1:])
