"""What a person sees while a run works: a live view on a terminal, plain lines elsewhere. Everything goes to stderr."""

from __future__ import annotations

import time
from types import TracebackType

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from bench import interrupt


class View:
    """Two bars: units of the run, and the steps or items of the present one with its loss."""

    def __init__(self, console: Console, units: int) -> None:
        self._console = console
        self._units = units
        self._finished = 0
        self.unit = ""
        """At work now."""
        self._started = time.monotonic()
        self._bars = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[note]}"),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._run = self._bars.add_task("run", total=units, note="")
        self._unit = self._bars.add_task("", total=None, note="", visible=False)

    def __enter__(self) -> View:
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bars.stop()

    def begin(self, name: str, total: int | None) -> None:
        """A unit starts, of `total` steps or items."""
        interrupt.check()
        self.unit = name
        self._bars.reset(self._unit, description=escape(name), total=total, visible=True, note="")
        if not self._console.is_terminal:
            minutes = (time.monotonic() - self._started) / 60
            self._console.print(
                f"{minutes:5.1f} min  [{self._finished}/{self._units}] {name}", markup=False, highlight=False
            )

    def say(self, line: str) -> None:
        """Something to know now, above the bars."""
        self._console.print(line, markup=False, highlight=False)

    def advance(self, done: int, loss: float | None) -> None:
        """The unit has done so many steps or items."""
        interrupt.check()
        note = "" if loss is None else f"loss {loss:.3f}"
        self._bars.update(self._unit, completed=done, note=note)

    def end(self) -> None:
        """The unit is finished."""
        self._finished += 1
        self._bars.update(self._run, completed=self._finished)
