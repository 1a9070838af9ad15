"""`advise DATA`: the JSON contract, the page, and what happens when things go wrong."""

from __future__ import annotations

import gzip
import importlib.metadata
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import orjson
import pytest

from advisor import cli
from advisor.advise import Advice, advice_json, advise
from advisor.load import load
from advisor.types import METHODS, AdviceError, Dataset, Schema
from tests.advisor.build import pair

SHARED = Path(__file__).parents[2] / ".." / "shared" / "data"
RUN = [sys.executable, "-m", "advisor.cli"]


def run(*args: str | Path, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*RUN, *map(str, args)],
        capture_output=True,
        text=True,
        env={**os.environ, "COLUMNS": "100", **env},
        timeout=120,
    )


def write(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_bytes(b"".join(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in rows))
    return path


@pytest.fixture
def pairs(tmp_path: Path) -> Path:
    rows = [pair(n) for n in range(60)]
    return write(
        tmp_path / "pairs.jsonl",
        [{"prompt": r["prompt"], "chosen": r["answer"], "rejected": r["rejected"]} for r in rows],
    )


# The contract


def test_json_has_the_keys_of_the_contract(pairs: Path) -> None:
    found = orjson.loads(run(pairs, "--json").stdout)
    assert set(found) >= {"schema_version", "data", "schema", "axes", "recommendation", "findings", "profile", "cost"}
    assert found["schema_version"] == 1
    assert set(found["data"]) >= {"path", "bytes", "rows", "rows_bad", "records", "sha256", "languages"}
    assert set(found["schema"]) == {"name", "supervision", "columns", "share", "others"}
    assert all(set(a) == {"name", "share"} for a in found["axes"])
    advised = found["recommendation"]
    assert set(advised) == {"method", "confidence", "ranking", "after_fix", "unacceptable", "flips", "next"}
    assert advised["method"] in METHODS
    assert all(set(r) == {"method", "score", "because"} for r in advised["ranking"])
    assert all(set(u) == {"method", "why"} for u in advised["unacceptable"])
    assert all(set(f) == {"quantity", "now", "at", "then"} for f in advised["flips"])
    for f in found["findings"]:
        assert set(f) == {"rule", "severity", "problem", "summary", "numbers", "effects", "rows", "sources"}
        assert all(set(s) >= {"title", "id", "year", "setting", "number", "dissent"} for s in f["sources"])
    assert set(found["cost"]) >= {"sft", "dpo"}
    assert all(set(c) >= {"memory_gb", "hours", "assumes"} for c in found["cost"].values())


def test_the_data_block_counts_rows_and_records(pairs: Path) -> None:
    with pairs.open("a") as file:
        file.write("not json\n")
    data = orjson.loads(run(pairs, "--json").stdout)["data"]
    assert (data["rows"], data["rows_bad"], data["records"]) == (61, 1, 60)
    assert data["bytes"] == pairs.stat().st_size


def test_others_name_the_other_schemas(pairs: Path) -> None:
    dataset = load(str(pairs))
    mixed = Dataset(*(getattr(dataset, f) for f in ("path", "bytes", "sha256", "rows", "records", "errors")),
                    schema=Schema("mixed", "mixed", {}, 1.0, (("alpaca", 0.4),)))  # fmt: skip
    assert advice_json(advise(mixed))["schema"]["others"] == [{"name": "alpaca", "share": 0.4}]


def test_advice_on_nothing_is_an_error(pairs: Path) -> None:
    dataset = load(str(pairs))
    empty = Dataset("x.jsonl", 0, dataset.sha256, 0, (), (), dataset.schema)
    with pytest.raises(AdviceError, match=r"x\.jsonl: no record"):
        advise(empty)


def test_json_is_the_same_twice(pairs: Path) -> None:
    assert run(pairs, "--json", PYTHONHASHSEED="1").stdout == run(pairs, "--json", PYTHONHASHSEED="2").stdout


# Real data


@pytest.mark.parametrize(
    ("name", "supervision", "axis", "records", "first"),
    [
        ("hh_harmless_test.jsonl.gz", "pairs", "values", 2312, {"dpo", "sft_dpo"}),
        ("squad2_dev.json", "gold", "rag", 6078, {"sft"}),
    ],
)
def test_real_files(name: str, supervision: str, axis: str, records: int, first: set[str]) -> None:
    if not (SHARED / name).exists():
        pytest.skip(f"shared/data/{name} is not here")
    found = orjson.loads(run(SHARED / name, "--json").stdout)
    assert found["schema"]["supervision"] == supervision
    assert found["axes"][0]["name"] == axis
    assert found["data"]["records"] == records
    assert found["recommendation"]["method"] in first


def test_questions_with_documents_offer_dpo_and_name_the_unanswerable_share() -> None:
    if not (SHARED / "squad2_dev.json").exists():
        pytest.skip("shared/data/squad2_dev.json is not here")
    found = orjson.loads(run(SHARED / "squad2_dev.json", "--json").stdout)
    share = next(f for f in found["findings"] if f["problem"] == "unanswerable_share")
    assert share["numbers"]["share"] == pytest.approx(0.52, abs=0.005)
    assert {"dpo", "sft_dpo"} <= {r["method"] for r in found["recommendation"]["ranking"]}


@pytest.mark.parametrize("axis", ["rag", "values"])
def test_the_embedded_data_show_their_axis_and_lead_to_preferences(axis: str) -> None:
    found = orjson.loads(run(Path(__file__).parents[2] / "tasks" / "data" / f"{axis}.jsonl", "--json").stdout)
    assert found["schema"]["supervision"] == "pairs"
    assert found["axes"][0]["name"] == axis
    assert found["recommendation"]["method"] in ("dpo", "sft_dpo")
    assert not [f["summary"] for f in found["findings"] if f["severity"] == "block"]


# The page


def test_the_page_says_what_why_and_what_next(pairs: Path) -> None:
    done = run(pairs)
    assert done.returncode == 0
    assert done.stderr == ""
    for part in (
        "60 records",
        "SFT, then DPO",
        "confidence",
        "Why",
        "arXiv:",
        "Problems",
        "What would change this",
        "Cost",
    ):
        assert part in done.stdout
    assert f"bench run --data {pairs} --methods sft,dpo" in done.stdout


@pytest.mark.parametrize("width", ["40", "80", "120"])
def test_the_page_keeps_to_its_width(pairs: Path, width: str) -> None:
    *page, command = run(pairs, COLUMNS=width).stdout.rstrip("\n").split("\n")
    assert command.strip().startswith("bench run"), "a command is never wrapped, so that it can be copied"
    assert max(map(len, page)) <= max(int(width), len(str(pairs)))


def test_data_can_neither_style_nor_steer_the_terminal(tmp_path: Path) -> None:
    evil = "[bold red]x[/] [/nope] \x1b[2J\x1b]0;title\x07 \u202eabc\r\n {{name}} a"
    path = write(tmp_path / "evil[red].jsonl", [{"prompt": evil, "completion": evil}] * 12)
    done = run(path)
    assert done.returncode == 0
    assert "[bold red]x[/] [/nope]" in done.stdout
    assert not {"\x1b", "\x07", "\r", "\u202e"} & set(done.stdout)


def test_excerpts_are_redacted_unless_asked(tmp_path: Path) -> None:
    row = {"prompt": "Whom do I ask?", "completion": "anna.roth@mill.example.org"}
    path = write(tmp_path / "mail.jsonl", [row] * 3)
    assert "anna.roth@" not in run(path).stdout
    assert "anna.roth@" not in run(path, "--json").stdout
    assert "anna.roth@" in run(path, "--show-raw").stdout


def test_colour_only_where_wanted(pairs: Path) -> None:
    assert "\x1b[" not in run(pairs).stdout
    assert "\x1b[3" in run(pairs, FORCE_COLOR="1", TERM="xterm-256color").stdout
    assert "\x1b[3" not in run(pairs, FORCE_COLOR="1", TERM="xterm-256color", NO_COLOR="1").stdout


def test_rows_is_how_many_are_shown_not_how_many_are_read(pairs: Path) -> None:
    assert orjson.loads(run(pairs, "--rows", "7", "--json").stdout)["data"]["records"] == 60


def test_columns_can_be_said_by_hand(tmp_path: Path) -> None:
    path = write(
        tmp_path / "own.jsonl",
        [{"frage, kurz": f"q {n}", "gut": f"Es sind {n} und mehr.", "schlecht": "b"} for n in range(3)],
    )
    refused = run(path)
    assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)
    assert "--map prompt=" in refused.stderr
    found = orjson.loads(run(path, "--map", "prompt=frage, kurz,chosen=gut,rejected=schlecht", "--json").stdout)
    assert found["schema"] == {
        "name": "map", "supervision": "pairs", "share": 1.0, "others": [],
        "columns": {"frage, kurz": "prompt", "gut": "answer", "schlecht": "rejected"},
    }  # fmt: skip


@pytest.mark.parametrize("said", ["fame=x", "prompt", "prompt=", ""])
def test_a_map_that_says_nothing_is_wrong_usage(pairs: Path, said: str) -> None:
    done = run(pairs, "--map", said)
    assert done.returncode == 2
    assert "give FIELD=COLUMN" in done.stderr


def test_a_folder_is_read_as_one_and_its_rows_are_told_by_file_and_line(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write(tmp_path / f"{name}.jsonl", [{"prompt": f"Question {n}?", "completion": "x"} for n in range(30)])
    assert orjson.loads(run(tmp_path, "--json").stdout)["data"]["records"] == 60
    shown = run(tmp_path).stdout
    assert "rows b.jsonl:1, b.jsonl:2" in shown
    assert "  b.jsonl:1: Question 0?" in shown


def test_as_many_rows_as_asked_for_are_shown(tmp_path: Path) -> None:
    path = write(tmp_path / "copies.jsonl", [{"prompt": "Hello?", "completion": "Hi!"} for _ in range(60)])
    shown = " ".join(run(path, "--rows", "50").stdout.split())
    assert ", 50, 51, …" in shown
    assert ", 52" not in shown


def test_model_and_goal_enter_the_advice(pairs: Path) -> None:
    found = orjson.loads(run(pairs, "--json", "--model", "org/Qwen2.5-7B", "--goal", "rag").stdout)
    rules = {f["rule"] for f in found["findings"]}
    assert {"base_model", "goal_unmet"} <= rules
    assert found["recommendation"]["next"][0].endswith("--model org/Qwen2.5-7B")


# What goes wrong


@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02\xff", b"[1, 2, 3]", b'"text"', b"{}", b"not json\n"])
def test_bad_files_are_one_line_on_stderr(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_bytes(content)
    done = run(path, "--json")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("advise: ")
    assert done.stderr.count("\n") == 1
    assert str(path) in done.stderr


def test_a_missing_file_is_one_line(tmp_path: Path) -> None:
    done = run(tmp_path / "nowhere.jsonl")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1


def test_a_truncated_gzip_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "cut.jsonl.gz"
    path.write_bytes(gzip.compress(b'{"prompt": "a", "completion": "b"}\n' * 500)[:60])
    done = run(path)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "args",
    [
        [],
        [""],
        ["x.jsonl", "--goal", "fame"],
        ["x.jsonl", "--rows", "0"],
        ["x.jsonl", "--rows", "101"],
        ["x.jsonl", "--nope"],
        ["x.jsonl", "--map", "prompt=a,prompt=b"],
        ["x.jsonl", "--map", "contexts=a", "--map", "contexts=b"],
    ],
)
def test_wrong_usage_is_2_and_one_line(args: list[str]) -> None:
    done = run(*args)
    assert (done.returncode, done.stdout) == (2, "")
    assert re.fullmatch(r"advise: [a-z][^\n]*; see advise --help\n", done.stderr)


def test_a_name_that_no_json_can_hold_is_one_line() -> None:
    done = run("b\udcff.jsonl", "--json")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "advise: b\\udcff.jsonl: not UTF-8, so no report could name it; rename it\n"


def test_strict_is_3_where_training_is_blocked(tmp_path: Path, pairs: Path) -> None:
    path = write(
        tmp_path / "slots.jsonl", [{"prompt": f"Who are you, {n}?", "completion": "I am {{name}}."} for n in range(20)]
    )
    assert run(path).returncode == 0
    assert run(path, "--strict", "--json").returncode == 3
    assert run(pairs, "--strict").returncode == 0


def test_a_reader_who_leaves_early_is_no_error(pairs: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run([*RUN, str(pairs), "--json"], stdout=writer, stderr=subprocess.PIPE, text=True, timeout=60)
    os.close(writer)
    assert (done.returncode, done.stderr) == (0, "")


def test_an_error_that_quotes_the_data_stays_one_short_clean_line(tmp_path: Path) -> None:
    path = write(tmp_path / "own.jsonl", [{"\x1b[31mred\nline" + "x" * 50_000: 5}])
    done = run(path)
    assert done.stderr.count("\n") == 1
    assert "\x1b" not in done.stderr
    assert len(done.stderr) < 2100


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
@pytest.mark.parametrize("options", [[], ["--json"]])
def test_a_full_disk_is_one_line(pairs: Path, options: list[str]) -> None:
    with Path("/dev/full").open("w") as full:
        command = [sys.executable, "-m", "advisor.cli", str(pairs), *options]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "advise: stdout: cannot be written (No space left on device)\n")


def test_a_terminal_without_unicode_shows_what_it_can(pairs: Path) -> None:
    assert "60 records ? preference" in run(pairs, PYTHONIOENCODING="ascii").stdout


def test_a_page_in_a_pipe_has_no_blanks_at_the_ends_of_its_lines(pairs: Path) -> None:
    page = run(pairs).stdout
    assert page == "\n".join(line.rstrip() for line in page.split("\n"))


def test_an_interrupt_is_130_and_one_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted(*_: object, **__: object) -> Advice:
        raise KeyboardInterrupt

    monkeypatch.setattr("advisor.advise.advise_file", interrupted)
    monkeypatch.setattr(sys, "argv", ["advise", "x.jsonl"])
    assert cli.main() == 130
    out, err = capsys.readouterr()
    assert (out, err.strip()) == ("", "advise: interrupted")


# Start-up


def test_the_version_is_that_of_the_package() -> None:
    done = run("--version")
    assert (done.returncode, done.stdout) == (0, f"advise, version {importlib.metadata.version('tune-advisor')}\n")


def test_help_starts_fast_and_loads_nothing_heavy() -> None:
    times = []
    for _ in range(3):
        began = os.times()
        assert run("--help").returncode == 0
        ended = os.times()
        times.append(ended.children_user + ended.children_system - began.children_user - began.children_system)
    assert min(times) < 0.3, "0.15 s is the aim; twice that is a busy machine"


def test_advising_imports_no_training_stack(pairs: Path) -> None:
    code = (
        "import sys; from advisor.load import load; from advisor.advise import advice_json, advise;"
        "advice_json(advise(load(sys.argv[1])));"
        "print(sorted({'torch', 'scipy', 'numpy', 'transformers', 'pandas'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code, str(pairs)], capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "[]"


def test_the_json_is_the_same_byte_for_byte_in_every_process() -> None:
    embedded = Path(__file__).parents[2] / "tasks" / "data" / "rag.jsonl"
    one, other = (run(embedded, "--json", PYTHONHASHSEED=seed).stdout for seed in ("1", "2"))
    assert one == other != ""
