"""The methods' default learning rates beside half and twice theirs: `python -m tests.probe_learning_rate [ITEMS SEEDS]`.

For docs/decisions/learning-rates.md: every method on every embedded track, at the steps that the default budget bought there.
Scored on tune records, which no test item shares a document or topic with. One line a trial, then the table.
"""

from __future__ import annotations

import itertools
import json
import statistics
import sys
import tempfile
from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from typing import Any

import tasks
from bench import engine, examples, meters, methods, models, reference, result, scoring, track
from bench.engine import Settings
from bench.types import TaskPlan

STEPS = {"rag": 20, "values": 40}
"""Track → steps, rounded, of both methods in the committed example run (reports/examples)."""
BATCH, MAX_LENGTH, RANK, NEW_TOKENS = 4, 512, 16, 32
TIMES = (0.5, 1.0, 2.0)
DECIDES = {"rag": "rag_faithfulness", "values": "values"}
Json = dict[str, Any]


def trial(made: track.Track, name: str, method: str, rate: float, seed: int, count: int) -> Json:
    """The instruments of an adapter trained at `rate`, on `count` tune items of the track's deciding task."""
    weights, dtype = models.resolve(None), models.best_dtype()
    rows = examples.order(examples.of(made.train), seed, STEPS[name], BATCH)
    model, tokenizer = models.load(weights, dtype)
    if "rejected" in methods.get(method).NEEDS:
        pairs = reference.logprobs(model, tokenizer, rows, BATCH)
        rows = [replace(e, reference=pair) for e, pair in zip(rows, pairs, strict=True)]
    adapted = engine.adapt(model, RANK, seed)
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(STEPS[name], BATCH, rate, MAX_LENGTH, RANK, seed)
        log = engine.train(methods.get(method).trainer(adapted, tokenizer, rows, settings, Path(folder))).log
    task = TaskPlan(DECIDES[name], "own", True)
    module = tasks.discover()[task.name]
    unseen = replace(made, split=replace(made.split, test=made.split.tune))
    items = track.items(unseen, task.name, "own", count)
    outputs = scoring.run(adapted, tokenizer, [module.request(i) for i in items], NEW_TOKENS)
    scores = [module.score(i, o) for i, o in zip(items, outputs, strict=True)]
    figures = {k: f(scores) for k, f in result.instruments(task).items()}
    return {"headline": figures[module.HEADLINE], "last_loss": log[-1]["loss"], "items": len(items), **figures}


def main(count: int = 96, seeds: int = 2) -> None:
    meters.keep_freed_memory()
    found = defaultdict[tuple[str, str, float], list[float]](list)
    for name, method in itertools.product(STEPS, ("sft", "dpo")):
        made = track.prepare(f"embedded:{name}", [method])
        for seed, times in itertools.product(range(seeds), TIMES):
            rate = times * methods.get(method).LEARNING_RATE
            line = trial(made, name, method, rate, seed, count)
            found[name, method, rate].append(line["headline"])
            print(json.dumps({"track": name, "method": method, "rate": rate, "seed": seed, **line}), flush=True)  # noqa: T201
    for (name, method, rate), headlines in found.items():
        mean = statistics.mean(headlines)
        print(f"| {name} | {method} | {rate:g} | {mean:.2f} | {', '.join(f'{h:.2f}' for h in headlines)} |")  # noqa: T201


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
