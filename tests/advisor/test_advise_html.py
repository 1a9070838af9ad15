"""`advise DATA --html FILE`: a page beside the terminal's or the JSON, written whole or not at all."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import html5lib
import orjson
import pytest

from advisor import page
from advisor.types import AdviceError
from tests.advisor.build import pair

SHARED = Path(__file__).parents[2] / ".." / "shared" / "data"


def run(*args: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "advisor.cli", *map(str, args)],
        capture_output=True,
        text=True,
        env={**os.environ, "COLUMNS": "100"},
        timeout=120,
    )


@pytest.fixture
def pairs(tmp_path: Path) -> Path:
    """Sixty pairs and a bad row."""
    rows = [{"prompt": r["prompt"], "chosen": r["answer"], "rejected": r["rejected"]} for r in map(pair, range(60))]
    data = tmp_path / "pairs.jsonl"
    data.write_bytes(b"".join(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in rows) + b'{"prompt": \n')
    return data


def refused(done: subprocess.CompletedProcess[str], code: int = 1) -> str:
    """The one line of a refusal."""
    assert (done.returncode, done.stdout) == (code, "")
    assert done.stderr.startswith("advise: ")
    assert done.stderr.count("\n") == 1
    return done.stderr


def test_the_page_is_written_and_named_after_what_the_terminal_shows(pairs: Path) -> None:
    target = pairs.with_name("advice.html")
    done = run(pairs, "--html", target)
    assert done.returncode == 0
    assert "Why" in done.stdout
    assert done.stdout.endswith(f"advise: page written to {target}\n")
    html = target.read_text(encoding="utf-8")
    assert html.startswith("<!doctype html>")
    assert str(pairs) in html
    assert f"{pairs}:61" in html
    assert "invalid JSON" in html


def test_json_and_page_say_the_same(pairs: Path) -> None:
    target = pairs.with_name("advice.html")
    done = run(pairs, "--json", "--html", target)
    advice = orjson.loads(done.stdout)
    assert done.stderr == f"advise: page written to {target}\n"
    html = target.read_text(encoding="utf-8")
    assert advice["data"]["sha256"] in html
    assert all(finding["rule"] in html for finding in advice["findings"])
    assert advice["data"]["bad_rows"] == [{"row": 61, "at": f"{pairs}:61", "why": advice["data"]["bad_rows"][0]["why"]}]


def test_strict_blocks_and_still_writes_the_page(tmp_path: Path) -> None:
    data, target = tmp_path / "two.jsonl", tmp_path / "advice.html"
    data.write_text('{"prompt": "a", "answer": "b"}\n' * 2)
    assert run(data, "--strict", "--html", target).returncode == 3
    assert "Blocks training" in target.read_text(encoding="utf-8")


def test_secrets_and_scripts_of_the_data_do_not_reach_the_page(tmp_path: Path) -> None:
    data, target = tmp_path / "d.jsonl", tmp_path / "advice.html"
    mail, script = "jane.doe@corp.example", "<script>alert(1)</script>"
    row = {"prompt": f"Write to {mail}", script: f"{mail}{script}", "answer": f"{mail} {script} \u202e"}
    data.write_bytes(orjson.dumps(row) + b"\n" + f'{{"{mail}{script}": \n'.encode())
    assert run(data, "--html", target).returncode == 0
    html = target.read_text(encoding="utf-8")
    assert mail not in html
    assert "<script" not in html
    assert "\u202e" not in html


def test_a_page_is_replaced_and_nothing_else_is_left_beside_it(pairs: Path) -> None:
    target = pairs.with_name("advice.html")
    target.write_text("<!DOCTYPE html><p>the one before")
    assert run(pairs, "--html", target).returncode == 0
    assert "the one before" not in target.read_text(encoding="utf-8")
    assert {path.name for path in pairs.parent.iterdir()} == {"pairs.jsonl", "advice.html"}


def test_an_empty_file_may_be_replaced(pairs: Path) -> None:
    target = pairs.with_name("advice.html")
    target.touch()
    assert run(pairs, "--html", target).returncode == 0


def test_data_named_by_a_slip_of_the_hand_is_not_replaced(pairs: Path) -> None:
    before = pairs.read_bytes()
    assert "is no HTML page" in refused(run(pairs, "--html", pairs))
    assert pairs.read_bytes() == before


@pytest.mark.parametrize("name", ["nowhere/advice.html", "pairs.jsonl/advice.html"])
def test_a_folder_that_is_not_there_is_said_before_anything_is_read(pairs: Path, name: str) -> None:
    said = refused(run(pairs.with_name("no such data"), "--html", pairs.parent / name))
    assert "there is no folder" in said
    assert not (pairs.parent / "nowhere").exists()


@pytest.mark.parametrize("target", [".", "/dev/null"])
def test_only_a_file_can_be_a_page(pairs: Path, target: str) -> None:
    assert "is no HTML page" in refused(run(pairs, "--html", pairs.parent / target))
    assert Path("/dev/null").is_char_device()


@pytest.mark.parametrize("name", ["-", ""])
def test_stdout_is_no_file(pairs: Path, name: str) -> None:
    assert "is no file" in refused(run(pairs, "--html", name), code=2)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_is_not_writable_is_one_line(pairs: Path) -> None:
    folder = pairs.parent / "locked"
    folder.mkdir(mode=0o500)
    assert "is not writable" in refused(run(pairs, "--html", folder / "advice.html"))


def test_a_folder_that_may_not_be_written_to_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same for whoever may write everywhere: the system's answer is given here."""
    monkeypatch.setattr(page.os, "access", lambda *_: False)
    with pytest.raises(AdviceError, match="is not writable"):
        page.check(tmp_path / "advice.html")


def test_a_disk_that_refuses_leaves_the_old_page(pairs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from advisor.advise import advise
    from advisor.load import load

    target = pairs.with_name("advice.html")
    target.write_text("<!doctype html>before")

    def full(path: Path, _: bytes) -> int:
        path.touch()
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(AdviceError, match=r"advice\.html: could not be written: No space left on device"):
        page.write(target, advise(load(str(pairs))))
    assert target.read_text() == "<!doctype html>before"
    assert {path.name for path in pairs.parent.iterdir()} == {"pairs.jsonl", "advice.html"}


@pytest.mark.parametrize("name", ["hh_harmless_test.jsonl.gz", "truthfulqa.csv", "squad2_dev.json"])
def test_real_files_make_sound_pages(name: str, tmp_path: Path) -> None:
    if not (SHARED / name).exists():
        pytest.skip(f"{SHARED / name} is not part of the project and not here")
    target = tmp_path / "advice.html"
    assert run(SHARED / name, "--html", target).returncode == 0
    html5lib.HTMLParser(strict=True).parse(target.read_text(encoding="utf-8"))
    assert target.stat().st_size < 100_000
