"""One sitting on a run: the model opened, what a resumed run rests on checked, the work done, the verdicts said."""

from __future__ import annotations

import dataclasses
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bench import folders
from bench.types import BenchError, Derived, JudgePlan, Plan, TaskPlan

if TYPE_CHECKING:
    from bench.models import Weights
    from bench.speed import Attention
    from bench.track import Track


def check_readable(source: str) -> str:
    """Fail on bad data before the model is loaded; the SHA-256 of good ones, a file or a folder of them."""
    from advisor.load import load
    from bench.track import path_of

    return load(path_of(source)).sha256


def open_model(name: str | None) -> tuple[Weights, str, Any]:
    """Weights of `--model`, the type to compute in, and the tokenizer.

    Raises:
        BenchError: there is no such model; said before the slow imports where no download is needed to know.
    """
    from bench import models

    # peft and trl still call names that transformers 5 renamed; nothing a user could mend.
    warnings.filterwarnings("ignore", "`?.*is deprecated and will be removed in v6", FutureWarning)
    weights = models.resolve(name)
    _quieten()
    return weights, models.best_dtype(), models.tokenizer(weights)


def open_harnessed(names: Sequence[str], limit: int) -> list[tuple[TaskPlan, Derived]]:
    """Tasks of lm-evaluation-harness, loaded with their data; of each, at most `limit` documents are asked.

    Raises:
        BenchError: one cannot be had; said before the model is loaded.
    """
    if not names:
        return []
    from bench import lmeval

    _quieten()
    return lmeval.planned(names, limit)


def open_judge(text: str | None) -> JudgePlan | None:
    """Who judges, asked once whether it is there.

    Raises:
        BenchError: it is not.
    """
    if text is None:
        return None
    from bench import judgespec, judging, models

    address, model = judgespec.parse(text)
    if address:
        return JudgePlan(address, judgespec.reach(address, model), "", judging.ITEMS)
    return JudgePlan("", model, models.resolve(model).sha256, judging.ITEMS)


def _check_judge(folder: Path, judge: JudgePlan | None) -> None:
    """Whether the judge of a run that is not finished is still the one it was planned with, and there."""
    if judge is None or (folder / "result.json").exists():
        return
    found = open_judge(f"{judge.address},{judge.model}" if judge.address else judge.model)
    if found is None or found.sha256 != judge.sha256:
        raise BenchError(
            f"{judge.model}: other weights than the judge was planned with; restore them, or start a new run"
        )


def fastest_attention(weights: Weights, dtype: str) -> Attention:
    """What every arm of a run will use: measured before the first one is planned, and kept for those that follow.

    Where two are about as fast, later runs would else differ in the last bits, and share nothing.
    """
    from bench import machine, models, shelf, speed, store

    inputs = {"unit": "attention", "model": weights.sha256, "dtype": dtype, "machine": machine.numerics()}
    key = store.content_key({**inputs, "stack": models.stack()})
    kept = shelf.take(key)
    if kept:
        return speed.Attention(**kept[0])
    found = speed.attention(weights, dtype, models.device())
    shelf.put(key, dataclasses.asdict(found), {})
    return found


def _quieten() -> None:
    import datasets
    import transformers

    from bench import meters

    meters.keep_freed_memory()
    transformers.logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    transformers.logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    datasets.disable_progress_bars()


def resume(folder: Path) -> None:
    """Go on with the run of a folder.

    Raises:
        AdviceError, BenchError: data, program or model are not those it was planned with.
    """
    plan, tracks, weights, _ = reopen(folder)
    _check_judge(folder, plan.judge)
    work(folder, plan, tracks, weights)


def export(folder: Path, target: Path) -> None:
    """Write the log-likelihood tasks of a run for lm-evaluation-harness, and say how to ask them.

    Raises:
        AdviceError, BenchError: as of `resume`; or the target holds something.
    """
    from bench import lmexport

    plan, tracks, weights, tokenizer = reopen(folder)
    made = lmexport.export(plan, tracks, tokenizer, target)
    for task in made:
        click.echo(str(target / f"{task.name}.yaml"))
        left = f"; {task.left_out} left out, which the harness would cut into other tokens" if task.left_out else ""
        click.echo(f"{task.name}: {task.rows} documents{left}", err=True)
    click.echo(
        f"Texts are as in the data, nothing redacted. {lmexport.command(plan, weights.folder, target, made)}", err=True
    )


def reopen(folder: Path) -> tuple[Plan, dict[str, Track], Weights, Any]:
    """What the run of a folder was planned with: plan, tracks by id, weights, tokenizer.

    Raises:
        AdviceError, BenchError: data, program or model are not those it was planned with.
    """
    from bench import methods, room
    from bench import plan as planning

    plan = folders.read_plan(folder)
    _check_data(plan)
    _check_code(folder, plan)
    weights, _, tokenizer = open_model(plan.model)
    if weights.sha256 != plan.model_sha256:
        raise BenchError(f"{plan.model}: other weights than the run was planned with; restore them, or start a new run")
    trained = list(dict.fromkeys(a.method for t in plan.tracks for a in t.arms if a.method not in methods.UNTRAINED))
    space = room.Room(tokenizer, plan.max_length, room.positions(weights))
    tracks = planning.prepared({t.id: t.source for t in plan.tracks}, trained, space, plan.batch)
    return plan, tracks, weights, tokenizer


def _check_data(plan: Plan) -> None:
    for t in plan.tracks:
        if check_readable(t.source) != t.sha256:
            raise BenchError(f"{t.source}: changed since the run was planned; restore it, or start a new run")


def _check_code(folder: Path, plan: Plan) -> None:
    from bench.plan import code_hash

    if plan.code != code_hash():
        raise BenchError(
            f"{folder}: the program, its libraries or the device changed since the run began, so its numbers would mix "
            f"two versions; start a new run: {plan.command}"
        )


def work(folder: Path, plan: Plan, tracks: Mapping[str, Track], weights: Weights) -> None:
    """Do what is missing of a run, write its result and report, and say the verdicts."""
    from rich.console import Console

    from bench import lmresults, planview, store, units
    from bench import run as running
    from bench.planfile import to_json
    from bench.progress import View

    console = Console(stderr=True)
    planview.show(console, plan, tracks)
    with store.own(folder) as opened:
        store.write_atomic(folder / "plan.json", store.dumps(to_json(plan)))
        with View(console, units.count(plan)) as view:
            found = running.execute(opened, plan, tracks, weights, view)
        store.write_atomic(folder / "result.json", store.dumps(found))
        lmresults.write(folder, plan, tracks)
        path = folders.write_report(folder)
    for track in found["tracks"]:
        for verdict in track["verdicts"]:
            console.print(f"[bold]{track['id']}[/bold]  ", end="")
            console.print(verdict["sentence"], markup=False, highlight=False)
        for line in _signs(track):
            console.print(line, markup=False, highlight=False)
    click.echo(str(path))


def _signs(track: Mapping[str, Any]) -> list[str]:
    """One line where a finished trial shows a warning sign, each code and arm once."""
    loud = {f"{s['code']} ({s['arm']})": None for s in track["signatures"] if s["severity"] != "info"}
    return [f"{track['id']}  ▲ warning signs: {', '.join(loud)}; the report says what they mean"] if loud else []
