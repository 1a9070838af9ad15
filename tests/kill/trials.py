"""A run that is ended somewhere and gone on with, and what must be true of it then."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import time
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.store import UNFINISHED, read_journal
from tests import tiny
from tests.bench.small_run import make_place
from tests.kill import child
from tests.kill.child import DISK_FULL, Point

Json = dict[str, Any]
SIGNALS = ("SIGKILL", "SIGINT", "SIGTERM")
WRITES = ("before writing", "before renaming", "in the middle of journalling")
RUN = (
    "run", "--data", "own.jsonl", "--model", "model", "--methods", "sft,dpo,sft_dpo", "--seeds", "1", "--tasks", "preference",
    "--items", "8", "--budget", "tokens:3k",
)  # fmt: skip
PATIENCE = 300.0
"""Seconds after which a process hangs."""


@dataclass(frozen=True)
class Reference:
    """The run that nobody ended."""

    template: Path
    """A folder with model and data, in which nothing ran yet."""
    points: dict[str, int]
    """Name → how often it came by."""
    seconds: float
    units: list[str]
    files: dict[str, bytes]
    conclusions: Json


@dataclass(frozen=True)
class Ended:
    """A run that was ended once."""

    how: str
    by: str
    wrong: tuple[str, ...]
    """What must not be, empty where all is well."""


def reference(scratch: Path) -> Reference:
    """Run once to the end. All that trains does so in a process of its own: torch's threads do not survive a fork."""
    template = scratch / "template"
    _in_a_process(lambda: make_place(template, tiny.make(scratch / "tiny")))
    place, trace = shutil.copytree(template, scratch / "reference"), scratch / "trace"
    began = time.monotonic()
    code = _wait(child.start(place, RUN, scratch / "reference-said", trace=trace))
    assert code == 0, (scratch / "reference-said.err").read_text()
    [run] = (place / "runs").iterdir()
    seconds = time.monotonic() - began
    points = Counter(trace.read_text().splitlines())
    return Reference(template, dict(points), seconds, _units(run), _files(run), _conclusions(run))


def at_points(found: Reference, many: int) -> list[Point]:
    """So many of the points, spread over the run, where each comes by for the middle time; every signal in turn."""
    return [
        Point(name, (found.points[name] + 1) // 2, SIGNALS[n % 3]) for n, name in enumerate(_spread(found.points, many))
    ]


def at_writes(found: Reference, many: int) -> list[Point]:
    """So many of the places where something is written, the disk full."""
    writes = [name for name in found.points if name.startswith(WRITES)]
    return [Point(name, 1, DISK_FULL) for name in _spread(writes, many)]


def _spread(names: Collection[str], many: int) -> list[str]:
    """So many of them, evenly."""
    every = list(names)
    return [every[n * len(every) // many] for n in range(min(many, len(every)))] if many < len(every) else every


def at_point(found: Reference, point: Point, scratch: Path) -> Ended:
    """Ended at a point."""
    place = shutil.copytree(found.template, scratch / "place")
    code = _wait(child.start(place, RUN, scratch / "said", point))
    return Ended(point.name, point.by, tuple(_judged(found, place, scratch, code, point.name, point.by)))


def at_random(found: Reference, by: str, after: float, scratch: Path) -> Ended:
    """Ended from outside, so many seconds after it began."""
    place = shutil.copytree(found.template, scratch / "place")
    process = child.start(place, RUN, scratch / "said")
    time.sleep(after)
    ended = os.waitpid(process, os.WNOHANG)[0] == process
    if not ended:
        os.kill(process, signal.Signals[by])
    code = None if ended else _wait(process)
    return Ended(f"after {after:.2f} s", by, tuple(_judged(found, place, scratch, code, "", by)))


def race_for_a_run(found: Reference, scratch: Path) -> Ended:
    """Two go on with one interrupted run at once: one does, the other says why not, or finds it finished."""
    place = shutil.copytree(found.template, scratch / "place")
    middle = next(name for name in found.points if name.startswith("before beginning own train"))
    _wait(child.start(place, RUN, scratch / "said", Point(middle, 1, "SIGKILL")))
    [run] = _begun(place)
    both = [child.start(place, ("resume", f"runs/{run.name}"), scratch / f"said-{n}") for n in range(2)]
    codes = [_wait(process) for process in both]
    wrong = [] if 0 in codes else [f"nobody won: {codes}"]
    for n, code in enumerate(codes):
        said = _last((scratch / f"said-{n}.err").read_text())
        if code and (code != 1 or "another process is working on this run" not in said):
            wrong.append(f"ended with {code}: {said}")
    return Ended("two resume one run", "a race", tuple(wrong + _state(found, run)))


def race_for_the_cache(found: Reference, scratch: Path) -> Ended:
    """Two runs begin at once on one empty cache: both come to the end that one alone came to."""
    place = shutil.copytree(found.template, scratch / "place")
    both = [child.start(place, RUN, scratch / f"said-{n}") for n in range(2)]
    codes = [_wait(process) for process in both]
    wrong = [f"ended with {code}" for code in codes if code]
    return Ended(
        "two runs on one cache", "a race", tuple(wrong + [w for run in _begun(place) for w in _state(found, run)])
    )


def instants(found: Reference, many: int) -> list[tuple[str, float]]:
    """The same ones every time, over the whole of a run."""
    draw = random.Random(0)  # noqa: S311  (a choice, no secret)
    return [(SIGNALS[n % len(SIGNALS)], draw.uniform(0, found.seconds)) for n in range(many)]


def _judged(found: Reference, place: Path, scratch: Path, code: int | None, point: str, by: str) -> list[str]:
    """What is wrong with how it ended, and with what it came to after it went on; `code` None: it had been at its end."""
    wrong = [] if code is None else _ending(place, scratch / "said.err", code, point, by)
    before = _begun(place)
    args = ("resume", f"runs/{before[0].name}") if before else RUN
    if _wait(child.start(place, args, scratch / "again")) != 0:
        return [*wrong, f"going on failed: {_last((scratch / 'again.err').read_text())}"]
    [run] = _begun(place)
    return wrong + _state(found, run)


def _begun(place: Path) -> list[Path]:
    return [path.parent for path in place.glob("runs/*/plan.json")]


def _ending(place: Path, said: Path, code: int, point: str, by: str) -> list[str]:
    """A signal that can be caught ends the command with 130 and the line that goes on, a full disk with 1; KILL just ends it."""
    text, begun = said.read_text(), _begun(place)
    how = f"bench resume runs/{begun[0].name}" if begun else ""
    if by == "SIGKILL":
        return [] if code == -signal.SIGKILL else [f"ended with {code}"]
    if by == DISK_FULL and "units/" in point:  # what only spares later runs work is done without
        return [] if code == 0 else [f"ended with {code}"]
    expected, line = (1, "No space left on device") if by == DISK_FULL else (130, "nterrupted")
    wrong = [] if code == expected else [f"ended with {code}"]
    wrong += [] if how in _last(text) else [f"does not say how to go on: {_last(text)}"]
    wrong += [] if line in _last(text) else [f"said last: {_last(text)}"]
    return wrong + (["a traceback"] if "Traceback" in text else [])


def _state(found: Reference, run: Path) -> list[str]:
    """Nothing lost, nothing done twice, every byte the same, nothing left lying about."""
    units, files = Counter(_units(run)), _files(run)
    wrong = [f"lost: {unit}" for unit in found.units if not units[unit]]
    wrong += [f"done {count} times: {unit}" for unit, count in units.items() if count > 1]
    wrong += [f"differs: {name}" for name in found.files if files.get(name) != found.files[name]]
    wrong += [f"not in the whole run: {name}" for name in files if name not in found.files]
    wrong += [f"left behind: {path.name}" for path in run.rglob("*") if path.name.endswith((UNFINISHED, ".pt"))]
    return wrong + ([] if _conclusions(run) == found.conclusions else ["other conclusions"])


def _units(run: Path) -> list[str]:
    return [e["unit"] for e in read_journal(run / "journal.jsonl")[0] if e["event"] == "done"]


def _files(run: Path) -> dict[str, bytes]:
    """Adapters, scores and answers: all whose bytes may not depend on the clock."""
    paths = [*run.rglob("*.safetensors"), *run.rglob("items.jsonl"), *run.rglob("advice.json")]
    return {str(path.relative_to(run)): path.read_bytes() for path in sorted(paths)}


def _conclusions(run: Path) -> Json:
    [track] = json.loads((run / "result.json").read_bytes())["tracks"]
    scores = [[arm["id"], arm["scores"]] for arm in track["arms"]]
    return {"comparisons": track["comparisons"], "scores": scores, "examples": track["examples"]}


def _last(text: str) -> str:
    return (text.strip().splitlines() or [""])[-1]


def _wait(process: int) -> int:
    """Its exit code, negative for a signal; one that hangs is ended."""
    until = time.monotonic() + PATIENCE
    while True:
        found, status = os.waitpid(process, os.WNOHANG)
        if found:
            return os.waitstatus_to_exitcode(status)
        if time.monotonic() > until:
            os.kill(process, signal.SIGKILL)
            raise TimeoutError(f"process {process} hung")
        time.sleep(0.01)


def _in_a_process(work: Any) -> None:
    process = os.fork()
    if not process:
        work()
        os._exit(0)
    assert _wait(process) == 0
