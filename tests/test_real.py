"""One whole run of the real default model, through the command a user types: trained, scored, reported, resumed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tasks import data

BENCH = str(Path(sys.executable).with_name("bench"))


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """A small RAG file of one's own: forty training rows, four test documents."""
    folder = tmp_path_factory.mktemp("real")
    test = data.rows("rag", "test")
    groups = list(dict.fromkeys(r["group"] for r in test))[:4]
    rows = [*data.rows("rag", "train")[:40], *data.rows("rag", "tune")[:12], *(r for r in test if r["group"] in groups)]
    source = folder / "own.jsonl"
    source.write_text("".join(json.dumps(r) + "\n" for r in rows))
    command = [
        BENCH,
        "run",
        "--data",
        str(source),
        "--budget",
        "tokens:13k",
        "--seeds",
        "2",
        "--out",
        str(folder / "runs"),
    ]
    done = subprocess.run(
        [*command, "--tasks", "rag_faithfulness,preference,forgetting"],
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    report = Path(done.stdout.strip().splitlines()[-1])
    assert report.name == "report.html"
    return report.parent, json.loads((report.parent / "result.json").read_text())


def test_the_default_model_is_named_for_what_it_is(finished: tuple[Path, dict[str, Any]]) -> None:
    _, result = finished
    assert result["provenance"]["model"] == "smollm2-135m-instruct-q4_1-dequantised"


def test_both_methods_really_trained_on_the_same_budget(finished: tuple[Path, dict[str, Any]]) -> None:
    folder, result = finished
    arms = {a["id"]: a for a in result["tracks"][0]["arms"]}
    assert set(arms) == {"base", "prompt", "sft", "dpo"}
    for name in ("sft", "dpo"):
        assert 0.6 * 13000 <= arms[name]["ledger"]["tokens"] <= 13000 * 1.15
        assert arms[name]["ledger"]["train_seconds"] > 0
        adapters = [(folder / f"tracks/own/trials/{name}-s{s}/adapter.safetensors").read_bytes() for s in (0, 1)]
        assert adapters[0] != adapters[1]
    first = [e["loss"] for e in arms["dpo"]["training"] if e["step"] == 1]
    assert first == pytest.approx([0.6931] * 2, abs=1e-4), "DPO must start at ln 2: the reference is the model itself"


def test_training_moved_the_model(finished: tuple[Path, dict[str, Any]]) -> None:
    _, result = finished
    kl = {a["id"]: a["scores"]["forgetting"]["kl"]["mean"] for a in result["tracks"][0]["arms"]}
    assert kl["base"] == kl["prompt"] == 0
    assert kl["sft"] > 1e-4
    assert kl["dpo"] > 1e-5


def test_every_headline_has_a_verdict_and_every_arm_an_effect(finished: tuple[Path, dict[str, Any]]) -> None:
    folder, result = finished
    track = result["tracks"][0]
    assert {v["task"] for v in track["verdicts"]} == {"rag_faithfulness", "preference"}
    against_base = {c["a"] for c in track["comparisons"] if c["headline"] and c["b"] == "base"}
    assert against_base == {"prompt", "sft", "dpo"}
    page = (folder / "report.html").read_text()
    assert track["verdicts"][0]["sentence"].split(":")[0] in page


def test_resuming_a_finished_run_does_nothing_again_and_says_the_same(finished: tuple[Path, dict[str, Any]]) -> None:
    folder, result = finished
    journal = (folder / "journal.jsonl").read_bytes()
    done = subprocess.run([BENCH, "resume", str(folder)], capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    assert (folder / "journal.jsonl").read_bytes() == journal
    again = json.loads((folder / "result.json").read_text())
    assert again["tracks"] == result["tracks"]
