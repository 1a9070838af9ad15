"""A `bench` that ends itself at a named point: a fork of this process, in which everything slow is imported already.

The points are where a run writes, journals or advances; they are named by what happens there, so a list of them reads as
the run's own story. Nothing in the product knows of them: the child puts them around the product's functions.
"""

from __future__ import annotations

import errno
import os
import re
import signal
import sys
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import pytest

from bench import cli, environment, lmresults, session, shelf, store
from bench.progress import View
from tests.bench.command import grouped_attention
from tests.bench.small_run import learning

DISK_FULL = "a full disk"


@dataclass(frozen=True)
class Point:
    """Where to end, and how."""

    name: str
    nth: int
    """Which time it comes by, from 1."""
    by: str
    """A signal's name, or DISK_FULL."""


class Watcher:
    """Counts points as they come by, notes them, and ends the process at one."""

    def __init__(self, point: Point | None, trace: Path | None) -> None:
        self._point, self._trace, self._seen = point, trace, dict[str, int]()

    def due(self, name: str) -> bool:
        """Whether this is where to end."""
        self._seen[name] = self._seen.get(name, 0) + 1
        if self._trace:
            with self._trace.open("a") as file:
                file.write(f"{name}\n")
        return self._point is not None and (name, self._seen[name]) == (self._point.name, self._point.nth)

    def end(self) -> None:
        """End; by a signal that can be caught, the product decides how."""
        assert self._point is not None
        if self._point.by == DISK_FULL:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), self._point.name)
        os.kill(os.getpid(), signal.Signals[self._point.by])

    def __call__(self, name: str) -> None:
        if self.due(name):
            self.end()


def start(place: Path, args: Sequence[str], said: Path, point: Point | None = None, trace: Path | None = None) -> int:  # noqa: RET503
    """Process id of `bench ARGS` in the folder `place`, whose stdout and stderr go to `said`.out and `said`.err."""
    child = os.fork()
    if child:
        return child
    _be(place, args, said, Watcher(point, trace))


def _be(place: Path, args: Sequence[str], said: Path, watcher: Watcher) -> NoReturn:
    code = 70
    try:
        for number, name in ((1, ".out"), (2, ".err")):
            file = os.open(f"{said}{name}", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            os.dup2(file, number)
        os.chdir(place)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        os.environ |= environment.needed(os.environ) | {"XDG_CACHE_HOME": str(place / "cache")}
        sys.argv = ["bench", *args]
        patch = pytest.MonkeyPatch()
        learning(patch)
        patch.setattr(session, "fastest_attention", lambda *_: grouped_attention())
        _watch(patch, watcher)
        cli.main()
    except SystemExit as stop:
        code = int(stop.code or 0)
    except BaseException:  # noqa: BLE001  (a traceback that the product let through is a finding, and must be seen)
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _watch(patch: pytest.MonkeyPatch, watcher: Watcher) -> None:
    """Put the points around what writes, journals and advances."""

    def around(owner: Any, function: str, name: Callable[..., str]) -> None:
        inner = getattr(owner, function)

        def wrapped(*args: Any, **kwargs: Any) -> Any:
            said = name(*args, **kwargs)
            watcher(f"before {said}")
            value = inner(*args, **kwargs)
            watcher(f"after {said}")
            return value

        patch.setattr(owner, function, wrapped)

    around(store, "write_atomic", lambda path, _: f"writing {_plain(path)}")
    for module in (shelf, lmresults):
        patch.setattr(module, "write_atomic", store.write_atomic)
    around(Path, "replace", lambda _, target: f"renaming {_plain(Path(target))}")
    around(View, "begin", lambda _, name, __: f"beginning {name}")
    around(View, "advance", lambda self, *_: f"a step of {self.unit}")
    _half_lines(patch, watcher)
    around(store.Run, "note", lambda _, event, **fields: f"journalling {fields['unit']} {event}")


def _half_lines(patch: pytest.MonkeyPatch, watcher: Watcher) -> None:
    note = store.Run.note

    def half(self: store.Run, event: str, **fields: Any) -> None:
        if watcher.due(f"in the middle of journalling {fields['unit']} {event}"):
            line = store.dumps({"event": event, **fields})
            with (self.folder / "journal.jsonl").open("ab") as file:
                file.write(line[: len(line) // 2])
            watcher.end()
        note(self, event, **fields)

    patch.setattr(store.Run, "note", half)


def _plain(path: Path) -> str:
    """A path without what differs from run to run."""
    parts = path.parts
    if "runs" in parts:
        return re.sub(r"_\d{4}-[\dT:-]+", "", "/".join(parts[parts.index("runs") + 2 :]))
    return f"{path.parent.name}/…"
