"""The embedded default data: four jsonl files with a sidecar each, made by `python -m tasks.data.generate`.

`rag` and `values` are preference rows (prompt, chosen, rejected, with the phrases that score a generated answer);
`general` is plain text for measuring what training made the model forget, `benign` harmless requests that sound harmful.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

Name = Literal["rag", "values", "general", "benign"]
NAMES: tuple[Name, ...] = ("rag", "values", "general", "benign")


def path(name: Name) -> Path:
    """The jsonl file of a data set."""
    return Path(__file__).with_name(f"{name}.jsonl")


def rows(name: Name, split: str | None = None) -> list[dict[str, Any]]:
    """Its rows in file order, of one split (`train`, `tune`, `test`) or of all."""
    found = [json.loads(line) for line in path(name).read_text(encoding="utf-8").splitlines()]
    return [row for row in found if split in (None, row["split"])]


def sidecar(name: Name) -> dict[str, Any]:
    """What the set is: licence, sizes, an example row, chance levels; `instruction` (rag) and `policy` (values)."""
    found: dict[str, Any] = json.loads(path(name).with_suffix(".meta.json").read_text(encoding="utf-8"))
    return found
