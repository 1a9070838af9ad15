"""One adapter at one learning rate on an embedded track: `python -m tests.probe_learning_rate TRACK METHOD RATE STEPS BATCH`.

For choosing the methods' defaults (docs/decisions/learning-rates.md). Scored on tune records, which no test item shares a
document or topic with. One seed, so it tells what breaks, not what is best.
"""

from __future__ import annotations

import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import tasks
from bench import engine, examples, meters, methods, models, result, scoring, track
from bench.engine import Settings
from bench.types import TaskPlan
from tasks.types import Request


def main(name: str, method: str, rate: float, steps: int, batch: int) -> None:
    meters.keep_freed_memory()
    weights, dtype = models.resolve(None), models.best_dtype()
    made = track.prepare(f"embedded:{name}", [method])
    rows = examples.order(examples.of(made.train), 0, steps, batch)
    model, tokenizer = models.load(weights, dtype)
    if "rejected" in methods.get(method).NEEDS:
        outputs = scoring.run(model, tokenizer, [Request(e.prompt, (e.chosen, e.rejected or "")) for e in rows], 1)
        rows = [replace(e, reference=(o.logprobs[0], o.logprobs[1])) for e, o in zip(rows, outputs, strict=True)]
    adapted = engine.adapt(model, 16, 0)
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(steps, batch, rate, 512, 16, 0)
        engine.train(methods.get(method).trainer(adapted, tokenizer, rows, settings, Path(folder)))
    task = TaskPlan({"rag": "rag_faithfulness"}.get(name, name), "own", True)
    module = tasks.discover()[task.name]
    unseen = replace(made, split=replace(made.split, test=made.split.tune))
    items = track.items(unseen, task.name, "own", 48)
    outputs = scoring.run(adapted, tokenizer, [module.request(i) for i in items], 32)
    scores = [module.score(i, o) for i, o in zip(items, outputs, strict=True)]
    print(*sys.argv[1:], {k: round(f(scores) or 0, 3) for k, f in result.instruments(task).items()})  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], float(sys.argv[3]), int(sys.argv[4]), int(sys.argv[5]))
