"""Tasks of lm-evaluation-harness in a run: loaded before anything trains, asked of every arm on our scoring engine.

All arms are asked as the harness asks by default: few-shot examples as the task says, no chat template, its own seeds, the
first documents of the split. So `lm_eval --model hf --limit N` asks the same of the untrained model. The prompted arm has the
track's policy or instruction before that (`--system_instruction`).
"""

from __future__ import annotations

import contextlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from advisor.privacy import redact
from bench import lmload, lmtasks
from bench.lmtasks import LIKELIHOOD, PREFIX, WEIGHT, WEIGHTED
from bench.store import dumps, sha256
from bench.types import BenchError, Derived, Harnessed, Metric, TaskPlan
from tasks.types import Item

Json = dict[str, Any]


def planned(specs: Sequence[str], limit: int) -> list[tuple[TaskPlan, Derived]]:
    """A diagnostic of each `lm_eval:NAME`, `lm_eval:FOLDER/NAME` or `lm_eval:FILE.yaml`, and what is asked of it.

    Raises:
        BenchError: there is no such task, its data cannot be had, or it cannot be scored here.
    """
    made: dict[str, tuple[TaskPlan, Derived]] = {}
    for spec in dict.fromkeys(specs):
        task, derived = _planned(spec, limit)
        if task.name in made:
            raise BenchError(f"--tasks: two tasks are called {task.name}; rename one")
        made[task.name] = (task, derived)
    return list(made.values())


def _planned(spec: str, limit: int) -> tuple[TaskPlan, Derived]:
    source, wanted = lmload.place(spec.removeprefix(PREFIX))
    loaded = lmload.load(wanted, source, lmload.stamp(source))
    metrics, others = _metrics(loaded)
    if not metrics:
        raise BenchError(
            f"{spec}: none of its metrics ({', '.join(others) or 'none given'}) can be computed without some documents, as "
            f"intervals need it; those that can are aggregated by {', '.join(sorted(lmtasks.KNOWN))}"
        )
    count, shots = len(loaded.eval_docs), loaded.get_config("num_fewshot")
    version = "" if loaded.VERSION is None else str(loaded.VERSION)
    harnessed = Harnessed(metrics, shots, version, count, _digest(loaded, source, limit))
    left = f"; not scored: {', '.join(others)}" if others else ""
    why = (
        f"the first, as `lm_eval --limit {limit}` takes them; {shots}-shot; {', '.join(m.name for m in metrics)}{left}"
    )
    task = TaskPlan(f"{PREFIX}{loaded.task_name}", source, False, harnessed)
    return task, Derived(task.name, f"{min(limit, count)} of {count:,} documents", why)


def _metrics(loaded: Any) -> tuple[tuple[Metric, ...], list[str]]:
    """The metrics that can be computed here, in the task's order, and the names of the others."""
    from lm_eval.api.registry import AGGREGATION_REGISTRY

    names = {function: name for name, function in AGGREGATION_REGISTRY.items()}
    better = loaded.higher_is_better()
    found, others = list[Metric](), list[str]()
    for filter_ in [f.name for f in loaded._filters]:
        for metric, function in loaded.aggregation().items():
            full = metric if filter_ == "none" else f"{metric},{filter_}"
            name = names.get(function, "")
            if name in lmtasks.KNOWN:
                found.append(Metric(full, name, "higher" if better.get(metric, True) else "lower"))
            else:
                others.append(full)
    return tuple(found), others


def _asked(loaded: Any, limit: int) -> dict[int, list[Any]]:
    """Document → the requests about it."""
    lmload.seed()
    loaded.set_fewshot_seed(seed=lmload.SEED)
    loaded.build_all_requests(limit=limit, rank=0, world_size=1)
    found = defaultdict[int, list[Any]](list)
    for instance in loaded.instances:
        found[instance.doc_id].append(instance)
    return dict(found)


@contextlib.contextmanager
def _named(task: str, doing: str) -> Iterator[None]:
    """Whatever a task's own code raises on its documents is one line that names the task."""
    try:
        yield
    except Exception as error:
        text = " ".join(str(error).split())[:200]
        raise BenchError(
            f"{task}: {doing} failed ({type(error).__name__}: {text}); mend it, or leave it out"
        ) from error


def _digest(loaded: Any, source: str, limit: int) -> str:
    with _named(f"{PREFIX}{loaded.task_name}", "asking"):
        asked = [
            [n, str(loaded.doc_to_target(many[0].doc)), [[i.request_type, repr(i.args)] for i in many]]
            for n, many in _asked(loaded, limit).items()
        ]
    return sha256(dumps([lmload.stamp(source), asked]))


def items(task: TaskPlan, limit: int) -> list[Item]:
    """The documents asked about, each a cluster of its own.

    Raises:
        BenchError: the task is not the one that was planned.
    """
    loaded = _found(task)
    if task.harnessed is None or _digest(loaded, task.source, limit) != task.harnessed.sha256:
        raise BenchError(f"{task.name}: changed since the run was planned; restore it, or start a new run")
    return [
        Item(
            id=str(n),
            cluster=str(n),
            kind="document",
            prompt=(),
            question=str(many[0].args[0]),
            gold=str(loaded.doc_to_target(many[0].doc)),
        )
        for n, many in _asked(loaded, limit).items()
    ]


def _found(task: TaskPlan) -> Any:
    file = task.source.endswith((".yaml", ".yml"))
    return lmload.load(task.source if file else task.name.removeprefix(PREFIX), task.source, lmload.stamp(task.source))


def evaluate(model: Any, tokenizer: Any, task: TaskPlan, limit: int, system: str) -> list[Json]:
    """Rows of items.jsonl, one a document. `system`: text before every question, empty for none.

    Raises:
        BenchError: no document got a score, or the task cannot score what was answered.
    """
    from lm_eval.evaluator import evaluate as ask

    from bench.harness import Harness

    loaded = _found(task)
    lmload.seed()
    loaded.set_fewshot_seed(seed=lmload.SEED)
    with _named(task.name, "scoring"):
        found = ask(
            lm=Harness(model, tokenizer),
            task_dict={"tasks": {loaded.task_name: loaded}},
            limit=limit,
            bootstrap_iters=0,
            system_instruction=system or None,
        )
    rows = _rows(task, found["samples"][loaded.task_name], loaded.OUTPUT_TYPE)
    if not any(v is not None for row in rows for v in row["scores"].values()):
        raise BenchError(
            f"{task.name}: no document got a score of {', '.join(lmtasks.module(task).INSTRUMENTS)}; leave it out"
        )
    return rows


def _rows(task: TaskPlan, samples: Sequence[Json], output: str) -> list[Json]:
    by_document = defaultdict[int, list[Json]](list)
    for sample in samples:
        by_document[sample["doc_id"]].append(sample)
    return [_row(task, n, many, output) for n, many in by_document.items()]


def _row(task: TaskPlan, number: int, filtered: Sequence[Json], output: str) -> Json:
    """`filtered`: what the harness logged of a document, once for every filter."""
    first = filtered[0]
    said = [answers[0] for answers in first["resps"]]
    spoken = output == "generate_until"
    logprobs = [] if spoken else [float(a[0] if isinstance(a, tuple | list) else a) for a in said]
    return {
        "task": task.name,
        "source": task.source,
        "item": str(number),
        "cluster": str(number),
        "kind": "document",
        "scores": {name: value for m in _metrics_of(task) for name, value in _score(m, filtered).items()},
        "text": redact(said[0]) if spoken else None,
        "ended": None,
        "logprobs": logprobs,
        "lengths": [],
        "hashes": {name: first[f"{name}_hash"] for name in ("doc", "prompt", "target")},
    }


def _metrics_of(task: TaskPlan) -> tuple[Metric, ...]:
    return task.harnessed.metrics if task.harnessed else ()


def _score(metric: Metric, filtered: Sequence[Json]) -> dict[str, float | None]:
    name, _, filter_ = metric.name.partition(",")
    value = next((s[name] for s in filtered if s["filter"] == (filter_ or "none") and name in s), None)
    if metric.aggregation in WEIGHTED:
        likelihood, weight = (None, None) if value is None else map(float, value)
        return {lmtasks.part(metric.name, LIKELIHOOD): likelihood, lmtasks.part(metric.name, WEIGHT): weight}
    return {metric.name: None if value is None else float(value)}
