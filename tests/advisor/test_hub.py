"""`advise org/name`: the real client against a server on the loopback that answers as the Hugging Face Hub does."""

from __future__ import annotations

import hashlib
import http.server
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from advisor.hub import Listing, Name, choose, named
from advisor.types import AdviceError
from tests.advisor.build import pair

pytest.importorskip("huggingface_hub", reason="the Hub's client is an extra: tune-advisor[hub]")

COMMIT = "0123456789abcdef0123456789abcdef01234567"


def rows(first: int, n: int) -> bytes:
    made = [pair(k) for k in range(first, first + n)]
    lines = [{"prompt": r["prompt"], "chosen": r["answer"], "rejected": r["rejected"]} for r in made]
    return "".join(json.dumps(line) + "\n" for line in lines).encode()


class Hub(http.server.ThreadingHTTPServer):
    """Repositories by name, each a mapping of paths to bytes; what was asked of it is in `asked`."""

    repos: Mapping[str, Mapping[str, bytes]] = {}
    refused: Mapping[str, tuple[int, str]] = {}
    """Repository → status and error code of every answer about it."""
    cards: Mapping[str, Mapping[str, Any]] = {}

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.asked: list[str] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Answer(http.server.BaseHTTPRequestHandler):
    server: Hub

    def do_GET(self) -> None:  # the base class's name
        self.answer(with_body=True)

    def do_HEAD(self) -> None:
        self.answer(with_body=False)

    def answer(self, with_body: bool) -> None:
        path = self.path.partition("?")[0]
        self.server.asked.append(path)
        words = path.strip("/").split("/")
        if words[:2] == ["api", "datasets"]:
            repo, rest = "/".join(words[2:4]), words[4:]
        else:
            repo, rest = "/".join(words[1:3]), words[3:]
        if repo in self.server.refused:
            status, code = self.server.refused[repo]
            return self.send(status, b"", {"X-Error-Code": code})
        if repo not in self.server.repos:
            return self.send(404, b"", {"X-Error-Code": "RepoNotFound"})
        if rest[:1] == ["revision"] and rest[1] not in ("main", COMMIT):
            return self.send(404, b"", {"X-Error-Code": "RevisionNotFound"})
        if words[0] == "api":
            return self.send(200, self.about(repo), {"Content-Type": "application/json"})
        body = self.server.repos[repo]["/".join(rest[2:])]
        etag = f'"{hashlib.sha256(body).hexdigest()}"'
        return self.send(200, body if with_body else b"", {"ETag": etag, "X-Repo-Commit": COMMIT}, len(body))

    def about(self, repo: str) -> bytes:
        files = self.server.repos[repo]
        siblings = [{"rfilename": file, "size": len(body)} for file, body in files.items()]
        card = self.server.cards.get(repo)
        return json.dumps({"id": repo, "sha": COMMIT, "siblings": siblings, "cardData": card}).encode()

    def send(self, status: int, body: bytes, headers: Mapping[str, str], length: int | None = None) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def hub() -> Iterator[Hub]:
    with Hub() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "hf"


def run(hub: Hub | None, home: Path, *args: str, **env: str) -> subprocess.CompletedProcess[str]:
    """The command, with the client's settings as a user would set them."""
    address = hub.address if hub else "http://127.0.0.1:1"
    clean = {name: value for name, value in os.environ.items() if not name.startswith("HF_")}
    quiet = {"HF_HUB_DISABLE_PROGRESS_BARS": "1", "HF_HUB_DISABLE_TELEMETRY": "1"}
    where = {"HF_ENDPOINT": address, "HF_HOME": str(home), "PYTHONPATH": str(Path.cwd())}
    home.mkdir(parents=True, exist_ok=True)
    return subprocess.run(
        [sys.executable, "-m", "advisor.cli", *args],
        capture_output=True, text=True, timeout=120, cwd=home, env={**clean, **quiet, **where, **env},
    )  # fmt: skip


def advice(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def refusal(done: subprocess.CompletedProcess[str]) -> str:
    assert (done.returncode, done.stdout) == (1, "")
    [line] = done.stderr.splitlines()
    return line


# What is read


def test_the_train_split_is_read_with_its_revision_and_files_told(hub: Hub, home: Path) -> None:
    hub.repos = {"org/set": {
        "README.md": b"", "data/train-00000-of-00002.jsonl": rows(0, 30), "data/train-00001-of-00002.jsonl": rows(30, 20),
        "data/test-00000-of-00001.jsonl": rows(90, 7), "script.py": b"raise SystemExit('never run')",
    }}  # fmt: skip
    found = advice(run(hub, home, "org/set", "--json"))
    assert (found["data"]["path"], found["data"]["rows"], found["data"]["rows_bad"]) == ("org/set", 50, 0)
    told = " | ".join(found["data"]["notes"])
    assert f"dataset org/set of the Hugging Face Hub, revision {COMMIT}: data/train-00000-of-00002.jsonl, data/" in told
    assert "1 other data file of it not read: data/test-00000-of-00001.jsonl" in told
    assert not any(path.endswith((".py", "test-00000-of-00001.jsonl")) for path in hub.asked)
    assert all("--data org/set" in command for command in found["recommendation"]["next"])


def test_a_split_can_be_named(hub: Hub, home: Path) -> None:
    hub.repos = {"org/set": {"train.jsonl": rows(0, 30), "validation.jsonl": rows(30, 20)}}
    assert advice(run(hub, home, "org/set:validation", "--json"))["data"]["rows"] == 20
    assert advice(run(hub, home, "hf://datasets/org/set@main", "--json"))["data"]["rows"] == 30


def test_a_cards_subsets_and_patterns_are_followed(hub: Hub, home: Path) -> None:
    hub.repos = {
        "org/set": {
            "README.md": b"",
            "easy/a.jsonl": rows(0, 30),
            "hard/b.jsonl": rows(0, 20),
            "hard/c.jsonl": rows(20, 5),
        }
    }
    hub.cards = {"org/set": {"configs": [
        {"config_name": "easy", "data_files": [{"split": "train", "path": "easy/*"}]},
        {"config_name": "hard", "data_files": [{"split": "train", "path": "hard/b.*"}, {"split": "dev", "path": ["hard/c.*"]}]},
    ]}}  # fmt: skip
    assert advice(run(hub, home, "org/set", "--json"))["data"]["rows"] == 30
    hard = advice(run(hub, home, "org/set:hard/train", "--json"))["data"]
    assert (hard["rows"], "of subset hard" in hard["notes"][0]) == (20, True)
    assert advice(run(hub, home, "org/set:hard/dev", "--json"))["data"]["rows"] == 5


def test_a_parquet_of_the_hub_is_read(hub: Hub, home: Path, tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    table = pyarrow.Table.from_pylist([json.loads(line) for line in rows(0, 25).splitlines()])
    parquet.write_table(table, tmp_path / "t.parquet")
    hub.repos = {"org/set": {"data/train-00000-of-00001.parquet": (tmp_path / "t.parquet").read_bytes()}}
    assert advice(run(hub, home, "org/set", "--json"))["data"]["rows"] == 25


def test_a_second_run_downloads_nothing_and_one_offline_needs_no_hub(hub: Hub, home: Path) -> None:
    hub.repos = {"org/set": {"train.jsonl": rows(0, 30)}}
    first = advice(run(hub, home, "org/set", "--json"))["data"]
    hub.asked.clear()
    assert advice(run(hub, home, "org/set", "--json"))["data"] == first
    assert not any("resolve" in path for path in hub.asked)
    hub.asked.clear()
    offline = advice(run(hub, home, "org/set", "--json", HF_HUB_OFFLINE="1"))["data"]
    assert hub.asked == []
    assert (offline["sha256"], offline["rows"]) == (first["sha256"], 30)
    assert any("HF_HUB_OFFLINE is set" in note for note in offline["notes"])
    unreachable = advice(run(None, home, "org/set", "--json"))["data"]
    assert any("http://127.0.0.1:1 cannot be reached" in note for note in unreachable["notes"])


def test_offline_the_card_still_says_what_a_split_is(hub: Hub, home: Path) -> None:
    said = "configs:\n- config_name: default\n  data_files:\n"
    said += "  - {split: train, path: a.jsonl}\n  - {split: test, path: b.jsonl}\n"
    card = f"---\n{said}---\n"
    hub.repos = {"org/set": {"README.md": card.encode(), "a.jsonl": rows(0, 30), "b.jsonl": rows(30, 9)}}
    hub.cards = {"org/set": {"configs": [{"config_name": "default", "data_files": [
        {"split": "train", "path": "a.jsonl"}, {"split": "test", "path": "b.jsonl"}]}]}}  # fmt: skip
    assert advice(run(hub, home, "org/set", "--json"))["data"]["rows"] == 30
    assert advice(run(hub, home, "org/set:test", "--json"))["data"]["rows"] == 9
    assert advice(run(hub, home, "org/set", "--json", HF_HUB_OFFLINE="1"))["data"]["rows"] == 30


def test_a_path_that_is_there_is_never_asked_for(hub: Hub, home: Path) -> None:
    folder = home / "org" / "set"
    folder.mkdir(parents=True)
    (folder / "mine.jsonl").write_bytes(rows(0, 12))
    hub.repos = {"org/set": {"train.jsonl": rows(0, 30)}}
    assert advice(run(hub, home, "org/set", "--json"))["data"]["rows"] == 12
    assert "org/typo" in refusal(run(hub, home, "org/typo"))
    assert hub.asked == []


# What is refused, each in one line


@pytest.mark.parametrize(
    ("refused", "said"),
    [
        ((404, "RepoNotFound"), "no such file, and no such dataset on http://127.0.0.1"),
        ((401, "RepoNotFound"), "or a private one: check the name, or `hf auth login`"),
        ((403, "GatedRepo"), "is gated: accept its terms at http://127.0.0.1"),
        ((503, ""), "answers 503, its cache has no copy"),
    ],
)
def test_a_refusal_says_what_to_do(hub: Hub, home: Path, refused: tuple[int, str], said: str) -> None:
    hub.refused = {"org/set": refused}
    line = refusal(run(hub, home, "org/set"))
    assert line.startswith("advise: org/set: ")
    assert said in line


def test_a_revision_that_is_not_there(hub: Hub, home: Path) -> None:
    hub.repos = {"org/set": {"train.jsonl": rows(0, 3)}}
    assert refusal(run(hub, home, "org/set@v2")) == "advise: org/set: has no revision v2"


def test_offline_without_a_copy(home: Path) -> None:
    line = refusal(run(None, home, "org/set", HF_HUB_OFFLINE="1"))
    assert line.endswith("no such file, and as a dataset of the Hub: HF_HUB_OFFLINE is set, its cache has no copy")


def test_no_network_and_no_copy(home: Path) -> None:
    assert "http://127.0.0.1:1 cannot be reached" in refusal(run(None, home, "org/set"))


def test_a_name_that_no_dataset_can_have(hub: Hub, home: Path) -> None:
    assert "no such file" in refusal(run(hub, home, "org/a--b..c"))


def test_without_the_client_it_says_what_to_install(home: Path, tmp_path: Path) -> None:
    """A module of that name which cannot be imported stands in for its absence."""
    absent = tmp_path / "absent"
    absent.mkdir()
    (absent / "huggingface_hub.py").write_text("raise ModuleNotFoundError(name='huggingface_hub')\n")
    line = refusal(run(None, home, "org/set", PYTHONPATH=f"{absent}{os.pathsep}{Path.cwd()}"))
    assert "org/set: no such file" in line
    assert "pip install 'tune-advisor[hub]'" in line


def test_a_dataset_of_a_script_alone(hub: Hub, home: Path) -> None:
    hub.repos = {"org/set": {"set.py": b"", "README.md": b""}}
    assert "holds no data file (its loading script is never run)" in refusal(run(hub, home, "org/set"))


def test_a_split_that_is_not_there_says_what_is(hub: Hub, home: Path) -> None:
    hub.repos = {"org/set": {"train.jsonl": rows(0, 3)}}
    assert refusal(run(hub, home, "org/set:test")) == "advise: org/set: no file of :test (files: train.jsonl)"


# What is chosen


def chosen(files: list[str], split: str | None = None, config: str | None = None, size: int = 1) -> list[str]:
    return choose(Name("o/n", None, config, split), Listing(COMMIT, dict.fromkeys(files, size)))


@pytest.mark.parametrize(
    ("files", "read"),
    [
        (["a.jsonl", "b.jsonl"], ["a.jsonl", "b.jsonl"]),
        (["train.json", "dataset_info.json", ".cache/train.json"], ["train.json"]),
        (["en/training_1.csv.gz", "en/eval.csv"], ["en/training_1.csv.gz"]),
        (["train_sft.parquet", "test_sft.parquet"], ["train_sft.parquet"]),
        (["constraints.csv", "test.csv"], ["constraints.csv"]),
        (["books.txt", "README.md"], ["books.txt"]),
    ],
)
def test_the_files_to_train_on(files: list[str], read: list[str]) -> None:
    assert chosen(files) == read


def test_a_folder_is_a_subset_where_no_card_says_otherwise() -> None:
    assert chosen(["en/train.csv", "de/train.csv"], "train", "de") == ["de/train.csv"]


def test_a_part_that_is_missing_is_not_read_over() -> None:
    with pytest.raises(AdviceError, match="1 of 2 parts"):
        chosen(["train-00000-of-00002.parquet"])


def test_a_dataset_too_large_for_advice_is_refused() -> None:
    with pytest.raises(AdviceError, match="40 GB in 2 files"):
        chosen(["a.jsonl", "b.jsonl"], size=20_000_000_000)


@pytest.mark.parametrize(
    ("path", "meant"),
    [
        ("org/name", Name("org/name", None, None, None)),
        ("org/name:test", Name("org/name", None, None, "test")),
        ("org/name@v1.0:main/train", Name("org/name", "v1.0", "main", "train")),
        ("hf://datasets/org/name.jsonl", Name("org/name.jsonl", None, None, None)),
        *(
            (path, None)
            for path in ("name", "./org/name", "a/b/c", "/org/name", "org/file.jsonl", "org/f.csv.gz", "", "org/")
        ),
        ("tests/nothing", None),  # lies in a folder that is here
    ],
)
def test_what_is_taken_for_an_id(path: str, meant: Name | None) -> None:
    assert named(path) == meant
