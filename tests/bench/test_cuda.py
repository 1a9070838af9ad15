"""The CUDA path, where there is a GPU: the same code, held to the same computation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
import torch

from bench import certificate, models, scoring, speed
from bench.engine import Example
from tasks.types import Request
from tests.bench.command import QUIET

pytestmark = [
    pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here: the CUDA path is not tested"),
    *QUIET,
]


@pytest.fixture
def without_gpu(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """`models.device` says what a machine without a GPU says."""
    with monkeypatch.context() as patch:
        patch.setattr(models, "device", lambda: "cpu")
        yield patch


@pytest.mark.parametrize("attention", speed.IMPLEMENTATIONS)
@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_the_certificate_holds(dtype: str, attention: str, weights: models.Weights, rows: list[Example]) -> None:
    found = certificate.certificate(weights, dtype, attention, rows, ("sft", "dpo"), 512)
    assert all(max(entry["float32"].values()) < certificate.EXACT for entry in found["methods"].values())


def test_answers_and_log_likelihoods_are_those_of_the_cpu(
    weights: models.Weights, rows: list[Example], without_gpu: pytest.MonkeyPatch
) -> None:
    requests = [Request(e.prompt, (e.chosen, e.rejected or ""), generate=True) for e in rows]
    slow = scoring.run(*models.load(weights, "float32"), requests, 16)
    without_gpu.undo()
    model, tokenizer = models.load(weights, "float32")
    assert model.device.type == "cuda"
    fast = scoring.run(model, tokenizer, requests, 16)
    assert [replace(o, logprobs=()) for o in fast] == [replace(o, logprobs=()) for o in slow]
    for one, other in zip(fast, slow, strict=True):
        assert one.logprobs == pytest.approx(other.logprobs, abs=1e-3)


def test_speed_is_measured_on_the_gpu(weights: models.Weights) -> None:
    assert speed.attention(weights, "bfloat16", "cuda").seconds.keys() == set(speed.IMPLEMENTATIONS)
