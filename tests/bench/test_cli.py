"""`bench`: every mistake of the user is one line and the right exit code, before anything slow or written."""

from __future__ import annotations

import gzip
import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

import tasks
from bench import environment, methods
from bench.methods import dpo
from tests.bench import command

pytestmark = command.QUIET
ROOT = Path(__file__).parents[2]
_MAIN = """
import json, sys
from bench.cli import main
sys.argv[0], code = "bench", "returned"
try:
    main()
except SystemExit as stop:
    code = stop.code
print(json.dumps([code, sorted({"torch", "transformers", "trl"} & set(sys.modules))]))
"""


@dataclass(frozen=True)
class Said:
    """How a command ended, what it wrote, and which slow libraries it had imported by then."""

    code: int
    out: str
    err: str
    slow: list[str]


def bench(*args: str | Path, inside: Path, **env: str) -> Said:
    done = subprocess.run(
        [sys.executable, "-c", _MAIN, *map(str, args)],
        capture_output=True,
        text=True,
        cwd=inside,
        env={**os.environ, "PYTHONPATH": str(ROOT), "HF_HOME": str(inside / "no-hub"), "COLUMNS": "200", **env},
        timeout=120,
    )
    assert "Traceback" not in done.stderr, done.stderr
    *lines, last = done.stdout.splitlines(keepends=True)
    code, slow = json.loads(last)
    return Said(code, "".join(lines), done.stderr, slow)


def files(folder: Path) -> set[str]:
    return {str(p.relative_to(folder)) for p in folder.rglob("*") if "no-hub" not in p.parts}


def gold(path: Path, rows: int = 60) -> Path:
    path.write_text(
        "".join(json.dumps({"prompt": f"Question {n}?", "completion": f"Answer {n}."}) + "\n" for n in range(rows))
    )
    return path


def refused(place: Path, *args: str | Path) -> str:
    """The one line after `bench: ` with which a command fails, having imported and written nothing."""
    before = files(place)
    said = bench(*args, inside=place)
    assert (said.code, said.out) == (1, ""), said.err
    assert said.err.startswith("bench: ")
    assert said.err.endswith("\n")
    assert said.err.count("\n") == 1, said.err
    assert files(place) == before, "something was left on disk"
    assert said.slow == [], "something slow was imported first"
    return said.err.removeprefix("bench: ").rstrip("\n")


# Data

EMPTY, ZEROS = b"", b"\x00" * 4096
BAD_FILES = {
    "empty.jsonl": EMPTY,
    "blank.jsonl": b"\n\n  \n",
    "binary.jsonl": bytes(range(256)) * 16,
    "zeros.jsonl": ZEROS,
    "prose.jsonl": b"This is not JSON.\n" * 20,
    "number.json": b"42",
    "text.json": b'"only a string"',
    "columns.json": b'{"speed": 3, "height": 4}',
    "no-objects.jsonl": b'[1, 2]\n3\n"four"\nnull\n' * 5,
    "columns.jsonl": b'{"speed": 3, "height": 4}\n' * 20,
    "empty-list.json": b"[]",
    "torn.jsonl.gz": gzip.compress(b'{"prompt": "a", "completion": "b"}\n' * 50)[:40],
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_bad_file_is_one_line_that_names_it(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(BAD_FILES[name])
    said = refused(tmp_path, "run", "--data", name)
    assert said.startswith(name)
    assert len(said) > len(name) + 20, "it says what is wrong, and what to do"


def test_a_missing_file_is_one_line_that_names_it(tmp_path: Path) -> None:
    assert refused(tmp_path, "run", "--data", "nowhere.jsonl").startswith("nowhere.jsonl: ")


@pytest.mark.parametrize("inside", [[], ["notes.pdf", "picture.png"]], ids=["empty", "without data"])
def test_a_folder_without_data_is_one_line_that_names_it(tmp_path: Path, inside: list[str]) -> None:
    (tmp_path / "folder").mkdir()
    for name in inside:
        (tmp_path / "folder" / name).write_text("x")
    assert refused(tmp_path, "run", "--data", "folder").startswith("folder: ")


def test_the_second_of_two_files_is_checked_before_anything_starts(tmp_path: Path) -> None:
    gold(tmp_path / "good.jsonl")
    assert refused(tmp_path, "run", "--data", "good.jsonl", "--data", "bad.jsonl").startswith("bad.jsonl: ")


# Flags


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--methods", "sft,dop"], "--methods sft,dop: unknown method 'dop'; did you mean dpo? there are "),
        (["--methods", ""], "--methods (empty): nothing to train; there are "),
        (["--methods", "base,prompt"], "--methods base,prompt: nothing to train; there are "),
        (["--budget", "0"], "--budget 0: not a budget; write seconds as 90s or 3m, or tokens:200k, or flops:2e14"),
        (["--budget", "0s"], "--budget 0s: nothing to spend; "),
        (["--budget", "-45s"], "--budget -45s: not a budget; "),
        (["--budget", "soon"], "--budget soon: not a budget; "),
        (["--budget", "tokens:0"], "--budget tokens:0: nothing to spend; "),
        (["--tasks", "valuse"], "--tasks valuse: unknown task 'valuse'; there are "),
    ],
)
def test_a_flag_that_cannot_be_is_one_line_that_names_what_can(tmp_path: Path, flags: list[str], said: str) -> None:
    assert refused(tmp_path, "run", *flags).startswith(said)


def test_flags_are_judged_before_the_data_is_read(tmp_path: Path) -> None:
    assert refused(tmp_path, "run", "--data", "nowhere.jsonl", "--budget", "0s").startswith("--budget 0s: ")


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["run", "--seeds", "many"], "--seeds"),
        (["run", "--seeds", "0"], "'--seeds': 0 is not in the range x>=1"),
        (["run", "--items", "1"], "'--items': 1 is not in the range x>=2"),
        (["run", "--seeds"], "'--seeds' requires an argument"),
        (["run", "--budgte", "45s"], "--budgte"),
        (["run", "stray"], "stray"),
        (["resume"], "RUN"),
        (["runn"], "runn"),
    ],
)
def test_misuse_of_the_command_line_is_exit_code_2_and_one_line(tmp_path: Path, args: list[str], said: str) -> None:
    found = bench(*args, inside=tmp_path)
    assert (found.code, found.out, found.slow) == (2, "", [])
    assert re.fullmatch(r"bench: [a-z][^\n]*; see bench( run| resume)? --help\n", found.err)
    assert said in found.err
    assert files(tmp_path) == set()


def test_without_a_command_the_commands_are_shown(tmp_path: Path) -> None:
    found = bench(inside=tmp_path)
    assert (found.code, found.out) == (2, "")
    assert found.err.startswith("Usage: bench ")


def test_a_name_that_no_json_can_hold_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    said = refused(tmp_path, "run", "--data", "b\udcff.jsonl")
    assert said == "b\\udcff.jsonl: not UTF-8, so no report could name it; rename it"


@pytest.mark.parametrize("model", ["./nowhere", "/nowhere/model", "a/b/c"])
def test_a_model_folder_that_is_not_there(tmp_path: Path, model: str) -> None:
    assert refused(tmp_path, "run", "--model", model) == (
        f"{model}: no such model folder; give a folder with config.json and *.safetensors, or a hub name"
    )


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({}, "holds no config.json; give a folder written by save_pretrained"),
        ({"config.json": "{}"}, "holds no *.safetensors; save it with safe_serialization=True"),
        (
            {"config.json": "{}", "pytorch_model.bin": "x"},
            "holds no *.safetensors (found pytorch_model.bin: pickled weights are refused); save it with safe_serialization=True",
        ),
    ],
    ids=["empty", "no weights", "pickled weights"],
)
def test_a_model_folder_without_what_is_needed(tmp_path: Path, content: dict[str, str], said: str) -> None:
    (tmp_path / "model").mkdir()
    for name, text in content.items():
        (tmp_path / "model" / name).write_text(text)
    assert refused(tmp_path, "run", "--model", "model") == f"model: {said}"


# What needs more than the flags to know: the training stack is imported first.


def refused_late(place: Path, *args: str | Path) -> str:
    """The last line with which a command fails, having written nothing."""
    before = files(place)
    said = command.bench(*args, inside=place)
    assert (said.code, said.out) == (1, ""), said.err
    assert files(place) == before, "something was left on disk"
    assert said.err.splitlines()[-1].startswith("bench: ")
    return said.err.splitlines()[-1].removeprefix("bench: ")


def test_a_hub_name_that_cannot_be_reached_says_what_to_do(tmp_path: Path) -> None:
    said = refused_late(tmp_path, "run", "--model", "nobody/nothing")
    assert said.startswith("nobody/nothing: not a folder here, and not to be had from the Hugging Face hub (")
    assert "check the name and the network, download it first and give its folder, or leave --model out for " in said


def test_data_too_few_to_hold_some_out(tmp_path: Path, tiny_model: Path) -> None:
    gold(tmp_path / "few.jsonl", rows=6)
    said = refused_late(tmp_path, "run", "--data", "few.jsonl", "--model", tiny_model, "--methods", "sft")
    assert said.startswith("few.jsonl: 6 distinct prompts or documents, and at least 10 are needed to hold some out; ")


def test_data_without_rejected_answers_for_dpo(tmp_path: Path, tiny_model: Path) -> None:
    gold(tmp_path / "gold.jsonl")
    said = refused_late(tmp_path, "run", "--data", "gold.jsonl", "--model", tiny_model, "--methods", "dpo")
    assert said.startswith("gold.jsonl: dpo needs rejected answers, and the data neither has nor offers any; ")


def test_a_folder_for_runs_that_is_a_file(tmp_path: Path, tiny_model: Path) -> None:
    (tmp_path / "file").write_text("x")
    said = command.bench("run", "--model", tiny_model, "--out", "file", inside=tmp_path)
    assert (said.code, said.out) == (2, "")
    assert "file" in said.err.splitlines()[-1]
    said = command.bench("run", "--model", tiny_model, "--out", "file/runs", inside=tmp_path)
    assert (said.code, said.out) == (1, "")
    assert re.fullmatch(r"bench: file/runs.*: Not a directory", said.err.splitlines()[-1])
    assert files(tmp_path) == {"file"}


# Runs


@pytest.mark.parametrize("command", ["resume", "report"])
@pytest.mark.parametrize("name", ["nowhere", "runs", "."])
def test_a_folder_that_is_no_run(tmp_path: Path, command: str, name: str) -> None:
    (tmp_path / "runs").mkdir()
    said = refused(tmp_path, command, name)
    assert said == f"{name}: no run here (no plan.json); `bench list` names those under runs/"


def test_the_report_of_an_unfinished_run(tmp_path: Path) -> None:
    (tmp_path / "runs" / "a").mkdir(parents=True)
    (tmp_path / "runs" / "a" / "plan.json").write_text("{}")
    said = refused(tmp_path, "report", "a")
    assert said == "runs/a: not finished; go on with `bench resume runs/a`"
    (tmp_path / "runs" / "a").rename(tmp_path / "runs" / "a b")
    said = refused(tmp_path, "report", "a b")
    assert said == "runs/a b: not finished; go on with `bench resume 'runs/a b'`"


# What it tells


def test_methods_are_listed_with_title_and_rate(tmp_path: Path) -> None:
    said = bench("methods", inside=tmp_path)
    assert (said.code, said.err, said.slow) == (0, "", [])
    assert [line.split()[0] for line in said.out.splitlines()] == methods.names()
    assert f"dpo      {dpo.TITLE} (learning rate {dpo.LEARNING_RATE:g})\n" in said.out
    assert "base     Base model (untrained)" in said.out


def test_tasks_are_listed_with_what_they_ask(tmp_path: Path) -> None:
    said = bench("tasks", inside=tmp_path)
    assert (said.code, said.err, said.slow) == (0, "", [])
    found = {line.split()[0]: line.split(maxsplit=1)[1] for line in said.out.splitlines()}
    assert found == {name: module.WHAT for name, module in tasks.discover().items()}


def test_no_runs_are_an_empty_list(tmp_path: Path) -> None:
    said = bench("list", inside=tmp_path)
    assert (said.code, said.out, said.err) == (0, "", "")
    assert files(tmp_path) == set()


@pytest.mark.parametrize("args", [["--help"], ["run", "-h"], ["--version"]])
def test_help_and_version_are_quick_and_go_to_stdout(tmp_path: Path, args: list[str]) -> None:
    said = bench(*args, inside=tmp_path)
    assert (said.code, said.err, said.slow) == (0, "", [])
    assert "bench" in said.out


GPUS = "CUDA_VISIBLE_DEVICES"


@pytest.mark.parametrize(
    ("given", "seen"),
    [
        ({}, "0"),
        ({GPUS: "0,1"}, "0"),
        ({GPUS: "3,1,2"}, "3"),
        ({GPUS: "GPU-8f1a,GPU-77b0"}, "GPU-8f1a"),
        ({GPUS: "2"}, None),
        ({GPUS: ""}, None),
        ({GPUS: "-1"}, None),
        ({"WORLD_SIZE": "2"}, None),
        ({GPUS: "0,1", "WORLD_SIZE": "2"}, None),
    ],
)
def test_of_several_gpus_one_is_seen_unless_a_launcher_gives_each_process_its_own(
    given: dict[str, str], seen: str | None
) -> None:
    assert environment.needed(given).get(GPUS) == seen


def test_what_the_user_set_stays() -> None:
    assert "TQDM_DISABLE" not in environment.needed({"TQDM_DISABLE": "0"})
    assert environment.needed({})["TQDM_DISABLE"] == "1"


def test_the_command_sets_it_before_torch_is_imported(tmp_path: Path) -> None:
    code = (
        "import os, sys\nfrom bench import cli\nsys.argv = ['bench', 'methods']\n"
        "try:\n    cli.main()\nexcept SystemExit:\n    pass\nprint(os.environ['CUDA_VISIBLE_DEVICES'], 'torch' in sys.modules)"
    )
    env = {**os.environ, "PYTHONPATH": str(ROOT), GPUS: "1,0"}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, env=env, timeout=60, check=True
    )
    assert done.stdout.splitlines()[-1] == "1 False"
