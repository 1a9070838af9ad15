"""The units of work that need the model: evaluate, pilot, reference, train. Each starts from freshly loaded weights.

Nothing here knows of the journal: a unit returns a value and files, and bench/run.py keeps them.
"""

from __future__ import annotations

import math
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import tasks
from advisor.privacy import redact
from bench import certificate, engine, examples, meters, methods, models, scoring
from bench import reference as references
from bench.engine import Example, Settings
from bench.store import dumps
from bench.types import ArmPlan, Budget, Guide, Ledger, Plan, TaskPlan
from tasks.types import Item, Output, Request

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


def evaluate(
    bench: Bench,
    chosen: Mapping[TaskPlan, Sequence[Item]],
    method: str,
    guide: Guide,
    adapter: bytes | None,
) -> tuple[Json, dict[str, bytes]]:
    """Every item's scores and answer, as one JSONL file."""
    model, tokenizer = models.load(bench.weights, bench.plan.dtype, bench.plan.attention)
    if adapter is not None:
        model = restore(model, adapter, bench.plan.lora_rank)
    start = time.perf_counter()
    lines: list[bytes] = []
    done = 0

    def advance(n: int) -> None:
        nonlocal done
        done += n
        bench.progress(done, None)

    for task, items in chosen.items():
        module = tasks.discover()[task.name]
        rewrite = getattr(methods.get(method), "rewrite", None)
        requests = [_rewritten(module.request(i), rewrite, guide) for i in items]
        outputs = scoring.run(model, tokenizer, requests, bench.plan.max_new_tokens, advance)
        lines += [_line(task, module, i, o) for i, o in zip(items, outputs, strict=True)]
    value = {"seconds": time.perf_counter() - start, "items": len(lines), "shared": False}
    return value, {"items.jsonl": b"".join(lines)}


def _rewritten(request: Request, rewrite: Any, guide: Guide) -> Request:
    return replace(request, prompt=rewrite(request.prompt, guide)) if rewrite and request.prompt else request


def _line(task: TaskPlan, module: Any, item: Item, output: Output) -> bytes:
    row = {
        "task": task.name,
        "source": task.source,
        "item": item.id,
        "cluster": item.cluster,
        "kind": item.kind,
        "scores": {k: _finite(v) for k, v in module.score(item, output).items()},
        "text": None if output.text is None else redact(output.text),
        "ended": output.ended,
        "logprobs": [_finite(v) for v in output.logprobs],
        "lengths": list(output.lengths),
    }
    return dumps(row) + b"\n"


def certify(bench: Bench, rows: Sequence[Example], trained: Sequence[str]) -> Json:
    """The exactness certificate on a track's own rows."""
    import torch

    done = 0

    def advance() -> None:
        nonlocal done
        done += 1
        bench.progress(done, None)

    plan, start = bench.plan, time.perf_counter()
    try:
        found = certificate.certificate(
            bench.weights, plan.dtype, plan.attention, rows, trained, plan.max_length, advance
        )
    except torch.OutOfMemoryError:
        found = {"holds": None, "sentences": ["not made: the model in float32, the truth, does not fit this GPU"]}
    return {**found, "seconds": time.perf_counter() - start}


def pilot(bench: Bench, tune: Sequence[Example], trained: Sequence[str]) -> Json:
    """Method → tokens (as the method processes them) a second, measured in turns on tune rows.

    Two rounds of three steps, A B A B; the first step of each is warm-up, and of the others the fastest counts: what
    else the machine does can only slow a step down, and one stall must not shrink the training of a whole run. Trials have
    their reference log-probabilities cached, so the pilot has some too: any numbers, since only its time is kept.
    """
    best = dict.fromkeys(trained, 0.0)
    for round_ in range(2):
        for n, method in enumerate(trained):
            bench.progress(round_ * len(trained) + n + 1, None)
            settings = _settings(bench, method, steps=3, seed=round_)
            rows = [replace(e, reference=(0.0, 0.0)) for e in examples.order(tune, round_, 3, bench.plan.batch)]
            result, _, tokenizer = _train(bench, method, rows, settings, lambda *_: None)
            tokens = [examples.measure(tokenizer, method, e).tokens for e in rows]
            batches = [sum(tokens[n : n + bench.plan.batch]) for n in range(0, len(tokens), bench.plan.batch)]
            rates = [batch / seconds for batch, seconds in zip(batches, result.step_seconds, strict=True)]
            best[method] = max(best[method], *rates[1:])
    return {m: {"tokens_per_second": rate} for m, rate in best.items()}


def steps_for(
    budget: Budget, rows: Sequence[examples.Row], batch: int, rate: float, flops: Callable[[examples.Row], float]
) -> int:
    """Optimizer steps that a budget buys at the pilot's rate (tokens a second); at least 1."""
    tokens = sum(r.tokens for r in rows) / len(rows) * batch
    cost = {
        "seconds": tokens / rate,
        "tokens": tokens,
        "flops": sum(flops(r) for r in rows) / len(rows) * batch,
    }[budget.kind]
    return max(1, math.floor(budget.amount / cost))


def plan_steps(bench: Bench, train: Sequence[Example], arms: Sequence[ArmPlan], rates: Json) -> Json:
    """Method → steps, from the pilot."""
    model, tokenizer = models.load(bench.weights, bench.plan.dtype, bench.plan.attention)
    some = examples.order(train, 0, max(1, min(64, len(train) // bench.plan.batch)), bench.plan.batch)
    steps = {}
    for method in {a.method for a in arms if methods.get(a.method).LEARNING_RATE}:
        rows = [examples.measure(tokenizer, method, e) for e in some]
        rate = rates[method]["tokens_per_second"]
        steps[method] = steps_for(bench.plan.budget, rows, bench.plan.batch, rate, lambda r: _flops(model, r))
    return steps


def _flops(model: Any, row: examples.Row) -> float:
    pair = row.forward != row.tokens
    return meters.train_flops(model, row.forward, row.answers, row.forward if pair else 0)


def reference(bench: Bench, rows: Sequence[Example]) -> tuple[Json, dict[str, bytes]]:
    """Log-probabilities of both sides under the untrained model, once for all trials: id → [chosen, rejected]."""
    model, tokenizer = models.load(bench.weights, bench.plan.dtype, bench.plan.attention)
    start = time.perf_counter()
    done = 0

    def advance(n: int) -> None:
        nonlocal done
        done += n
        bench.progress(done, None)

    found = references.logprobs(model, tokenizer, rows, bench.plan.batch, advance)
    value = {e.id: list(pair) for e, pair in zip(rows, found, strict=True)}
    return {"logprobs": value, "seconds": time.perf_counter() - start}, {}


def train(
    bench: Bench, method: str, rows: Sequence[Example], seed: int, steps: int, folder: str
) -> tuple[Json, dict[str, bytes]]:
    """Train one trial: ledger and log as value, the adapter as a file."""
    from peft import get_peft_model_state_dict
    from safetensors.torch import save

    settings = _settings(bench, method, steps, seed)
    result, model, tokenizer = _train(bench, method, rows, settings, bench.progress)
    measured = [examples.measure(tokenizer, method, e) for e in rows]
    ledger = Ledger(
        train_seconds=sum(result.step_seconds),
        tokens=sum(r.tokens for r in measured),
        flops=sum(_flops(model.get_base_model(), r) for r in measured),
        peak_memory_gb=result.peak_memory_gb,
        examples=len(rows),
        steps=len(result.step_seconds),
    )
    weights = {k: v.detach().cpu().contiguous() for k, v in get_peft_model_state_dict(model).items()}
    value = {
        "ledger": asdict(ledger),
        "log": [{k: _finite(v) for k, v in entry.items()} for entry in result.log],
        "learning_rate": settings.learning_rate,
    }
    return value, {f"{folder}/adapter.safetensors": save(weights), f"{folder}/ledger.json": dumps(value["ledger"])}


def _finite(value: float | None) -> float | None:
    """A number that JSON can hold: what is not finite is unscored."""
    return value if value is not None and math.isfinite(value) else None


def _settings(bench: Bench, method: str, steps: int, seed: int) -> Settings:
    rate = methods.get(method).LEARNING_RATE
    return Settings(steps, bench.plan.batch, rate, bench.plan.max_length, bench.plan.lora_rank, seed)


def _train(
    bench: Bench, method: str, rows: Sequence[Example], settings: Settings, progress: Progress
) -> tuple[engine.Trained, Any, Any]:
    """What training did, the trained model and its tokenizer."""
    model, tokenizer = models.load(bench.weights, bench.plan.dtype, bench.plan.attention)
    adapted = engine.adapt(model, settings.lora_rank, settings.seed)
    with tempfile.TemporaryDirectory() as scratch:
        trainer = methods.get(method).trainer(adapted, tokenizer, rows, settings, Path(scratch))
        result = engine.train(trainer, progress)
    return result, adapted, tokenizer


def restore(model: Any, adapter: bytes, rank: int) -> Any:
    """The model with a trained adapter."""
    from peft import set_peft_model_state_dict
    from safetensors.torch import load

    adapted = engine.adapt(model, rank, 0)
    set_peft_model_state_dict(adapted, load(adapter))
    return adapted.eval()
