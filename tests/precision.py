"""Does training in low precision follow float32? Loss curves at equal data order, held-out loss, learning rates. Prints JSON.

    python -m tests.precision [METHOD [TIMES …]]        default sft 1; a quarter of an hour a method and rate on two cores

200 steps at TIMES the method's own learning rate. Four ways train the same adapter from the same start on the same rows:

    float32     TRL's own forward pass on float32 weights, with torch's AdamW
    stock       TRL's defaults with bf16: float32 weights and adapter under autocast, with torch's AdamW
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
from peft import get_peft_model_state_dict, set_peft_model_state_dict
from transformers import PrinterCallback

from bench import engine, examples, forward, meters, methods, models, reference, track
from bench.engine import Example, Settings
from bench.plan import BATCH, MAX_LENGTH, RANK

WAYS = ("float32", "stock", "ours", "unmastered")
STEPS = 200
CLOSE = 0.01
"""Mean difference of two loss curves that are the same."""
HELD_OUT = 32


@dataclass(frozen=True, slots=True)
class Curve:
    """What a way of training gave."""

    losses: list[float]
    """Of each step."""
    held_out: float
    """Loss on rows that no step saw, of the adapter on float32 weights."""


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
    low = way in {"ours", "unmastered"}
    model, tokenizer = models.load(weights, "bfloat16" if low else "float32")
    pairs = dict(zip((e.id for e in rows), reference.logprobs(model, tokenizer, rows, BATCH), strict=True))
    ordered = [replace(e, reference=pairs[e.id]) for e in examples.order(rows, 0, steps, BATCH)]
    settings = Settings(steps, BATCH, rate, MAX_LENGTH, RANK, 0)
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        if way != "ours":
            patch.setattr(engine, "optimizer", plain_adamw)
        if way == "stock":
            ours = engine.arguments
            patch.setattr(engine, "arguments", lambda *given: ours(*given) | {"bf16": True})
        trainer = methods.get(method).trainer(engine.adapt(model, RANK, 0), tokenizer, ordered, settings, Path(folder))
        if low:
            forward.answer_only(trainer.model.get_base_model())
        trainer.remove_callback(PrinterCallback)
        trainer.train()
    losses = [entry["loss"] for entry in trainer.state.log_history if "loss" in entry]
    return Curve(losses, held_out(weights, method, get_peft_model_state_dict(trainer.model), held))


def plain_adamw(model: Any, settings: Settings) -> tuple[torch.optim.Optimizer, None]:
    """torch's own, on the model's own weights."""
    weights = [p for p in model.parameters() if p.requires_grad]
    return torch.optim.AdamW(weights, lr=settings.learning_rate, weight_decay=0.0), None


def held_out(weights: models.Weights, method: str, adapter: dict[str, torch.Tensor], held: Sequence[Example]) -> float:
    """SFT's loss a token, or DPO's a pair, on held-out rows: of the adapter on float32 weights, whatever trained it."""
    model, tokenizer = models.load(weights, "float32")
    base = reference.logprobs(model, tokenizer, held, BATCH)
    adapted = engine.adapt(model, RANK, 0)
    set_peft_model_state_dict(adapted, adapter)
    found = reference.logprobs(adapted.eval(), tokenizer, held, BATCH)
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
    method, *times = sys.argv[1:] or ["sft", "1"]
    meters.keep_freed_memory()
    weights, (rows, held) = models.resolve(None), rows_of("values")
    for factor in times or ["1"]:
        rate = float(factor) * methods.get(method).LEARNING_RATE
        curves = {way: train(weights, method, way, STEPS, rate, rows, held) for way in WAYS}
        found = {
            "method": method,
            "rate": rate,
            "from_float32": {way: apart(curve, curves["float32"]) for way, curve in curves.items() if way != "float32"},
            "from_stock": apart(curves["ours"], curves["stock"]),
            "held_out": {way: curve.held_out for way, curve in curves.items()},
        }
        print(json.dumps(found), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
