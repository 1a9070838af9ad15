"""The folders of runs: found, read without trusting them, and their reports written."""

from __future__ import annotations

import dataclasses
import shlex
import typing
from pathlib import Path
from typing import Any

from bench.types import BenchError, Plan

RUNS = Path("runs")


def find(path: Path) -> Path:
    """The folder of a run given by path, or by id under ./runs.

    Raises:
        BenchError: there is none.
    """
    for folder in (path, RUNS / path):
        if (folder / "plan.json").is_file():
            return folder
    raise BenchError(f"{path}: no run here (no plan.json); `bench list` names those under {RUNS}/")


def resume_command(folder: Path) -> str:
    """What goes on with the run, as a shell reads it."""
    return shlex.join(["bench", "resume", str(folder)])


def read_plan(folder: Path) -> Plan:
    """The plan of a run.

    Raises:
        BenchError: the file is damaged.
    """
    from bench import planfile, store

    path, remedy = folder / "plan.json", "restore the file or start a new run"
    value = store.read_object(path, remedy)
    try:
        plan = planfile.from_json(value)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BenchError(f"{path}: damaged plan ({type(error).__name__}); {remedy}") from error
    wrong = [name for name, kind in typing.get_type_hints(Plan).items() if not _fits(getattr(plan, name), kind)]
    if wrong or not plan.tracks:
        raise BenchError(f"{path}: damaged plan ({', '.join(wrong) or 'no tracks'}); {remedy}")
    return plan


def _fits(value: Any, kind: Any) -> bool:
    """Whether a value read from JSON is of the type its dataclass declares."""
    if dataclasses.is_dataclass(kind):
        fields = typing.get_type_hints(kind)
        return isinstance(value, kind) and all(_fits(getattr(value, name), k) for name, k in fields.items())  # type: ignore[arg-type]
    if typing.get_origin(kind) is tuple:
        return isinstance(value, tuple) and all(_fits(v, typing.get_args(kind)[0]) for v in value)
    if typing.get_origin(kind) is typing.Literal:
        return value in typing.get_args(kind)
    return isinstance(value, (int, float) if kind is float else kind)


def write_report(folder: Path) -> Path:
    """Make report.html from result.json.

    Raises:
        BenchError: result.json cannot be read, or shows no result.
    """
    from bench import store
    from reports.render import run_page

    source, path = folder / "result.json", folder / "report.html"
    remedy = f"make it anew with `{resume_command(folder)}`"
    result = store.read_object(source, remedy)
    try:
        page = run_page(result)
    except (KeyError, TypeError, AttributeError) as error:
        raise BenchError(f"{source}: damaged result ({type(error).__name__}: {error}); {remedy}") from error
    store.write_atomic(path, page.encode())
    return path
