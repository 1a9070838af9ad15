"""`bench`: train the candidates on a short equal budget, score them, and say what the numbers allow to say."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from advisor.types import AdviceError
from bench.types import BenchError, Plan

if TYPE_CHECKING:
    from bench.models import Weights
    from bench.track import Track

# Read by these libraries when they are imported, so set before anything imports them.
_ENVIRONMENT = {
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "RAGAS_DO_NOT_TRACK": "true",
    "TRL_EXPERIMENTAL_SILENCE": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "HF_DATASETS_DISABLE_PROGRESS_BARS": "1",
    "TRANSFORMERS_VERBOSITY": "error",
    "THP_MEM_ALLOC_ENABLE": "1",  # huge pages for torch's CPU memory: a third of the page faults
}

RUNS = Path("runs")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="tune-advisor", prog_name="bench")
def cli() -> None:
    """Train the candidates for real on a short equal budget, and compare them with statistics that hold."""


@cli.command()
@click.option(
    "--data", "data", multiple=True, metavar="DATA", help="Dataset; repeat for several tracks. Default: embedded."
)
@click.option("--methods", "methods_", default="sft,dpo", show_default=True, help="Methods to train, comma-separated.")
@click.option("--model", metavar="NAME", help="Hub name or folder. Default: an embedded 135M instruct model.")
@click.option(
    "--budget", default="30s", show_default=True, help="Training per trial: 90s, 3m, tokens:200k, flops:2e14."
)
@click.option("--seeds", default=3, show_default=True, help="Trials per method.")
@click.option("--tasks", "tasks_", help="Only these tasks, comma-separated. Default: those that fit the data.")
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), default=RUNS, show_default=True, help="Folder for runs."
)
def run(
    data: Sequence[str], methods_: str, model: str | None, budget: str, seeds: int, tasks_: str | None, out: Path
) -> None:
    """Plan, train, evaluate, compare, report."""
    from bench import plan as planning

    spent = planning.parse_budget(budget)
    trained = planning.parse_methods(methods_)
    only = planning.parse_tasks(tasks_)
    for source in data:
        _check_readable(source)
    weights, dtype, tokenizer = _model(model)
    plan, tracks = planning.make(
        sources=data,
        trained=trained,
        budget=spent,
        seeds=seeds,
        only=only,
        weights=weights,
        dtype=dtype,
        tokenizer=tokenizer,
        command=_command(),
    )
    _work(out / plan.run, plan, tracks, weights)


@cli.command()
@click.argument("run_folder", metavar="RUN", type=click.Path(path_type=Path))
def resume(run_folder: Path) -> None:
    """Go on with an interrupted run; nothing finished is done again."""
    from bench import plan as planning
    from bench import track

    path = _run_folder(run_folder) / "plan.json"
    plan = _read_plan(path)
    for t in plan.tracks:
        _check_readable(t.source)
        if track.file_sha256(t.source) != t.sha256:
            raise BenchError(f"{t.source}: changed since the run was planned; restore it, or start a new run")
    weights, _, _ = _model(plan.model)
    if weights.sha256 != plan.model_sha256:
        raise BenchError(f"{plan.model}: other weights than the run was planned with; restore them, or start a new run")
    trained = list(dict.fromkeys(a.method for t in plan.tracks for a in t.arms if a.method not in planning.UNTRAINED))
    _work(path.parent, plan, {t.id: track.prepare(t.source, trained) for t in plan.tracks}, weights)


@cli.command()
@click.argument("run_folder", metavar="RUN", type=click.Path(path_type=Path))
@click.option("--open", "open_", is_flag=True, help="Open it in a browser.")
def report(run_folder: Path, open_: bool) -> None:
    """Write a run's report.html anew from its result.json."""
    folder = _run_folder(run_folder)
    if not (folder / "result.json").exists():
        raise BenchError(f"{folder}: not finished; go on with `bench resume {folder}`")
    path = _write_report(folder)
    click.echo(str(path))
    if open_:
        click.launch(str(path))


@cli.command("list")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), default=RUNS, show_default=True)
def list_(out: Path) -> None:
    """The runs of a folder, newest last."""
    for path in sorted(out.glob("*/plan.json")):
        plan = _read_plan(path)
        state = "finished" if (path.parent / "result.json").exists() else "unfinished"
        tracks = ", ".join(t.source for t in plan.tracks)
        click.echo(f"{path.parent}  {state}  {plan.budget.text} per trial  {tracks}")


@cli.command("methods")
def methods_command() -> None:
    """The methods there are."""
    from bench import methods

    for name in methods.names():
        module = methods.get(name)
        rate = "untrained" if module.LEARNING_RATE is None else f"learning rate {module.LEARNING_RATE:g}"
        click.echo(f"{name:8} {module.TITLE} ({rate})")


@cli.command("tasks")
def tasks_command() -> None:
    """The tasks there are."""
    import tasks

    for name, module in tasks.discover().items():
        click.echo(f"{name:18} {module.WHAT}")


def _check_readable(source: str) -> None:
    """Fail on a bad file before the model is loaded."""
    from advisor.load import load
    from bench.track import path_of

    load(path_of(source))


def _model(name: str | None) -> tuple[Weights, str, Any]:
    import datasets
    import transformers

    from bench import engine, models

    # peft and trl still call names that transformers 5 renamed; nothing a user could mend.
    warnings.filterwarnings("ignore", "`?.*is deprecated and will be removed in v6", FutureWarning)
    engine.keep_freed_memory()
    transformers.logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    datasets.disable_progress_bars()
    weights = models.resolve(name)
    transformers.logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    return weights, models.best_dtype(), models.tokenizer(weights)


def _work(folder: Path, plan: Plan, tracks: dict[str, Track], weights: Weights) -> None:
    from rich.console import Console

    from bench import planview, store
    from bench import run as running
    from bench.plan import to_json
    from bench.progress import View

    console = Console(stderr=True)
    planview.show(console, plan, tracks)
    try:
        with store.own(folder) as opened:
            store.write_atomic(folder / "plan.json", store.dumps(to_json(plan)))
            with View(console, running.units(plan)) as view:
                found = running.execute(opened, plan, tracks, weights, view)
            store.write_atomic(folder / "result.json", store.dumps(found))
            path = _write_report(folder)
    except KeyboardInterrupt:
        click.echo(f"Interrupted. Go on with: bench resume {folder}", err=True)
        sys.exit(130)
    for track in found["tracks"]:
        for verdict in track["verdicts"]:
            console.print(f"[bold]{track['id']}[/bold]  ", end="")
            console.print(verdict["sentence"], markup=False, highlight=False)
    click.echo(str(path))


def _write_report(folder: Path) -> Path:
    import orjson

    from bench.store import write_atomic
    from reports.render import run_page

    path = folder / "report.html"
    write_atomic(path, run_page(orjson.loads((folder / "result.json").read_bytes())).encode())
    return path


def _run_folder(path: Path) -> Path:
    """The folder of a run given by path or by id under ./runs."""
    for folder in (path, RUNS / path):
        if (folder / "plan.json").is_file():
            return folder
    raise BenchError(f"{path}: no run here (no plan.json); `bench list` names those under {RUNS}/")


def _read_plan(path: Path) -> Plan:
    import orjson

    from bench import plan as planning

    try:
        return planning.from_json(orjson.loads(path.read_bytes()))
    except (ValueError, KeyError, TypeError) as error:
        raise BenchError(
            f"{path}: damaged plan ({type(error).__name__}); restore the file or start a new run"
        ) from error


def _command() -> str:
    import shlex

    return shlex.join(["bench", *sys.argv[1:]])


def main() -> NoReturn:
    """Entry point: every mistake of the user is one line and exit code 1 or 2; an interrupt is 130."""
    for name, value in _ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    try:
        cli.main(standalone_mode=False)
    except (BenchError, AdviceError) as error:
        _fail(str(error), 1)
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
    except click.UsageError as error:
        error.show()
        sys.exit(2)
    except click.ClickException as error:
        _fail(error.format_message(), 1)
    except (KeyboardInterrupt, click.Abort):
        _fail("interrupted before the run began; nothing to resume", 130)
    except ModuleNotFoundError as error:
        _fail(f"{error.name} is not installed; pip install 'tune-advisor[bench]'", 1)
    except OSError as error:
        _fail(f"{error.filename or 'file system'}: {error.strerror or error}", 1)
    sys.exit(0)


def _fail(text: str, code: int) -> NoReturn:
    click.echo(f"bench: {text}", err=True)
    sys.exit(code)
