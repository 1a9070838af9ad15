"""One trial: train by a method, part after part on one adapter, and keep account of what that took."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from transformers import TrainerCallback

from bench import engine, examples, meters, methods, models
from bench import reference as references
from bench.engine import Example, Settings
from bench.store import dumps, finite
from bench.types import Ledger, Plan

Json = dict[str, Any]
Progress = Callable[[int, float | None], None]


@dataclass(frozen=True, slots=True)
class Bench:
    """What every unit needs."""

    plan: Plan
    weights: models.Weights
    code: str
    """Hash of the source as it was when this process began: every unit's key holds it."""
    progress: Progress
    prompts: str
    """Hash of a conversation as this process renders it."""


FRACTIONS = (0.25, 0.5)
"""Of a trial's steps: where its adapter is kept beside the last one, for a curve over the budget."""


def marks(steps: int) -> dict[int, float]:
    """Step → the fraction of a trial that it ends; a very short trial has fewer."""
    return {step: fraction for fraction in FRACTIONS if 0 < (step := round(fraction * steps)) < steps}


def train(
    bench: Bench, method: str, rows: Sequence[Example], seed: int, steps: int, folder: str
) -> tuple[Json, dict[str, bytes]]:
    """Train one trial, part after part on one adapter: ledger, log and marks as value, the adapters as files."""
    from safetensors.torch import save

    parts, at, adapter, before = methods.parts(method), marks(steps), None, 0
    ledgers, log, spent, kept = list[Ledger](), list[Json](), list[Spent](), dict[int, bytes]()
    for n, part in enumerate(parts, 1):
        until = steps * n // len(parts)
        mine = rows[before * bench.plan.batch : until * bench.plan.batch]
        settings = settings_for(bench, part, until - before, seed)
        snapshots = Snapshots({step - before for step in at})
        done = train_part(bench, part, mine, settings, _after(bench.progress, before), adapter, snapshots)
        each = [_of_row(done, part, e) for e in mine]
        ledgers.append(_ledger(done, each))
        spent += _steps(done.trained.step_seconds, each, bench.plan.batch)
        where = {"part": part} if len(parts) > 1 else {}
        log += [{k: finite(v) for k, v in e.items()} | {"step": before + e["step"], **where} for e in done.trained.log]
        kept |= {before + step: adapter for step, adapter in snapshots.adapters.items()}
        adapter, before = save(_weights(done.model)), until
    assert adapter is not None  # noqa: S101  (a method has a part)
    value = {
        "ledger": asdict(_together(ledgers)),
        "log": log,
        "learning_rate": settings.learning_rate,
        "marks": [_mark(spent, step, fraction) for step, fraction in {**at, steps: 1.0}.items()],
    }
    files = {f"{folder}/{checkpoint(at[step])}/adapter.safetensors": weights for step, weights in kept.items()}
    own = {f"{folder}/adapter.safetensors": adapter, f"{folder}/ledger.json": dumps(value["ledger"])}
    return value, {**own, **files}


def checkpoint(fraction: float) -> str:
    """Where a fraction's adapter and answers lie inside a trial's folder."""
    return f"checkpoints/{fraction:g}"


class Snapshots(TrainerCallback):
    """Keeps the adapter as it is after certain steps."""

    def __init__(self, at: Collection[int] = ()) -> None:
        self.adapters: dict[int, bytes] = {}
        self._at = at

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:  # noqa: ARG002
        """Keep it."""
        from safetensors.torch import save

        if state.global_step in self._at:
            self.adapters[state.global_step] = save(_weights(kwargs["model"]))


def _weights(adapted: Any) -> dict[str, Any]:
    from peft import get_peft_model_state_dict

    return {k: v.detach().cpu().contiguous() for k, v in get_peft_model_state_dict(adapted).items()}


@dataclass(frozen=True, slots=True)
class Spent:
    """What something took of the clocks that a budget can be counted by."""

    train_seconds: float
    tokens: int
    flops: float


def _of_row(done: Done, method: str, example: Example) -> tuple[int, float]:
    """(tokens, FLOPs) of training on a row."""
    row = examples.measure(done.tokenizer, method, example)
    return row.tokens, flops(done.model.get_base_model(), row)


def _steps(seconds: Sequence[float], each: Sequence[tuple[int, float]], batch: int) -> list[Spent]:
    """Of each step."""
    rows = [each[n * batch : (n + 1) * batch] for n in range(len(seconds))]
    return [Spent(s, sum(t for t, _ in r), sum(f for _, f in r)) for s, r in zip(seconds, rows, strict=True)]


def _mark(spent: Sequence[Spent], step: int, fraction: float) -> Json:
    """What the trial had taken when it had done `step` steps."""
    sums = {f.name: sum(getattr(s, f.name) for s in spent[:step]) for f in fields(Spent)}
    return {"fraction": fraction, "step": step, **sums}


def _after(progress: Progress, steps: int) -> Progress:
    return lambda done, loss: progress(steps + done, loss)


def _ledger(done: Done, each: Sequence[tuple[int, float]]) -> Ledger:
    return Ledger(
        train_seconds=sum(done.trained.step_seconds),
        tokens=sum(tokens for tokens, _ in each),
        flops=sum(flops for _, flops in each),
        peak_memory_gb=done.trained.peak_memory_gb,
        examples=len(each),
        reference_seconds=done.reference_seconds,
        steps=len(done.trained.step_seconds),
    )


def _together(parts: Sequence[Ledger]) -> Ledger:
    """What the parts of a trial spent; of memory the most."""
    peaks = [p.peak_memory_gb for p in parts]
    sums = {f.name: sum(getattr(p, f.name) for p in parts) for f in fields(Ledger) if f.name != "peak_memory_gb"}
    return Ledger(peak_memory_gb=None if None in peaks else max(filter(None, peaks), default=0.0), **sums)


@dataclass(frozen=True, slots=True)
class Done:
    """A finished training."""

    trained: engine.Trained
    model: Any
    tokenizer: Any
    reference_seconds: float


def train_part(
    bench: Bench,
    method: str,
    rows: Sequence[Example],
    settings: Settings,
    progress: Progress,
    adapter: bytes | None = None,
    snapshots: Snapshots | None = None,
) -> Done:
    """Train by one method, on a fresh adapter or on one that another part left; pairs without a reference get that model's."""
    model, tokenizer = models.load(bench.weights, bench.plan.dtype, bench.plan.attention)
    adapted = engine.adapt(model, settings.lora_rank, settings.seed)
    if adapter is not None:
        _put(adapted, adapter)
    spent = 0.0
    if methods.starts_from_pairs(method) and any(e.reference is None for e in rows):
        start = time.perf_counter()
        found = references.logprobs(adapted, tokenizer, rows, bench.plan.batch)
        rows = [replace(e, reference=pair) for e, pair in zip(rows, found, strict=True)]
        spent = time.perf_counter() - start
    with tempfile.TemporaryDirectory() as scratch:
        trainer = methods.get(method).trainer(adapted, tokenizer, rows, settings, Path(scratch))
        result = engine.train(trainer, progress, [snapshots] if snapshots else [])
    return Done(result, adapted, tokenizer, spent)


def restore(model: Any, adapter: bytes, rank: int) -> Any:
    """The model with a trained adapter."""
    adapted = engine.adapt(model, rank, 0)
    _put(adapted, adapter)
    return adapted.eval()


def _put(adapted: Any, adapter: bytes) -> None:
    from peft import set_peft_model_state_dict
    from safetensors.torch import load

    set_peft_model_state_dict(adapted, load(adapter))


def settings_for(bench: Bench, method: str, steps: int, seed: int) -> Settings:
    """Those of the plan with the method's own learning rate."""
    rate = methods.get(method).LEARNING_RATE
    return Settings(steps, bench.plan.batch, rate, bench.plan.max_length, bench.plan.lora_rank, seed)


def flops(model: Any, row: examples.Row) -> float:
    """Of training on a row, a pair's reference pass included."""
    pair = row.forward != row.tokens
    return meters.train_flops(model, row.forward, row.answers, row.forward if pair else 0)
