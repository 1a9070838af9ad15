"""A run, top to bottom: advice, base, pilot, reference, trials, result. Every unit goes through the journal once."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from advisor.advise import advice_json, advise
from bench import (
    certificate,
    chat,
    curve,
    examples,
    far,
    judging,
    methods,
    models,
    preflight,
    result,
    store,
    trial,
    worker,
)
from bench.document import result_json
from bench.methods import UNTRAINED
from bench.models import Weights
from bench.progress import View
from bench.stage import Stage, items_of
from bench.store import Run
from bench.track import Track, restricted
from bench.trial import Bench
from bench.types import ArmPlan, JudgePlan, Plan, TaskPlan, TrackPlan
from bench.units import inside, once, resumable, shared
from tasks.types import Item

Json = dict[str, Any]


def execute(run: Run, plan: Plan, tracks: Mapping[str, Track], weights: Weights, view: View) -> Json:
    """Do every unit that is not done, and make the result from the files.

    Raises:
        BenchError: the data do not allow training.
    """
    bench = Bench(plan, weights, plan.code, view.advance, chat.probe(models.tokenizer(weights)))
    stages = [_stage(run, bench, view, t, tracks[t.id]) for t in plan.tracks]
    advice = {s.plan.id: _advise(s) for s in stages}
    checks = {s.plan.id: _preflight(s) for s in stages}
    checked = _certificate(stages[0])
    parts = [{**_track(s, advice[s.plan.id]), "preflight": checks[s.plan.id]} for s in stages]
    judged = [_judge(s) for s in stages]
    return result_json(stages, [{**p, "judged": j} for p, j in zip(parts, judged, strict=True)], checked)


def _stage(run: Run, bench: Bench, view: View, plan: TrackPlan, track: Track) -> Stage:
    return Stage(run, bench, view, plan, track, {t: items_of(bench.plan, track, t) for t in plan.tasks})


def _advise(stage: Stage) -> Json:
    """Advice on the training records, stored before anything trains (pre-registration)."""
    name = f"tracks/{stage.plan.id}/advice.json"

    def work() -> tuple[Json, dict[str, bytes]]:
        advice = advice_json(advise(restricted(stage.track), model=stage.bench.plan.model))
        return {}, {name: json.dumps(advice, indent=1, ensure_ascii=False, allow_nan=False).encode()}

    once(stage, "advice", {}, None, work)
    found: Json = json.loads((stage.run.folder / name).read_bytes())
    return found


def _preflight(stage: Stage) -> Json:
    """Checks before training, on a few of the track's own rows; what must hold and does not stops the run here."""
    rows = preflight.choose(examples.of(stage.track.tune), examples.of(stage.track.train))
    trained = _parts(stage.plan.arms)
    special = {"methods": trained, "ids": [e.id for e in rows]}

    def work() -> tuple[Json, dict[str, bytes]]:
        return worker.preflight(stage.bench, rows, trained, stage.plan.source), {}

    value = shared(stage, "checks", special, len(trained), "", work)
    stage.view.say(preflight.sentence(stage.plan.id, value["checks"]))
    return value


def _certificate(stage: Stage) -> Json:
    """Whether the fast path computes what TRL does, on rows of the first track."""
    rows = examples.of((*stage.track.tune, *stage.track.train))[: certificate.BATCHES * certificate.ROWS]
    trained = _parts(stage.plan.arms)
    total = certificate.units(stage.bench.plan.dtype, trained)
    special = {"methods": trained, "ids": [e.id for e in rows]}
    return shared(stage, "certificate", special, total, "", lambda: (worker.certify(stage.bench, rows, trained), {}))


def _track(stage: Stage, advice: Json) -> Json:
    """All units of a track, seed by seed with the arms in turn, so that the machine's moods hit all alike."""
    rows, tune = examples.of(stage.track.train), examples.of(stage.track.tune)
    ledgers: dict[str, list[Json]] = {a.id: [] for a in stage.plan.arms}
    for arm in (a for a in stage.plan.arms if a.method in UNTRAINED):
        ledgers[arm.id].append({"evaluate": _evaluate(stage, arm, 0, None)})
    detectable = result.detectable(result.read_items(stage.run.folder, stage.plan), stage.plan)
    for task, mde in detectable.items():
        stage.view.say(_before(stage, task, mde))
    trained = [a for a in stage.plan.arms if a.method not in UNTRAINED]
    names = _parts(trained)
    piloted = once(
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
        "detectable": detectable,
        "pilot_seconds": piloted["seconds"],
        "reference": {"seconds": cached["seconds"], "shared": cached["shared"]},
        "reference_per_pair": cached["seconds"] / max(1, len(cached["logprobs"])),
    }


def _before(stage: Stage, task: str, mde: float | None) -> str:
    """What the items can show, said before the budget is spent."""
    chosen = next(items for t, items in stage.chosen.items() if t.name == task)
    size = f"{stage.plan.id}: {task}, {len(chosen)} items in {len({i.cluster for i in chosen})} clusters"
    if mde is None:
        return f"{size}: the untrained arms do not differ, so what these items can show is not known yet"
    found = f"a difference of {100 * mde:.0f} points" if mde <= 1 else "no difference, however large,"
    return f"{size}: {found} would be found four times in five, before the noise of seeds and Holm's correction"


def _pilot(
    stage: Stage, rows: Sequence[Any], tune: Sequence[Any], trained: Sequence[ArmPlan], names: list[str]
) -> Json:
    start = time.perf_counter()
    rates = worker.pilot(stage.bench, tune, names)
    steps = worker.plan_steps(stage.bench, rows, trained, rates)
    return {"rates": rates, "steps": steps, "seconds": time.perf_counter() - start}


def _parts(arms: Sequence[ArmPlan]) -> list[str]:
    """The methods that some arm trains by, each once."""
    return list(dict.fromkeys(part for a in arms if a.method not in UNTRAINED for part in methods.parts(a.method)))


def _reference(stage: Stage, rows: Sequence[Any], trained: Sequence[ArmPlan], steps: Mapping[str, int]) -> Json:
    """Reference log-probabilities of the pairs that some trial will train on."""
    pairwise = [a for a in trained if methods.starts_from_pairs(a.method)]
    if not pairwise:
        return {"logprobs": {}, "seconds": 0.0, "shared": False}
    batch = stage.bench.plan.batch
    needed = {e.id: e for a in pairwise for s in a.seeds for e in examples.order(rows, s, steps[a.method], batch)}
    ordered = [needed[i] for i in sorted(needed)]
    ids = hashlib.sha256("\n".join(sorted(needed)).encode()).hexdigest()
    return shared(stage, "reference", {"ids": ids}, len(ordered), "", lambda: worker.reference(stage.bench, ordered))


def _trial(
    stage: Stage, arm: ArmPlan, seed: int, rows: Sequence[Any], steps: int, cached: Mapping[str, list[float]]
) -> Json:
    name = f"{arm.id} s{seed}"
    folder = result.items_folder(stage.plan, arm, seed)
    ordered = examples.order(rows, seed, steps, stage.bench.plan.batch)
    if methods.starts_from_pairs(arm.method):
        ordered = [replace(e, reference=(cached[e.id][0], cached[e.id][1])) for e in ordered]
    special = {"method": arm.method, "arm": arm.id, "seed": seed, "steps": steps}
    done = resumable(
        stage,
        f"train {name}",
        special,
        steps,
        lambda kept, keep: trial.train(stage.bench, arm.method, ordered, seed, steps, folder, kept, keep),
    )
    adapter = (stage.run.folder / folder / "adapter.safetensors").read_bytes()
    evaluated = _evaluate(stage, arm, seed, adapter)
    return {**done, "seed": seed, "evaluate": evaluated, "curve": _curve(stage, arm, seed, done["marks"])}


def _curve(stage: Stage, arm: ArmPlan, seed: int, marks: Sequence[Json]) -> Json:
    """Answers after part of the budget, to a few of the items."""
    folder, chosen = result.items_folder(stage.plan, arm, seed), curve.few(stage.chosen)
    inner = {far.checkpoint(m["fraction"]): m["step"] for m in marks if m["fraction"] < 1}
    adapters = {name: (stage.run.folder / folder / name / "adapter.safetensors").read_bytes() for name in inner}
    special = {
        "arm": arm.id,
        "method": arm.method,
        "adapters": {name: store.sha256(adapter) for name, adapter in adapters.items()},
        "tasks": [[t.name, t.source, len(i)] for t, i in chosen.items()],
    }

    def work() -> tuple[Json, dict[str, bytes]]:
        seconds, files = 0.0, dict[str, bytes]()
        for name, adapter in adapters.items():
            value, made = worker.evaluate(stage.bench, chosen, arm.method, stage.track.guide, adapter)
            seconds += value["seconds"]
            files |= {f"{name}/{file}": data for file, data in made.items()}
        return inside(folder, ({"seconds": seconds, "shared": False}, files))

    return once(stage, f"curve {arm.id} s{seed}", special, len(adapters) * sum(map(len, chosen.values())), work)


def _evaluate(stage: Stage, arm: ArmPlan, seed: int, adapter: bytes | None) -> Json:
    folder = result.items_folder(stage.plan, arm, seed)
    special = {
        "arm": arm.id,
        "method": arm.method,
        "adapter": None if adapter is None else store.sha256(adapter),
        "tasks": [[t.name, t.source, len(i), t.harnessed and t.harnessed.sha256] for t, i in stage.chosen.items()],
    }
    guide, total = stage.track.guide, sum(map(len, stage.chosen.values()))

    def work() -> tuple[Json, dict[str, bytes]]:
        return worker.evaluate(stage.bench, stage.chosen, arm.method, guide, adapter)

    if adapter is None:
        return shared(stage, f"evaluate {arm.id}", special, total, folder, work)
    return once(stage, f"evaluate {arm.id} s{seed}", special, total, lambda: inside(folder, work()))


def _judge(stage: Stage) -> list[Json]:
    """What the judge says of every trial's answers, after all training, so that it slows none down."""
    judge, chosen = stage.bench.plan.judge, {t: stage.chosen[t] for t in judging.tasks_of(stage.plan)}
    if judge is None or not chosen:
        return []
    return [_judged(stage, judge, chosen, arm, seed) for arm in stage.plan.arms for seed in arm.seeds]


def _judged(stage: Stage, judge: JudgePlan, chosen: Mapping[TaskPlan, Sequence[Item]], arm: ArmPlan, seed: int) -> Json:
    folder = result.items_folder(stage.plan, arm, seed)
    answers = (stage.run.folder / folder / "items.jsonl").read_bytes()
    special = {"arm": arm.id, **judging.inputs(judge, chosen, answers)}

    def work() -> tuple[Json, dict[str, bytes]]:
        return inside(folder, judging.evaluate(judge, chosen, answers, stage.bench.progress))

    name = f"judge {arm.id}" + ("" if arm.method in UNTRAINED else f" s{seed}")
    return once(stage, name, special, None, work)
