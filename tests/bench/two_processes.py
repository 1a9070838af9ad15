"""Trains on the tiny model as one of several processes, and leaves what it found: run by tests/bench/test_distributed.py.

accelerate launch … -m tests.bench.two_processes MODEL OUT BATCH
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path

import torch

from advisor.types import Message
from bench import engine, methods, models, reference
from bench.engine import Example, Settings
from tasks import data

STEPS, ROWS = 6, 24


def train(method: str, model_folder: str, batch: int) -> dict[str, object]:
    """Losses as TRL logs them, and the adapter's weights."""
    torch.set_num_threads(1)
    rows = [
        Example(r["id"], (Message("user", r["prompt"]),), r["chosen"], r["rejected"])
        for r in data.rows("values", "train")[:ROWS]
    ]
    model, tokenizer = models.load(models.resolve(model_folder), "float32")
    pairs = reference.logprobs(model, tokenizer, rows, 4)
    rows = [Example(e.id, e.prompt, e.chosen, e.rejected, pair) for e, pair in zip(rows, pairs, strict=True)]
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(STEPS, batch, 1e-2, 512, 4, 0)
        trainer = methods.get(method).trainer(engine.adapt(model, 4, 0), tokenizer, rows, settings, Path(folder))
        done = engine.train(trainer)
    adapter = torch.cat([p.detach().flatten() for n, p in trainer.model.named_parameters() if "lora_" in n])
    return {
        "losses": [entry["loss"] for entry in done.log],
        "adapter": adapter.tolist(),
        "processes": trainer.accelerator.num_processes,
        "wrapped": type(trainer.model_wrapped).__name__,
    }


def main() -> None:
    model, out, batch = sys.argv[1:]
    found = {method: train(method, model, int(batch)) for method in ("sft", "dpo")}
    Path(out, f"rank{os.environ.get('RANK', '0')}.json").write_text(json.dumps(found))


if __name__ == "__main__":
    main()
