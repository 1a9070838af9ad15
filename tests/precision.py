"""Does training in low precision follow float32? Loss curves at equal data order, held-out loss, learning rates. Prints JSON.

    python -m tests.precision [STEPS]        default 200; on the default model that takes half an hour on two cores

Three ways train the same adapter from the same start on the same rows:

    float32     TRL's own forward pass on float32 weights, with torch's AdamW
    ours        what `bench run` does: bfloat16 weights, the cheaper forward pass, float32 masters in the optimizer
    unmastered  ours with torch's AdamW on the bfloat16 weights themselves: the control, which must not pass
"""

from __future__ import annotations

import json
import math
import statistics
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import PrinterCallback

from bench import engine, examples, meters, methods, models, reference, track
from bench.engine import Example, Settings
from bench.plan import BATCH, MAX_LENGTH, RANK

WAYS = ("float32", "ours", "unmastered")
CLOSE = 0.01
"""Mean difference of two loss curves that are the same."""
RATES = (0.2, 1.0, 5.0)
"""Times the method's own learning rate."""
HELD_OUT = 32


@dataclass(frozen=True, slots=True)
class Curve:
    """What a way of training gave."""

    losses: list[float]
    """Of each step."""
    held_out: float
    """Loss on rows that no step saw, in float32."""


def train(
    weights: models.Weights,
    method: str,
    way: str,
    steps: int,
    rate: float,
    rows: Sequence[Example],
    held: Sequence[Example],
) -> Curve:
    """Train one way."""
    model, tokenizer = models.load(weights, "float32" if way == "float32" else "bfloat16")
    base = reference.logprobs(model, tokenizer, held, BATCH)
    pairs = dict(zip((e.id for e in rows), reference.logprobs(model, tokenizer, rows, BATCH), strict=True))
    ordered = [replace(e, reference=pairs[e.id]) for e in examples.order(rows, 0, steps, BATCH)]
    settings = Settings(steps, BATCH, rate, MAX_LENGTH, RANK, 0)
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        if way != "ours":
            patch.setattr(engine, "optimizer", plain_adamw)
        trainer = methods.get(method).trainer(engine.adapt(model, RANK, 0), tokenizer, ordered, settings, Path(folder))
        if way != "float32":
            engine.answer_only(trainer.model.get_base_model())
        trainer.remove_callback(PrinterCallback)
        trainer.train()
    losses = [entry["loss"] for entry in trainer.state.log_history if "loss" in entry]
    return Curve(losses, loss(trainer.model, tokenizer, method, held, base))


def plain_adamw(model: Any, settings: Settings) -> tuple[torch.optim.Optimizer, None]:
    """torch's own, on the model's own weights."""
    weights = [p for p in model.parameters() if p.requires_grad]
    return torch.optim.AdamW(weights, lr=settings.learning_rate, weight_decay=0.0), None


def loss(model: Any, tokenizer: Any, method: str, held: Sequence[Example], base: Sequence[reference.Pair]) -> float:
    """SFT's loss a token, or DPO's a pair, on held-out rows."""
    found = reference.logprobs(model, tokenizer, held, BATCH)
    if method == "sft":
        tokens = sum(examples.measure(tokenizer, method, e).answers for e in held)
        return -sum(chosen for chosen, _ in found) / tokens
    margins = [(c - c0) - (r - r0) for (c, r), (c0, r0) in zip(found, base, strict=True)]
    return statistics.mean(math.log1p(math.exp(-0.1 * margin)) for margin in margins)


def apart(one: Curve, other: Curve) -> dict[str, float]:
    """Mean difference of two curves, the mean of its absolute values, and the difference of held-out losses."""
    differences = [a - b for a, b in zip(one.losses, other.losses, strict=True)]
    return {
        "mean": statistics.mean(differences),
        "mean_absolute": statistics.mean(map(abs, differences)),
        "held_out": one.held_out - other.held_out,
    }


def rows_of(name: str) -> tuple[list[Example], list[Example]]:
    """Training and held-out rows of embedded data."""
    prepared = track.prepare(f"embedded:{name}", ["dpo"])
    return examples.of(prepared.train), examples.of(prepared.tune)[:HELD_OUT]


def main() -> None:
    steps = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    meters.keep_freed_memory()
    weights, (rows, held) = models.resolve(None), rows_of("values")
    for method, rates in (("sft", RATES), ("dpo", (1.0,))):
        for times in rates:
            rate = times * methods.get(method).LEARNING_RATE
            ways = WAYS if times == 1 else WAYS[:2]
            curves = {way: train(weights, method, way, steps, rate, rows, held) for way in ways}
            said = {way: apart(curve, curves["float32"]) for way, curve in curves.items() if way != "float32"}
            found = {"method": method, "rate": rate, "steps": steps, "apart": said}
            print(json.dumps({**found, "held_out": {way: c.held_out for way, c in curves.items()}}), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
