"""The run directory: nothing half-written, nothing lost, nothing done twice, one owner."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench import store
from bench.store import Run, content_key, dumps, own, read_journal, sha256, write_atomic
from bench.types import BenchError

Json = dict[str, Any]
ROOT = Path(__file__).parents[2]
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


class Counted:
    """Work that counts how often it was done."""

    def __init__(self, value: Json, files: dict[str, bytes] | None = None) -> None:
        self.value, self.files, self.times = value, files or {}, 0

    def __call__(self) -> tuple[Json, dict[str, bytes]]:
        self.times += 1
        return self.value, self.files


def altered(path: Path) -> None:
    path.write_bytes(b"altered")


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    with own(tmp_path / "run") as opened:
        yield opened


def again(run: Run) -> Run:
    """The same folder, as the next process would read it."""
    return Run(run.folder)


# Atomic files


def test_a_file_is_written_with_the_folders_it_needs(tmp_path: Path) -> None:
    write_atomic(tmp_path / "a" / "b" / "c.bin", b"\x00new")
    assert (tmp_path / "a" / "b" / "c.bin").read_bytes() == b"\x00new"
    assert [p.name for p in (tmp_path / "a" / "b").iterdir()] == ["c.bin"]


def test_writing_again_replaces_the_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "a"
    write_atomic(path, b"long old content")
    write_atomic(path, b"new")
    assert path.read_bytes() == b"new"


def test_a_reader_sees_one_whole_content_or_the_other(tmp_path: Path) -> None:
    path, contents = tmp_path / "a", [b"x" * 300_000, b"y" * 200_000]
    write_atomic(path, contents[0])

    def write() -> None:
        for n in range(30):
            write_atomic(path, contents[n % 2])

    writer = threading.Thread(target=write)
    writer.start()
    seen = []
    while writer.is_alive():
        seen.append(path.read_bytes())
    writer.join()
    assert seen
    assert set(seen) <= set(contents)


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
@pytest.mark.parametrize("at", ["os.fsync", "pathlib.Path.replace"])
def test_a_failure_leaves_the_old_file_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: str, error: BaseException
) -> None:
    path = tmp_path / "a"
    write_atomic(path, b"old")

    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(at, fail)
    with pytest.raises(type(error)):
        write_atomic(path, b"new")
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["a"]


def test_a_file_where_the_folder_should_be_is_an_error_that_touches_nothing(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"a file")
    with pytest.raises(OSError, match="a"):
        write_atomic(tmp_path / "a" / "b", b"new")
    assert (tmp_path / "a").read_bytes() == b"a file"


def test_a_folder_where_the_file_should_be_is_an_error_and_leaves_no_temporary_file(tmp_path: Path) -> None:
    (tmp_path / "a" / "inside").mkdir(parents=True)
    with pytest.raises(OSError, match="a"):
        write_atomic(tmp_path / "a", b"new")
    assert [p.name for p in tmp_path.iterdir()] == ["a"]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="to the superuser no folder is read-only")
def test_a_read_only_folder_is_an_error_and_stays_as_it_was(tmp_path: Path) -> None:
    folder = tmp_path / "shut"
    folder.mkdir(mode=0o500)
    with pytest.raises(PermissionError):
        write_atomic(folder / "a", b"new")
    assert list(folder.iterdir()) == []


# JSON and keys


def test_equal_values_are_equal_bytes_and_tuples_are_lists() -> None:
    assert dumps({"b": (1, 2), "a": "é"}) == dumps({"a": "é", "b": [1, 2]}) == '{"a":"é","b":[1,2]}'.encode()
    assert content_key({"seed": 1, "arm": "sft"}) == content_key({"arm": "sft", "seed": 1})
    assert content_key({"seed": 1}) != content_key({"seed": 2})
    assert content_key({"seed": 1}) != content_key({"seed": "1"})


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_json_cannot_say_is_refused_and_not_journalled(run: Run, value: float) -> None:
    with pytest.raises(ValueError, match="JSON"):
        run.once("unit", {}, Counted({"loss": value}))
    assert read_journal(run.folder / "journal.jsonl")[0] == []
    assert again(run).finished("unit", {}) is None


# The journal


def test_what_is_noted_is_read_back_in_order(run: Run) -> None:
    run.note("began", arm="sft", text="Zeile\nzwei  é")
    run.note("step", n=1)
    events, valid = read_journal(run.folder / "journal.jsonl")
    assert events == [{"event": "began", "arm": "sft", "text": "Zeile\nzwei  é"}, {"event": "step", "n": 1}]
    assert valid == (run.folder / "journal.jsonl").stat().st_size


def test_no_journal_is_an_empty_one(tmp_path: Path) -> None:
    assert read_journal(tmp_path / "journal.jsonl") == ([], 0)


def test_cut_at_any_byte_the_journal_is_a_valid_prefix_and_goes_on(tmp_path: Path) -> None:
    run = Run(tmp_path)
    for n in range(3):
        run.once(f"unit {n}", {"n": n}, Counted({"text": "é" * n, "n": n}))
    path = tmp_path / "journal.jsonl"
    whole, lines = path.read_bytes(), path.read_bytes().splitlines(keepends=True)
    for cut in range(len(whole) + 1):
        path.write_bytes(whole[:cut])
        complete = sum(len(b"".join(lines[: n + 1])) <= cut for n in range(len(lines)))
        events, valid = read_journal(path)
        assert events == [json.loads(line) for line in lines[:complete]]
        assert valid == len(b"".join(lines[:complete]))
        resumed = Run(tmp_path)
        assert [resumed.finished(f"unit {n}", {"n": n}) is not None for n in range(3)] == [
            n < complete for n in range(3)
        ]
        resumed.note("resumed")
        assert read_journal(path)[0] == [*events, {"event": "resumed"}]


@pytest.mark.parametrize("torn", [b'{"event":"do\n', b"\n", b"[1]\n", b"\xff\xfe\n", b'{"event":"a"}{"event":"b"}\n'])
def test_a_damaged_line_before_the_last_is_reported_with_its_place(tmp_path: Path, torn: bytes) -> None:
    path = tmp_path / "journal.jsonl"
    good = dumps({"event": "noted"}) + b"\n"
    path.write_bytes(good + torn + good)
    with pytest.raises(
        BenchError, match=r"journal\.jsonl:2: damaged line .*; restore the file or start a new run"
    ) as caught:
        Run(tmp_path)
    assert "\n" not in str(caught.value)
    assert path.read_bytes() == good + torn + good


# Units of work


@settings(deadline=None)
@given(value=st.dictionaries(st.text(), JSON_VALUES, max_size=4))
def test_a_value_is_the_same_when_worked_out_and_when_resumed(
    tmp_path_factory: pytest.TempPathFactory, value: Json
) -> None:
    folder, work = tmp_path_factory.mktemp("run"), Counted(value)
    first = Run(folder).once("unit", {"seed": 1}, work)
    resumed = Run(folder).once("unit", {"seed": 1}, work)
    assert work.times == 1
    assert dumps(first) == dumps(resumed)
    assert first == resumed


def test_work_is_done_once_in_one_process_and_in_the_next(run: Run) -> None:
    work = Counted({"n": 1}, {"deep/er/file": b"data"})
    assert run.once("unit", {"seed": 1}, work) == run.once("unit", {"seed": 1}, work) == {"n": 1}
    assert again(run).once("unit", {"seed": 1}, work) == {"n": 1}
    assert work.times == 1
    assert (run.folder / "deep/er/file").read_bytes() == b"data"


def test_tuples_come_back_as_lists_even_the_first_time(run: Run) -> None:
    assert run.once("unit", {}, Counted({"pair": (1, 2)})) == {"pair": [1, 2]}


def test_other_inputs_are_other_work(run: Run) -> None:
    work = Counted({})
    for inputs in ({"seed": 1}, {"seed": 2}, {"seed": 1, "steps": 3}):
        run.once("unit", inputs, work)
    run.once("another unit", {"seed": 1}, work)
    assert work.times == 4


@pytest.mark.parametrize("harm", [Path.unlink, altered], ids=["deleted", "altered"])
def test_work_is_done_again_when_one_of_its_files_was_harmed(run: Run, harm: Callable[[Path], object]) -> None:
    work = Counted({"n": 1}, {"a": b"data", "b": b"more"})
    run.once("unit", {}, work)
    harm(run.folder / "b")
    assert again(run).finished("unit", {}) is None
    assert again(run).once("unit", {}, work) == {"n": 1}
    assert work.times == 2
    assert (run.folder / "b").read_bytes() == b"more"
    assert again(run).finished("unit", {}) == {"n": 1}


def test_failed_work_leaves_no_trace_and_is_done_again(run: Run) -> None:
    def fail() -> tuple[Json, dict[str, bytes]]:
        raise RuntimeError("the machine is on fire")

    with pytest.raises(RuntimeError, match="on fire"):
        run.once("unit", {}, fail)
    assert read_journal(run.folder / "journal.jsonl")[0] == []
    assert again(run).once("unit", {}, Counted({"n": 1})) == {"n": 1}


def test_killed_between_files_and_journal_the_work_is_done_again(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    work = Counted({"n": 1}, {"a": b"data"})

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Run, "note", interrupted)
        with pytest.raises(KeyboardInterrupt):
            run.once("unit", {}, work)
    assert (run.folder / "a").exists()
    assert again(run).finished("unit", {}) is None
    again(run).once("unit", {}, work)
    assert work.times == 2


def test_the_journal_names_the_hash_of_every_file(run: Run) -> None:
    run.once("unit", {"seed": 1}, Counted({}, {"a": b"data"}))
    [event] = read_journal(run.folder / "journal.jsonl")[0]
    assert event.pop("seconds") >= 0
    assert event == {
        "event": "done",
        "unit": "unit",
        "key": content_key({"seed": 1}),
        "value": {},
        "files": {"a": sha256(b"data")},
    }


def test_the_seconds_of_a_run_are_those_of_its_units_over_every_session(run: Run) -> None:
    for n in range(2):
        run.once(f"unit {n}", {}, Counted({}))
    spent = [e["seconds"] for e in read_journal(run.folder / "journal.jsonl")[0]]
    resumed = again(run)
    resumed.once("unit 0", {}, Counted({}))
    assert run.seconds == resumed.seconds == pytest.approx(sum(spent))


# One owner

_HOLD = """
import sys
from pathlib import Path
from bench.store import own
from bench.types import BenchError
try:
    with own(Path(sys.argv[1])):
        print("owner", flush=True)
        sys.stdin.read()
except BenchError as error:
    print(error, flush=True)
"""


def other_process(folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )


def test_a_run_in_work_is_refused_to_a_second_process(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    with own(folder), other_process(folder) as second:
        said, _ = second.communicate(timeout=60)
    assert said == f"{folder}: another process is working on this run; wait for it or stop it\n"


def test_a_killed_owner_leaves_the_run_to_the_next(tmp_path: Path) -> None:
    with other_process(tmp_path) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == "owner\n"
        with pytest.raises(BenchError, match="another process is working on this run"), own(tmp_path):
            pytest.fail("two owners")
        first.kill()
        first.wait(timeout=60)
    with own(tmp_path) as opened:
        assert isinstance(opened, store.Run)


def test_a_failure_inside_gives_the_lock_back(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="inside"), own(tmp_path):
        raise RuntimeError("inside")
    with own(tmp_path) as opened:
        opened.note("again")
