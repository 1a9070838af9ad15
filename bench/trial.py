"""One trial: train by a method, part after part on one adapter, and keep account of what that took."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from bench import engine, examples, meters, methods, models
from bench import reference as references
from bench.callbacks import NOTHING, Halfway, Watch
from bench.engine import Example, Settings
from bench.far import Far, Spent, brought_back, checkpoint, kept, marks, reached
from bench.store import dumps, finite
from bench.types import Ledger, Plan

Json = dict[str, Any]
Progress = Callable[[int, float | None], None]
Files = tuple[Json, dict[str, bytes]]
"""A value for the journal, and files by their path in the run."""


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


def train(
    bench: Bench,
    method: str,
    rows: Sequence[Example],
    seed: int,
    steps: int,
    folder: str,
    interrupted: Files | None = None,
    keep: Callable[[Json, dict[str, bytes]], None] = lambda *_: None,
) -> Files:
    """Train one trial, part after part on one adapter: ledger, log and marks as value, the adapters as files.

    Where a fraction of it ends, `keep` gets what the trial needs to go on from there; `interrupted` is what it last got
    in a session that did not come to the end.
    """
    parts, at = methods.parts(method), marks(steps)
    far, halfway = brought_back(*interrupted) if interrupted else (Far(), None)

    def reach(halfway: Halfway) -> None:
        nonlocal far
        far = reached(far, halfway)
        value, files = kept(far, halfway)
        place = f"{folder}/{checkpoint(at[far.steps + halfway.step])}/resume"
        keep(value, {f"{place}/{name}": data for name, data in files.items()})

    while far.parts < len(parts):
        part, until = parts[far.parts], steps * (far.parts + 1) // len(parts)
        mine = rows[far.steps * bench.plan.batch : until * bench.plan.batch]
        settings = settings_for(bench, part, until - far.steps, seed)
        watch = Watch({step - far.steps for step in at}, reach, halfway)
        done = train_part(bench, part, mine, settings, _after(bench.progress, far.steps), far.adapter, watch)
        far, halfway = _further(far, done, part, mine, bench.plan.batch, of=len(parts)), None
    return _result(far, at, steps, settings.learning_rate, folder)


def _further(far: Far, done: Done, part: str, rows: Sequence[Example], batch: int, of: int) -> Far:
    """With a finished part; `of`: how many a trial has."""
    from safetensors.torch import save

    each = [_of_row(done, part, e) for e in rows]
    where = {"part": part} if of > 1 else {}
    log = [{k: finite(v) for k, v in e.items()} | {"step": far.steps + e["step"], **where} for e in done.trained.log]
    return Far(
        far.parts + 1,
        far.steps + len(done.trained.step_seconds),
        save(_weights(done.model)),
        (*far.ledgers, _ledger(done, each)),
        (*far.log, *log),
        (*far.spent, *_steps(done.trained.step_seconds, each, batch)),
        far.curve,
    )


def _result(far: Far, at: Mapping[int, float], steps: int, rate: float, folder: str) -> Files:
    """Of a finished trial."""
    value = {
        "ledger": asdict(_together(far.ledgers)),
        "log": list(far.log),
        "learning_rate": rate,
        "marks": [_mark(far.spent, step, fraction) for step, fraction in {**at, steps: 1.0}.items()],
    }
    assert far.adapter is not None  # noqa: S101  (a method has a part)
    curve = {f"{folder}/{checkpoint(at[step])}/adapter.safetensors": data for step, data in far.curve.items()}
    own = {f"{folder}/adapter.safetensors": far.adapter, f"{folder}/ledger.json": dumps(value["ledger"])}
    return value, {**own, **curve}


def _weights(adapted: Any) -> dict[str, Any]:
    from peft import get_peft_model_state_dict

    return {k: v.detach().cpu().contiguous() for k, v in get_peft_model_state_dict(adapted).items()}


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
    watch: Watch = NOTHING,
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
        result = engine.train(trainer, progress, watch)
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
