"""result.json of a finished run: what its units gave and what its item files say, in the shape of the contract."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from bench import claims, curve, judged, limits, lmtasks, methods, paired, provenance, result, signs, verdicts
from bench.planfile import to_json
from bench.stage import Stage
from bench.store import Run
from bench.types import ArmPlan, TaskPlan
from tasks.types import Item

Json = dict[str, Any]
EXAMPLES = 12


def result_json(stages: Sequence[Stage], parts: Sequence[Json], certificate: Json) -> Json:
    """`parts`: what the units of each track gave. Every aggregate is read from the item files."""
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
        "claims": claims.claims(tracks),
        "certificate": certificate,
        "clocks": _clocks(stages[0].run, parts, certificate),
        "plan": {
            **to_json(plan),
            "budget": plan.budget.text,
            "steps": {s.plan.id: p["steps"] for s, p in zip(stages, parts, strict=True)},
        },
        "limits": [
            *limits.exactness(certificate),
            *limits.of(plan, {s.plan.id: s.track for s in stages}, parts),
            *(line for s in stages for line in limits.of_prompts(s.plan, s.track, s.chosen)),
            *(line for t in tracks for line in judged.limits(t["id"], t["judge"])),
        ],
        "provenance": provenance.of(plan),
    }


def _track_json(stage: Stage, part: Json, trials: result.Trials, compared: list[Json]) -> Json:
    few = frozenset((task.name, item.id) for task, items in curve.few(stage.chosen).items() for item in items)
    curves = {
        a.id: curve.of(stage.run.folder, stage.plan, a, part["ledgers"][a.id], trials, few) for a in stage.plan.arms
    }
    arms = [_arm_json(a, part["ledgers"][a.id], part["reference_per_pair"], curves[a.id]) for a in stage.plan.arms]
    found = result.scores(trials, stage.plan)
    cost = {a["id"]: _mean(a["per_seed_seconds_per_example"]) for a in arms}
    silly = result.canaries(stage.chosen)
    judge = judged.of(stage.run.folder, stage.plan, stage.bench.plan.judge, trials)
    decided = verdicts.verdicts(trials, stage.plan, compared, part["advice"]["recommendation"], cost, silly)
    return {
        "id": stage.plan.id,
        "data": _data_json(stage),
        "advice": part["advice"],
        "tasks": [_task_json(t, i) for t, i in stage.chosen.items()],
        "arms": [a | {"scores": found[a["id"]]} for a in arms],
        "comparisons": compared,
        "verdicts": [asdict(v) for v in decided],
        "detectable_before": part["detectable"],
        "crossover": curve.readings(stage.plan, {arm: points for arm, points in curves.items() if points}),
        "canaries": silly,
        "checks": part["preflight"]["checks"],
        **signs.of_track(stage, part["ledgers"], trials),
        "agreement": judged.beside(judge, paired.agreement(trials, stage.plan)),
        "judge": judge,
        "flipped_items": paired.flipped(trials, stage.plan),
        "examples": result.examples(trials, stage.chosen, EXAMPLES),
    }


def _arm_json(arm: ArmPlan, ledgers: Sequence[Json], reference: float, points: list[Json]) -> Json:
    """`reference`: seconds that a pair's reference log-probabilities took, for methods that need them."""
    reference = reference if methods.starts_from_pairs(arm.method) else 0.0
    trained = [entry["ledger"] for entry in ledgers if "ledger" in entry]
    keys = ("train_seconds", "tokens", "flops", "peak_memory_gb", "examples", "reference_seconds", "steps")
    spent = {k: _known_mean([t[k] for t in trained]) if trained else 0 for k in keys}
    return {
        "id": arm.id,
        "method": arm.method,
        "status": "ok",
        "reason": None,
        "seeds": list(arm.seeds),
        "learning_rate": next((e["learning_rate"] for e in ledgers if "learning_rate" in e), None),
        "ledger": {**spent, "evaluate_seconds": _mean([e["evaluate"]["seconds"] for e in ledgers])},
        "per_seed_seconds_per_example": [
            (t["train_seconds"] + t["reference_seconds"]) / t["examples"] + reference for t in trained
        ],
        "curve": points,
        "training": [{"seed": e["seed"], **line} for e in ledgers if "log" in e for line in e["log"]],
    }


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def _known_mean(values: Sequence[float | None]) -> float | None:
    known = [v for v in values if v is not None]
    return _mean(known) if known else None


def _task_json(task: TaskPlan, chosen: Sequence[Item]) -> Json:
    module = lmtasks.module(task)
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


def _clocks(run: Run, parts: Sequence[Json], certificate: Json) -> Json:
    """Seconds of this run's own work, and those of work that an earlier run had done."""
    entries = [e for p in parts for many in p["ledgers"].values() for e in many]
    work = {
        "checks_seconds": [p["preflight"] for p in parts],
        "certificate_seconds": [certificate],
        "reference_seconds": [p["reference"] for p in parts],
        "evaluate_seconds": [e["evaluate"] for e in entries],
        "curve_seconds": [e["curve"] for e in entries if "curve" in e],
        "judge_seconds": [j for p in parts for j in p["judged"]],
    }
    return {
        "pilot_seconds": sum(p["pilot_seconds"] for p in parts),
        "train_seconds": sum(e["ledger"]["train_seconds"] for e in entries if "ledger" in e),
        **{name: sum(w["seconds"] for w in done if not w["shared"]) for name, done in work.items()},
        "earlier_runs_seconds": sum(w["seconds"] for done in work.values() for w in done if w["shared"]),
        "total_seconds": run.seconds,
    }
