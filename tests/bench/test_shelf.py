"""What runs share: the same work is done once, other work is not taken for it, and a damaged entry is as good as none."""

from __future__ import annotations

import json
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from bench import machine, models, session, shelf, speed, worker
from bench.store import read_journal
from tests.bench.command import QUIET, Patch
from tests.bench.small_run import RUN, bench, run_folder

pytestmark = QUIET
VALUE = {"seconds": 1.5, "items": 2, "shared": False}
FILES = {"items.jsonl": b'{"a": 1}\n\n', "empty": b"", "bytes": bytes(range(256))}
KEY = "k" * 64


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(shelf, "folder", lambda: tmp_path / "units")
    return tmp_path / "units"


def test_an_entry_comes_back_as_it_was(folder: Path) -> None:
    assert shelf.take(KEY) is None
    shelf.put(KEY, VALUE, FILES)
    assert shelf.take(KEY) == (VALUE, FILES)
    assert [path.name for path in folder.iterdir()] == [KEY]


def test_attention_is_measured_once_for_a_model_on_a_machine(
    folder: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    weights = models.resolve(str(tiny_model))
    first = session.fastest_attention(weights, "float32")
    assert first.seconds
    monkeypatch.setattr(speed, "attention", lambda *_: speed.Attention("other", {}))
    assert session.fastest_attention(weights, "float32") == first
    assert session.fastest_attention(weights, "bfloat16").name == "other"
    assert len(list(folder.iterdir())) == 2


@pytest.mark.parametrize("at", [0, 70, 100, -1])
def test_a_changed_byte_or_a_torn_end_makes_it_none(at: int, folder: Path) -> None:
    shelf.put(KEY, VALUE, FILES)
    data = bytearray((folder / KEY).read_bytes())
    data[at] ^= 1
    (folder / KEY).write_bytes(data)
    assert shelf.take(KEY) is None
    data[at] ^= 1
    (folder / KEY).write_bytes(data[:-3])
    assert shelf.take(KEY) is None
    (folder / KEY).write_bytes(b"")
    assert shelf.take(KEY) is None
    shelf.put(KEY, VALUE, FILES)
    assert shelf.take(KEY) == (VALUE, FILES)


def test_what_was_not_used_for_longest_goes_first(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for n, key in enumerate("abc"):
        shelf.put(key, VALUE, FILES)
        os.utime(folder / key, (n, n))
    shelf.take("a")  # used now, so that b is the oldest
    monkeypatch.setattr(shelf, "LIMIT", 3 * (folder / "a").stat().st_size)
    shelf.put("d", VALUE, FILES)
    assert {path.name for path in folder.iterdir()} == {"a", "c", "d"}


def test_a_cache_that_cannot_be_written_is_done_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(shelf, "folder", lambda: tmp_path / "file" / "units")
    shelf.put(KEY, VALUE, FILES)
    assert shelf.take(KEY) is None


def test_many_at_once_leave_one_sound_entry(folder: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: shelf.put(KEY, VALUE, FILES), range(32)))
        assert all(found == (VALUE, FILES) for found in pool.map(lambda _: shelf.take(KEY), range(32)))
    assert [path.name for path in folder.iterdir()] == [KEY]


# Through the command


@pytest.fixture
def again(place: Path, tmp_path: Path) -> Path:
    """The folder of a finished run, and what it left on the shelf."""
    shutil.copytree(place.parent / f"{place.name}.units", tmp_path / "again.units")
    kept = shutil.copytree(place, tmp_path / "again")
    shutil.move(kept / "runs", tmp_path / "before")
    return kept


def journal(place: Path) -> dict[str, dict[str, Any]]:
    events, _ = read_journal(run_folder(place) / "journal.jsonl")
    return {e["unit"]: e["value"] for e in events if e["event"] == "done"}


SHARED = {"own checks", "own certificate", "own evaluate base", "own evaluate prompt", "own reference"}


def test_a_second_run_takes_from_the_first_what_does_not_depend_on_training(again: Path) -> None:
    def change(patch: Patch) -> None:
        def never(*_: Any) -> None:
            raise AssertionError("done a second time")

        patch.setattr(worker, "reference", never)
        patch.setattr(worker, "certify", never)

    said = bench(*RUN, inside=again, change=change)
    assert said.code == 0, said.err
    done = journal(again)
    assert {unit for unit, value in done.items() if value.get("shared")} == SHARED
    [first] = (again.parent / "before").iterdir()
    for arm in ("base", "prompt"):
        one, other = (next(run.glob(f"tracks/own/**/{arm}*/items.jsonl")) for run in (first, run_folder(again)))
        assert one.read_bytes() == other.read_bytes()
    clocks = [json.loads((run / "result.json").read_bytes())["clocks"] for run in (first, run_folder(again))]
    assert clocks[0]["earlier_runs_seconds"] == 0
    assert clocks[1]["earlier_runs_seconds"] == pytest.approx(sum(done[unit]["seconds"] for unit in SHARED))
    assert all(clocks[1][f"{work}_seconds"] == 0 for work in ("checks", "reference", "certificate"))


@pytest.mark.parametrize("what", ["program", "machine"])
def test_another_program_or_machine_does_its_own(what: str, again: Path) -> None:
    def change(patch: Patch) -> None:
        if what == "program":
            patch.setattr("bench.plan.code_hash", lambda: "0" * 64)
        else:
            patch.setattr(machine, "numerics", lambda: ["other"])

    said = bench(*RUN, inside=again, change=change)
    assert said.code == 0, said.err
    assert not any(value.get("shared") for value in journal(again).values())
