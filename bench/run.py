"""A run, top to bottom: advice, base, pilot, reference, trials, result. Every unit goes through the journal once."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import tasks
from advisor.advise import advice_json, advise
from bench import limits, methods, provenance, result, store, verdicts, worker
from bench.methods import UNTRAINED
from bench.models import Weights
from bench.plan import DIAGNOSTIC_ITEMS, to_json
from bench.progress import View
from bench.store import Run
from bench.track import Track, items, restricted
from bench.types import ArmPlan, Plan, TaskPlan, TrackPlan
from bench.worker import Bench
from tasks.types import Item

Json = dict[str, Any]
EXAMPLES = 12


@dataclass(frozen=True, slots=True)
class Stage:
    """One track of an open run, with all its units need."""

    run: Run
    bench: Bench
    view: View
    plan: TrackPlan
    track: Track
    chosen: Mapping[TaskPlan, Sequence[Item]]
    """Items of each task."""

    @property
    def inputs(self) -> Json:
        """What determines every unit of this track, beside what is special to it."""
        p = self.bench.plan
        return {
            "model": p.model_sha256,
            "data": self.plan.sha256,
            "code": self.bench.code,
            "settings": [p.dtype, p.batch, p.max_length, p.max_new_tokens, p.lora_rank, p.items],
        }


def units(plan: Plan) -> int:
    """Units of work in a run, for the progress bar."""
    per = [2 + sum(len(a.seeds) * (1 if a.method in UNTRAINED else 2) for a in t.arms) for t in plan.tracks]
    return sum(per) + sum(_pairwise(t) for t in plan.tracks)


def execute(run: Run, plan: Plan, tracks: Mapping[str, Track], weights: Weights, view: View) -> Json:
    """Do every unit that is not done, and make the result from the files.

    Raises:
        BenchError: the data do not allow training.
    """
    bench = Bench(plan, weights, plan.code, view.advance)
    stages = [_stage(run, bench, view, t, tracks[t.id]) for t in plan.tracks]
    advice = {s.plan.id: _advise(s) for s in stages}
    parts = [_track(s, advice[s.plan.id]) for s in stages]
    return _result(stages, parts)


def _stage(run: Run, bench: Bench, view: View, plan: TrackPlan, track: Track) -> Stage:
    limits = {t: bench.plan.items if t.primary else DIAGNOSTIC_ITEMS for t in plan.tasks}
    return Stage(run, bench, view, plan, track, {t: items(track, t.name, t.source, limits[t]) for t in plan.tasks})


def _advise(stage: Stage) -> Json:
    """Advice on the training records, stored before anything trains (pre-registration)."""
    name = f"tracks/{stage.plan.id}/advice.json"

    def work() -> tuple[Json, dict[str, bytes]]:
        advice = advice_json(advise(restricted(stage.track), model=stage.bench.plan.model))
        return {}, {name: json.dumps(advice, indent=1, ensure_ascii=False, allow_nan=False).encode()}

    _unit(stage, "advice", {}, None, work)
    found: Json = json.loads((stage.run.folder / name).read_bytes())
    return found


def _unit(stage: Stage, name: str, special: Json, total: int | None, work: Any) -> Json:
    full = f"{stage.plan.id} {name}"
    stage.view.begin(full, total)
    value = stage.run.once(full, {**stage.inputs, **special}, work)
    stage.view.end()
    return value


def _track(stage: Stage, advice: Json) -> Json:
    """All units of a track, seed by seed with the arms in turn, so that the machine's moods hit all alike."""
    rows, tune = worker.examples(stage.track.train), worker.examples(stage.track.tune)
    ledgers: dict[str, list[Json]] = {a.id: [] for a in stage.plan.arms}
    for arm in (a for a in stage.plan.arms if a.method in UNTRAINED):
        ledgers[arm.id].append({"evaluate": _evaluate(stage, arm, 0, None)})
    trained = [a for a in stage.plan.arms if a.method not in UNTRAINED]
    names = list(dict.fromkeys(a.method for a in trained))
    piloted = _unit(
        stage,
        "pilot",
        {"methods": names, "budget": asdict(stage.bench.plan.budget)},
        2 * len(names),
        lambda: (_pilot(stage, rows, tune, trained, names), {}),
    )
    steps = piloted["steps"]
    cached = _reference(stage, rows, trained, steps)
    for turn in range(len(trained[0].seeds)):
        for arm in trained:
            ledgers[arm.id].append(_trial(stage, arm, arm.seeds[turn], rows, steps[arm.method], cached["logprobs"]))
    return {
        "advice": advice,
        "ledgers": ledgers,
        "steps": steps,
        "pilot_seconds": piloted["seconds"],
        "reference_seconds": cached["seconds"],
        "reference_per_pair": cached["seconds"] / max(1, len(cached["logprobs"])),
    }


def _pilot(
    stage: Stage, rows: Sequence[Any], tune: Sequence[Any], trained: Sequence[ArmPlan], names: list[str]
) -> Json:
    start = time.perf_counter()
    rates = worker.pilot(stage.bench, tune, names)
    steps = worker.plan_steps(stage.bench, rows, trained, rates)
    return {"rates": rates, "steps": steps, "seconds": time.perf_counter() - start}


def _pairwise(plan: TrackPlan) -> int:
    return int(any("rejected" in methods.get(a.method).NEEDS for a in plan.arms))


def _reference(stage: Stage, rows: Sequence[Any], trained: Sequence[ArmPlan], steps: Mapping[str, int]) -> Json:
    """Reference log-probabilities of the pairs that some trial will train on."""
    pairwise = [a for a in trained if "rejected" in methods.get(a.method).NEEDS]
    if not pairwise:
        return {"logprobs": {}, "seconds": 0.0}
    batch = stage.bench.plan.batch
    needed = {e.id: e for a in pairwise for s in a.seeds for e in worker.order(rows, s, steps[a.method], batch)}
    ordered = [needed[i] for i in sorted(needed)]
    ids = hashlib.sha256("\n".join(sorted(needed)).encode()).hexdigest()
    return _unit(stage, "reference", {"ids": ids}, len(ordered), lambda: worker.reference(stage.bench, ordered))


def _trial(
    stage: Stage, arm: ArmPlan, seed: int, rows: Sequence[Any], steps: int, cached: Mapping[str, list[float]]
) -> Json:
    name = f"{arm.id} s{seed}"
    folder = result.items_folder(stage.plan, arm, seed)
    ordered = worker.order(rows, seed, steps, stage.bench.plan.batch)
    if "rejected" in methods.get(arm.method).NEEDS:
        ordered = [replace(e, reference=(cached[e.id][0], cached[e.id][1])) for e in ordered]
    special = {"method": arm.method, "arm": arm.id, "seed": seed, "steps": steps}
    done = _unit(
        stage,
        f"train {name}",
        special,
        steps,
        lambda: worker.train(stage.bench, arm.method, ordered, seed, steps, folder),
    )
    adapter = (stage.run.folder / folder / "adapter.safetensors").read_bytes()
    return {**done, "seed": seed, "evaluate": _evaluate(stage, arm, seed, adapter)}


def _evaluate(stage: Stage, arm: ArmPlan, seed: int, adapter: bytes | None) -> Json:
    folder = result.items_folder(stage.plan, arm, seed)
    special = {
        "arm": arm.id,
        "method": arm.method,
        "adapter": None if adapter is None else store.sha256(adapter),
        "tasks": [[t.name, t.source, len(i)] for t, i in stage.chosen.items()],
    }
    guide = stage.track.guide
    return _unit(
        stage,
        f"evaluate {arm.id} s{seed}" if adapter is not None else f"evaluate {arm.id}",
        special,
        sum(map(len, stage.chosen.values())),
        lambda: worker.evaluate(stage.bench, stage.chosen, arm.method, guide, adapter, folder),
    )


def _result(stages: Sequence[Stage], parts: Sequence[Json]) -> Json:
    plan = stages[0].bench.plan
    folder = stages[0].run.folder
    trials = [result.read_items(folder, s.plan) for s in stages]
    compared = result.adjust([result.comparisons(t, s.plan) for t, s in zip(trials, stages, strict=True)])
    tracks = [_track_json(s, p, t, c) for s, p, t, c in zip(stages, parts, trials, compared, strict=True)]
    return {
        "schema_version": 1,
        "run": plan.run,
        "created": plan.created,
        "tracks": tracks,
        "claims": verdicts.claims(tracks),
        "certificate": {},
        "clocks": _clocks(stages[0].run, parts),
        "plan": {
            **to_json(plan),
            "budget": plan.budget.text,
            "steps": {s.plan.id: p["steps"] for s, p in zip(stages, parts, strict=True)},
        },
        "limits": limits.of(plan, {s.plan.id: s.track for s in stages}, parts),
        "provenance": provenance.of(plan),
    }


def _track_json(stage: Stage, part: Json, trials: result.Trials, compared: list[Json]) -> Json:
    arms = [_arm_json(a, part["ledgers"][a.id], part["reference_per_pair"]) for a in stage.plan.arms]
    found = result.scores(trials, stage.plan)
    cost = {a["id"]: _mean(a["per_seed_seconds_per_example"]) for a in arms}
    silly = result.canaries(stage.chosen)
    decided = verdicts.verdicts(trials, stage.plan, compared, part["advice"]["recommendation"], cost, silly)
    return {
        "id": stage.plan.id,
        "data": _data_json(stage),
        "advice": part["advice"],
        "tasks": [_task_json(t, i) for t, i in stage.chosen.items()],
        "arms": [a | {"scores": found[a["id"]]} for a in arms],
        "comparisons": compared,
        "verdicts": [asdict(v) for v in decided],
        "canaries": silly,
        "agreement": {},
        "flipped_items": {},
        "examples": result.examples(trials, stage.chosen, EXAMPLES),
    }


def _arm_json(arm: ArmPlan, ledgers: Sequence[Json], reference: float) -> Json:
    """`reference`: seconds that a pair's reference log-probabilities took, for methods that need them."""
    reference = reference if "rejected" in methods.get(arm.method).NEEDS else 0.0
    trained = [entry["ledger"] for entry in ledgers if "ledger" in entry]
    keys = ("train_seconds", "tokens", "flops", "peak_memory_gb", "examples", "steps")
    spent = {k: _known_mean([t[k] for t in trained]) if trained else 0 for k in keys}
    return {
        "id": arm.id,
        "method": arm.method,
        "status": "ok",
        "reason": None,
        "seeds": list(arm.seeds),
        "learning_rate": next((e["learning_rate"] for e in ledgers if "learning_rate" in e), None),
        "ledger": {**spent, "evaluate_seconds": _mean([e["evaluate"]["evaluate_seconds"] for e in ledgers])},
        "per_seed_seconds_per_example": [t["train_seconds"] / t["examples"] + reference for t in trained],
        "curve": [],
        "training": [{"seed": e["seed"], **line} for e in ledgers if "log" in e for line in e["log"]],
    }


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def _known_mean(values: Sequence[float | None]) -> float | None:
    known = [v for v in values if v is not None]
    return _mean(known) if known else None


def _task_json(task: TaskPlan, chosen: Sequence[Item]) -> Json:
    module = tasks.discover()[task.name]
    shown = {
        name: {"title": i.title, "what": i.what, "better": i.better, "unit": i.unit}
        for name, i in module.INSTRUMENTS.items()
    }
    return {
        "name": task.name,
        "source": task.source,
        "title": module.TITLE,
        "what": module.WHAT,
        "headline": module.HEADLINE,
        "primary": task.primary,
        "n": len(chosen),
        "clusters": len({i.cluster for i in chosen}),
        "instruments": shown,
    }


def _data_json(stage: Stage) -> Json:
    s, made = stage.track.split, stage.track.negatives
    return {
        "path": stage.plan.source,
        "sha256": stage.plan.sha256,
        "records": {"train": len(s.train), "tune": len(s.tune), "test": len(s.test)},
        "split": {"by": s.by, "leakage": s.leakage, "shared_groups": s.shared_groups},
        "unused": stage.track.unused,
        "negatives": None if made is None else {"sentence": made.sentence, "counts": made.counts},
    }


def _clocks(run: Run, parts: Sequence[Json]) -> Json:
    entries = [e for p in parts for many in p["ledgers"].values() for e in many]
    return {
        "pilot_seconds": sum(p["pilot_seconds"] for p in parts),
        "reference_seconds": sum(p["reference_seconds"] for p in parts),
        "train_seconds": sum(e["ledger"]["train_seconds"] for e in entries if "ledger" in e),
        "evaluate_seconds": sum(e["evaluate"]["evaluate_seconds"] for e in entries),
        "total_seconds": run.seconds,
    }
