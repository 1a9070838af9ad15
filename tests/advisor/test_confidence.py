"""Confidence orders cases: it falls with whatever makes advice less sure, on files and through the command."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.advisor.test_unseen import advised, written
from tests.advisor.unseen import Row, Unseen
from tests.advisor.unseen.gold import support
from tests.advisor.unseen.pairs import preferences


def advice(folder: Path, rows: list[Row] | bytes) -> dict[str, Any]:
    path = folder / "rows.jsonl"
    path.write_bytes(written(Unseen("rows.jsonl", rows, "", "")))
    return dict(advised(path)["recommendation"])


def broken(rows: list[Row]) -> bytes:
    """One line in six is cut."""
    lines = written(Unseen("rows.jsonl", rows, "", "")).splitlines()
    return b"\n".join(line[: len(line) // 2] if i % 6 == 0 else line for i, line in enumerate(lines))


GOLD, PAIRS = support(1200), preferences(1500, 27)
SPOILT: dict[str, tuple[list[Row], list[Row] | bytes]] = {
    "few records": (GOLD, GOLD[:60]),
    "unreadable rows": (GOLD, broken(GOLD)),
    "several layouts": (GOLD, [*GOLD[:1000], *({"q": r["instruction"], "a": r["output"]} for r in GOLD[1000:])]),
    "few pairs": (PAIRS, PAIRS[:250]),
    "length bias": (PAIRS, preferences(1500, 27, longer=0.8)),
    "contradicting pairs": (
        PAIRS,
        [*PAIRS, *({**r, "chosen": r["rejected"], "rejected": r["chosen"]} for r in PAIRS[:60])],
    ),
}


@pytest.mark.parametrize("what", SPOILT)
def test_confidence_falls_with(what: str, tmp_path: Path) -> None:
    good, spoilt = (advice(tmp_path, rows) for rows in SPOILT[what])
    assert spoilt["confidence"] < good["confidence"]


def test_that_there_are_too_few_is_sure_because_there_are_few(tmp_path: Path) -> None:
    one, some = advice(tmp_path, GOLD[:1]), advice(tmp_path, GOLD[:60])
    assert one["method"] in ("fix_data", "none")
    assert one["confidence"] > some["confidence"] / 2
