"""`bench doctor`, as a person runs it, and what it says of a machine that will be slow."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from bench import certificate, machine, models, speed
from tests.bench import command
from tests.bench.command import QUIET, Patch

pytestmark = QUIET


def doctor(tiny_model: Path, inside: Path, change: Callable[[Patch], object] = lambda _: None) -> command.Said:
    return command.bench("doctor", "--model", tiny_model, inside=inside, change=change)


def test_it_says_what_the_machine_is_how_fast_and_how_exact(tiny_model: Path, tmp_path: Path) -> None:
    said = doctor(tiny_model, tmp_path)
    assert said.code == 0, said.err + said.out
    lines = dict(re.findall(r"^(\S+(?: \w+)?) {2,}(\S.*)", said.out, re.M))
    assert re.search(r"\d+ cores", lines["machine"])
    assert "float32" in lines["products"]
    assert float(re.findall(r"float32 ([\d.]+) TFLOP/s", lines["products"])[0]) > 0
    assert re.match(r"(grouped|eager|sdpa): measured on", lines["attention"])
    for what in ("train sft", "train dpo", "score"):
        tokens, share = re.match(r"([\d,]+) tokens/s, (\d+)% of", lines[what]).groups()  # type: ignore[union-attr]
        assert int(tokens.replace(",", "")) > 0
        assert 0 <= int(share) < 100
    assert said.out.count("sft, float32") == said.out.count("dpo, float32") == 1


def test_what_is_not_exact_ends_with_an_error(tiny_model: Path, tmp_path: Path) -> None:
    said = doctor(tiny_model, tmp_path, lambda patch: patch.setattr(certificate, "EXACT", 0.0))
    assert said.code == 1
    assert "NOT EXACT" in said.out
    assert said.err.startswith("bench: the fast path differs from TRL's computation")


def test_a_model_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    said = command.bench("doctor", "--model", "./nowhere", inside=tmp_path)
    assert (said.code, said.err.count("\n"), said.out) == (1, 1, "")


# What makes a machine slow


def slow(
    patch: pytest.MonkeyPatch,
    folder: Path,
    *,
    bfloat16: str | None = "amx_bf16",
    threads: int = 4,
    quota: float | None = None,
    others: float = 0.1,
    free: float = 100e9,
) -> list[str]:
    patch.setattr(torch, "get_num_threads", lambda: threads)
    patch.setattr(machine, "_quota", lambda: quota)
    patch.setattr(machine, "_others", lambda: others)
    patch.setattr(machine.shutil, "disk_usage", lambda _: SimpleNamespace(free=free))
    return machine.slow({"cpu": "x", "cores": 4, "bfloat16": bfloat16, "memory_gb": 16.0, "gpu": None}, folder)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"bfloat16": None}, "no bfloat16 in this processor"),
        ({"threads": 1}, "torch uses 1 of 4 cores: set OMP_NUM_THREADS=4"),
        ({"quota": 1.5}, "a container limit gives 1.5 of 4 cores"),
        ({"others": 2.5}, "other programs keep 2.5 of 4 cores busy"),
        ({"free": 1e9}, "1.0 GB free"),
    ],
)
def test_each_thing_that_slows_a_machine_is_said(
    changed: dict[str, Any], said: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert slow(monkeypatch, tmp_path) == []
    [line] = slow(monkeypatch, tmp_path, **changed)
    assert said in line


def test_this_machine_is_described() -> None:
    found = machine.hardware()
    assert found["cpu"]
    assert found["cores"] >= 1
    assert found["bfloat16"] in {None, "amx_bf16", "avx512_bf16", "bf16"}
    assert machine.slow(found, Path()) is not None


# Speed


@pytest.mark.parametrize(
    ("least", "chosen"),
    [
        ({"grouped": 1.0, "eager": 1.1, "sdpa": 0.5}, "sdpa"),
        ({"grouped": 1.0, "eager": 1.1, "sdpa": 0.97}, "grouped"),
        ({"grouped": 1.0, "eager": 0.9, "sdpa": 2.0}, "eager"),
    ],
)
def test_the_fastest_attention_is_taken_where_it_is_clearly_faster(
    least: dict[str, float], chosen: str, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(speed, "_layers", lambda *given: given[-1])
    monkeypatch.setattr(speed, "seconds", lambda name, _: least[name])
    assert speed.attention(models.resolve(str(tiny_model)), "float32", "cpu").name == chosen


def test_attention_is_measured_on_layers_like_the_models_own_and_draws_no_numbers_of_a_trial(tiny_model: Path) -> None:
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    found = speed.attention(models.resolve(str(tiny_model)), "float32", "cpu")
    assert torch.equal(torch.rand(1), expected)
    assert found.seconds.keys() == {"grouped", "eager", "sdpa"}
    assert all(0 < spent < 10 for spent in found.seconds.values())
    assert "ms" in found.why


def test_an_architecture_without_a_choice_keeps_what_it_has(tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = speed._layers
    monkeypatch.setattr(speed, "_layers", lambda *given: own(*given) if given[-1] == "eager" else None)
    found = speed.attention(models.resolve(str(tiny_model)), "float32", "cpu")
    assert (found.name, found.seconds) == ("eager", {})
