"""Every trial's scores in the layout of lm-evaluation-harness, for tools that read it: `results_<date>.json`, `samples_…jsonl`.

Made from the item files alone. Texts of the data are not in them, so a sample's `doc` is the item's id, cluster and kind, and its
`arguments` are empty; hashes say whether two files asked the same. Standard errors are `N/A`: the harness takes documents for
independent, and result.json has intervals that do not.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from bench import lmtasks, result
from bench.lmtasks import LIKELIHOOD, PREFIX, WEIGHT, part
from bench.store import dumps, write_atomic
from bench.track import Track
from bench.types import ArmPlan, Plan, TaskPlan, TrackPlan

Json = dict[str, Any]
FOLDER = "lm_eval"
Rows = Mapping[TaskPlan, Sequence[Json]]
"""Task → a trial's rows of items.jsonl."""


def write(run: Path, plan: Plan, tracks: Mapping[str, Track]) -> None:
    """`lm_eval/<track>/<arm>-s<seed>/`, one folder a trial, inside the run folder."""
    date = plan.created[:19].replace(":", "-")  # as lm_eval.loggers names its files
    for track in plan.tracks:
        shots = sum(m.role == "assistant" for m in tracks[track.id].guide.shots)
        for arm in track.arms:
            for seed, every in result.read_items(run, track).get(arm.id, {}).items():
                rows = {task: [r for r in every if result.of_task(r, task)] for task in track.tasks}
                folder = run / FOLDER / track.id / f"{arm.id}-s{seed}"
                found = results(plan, track, arm, seed, rows, shots if arm.method == "prompt" else 0)
                write_atomic(folder / f"results_{date}.json", dumps(found))
                for task in track.tasks:
                    lines = b"".join(dumps(s) + b"\n" for s in samples(task, rows[task]))
                    write_atomic(folder / f"samples_{name_of(task, track)}_{date}.jsonl", lines)


def name_of(task: TaskPlan, track: TrackPlan) -> str:
    """The harness' own name of its tasks; with a prefix where one of ours has it."""
    bare = task.name.removeprefix(PREFIX)
    return task.name.replace(":", "_") if task.harnessed and bare in {t.name for t in track.tasks} else bare


def results(plan: Plan, track: TrackPlan, arm: ArmPlan, seed: int, rows: Rows, shots: int) -> Json:
    """A trial's results file (lm_eval.result_schema.EvalResults); `shots`: examples that the arm puts before our questions."""
    named = {name_of(task, track): task for task in track.tasks}
    few = {name: _shots(task, rows[task], shots) for name, task in named.items()}
    return {
        "results": {name: _figures(name, task, rows[task]) for name, task in named.items()},
        "group_subtasks": {},
        "configs": {name: _config(name, task, few[name]) for name, task in named.items()},
        "versions": {name: _version(task, plan) for name, task in named.items()},
        "n-shot": few,
        "higher_is_better": {
            name: {_key(i)[0]: about.better == "higher" for i, about in lmtasks.module(task).INSTRUMENTS.items()}
            for name, task in named.items()
        },
        "n-samples": {
            name: {
                "original": task.harnessed.documents if task.harnessed else len(rows[task]),
                "effective": len(rows[task]),
            }
            for name, task in named.items()
        },
        "task_hashes": {name: _hash(samples(task, rows[task])) for name, task in named.items()},
        **_about(plan, track, arm, seed),
    }


def _about(plan: Plan, track: TrackPlan, arm: ArmPlan, seed: int) -> Json:
    return {
        "config": {
            "model": "tune-advisor",
            "model_args": {"pretrained": plan.model, "track": track.id, "arm": arm.id, "seed": seed},
            "model_dtype": plan.dtype,
            "model_sha": plan.model_sha256,
            "limit": plan.items,
            "bootstrap_iters": 0,
        },
        "git_hash": None,
        "date": datetime.fromisoformat(plan.created).timestamp(),
        "transformers_version": importlib.metadata.version("transformers"),
        "lm_eval_version": importlib.metadata.version("lm_eval"),
        "model_source": "tune-advisor",
        "model_name": plan.model,
        "model_name_sanitized": plan.model.replace("/", "__"),
    }


def _figures(name: str, task: TaskPlan, rows: Sequence[Json]) -> Json:
    found: Json = {"name": name, "alias": name, "sample_len": len(rows)}
    for instrument, aggregate in result.instruments(task).items():
        value = aggregate([r["scores"] for r in rows])
        if value is not None:
            metric, filter_ = _key(instrument)
            found |= {f"{metric},{filter_}": float(value), f"{metric}_stderr,{filter_}": "N/A"}
    return found


def _key(instrument: str) -> tuple[str, str]:
    """(metric, filter) as the harness joins them with a comma."""
    metric, _, filter_ = instrument.partition(",")
    return metric, filter_ or "none"


def _config(name: str, task: TaskPlan, shots: int) -> Json:
    module = lmtasks.module(task)
    by = {m.name: m.aggregation for m in task.harnessed.metrics} if task.harnessed else {}
    metrics = [
        {"metric": _key(i)[0], "aggregation": by.get(i, "mean" if about.aggregate is None else "custom"),
         "higher_is_better": about.better == "higher"}
        for i, about in module.INSTRUMENTS.items()
    ]  # fmt: skip
    return {
        "task": name,
        "dataset_path": task.source,
        "metric_list": metrics,
        "num_fewshot": shots,
        "description": module.WHAT,
    }


def _version(task: TaskPlan, plan: Plan) -> str:
    """The task's own; of ours the hash of the code that defines them."""
    return task.harnessed.version if task.harnessed else plan.code[:12]


def _shots(task: TaskPlan, rows: Sequence[Json], shots: int) -> int:
    if task.harnessed:
        return task.harnessed.shots
    return shots if any(r["text"] is not None or r["logprobs"] for r in rows) else 0


def samples(task: TaskPlan, rows: Sequence[Json]) -> list[Json]:
    """Lines of a samples file (lm_eval.result_schema.SampleResult), one for every filter."""
    keys = [_key(name) for name in lmtasks.module(task).INSTRUMENTS]
    return [_sample(n, row, filter_) for filter_ in dict.fromkeys(f for _, f in keys) for n, row in enumerate(rows)]


def _sample(number: int, row: Json, filter_: str) -> Json:
    scores = _scores(row["scores"], filter_)
    said = [[row["text"]]] if row["text"] is not None else [[[value]] for value in row["logprobs"]]
    return {
        "doc_id": number,
        "doc": {name: row[name] for name in ("item", "cluster", "kind")},
        "target": "",
        "arguments": {},
        "resps": said,
        "filtered_resps": [answers[0] for answers in said],
        "filter": filter_,
        "metrics": list(scores),
        **{f"{name}_hash": value for name, value in row["hashes"].items()},
        **scores,
    }


def _scores(scores: Mapping[str, float | None], filter_: str) -> Json:
    """Metric → its value; a pair where it is weighted. What is unscored is left out."""
    found: Json = {}
    for name, value in scores.items():
        metric, of = _key(name)
        if value is not None and ":" not in name and of == filter_:
            found[metric] = value
    for name in (n.removesuffix(f":{WEIGHT}") for n in scores if n.endswith(f":{WEIGHT}")):
        if _key(name)[1] == filter_ and scores[part(name, WEIGHT)] is not None:
            found[_key(name)[0]] = [scores[part(name, LIKELIHOOD)], scores[part(name, WEIGHT)]]
    return found


def _hash(logged: Sequence[Json]) -> str:
    """As lm_eval.loggers.EvaluationTracker hashes a task's samples."""
    text = "".join(s["doc_hash"] + s["prompt_hash"] + s["target_hash"] for s in logged)
    return hashlib.sha256(text.encode()).hexdigest()
