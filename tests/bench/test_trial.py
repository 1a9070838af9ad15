"""A trial of several parts: SFT and then DPO on one adapter, the second from where the first ended."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from safetensors.torch import load_file

from bench.plan import BATCH
from tests.bench.command import QUIET
from tests.bench.small_run import Json, bench, done, make_place, run_folder

pytestmark = QUIET


@pytest.fixture(scope="module")
def run(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = make_place(tmp_path_factory.mktemp("parts") / "place", tiny_model)
    flags = ("--model", "model", "--budget", "tokens:8k", "--seeds", "1", "--tasks", "preference")
    said = bench("run", "--data", "own.jsonl", "--methods", "sft,sft_dpo", *flags, inside=place)
    assert said.code == 0, said.err
    return run_folder(place)


@pytest.fixture(scope="module")
def track(run: Path) -> Json:
    [found] = json.loads((run / "result.json").read_bytes())["tracks"]
    made: Json = found
    return made


def arm(track: Json, name: str) -> Json:
    return next(a for a in track["arms"] if a["id"] == name)


def test_its_parts_share_the_steps_of_the_budget(run: Path, track: Json) -> None:
    both = arm(track, "sft_dpo")
    steps = json.loads((run / "result.json").read_bytes())["plan"]["steps"]["own"]
    assert both["ledger"]["steps"] == steps["sft_dpo"] >= 2
    assert steps["sft_dpo"] < steps["sft"], "a step of DPO reads more tokens than one of SFT"
    assert both["ledger"]["examples"] == steps["sft_dpo"] * BATCH
    assert 0.5 * 8000 < both["ledger"]["tokens"] < 1.3 * 8000
    assert [line["step"] for line in both["training"]] == list(range(1, steps["sft_dpo"] + 1))


def test_the_first_part_is_sft_and_the_second_begins_at_the_model_that_it_left(track: Json) -> None:
    lines = arm(track, "sft_dpo")["training"]
    half = len(lines) // 2
    assert [line["part"] for line in lines] == ["sft"] * half + ["dpo"] * (len(lines) - half)
    sft = [line["loss"] for line in arm(track, "sft")["training"]]
    assert lines[0]["loss"] == pytest.approx(sft[0], rel=1e-4)
    assert lines[half]["loss"] == pytest.approx(math.log(2), abs=1e-4)
    assert lines[half]["rewards/margins"] == pytest.approx(0, abs=1e-3)


def test_its_reference_is_its_own_and_on_its_account(run: Path, track: Json) -> None:
    assert "own reference" not in done(run), "no arm starts from pairs"
    both = arm(track, "sft_dpo")
    assert both["ledger"]["reference_seconds"] > 0 == arm(track, "sft")["ledger"]["reference_seconds"]
    spent = both["ledger"]["train_seconds"] + both["ledger"]["reference_seconds"]
    assert both["per_seed_seconds_per_example"] == [pytest.approx(spent / both["ledger"]["examples"])]


def test_it_leaves_one_adapter_that_is_not_that_of_sft(run: Path) -> None:
    one, other = (load_file(run / f"tracks/own/trials/{name}-s0/adapter.safetensors") for name in ("sft", "sft_dpo"))
    assert one.keys() == other.keys()
    assert any((one[name] - other[name]).abs().max() > 0 for name in one)


def test_the_certificate_checks_each_part(run: Path) -> None:
    found = json.loads((run / "result.json").read_bytes())["certificate"]
    assert set(found["methods"]) == {"sft", "dpo"}
    assert found["holds"]
