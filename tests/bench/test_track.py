"""What of a file is trained on, what is left out and said, and what is held out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from bench.track import Track, items, prepare
from bench.types import BenchError


def file(path: Path, *rows: dict[str, Any]) -> str:
    path.write_bytes(b"".join(orjson.dumps(r, option=orjson.OPT_APPEND_NEWLINE) for r in rows))
    return str(path)


def gold(n: int) -> dict[str, Any]:
    return {"prompt": f"What is {n} and {n}?", "completion": f"It is {2 * n}."}


def pair(n: int) -> dict[str, Any]:
    return {"prompt": f"What is {n} and {n}?", "chosen": f"It is {2 * n}.", "rejected": f"It is {2 * n + 1}."}


def labelled(n: int) -> dict[str, Any]:
    return gold(n) | {"label": n % 2 == 0}


def test_rows_that_no_arm_uses_are_counted_with_the_reason(tmp_path: Path) -> None:
    mixed = file(tmp_path / "mixed.jsonl", *(pair(n) for n in range(60)), *(gold(n) for n in range(60, 100)))
    track = prepare(mixed, ["sft", "dpo"])
    assert all(r.rejected for r in track.train)
    assert len(track.train) + track.unused["without a rejected answer"] == len(track.split.train)
    assert track.unused["without a rejected answer"] > 0
    assert prepare(mixed, ["sft"]).unused == {}


def test_rows_that_do_not_fit_are_left_out_whole_and_counted(tmp_path: Path) -> None:
    track = prepare(file(tmp_path / "d.jsonl", *map(gold, range(60))), ["sft"], lambda r: r.row % 2 > 0)
    assert track.unused == {"too long for a row": len(track.split.train) - len(track.train)}
    assert 0 < len(track.train) < len(track.split.train)


def test_an_answer_labelled_undesirable_is_neither_trained_on_nor_held_out_as_gold(tmp_path: Path) -> None:
    track = prepare(file(tmp_path / "kto.jsonl", *map(labelled, range(120))), ["sft"])
    assert all(r.label is not False for r in track.train)
    assert track.unused == {"labelled undesirable": len(track.split.train) - len(track.train)}
    bad = {r.id for r in track.split.test if r.label is False}
    held_out = {i.id for i in items(track, "answer_quality", "own", 1000)}
    assert bad
    assert held_out
    assert not bad & held_out


def test_items_of_different_kinds_come_from_different_documents_first() -> None:
    track: Track = prepare("embedded:rag", ["sft"])
    chosen = items(track, "rag_faithfulness", "own", 48)
    assert len({i.cluster for i in chosen}) >= 30


def test_data_without_answers_are_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(BenchError, match="no answers to train on"):
        prepare(file(tmp_path / "p.jsonl", *({"prompt": f"Say {n}."} for n in range(60))), ["sft"])
