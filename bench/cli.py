"""`bench`: train the candidates on a short equal budget, score them, and say what the numbers allow to say."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NoReturn

import click

from advisor.cli import check_words, usage
from advisor.types import AdviceError
from bench import environment, folders, interrupt
from bench.types import BenchError

_NOT_BEGUN = "interrupted before the run began; nothing to resume"


@contextlib.contextmanager
def _interruptible(otherwise: str, folder: Path | None = None) -> Iterator[None]:
    """Ctrl-C is exit code 130 and one line: how to go on, once the run's plan is on disk."""
    try:
        yield
    except KeyboardInterrupt:
        if folder is None or not (folder / "plan.json").exists():
            _fail(otherwise, 130)
        click.echo(f"Interrupted. Go on with: {folders.resume_command(folder)}", err=True)
        sys.exit(130)
    except OSError as error:
        if folder is None or not (folder / "plan.json").exists():
            raise
        _fail(f"{_where(error)}; mend that, then go on with: {folders.resume_command(folder)}", 1)


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
@click.option("--seeds", type=click.IntRange(min=1), default=3, show_default=True, help="Trials per method.")
@click.option(
    "--items",
    type=click.IntRange(min=2),
    default=48,
    show_default=True,
    help="Most test items of a deciding task; documents of an lm_eval task.",
)
@click.option(
    "--tasks",
    "tasks_",
    help="Only these tasks, comma-separated; lm_eval:NAME adds one. Default: those that fit the data.",
)
@click.option(
    "--judge",
    metavar="URL[,MODEL]",
    help="Let a model judge answers too: of an OpenAI-compatible server (its key: JUDGE_API_KEY), or in a folder.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=folders.RUNS,
    show_default=True,
    help="Folder for runs.",
)
@_interruptible(_NOT_BEGUN)
def run(
    data: Sequence[str],
    methods_: str,
    model: str | None,
    budget: str,
    seeds: int,
    items: int,
    tasks_: str | None,
    judge: str | None,
    out: Path,
) -> None:
    """Plan, train, evaluate, compare, report."""
    from bench import flags, room, session
    from bench import plan as planning

    spent = flags.parse_budget(budget)
    trained = flags.parse_methods(methods_)
    only, others = flags.parse_tasks(tasks_), flags.parse_harnessed(tasks_)
    for source in data:
        session.check_readable(source)
    judging = session.open_judge(judge)
    harnessed = session.open_harnessed(others, items)
    weights, dtype, tokenizer = session.open_model(model)
    attention = session.fastest_attention(weights, dtype)
    plan, tracks = planning.make(
        sources=data,
        trained=trained,
        budget=spent,
        seeds=seeds,
        items=items,
        only=only,
        weights=weights,
        dtype=dtype,
        attention=attention,
        tokenizer=tokenizer,
        positions=room.positions(weights),
        command=_command(),
        harnessed=harnessed,
        judge=judging,
    )
    with _interruptible(_NOT_BEGUN, out / plan.run):
        session.work(out / plan.run, plan, tracks, weights)


@cli.command()
@click.argument("run_folder", metavar="RUN", type=click.Path(path_type=Path))
def resume(run_folder: Path) -> None:
    """Go on with an interrupted run; nothing finished is done again."""
    folder = folders.find(run_folder)
    with _interruptible("interrupted", folder):
        from bench import session

        session.resume(folder)


@cli.command()
@click.argument("run_folder", metavar="RUN", type=click.Path(path_type=Path))
@click.option("--open", "open_", is_flag=True, help="Open it in a browser.")
@_interruptible("interrupted")
def report(run_folder: Path, open_: bool) -> None:
    """Write a run's report.html anew from its result.json."""
    folder = folders.find(run_folder)
    if not (folder / "result.json").exists():
        raise BenchError(f"{folder}: not finished; go on with `{folders.resume_command(folder)}`")
    path = folders.write_report(folder)
    click.echo(str(path))
    if open_:
        click.launch(str(path))


@cli.command()
@click.option("--model", metavar="NAME", help="Hub name or folder. Default: an embedded 135M instruct model.")
@_interruptible("interrupted")
def doctor(model: str | None) -> None:
    """What this machine is, how fast it trains and scores, and whether the fast path is exact."""
    from rich.console import Console

    from bench import session

    weights, dtype, _ = session.open_model(model)
    from bench.doctor import examine

    if not examine(Console(), weights, dtype):
        raise BenchError(
            "the fast path differs from TRL's computation by more than rounding here; please report this output"
        )


@cli.command("list")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), default=folders.RUNS, show_default=True)
@_interruptible("interrupted")
def list_(out: Path) -> None:
    """The runs of a folder, newest last."""
    for folder in sorted(path.parent for path in out.glob("*/plan.json")):
        try:
            plan = folders.read_plan(folder)
        except BenchError as error:
            click.echo(f"bench: {error}", err=True)
            continue
        state = "finished" if (folder / "result.json").exists() else "unfinished"
        tracks = ", ".join(t.source for t in plan.tracks)
        click.echo(f"{folder}  {state}  {plan.budget.text} per trial  {tracks}")


@cli.command("methods")
def methods_command() -> None:
    """The methods there are."""
    from bench import methods

    for name in methods.names():
        module = methods.get(name)
        rate = "untrained" if module.LEARNING_RATE is None else f"learning rate {module.LEARNING_RATE:g}"
        click.echo(f"{name:8} {module.TITLE} ({rate})")


@cli.command("tasks")
@click.argument("run_folder", metavar="[RUN]", required=False, type=click.Path(path_type=Path))
@click.option(
    "--export",
    "target",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write RUN's log-likelihood tasks for lm-evaluation-harness.",
)
@_interruptible("interrupted")
def tasks_command(run_folder: Path | None, target: Path | None) -> None:
    """The tasks there are; with RUN and --export, those of a run as files for lm-evaluation-harness."""
    import tasks

    if (run_folder is None) != (target is None):
        raise click.UsageError("give RUN and --export DIR together: whose tasks, and where to")
    if run_folder and target:
        from bench import session

        session.export(folders.find(run_folder), target)
        return
    for name, module in tasks.discover().items():
        click.echo(f"{name:18} {module.WHAT}")


def _command() -> str:
    import shlex

    return shlex.join(["bench", *sys.argv[1:]])


def main() -> NoReturn:
    """Entry point: every mistake of the user is one line and exit code 1 or 2; an interrupt is 130."""
    os.environ |= environment.needed(os.environ)
    interrupt.listen()
    try:
        check_words(sys.argv[1:])
        cli.main(prog_name="bench", standalone_mode=False)
    except (BenchError, AdviceError) as error:
        _fail(str(error), 1)
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        sys.exit(2)
    except click.UsageError as error:
        _fail(usage(error, "bench"), 2)
    except click.ClickException as error:
        _fail(error.format_message(), 1)
    except (KeyboardInterrupt, click.Abort):
        _fail("interrupted", 130)
    except ModuleNotFoundError as error:
        _fail(f"{error.name} is not installed; pip install 'tune-advisor[bench]'", 1)
    except OSError as error:
        _fail(_where(error), 1)
    sys.exit(0)


def _where(error: OSError) -> str:
    return f"{error.filename or 'file system'}: {error.strerror or error}"


def _fail(text: str, code: int) -> NoReturn:
    click.echo(f"bench: {text}", err=True)
    sys.exit(code)
