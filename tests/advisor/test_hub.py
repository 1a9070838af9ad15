"""`advise org/name`: the hub's own client against a server of ours, which answers as the hub does."""

from __future__ import annotations

import hashlib
import http.server
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from advisor import hub
from advisor.types import AdviceError
from tests.advisor.build import pair

SHA = "0123456789abcdef0123456789abcdef01234567"
SUFFIXES = (".jsonl", ".parquet")
LINES = "".join(
    json.dumps({"prompt": p["prompt"], "chosen": p["answer"], "rejected": p["rejected"]}) + "\n"
    for p in map(pair, range(40))
)
FILES = {
    "acme/pairs": {
        "README.md": "# Pairs",
        "data/train.jsonl": LINES,
        "data/test.jsonl": LINES,
        "load.py": "raise SystemExit(7)",
    },
    "acme/two": {"main/train.jsonl": LINES, "other/train.jsonl": LINES},
    "acme/none": {"README.md": "# Nothing"},
}


def oid(file: str) -> str:
    """A name for a file's content, as git has one."""
    return hashlib.sha1(file.encode()).hexdigest()  # noqa: S324 - what git uses


class Hub(http.server.BaseHTTPRequestHandler):
    """What of the hub's API the client asks for."""

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        path = self.path.split("?")[0]
        for name, files in FILES.items():
            if path.startswith(f"/api/datasets/{name}/tree/{SHA}"):
                tree = [{"type": "file", "path": f, "size": len(t.encode()), "oid": oid(f)} for f, t in files.items()]
                return self.answer(200, json.dumps(tree), {})
            if path.startswith(f"/api/datasets/{name}"):
                siblings = [{"rfilename": file} for file in files]
                return self.answer(200, json.dumps({"id": name, "sha": SHA, "siblings": siblings, "tags": []}), {})
            for file, text in files.items():
                if path == f"/datasets/{name}/resolve/{SHA}/{file}":
                    return self.answer(200, text, {"X-Repo-Commit": SHA, "ETag": f'"{oid(file)}"'})
        if path.startswith("/api/datasets/acme/gated"):
            return self.answer(403, "{}", {"X-Error-Code": "GatedRepo", "X-Error-Message": "Ask for access"})
        return self.answer(404, "{}", {"X-Error-Code": "RepoNotFound", "X-Error-Message": "Repository not found"})

    def answer(self, status: int, text: str, headers: dict[str, str]) -> None:
        body = text.encode()
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body)), "Content-Type": "application/json"}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Silence."""


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def advise(name: str, home: Path, endpoint: str, **env: str) -> subprocess.CompletedProcess[str]:
    asked = {
        **os.environ,
        "HF_HOME": str(home),
        "HF_ENDPOINT": endpoint,
        "HF_HUB_OFFLINE": "0",
        "COLUMNS": "200",
        **env,
    }
    command = [sys.executable, "-m", "advisor.cli", name, "--json"]
    return subprocess.run(command, capture_output=True, text=True, env=asked, timeout=120)


def test_the_training_files_of_a_dataset_are_fetched_and_named(endpoint: str, tmp_path: Path) -> None:
    done = advise("acme/pairs", tmp_path, endpoint)
    assert done.returncode == 0, done.stderr
    data = json.loads(done.stdout)["data"]
    assert (data["path"], data["records"]) == ("acme/pairs", 40)
    assert data["notes"] == [f"is acme/pairs of the hub at revision {SHA[:12]}: data/train.jsonl"]
    assert not list(tmp_path.rglob("load.py"))


def test_one_of_several_configurations_can_be_named(endpoint: str, tmp_path: Path) -> None:
    part = advise("acme/two:other", tmp_path, endpoint)
    assert json.loads(part.stdout)["data"]["notes"][0].endswith("other/train.jsonl")


def test_what_was_fetched_is_read_again_without_the_hub(endpoint: str, tmp_path: Path) -> None:
    first = advise("acme/pairs", tmp_path, endpoint)
    again = advise("acme/pairs", tmp_path, "http://127.0.0.1:9", HF_HUB_OFFLINE="1")
    assert again.stdout == first.stdout != ""


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("acme/missing", "no such file, and no dataset of that name on the hub"),
        ("acme/gated", "gated on the hub"),
        ("acme/none", "the dataset has no file with"),
        ("acme/two", "several configurations (main, other); say which: acme/two:main"),
        ("acme/two:third", "none of its files names 'third'"),
    ],
)
def test_what_the_hub_does_not_give_is_one_line(endpoint: str, tmp_path: Path, name: str, said: str) -> None:
    done = advise(name, tmp_path, endpoint)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert said in done.stderr


@pytest.mark.parametrize("env", [{"HF_HUB_OFFLINE": "1"}, {"HF_ENDPOINT": "http://127.0.0.1:9"}], ids=str)
def test_without_the_hub_it_is_one_line_too(endpoint: str, tmp_path: Path, env: dict[str, str]) -> None:
    done = advise("acme/pairs", tmp_path, endpoint, **env)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert "acme/pairs: no such file, and the hub cannot be reached" in done.stderr


def test_a_file_that_is_not_there_is_not_looked_for_on_the_hub(endpoint: str, tmp_path: Path) -> None:
    done = advise("data/train.jsonl", tmp_path, endpoint)
    assert "data/train.jsonl: no such file; check the path" in done.stderr


@pytest.mark.parametrize(
    ("names", "part", "chosen"),
    [
        (["train.jsonl", "test.jsonl"], "", ["train.jsonl"]),
        (["a.jsonl", "b_test.jsonl"], "", ["a.jsonl"]),
        (
            ["data/train-00001.parquet", "data/train-00000.parquet"],
            "",
            ["data/train-00000.parquet", "data/train-00001.parquet"],
        ),
        (["test.jsonl"], "", ["test.jsonl"]),
        (["x/train.jsonl", "y/train.jsonl"], "y", ["y/train.jsonl"]),
        (["restrained.jsonl", "latest.jsonl"], "", ["latest.jsonl", "restrained.jsonl"]),
    ],
)
def test_files_for_training_are_told_by_their_names(names: list[str], part: str, chosen: list[str]) -> None:
    assert hub.training(names, SUFFIXES, "acme/x", part) == chosen


def test_a_dataset_of_scripts_alone_is_refused() -> None:
    with pytest.raises(AdviceError, match="no file with"):
        hub.training(["load.py"], SUFFIXES, "acme/x", "")
