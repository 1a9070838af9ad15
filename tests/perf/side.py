"""Some training steps of one side in a process of its own, so that its peak of memory is its own: prints a line of JSON.

    python -m tests.perf.side SIDE METHOD

Every side trains the same adapter on the same rows in the same order:

    ours        what `bench run` does
    default     TRL's documented defaults and bf16=True: float32 weights under autocast, gradient checkpointing
    plain       the same without gradient checkpointing
    best        what a knowledgeable user would set: bfloat16 weights, no checkpointing, the reference computed beforehand
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset
from peft import LoraConfig
from transformers import AutoConfig, AutoModelForCausalLM, PrinterCallback
from trl.trainer.dpo_config import DPOConfig
from trl.trainer.dpo_trainer import DPOTrainer
from trl.trainer.sft_config import SFTConfig
from trl.trainer.sft_trainer import SFTTrainer

from bench import engine, examples, forward, meters, methods, models, reference, speed, track
from bench.engine import Example, Settings
from bench.plan import BATCH, MAX_LENGTH, RANK

STEPS = 3
SIDES = ("ours", "default", "plain", "best")
SETTINGS = Settings(STEPS, BATCH, 1e-4, MAX_LENGTH, RANK, 0)


def training_rows(steps: int) -> list[Example]:
    """Embedded pairs about documents."""
    return examples.order(examples.of(track.prepare("embedded:rag", ["dpo"]).train), 0, steps, BATCH)


def our_trainer(method: str, rows: Sequence[Example], folder: Path) -> tuple[Any, dict[str, Any]]:
    """The bench's trainer, and what it cost beforehand."""
    meters.keep_freed_memory()
    weights, dtype, device = models.resolve(None), models.best_dtype(), models.device()
    attention = speed.attention(weights, dtype, device)
    model, tokenizer = models.load(weights, dtype, attention.name)
    found: dict[str, Any] = {"attention": attention.name, "dtype": dtype}
    if method == "dpo":
        start = time.perf_counter()
        pairs = reference.logprobs(model, tokenizer, rows, BATCH)
        found["reference_seconds"] = time.perf_counter() - start
        rows = [replace(e, reference=pair) for e, pair in zip(rows, pairs, strict=True)]
    measured = [examples.measure(tokenizer, method, e) for e in rows]
    found["flops"] = sum(meters.train_flops(model, r.forward, r.answers) for r in measured) / STEPS
    found["tokens"] = sum(r.tokens for r in measured) / STEPS
    found["products"] = speed.products(AutoConfig.from_pretrained(weights.folder), dtype, device)
    adapted = engine.adapt(model, RANK, 0)
    trainer = methods.get(method).trainer(adapted, tokenizer, rows, SETTINGS, folder)
    forward.answer_only(adapted.get_base_model())
    return trainer, found


def stock_trainer(side: str, method: str, rows: Sequence[Example], steps: int, folder: Path) -> Any:
    """TRL's own."""
    weights = models.resolve(None)
    low = side == "best"
    model = AutoModelForCausalLM.from_pretrained(weights.folder, dtype=torch.bfloat16 if low else torch.float32)
    shared: dict[str, Any] = {
        "output_dir": str(folder),
        "max_steps": steps,
        "per_device_train_batch_size": BATCH,
        "learning_rate": SETTINGS.learning_rate,
        "max_length": MAX_LENGTH,
        "train_sampling_strategy": "sequential",
        "use_cpu": not torch.cuda.is_available(),
        "bf16": not low,
        "gradient_checkpointing": side == "default",
        "logging_steps": 1,
        "save_strategy": "no",
        "report_to": "none",
        "disable_tqdm": True,
    }
    adapter = LoraConfig(r=RANK, lora_alpha=2 * RANK, target_modules="all-linear", task_type="CAUSAL_LM")
    asked = [[{"role": m.role, "content": m.content} for m in e.prompt] for e in rows]
    good = [[{"role": "assistant", "content": e.chosen}] for e in rows]
    bad = [[{"role": "assistant", "content": e.rejected or ""}] for e in rows]
    given: dict[str, Any] = {"processing_class": models.tokenizer(weights), "peft_config": adapter}
    if method == "sft":
        data = Dataset.from_dict({"prompt": asked, "completion": good})
        return SFTTrainer(model, args=SFTConfig(**shared), train_dataset=data, **given)
    data = Dataset.from_dict({"prompt": asked, "chosen": good, "rejected": bad})
    return DPOTrainer(model, args=DPOConfig(precompute_ref_log_probs=low, **shared), train_dataset=data, **given)


def main() -> None:
    side, method = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        rows = training_rows(STEPS)
        if side == "ours":
            trainer, found = our_trainer(method, rows, Path(folder))
        else:
            trainer, found = stock_trainer(side, method, rows, STEPS, Path(folder)), {}
        meter = engine.Meter(lambda *_: None)
        trainer.remove_callback(PrinterCallback)
        trainer.add_callback(meter)
        meters.reset_peak_memory()
        trainer.train()
    losses = [entry["loss"] for entry in meter.log]
    print(json.dumps({**found, "seconds": meter.seconds, "losses": losses, "peak_gb": meters.peak_memory_gb()}))  # noqa: T201


if __name__ == "__main__":
    main()
