"""`bench` as a person runs it, in this process, so that the training stack is imported once."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bench import cli, environment, session, shelf

Patch = pytest.MonkeyPatch

QUIET = [
    # The training libraries warn of each other's deprecated arguments.
    pytest.mark.filterwarnings("ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:Cannot disable progress bars"),
]


@dataclass(frozen=True)
class Said:
    """How a command ended and what it wrote."""

    code: int
    out: str
    err: str


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    """Tiny products gain nothing from threads, and lose much where other work keeps the cores busy."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def grouped_attention() -> Any:
    """What a measurement would give that chose nothing."""
    from bench.speed import Attention

    return Attention("grouped", {})


def bench(*args: str | Path, inside: Path, change: Callable[[Patch], object] = lambda _: None) -> Said:
    """`bench …` from the folder `inside`; `change` may patch the product first."""
    out, err = io.StringIO(), io.StringIO()
    with one_thread(), Patch.context() as patch, contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        # main() sets these where they are unset; so they are taken back afterwards.
        for name, value in environment.needed(os.environ).items():
            patch.setenv(name, value)
        # What runs share stays beside the folder they are in, not in the user's cache.
        patch.setattr(shelf, "folder", lambda: inside.parent / f"{inside.name}.units")
        # A tiny model's attention takes no time to compare: noise would choose, and two runs differ.
        patch.setattr(session, "fastest_attention", lambda *_: grouped_attention())
        patch.chdir(inside)
        patch.setattr(sys, "argv", ["bench", *map(str, args)])
        change(patch)
        with pytest.raises(SystemExit) as stop:
            cli.main()
    return Said(int(stop.value.code or 0), out.getvalue(), err.getvalue())
