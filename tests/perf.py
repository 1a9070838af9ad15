"""Ours against stock TRL on the same rows, in turns A B A B: `make perf`. Prints ratios with their spread, asserts nothing.

Stock is TRL with bfloat16 weights and no gradient checkpointing, its own forward pass, its own reference pass.
"""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from bench import engine, examples, meters, methods, models, scoring, track
from bench.engine import Example, Settings, answer_only
from bench.plan import BATCH
from tasks.types import Request

STEPS, ROUNDS = 3, 3


def seconds(method: str, rows: Sequence[Example], ours: bool, weights: models.Weights, dtype: str) -> float:
    """Median seconds a step after the first."""
    model, tokenizer = models.load(weights, dtype)
    if ours and method == "dpo":
        outputs = scoring.run(model, tokenizer, [Request(e.prompt, (e.chosen, e.rejected or "")) for e in rows], 1)
        rows = [replace(e, reference=(o.logprobs[0], o.logprobs[1])) for e, o in zip(rows, outputs, strict=True)]
    adapted = engine.adapt(model, 16, 0)
    with tempfile.TemporaryDirectory() as folder:
        trainer = methods.get(method).trainer(
            adapted, tokenizer, rows, Settings(STEPS, BATCH, 1e-4, 512, 16, 0), Path(folder)
        )
        engine.answer_only = answer_only if ours else lambda _: False
        taken = engine.train(trainer).step_seconds[1:]
    return statistics.median(taken)


def main() -> None:
    meters.keep_freed_memory()
    weights, dtype = models.resolve(None), models.best_dtype()
    rows = examples.order(examples.of(track.prepare("embedded:rag", ["dpo"]).train), 0, STEPS, BATCH)
    for method in ("sft", "dpo"):
        ratios = []
        for _ in range(ROUNDS):
            stock, ours = (seconds(method, rows, mine, weights, dtype) for mine in (False, True))
            ratios.append(stock / ours)
        middle, low, high = statistics.median(ratios), min(ratios), max(ratios)
        print(f"{method}: stock / ours, seconds a step: {middle:.2f} ({low:.2f} to {high:.2f}, {ROUNDS} rounds)")  # noqa: T201


if __name__ == "__main__":
    main()
