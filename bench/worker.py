"""The units of work that need the model, beside training (bench/trial.py): evaluate, certify, pilot, reference.

Each starts from freshly loaded weights.

Nothing here knows of the journal: a unit returns a value and files, and bench/run.py keeps them.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from advisor.privacy import redact
from bench import certificate, examples, lmeval, lmtasks, meanings, methods, models, scoring
from bench import preflight as checking
from bench import reference as references
from bench.engine import Example
from bench.store import dumps, finite, sha256
from bench.trial import Bench, Json, flops, restore, settings_for, train_part
from bench.types import ArmPlan, BenchError, Budget, Check, Guide, TaskPlan
from tasks.types import Item, Output, Request

PASSES = 1_000
"""Over the training rows, at most: a budget of more is refused before the order of its rows is made."""


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

    rewrite = getattr(methods.get(method), "rewrite", None)
    for task, items in chosen.items():
        if task.harnessed:
            found = lmeval.evaluate(model, tokenizer, task, len(items), _system(rewrite, guide))
            lines += [_dumped(row) for row in found]
            advance(len(items))
            continue
        module = lmtasks.module(task)
        requests = [_rewritten(module.request(i), rewrite, guide) for i in items]
        outputs = scoring.run(model, tokenizer, requests, bench.plan.max_new_tokens, advance)
        lines += [_dumped(_row(task, module, i, r, o)) for i, r, o in zip(items, requests, outputs, strict=True)]
    value = {"seconds": time.perf_counter() - start, "items": len(lines), "shared": False}
    return value, {"items.jsonl": b"".join(lines)}


def _rewritten(request: Request, rewrite: Any, guide: Guide) -> Request:
    if not rewrite or not request.prompt:
        return request
    variants = tuple(_rewritten(v, rewrite, guide) for v in request.variants)
    return replace(request, prompt=rewrite(request.prompt, guide), variants=variants)


def _system(rewrite: Any, guide: Guide) -> str:
    """What an arm says before any question; empty for arms that say nothing."""
    return next((m.content for m in rewrite((), guide) if m.role == "system"), "") if rewrite else ""


def _row(task: TaskPlan, module: Any, item: Item, request: Request, output: Output) -> Json:
    asked = [
        item.id,
        item.kind,
        [[m.role, m.content] for m in item.prompt],
        item.gold,
        item.rejected,
        item.accept,
        item.reject,
    ]
    prompt = request.text or [[m.role, m.content] for m in request.prompt]
    return {
        "task": task.name,
        "source": task.source,
        "item": item.id,
        "cluster": item.cluster,
        "kind": item.kind,
        "scores": module.score(item, output),
        "text": None if output.text is None else redact(output.text),
        "ended": output.ended,
        "logprobs": list(output.logprobs),
        "lengths": list(output.lengths),
        "variants": [{"logprobs": list(v.logprobs), "lengths": list(v.lengths)} for v in output.variants],
        "hashes": {k: sha256(dumps(v)) for k, v in {"doc": asked, "prompt": prompt, "target": item.gold}.items()},
    }


def _dumped(row: Json) -> bytes:
    scores = {k: finite(v) for k, v in row["scores"].items()}
    variants = [{**v, "logprobs": [finite(p) for p in v["logprobs"]]} for v in row.get("variants", [])]
    return (
        dumps({**row, "scores": scores, "logprobs": [finite(v) for v in row["logprobs"]], "variants": variants}) + b"\n"
    )


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


def preflight(bench: Bench, rows: Sequence[Example], trained: Sequence[str], source: str) -> Json:
    """The checks before training, method after method.

    Raises:
        BenchError: one that must hold does not.
    """
    plan, start, found = bench.plan, time.perf_counter(), list[Check]()
    for n, method in enumerate(trained, 1):
        settings = replace(settings_for(bench, method, steps=1, seed=0), batch=len(rows))
        found += checking.checks(bench.weights, plan.dtype, plan.attention, method, rows, settings)
        bench.progress(n, None)
    checking.must_hold(found, source)
    return {"checks": [meanings.of_check(c) for c in found], "seconds": time.perf_counter() - start}


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
            settings = settings_for(bench, method, steps=3, seed=round_)
            rows = [replace(e, reference=(0.0, 0.0)) for e in examples.order(tune, round_, 3, bench.plan.batch)]
            done = train_part(bench, method, rows, settings, lambda *_: None)
            tokens = [examples.measure(done.tokenizer, method, e).tokens for e in rows]
            batches = [sum(tokens[n : n + bench.plan.batch]) for n in range(0, len(tokens), bench.plan.batch)]
            rates = [batch / seconds for batch, seconds in zip(batches, done.trained.step_seconds, strict=True)]
            best[method] = max(best[method], *rates[1:])
    return {m: {"tokens_per_second": rate} for m, rate in best.items()}


def step_cost(
    budget: Budget, rows: Sequence[examples.Row], batch: int, rate: float, flops: Callable[[examples.Row], float]
) -> float:
    """What an optimizer step takes of a budget, at the pilot's rate (tokens a second)."""
    tokens = sum(r.tokens for r in rows) / len(rows) * batch
    costs = {
        "seconds": tokens / rate,
        "tokens": tokens,
        "flops": sum(flops(r) for r in rows) / len(rows) * batch,
    }
    return costs[budget.kind]


def plan_steps(bench: Bench, train: Sequence[Example], arms: Sequence[ArmPlan], rates: Json) -> Json:
    """Method → steps that the budget buys at the pilot's rates: at least one of each of its parts, which share them evenly.

    Raises:
        BenchError: they pass over the rows more than PASSES times, which is a slip of the pen and would fill the memory.
    """
    model, tokenizer = models.load(bench.weights, bench.plan.dtype, bench.plan.attention)
    some = examples.order(train, 0, max(1, min(64, len(train) // bench.plan.batch)), bench.plan.batch)
    cost = {}
    for part, rate in rates.items():
        rows = [examples.measure(tokenizer, part, e) for e in some]
        cost[part] = step_cost(
            bench.plan.budget, rows, bench.plan.batch, rate["tokens_per_second"], lambda r: flops(model, r)
        )
    steps = {}
    for method in {a.method for a in arms}:
        parts = methods.parts(method)
        mean = sum(cost[part] for part in parts) / len(parts)
        steps[method] = max(len(parts), math.floor(bench.plan.budget.amount / mean))
        _check_passes(bench.plan.budget, method, steps[method] * bench.plan.batch / len(train))
    return steps


def _check_passes(budget: Budget, method: str, passes: float) -> None:
    if passes > PASSES:
        raise BenchError(
            f"--budget {budget.text}: {method} would pass over its training rows {passes:,.0f} times, and more than "
            f"{PASSES:,} teach nothing more; give a smaller budget"
        )


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
