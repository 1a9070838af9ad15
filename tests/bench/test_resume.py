"""Interrupted anywhere, a run goes on where it stood and ends in the same numbers; what changed under it is refused."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import filelock
import pytest

from bench import engine, worker
from bench import trial as trials
from bench.store import Run, read_journal
from tests.bench import command
from tests.bench.command import Patch, Said
from tests.bench.small_run import RUN, TRAINED, UNITS, Json, bench, done, items, make_place, run_folder

pytestmark = command.QUIET

# Interrupted


def at(unit: str) -> Callable[[Patch], None]:
    """Interrupted while the unit's work goes on."""
    once = Run.once

    def stop() -> tuple[Json, dict[str, bytes]]:
        raise KeyboardInterrupt

    def interrupted(self: Run, name: str, inputs: Json, work: Any) -> Json:
        return once(self, name, inputs, stop if name == unit else work)

    return lambda patch: patch.setattr(Run, "once", interrupted)


def before_journal(unit: str) -> Callable[[Patch], None]:
    """Interrupted when the unit's files are written and its journal line is half written."""
    note = Run.note

    def interrupted(self: Run, event: str, **fields: Any) -> None:
        if fields["unit"] == unit:
            with (self.folder / "journal.jsonl").open("ab") as file:
                file.write(b'{"event":"done","unit":"' + unit.encode())
            raise KeyboardInterrupt
        note(self, event, **fields)

    return lambda patch: patch.setattr(Run, "note", interrupted)


def in_training_step(step: int) -> Callable[[Patch], None]:
    """Interrupted inside the trainer's loop, after the pilots."""
    end, train = engine.Meter.on_step_end, trials.train

    def stop(self: engine.Meter, *args: Any, **kwargs: Any) -> None:
        end(self, *args, **kwargs)
        if len(self.seconds) == step:
            raise KeyboardInterrupt

    def armed(*args: Any, **kwargs: Any) -> Any:
        with Patch.context() as patch:
            patch.setattr(engine.Meter, "on_step_end", stop)
            return train(*args, **kwargs)

    return lambda patch: patch.setattr(trials, "train", armed)


INTERRUPTS = {
    "own advice": at("own advice"),
    "own evaluate base": before_journal("own evaluate base"),
    "own pilot": at("own pilot"),
    "own train sft s0": in_training_step(2),
    "own evaluate dpo s0": at("own evaluate dpo s0"),
    "own train dpo s1": before_journal("own train dpo s1"),
}
"""Unit → how it is interrupted, in the order of the run."""


@dataclass(frozen=True)
class Interrupted:
    """A run that was stopped at every one of INTERRUPTS, and resumed in between."""

    place: Path
    stops: dict[str, Said]
    units: dict[str, list[str]]
    """Interrupt → units in the journal then."""
    end: Said


@pytest.fixture(scope="module")
def interrupted(tmp_path_factory: pytest.TempPathFactory, tiny_model: Path) -> Interrupted:
    place = make_place(tmp_path_factory.mktemp("interrupted"), tiny_model)
    stops: dict[str, Said] = {}
    units: dict[str, list[str]] = {}
    asked: tuple[str | Path, ...] = RUN
    for unit, change in INTERRUPTS.items():
        stops[unit] = bench(*asked, inside=place, change=change)
        folder = run_folder(place)
        units[unit] = done(folder)
        asked = ("resume", f"runs/{folder.name}")
    return Interrupted(place, stops, units, bench(*asked, inside=place))


@pytest.mark.parametrize("unit", INTERRUPTS)
def test_an_interrupt_ends_with_130_and_the_line_that_goes_on(interrupted: Interrupted, unit: str) -> None:
    said, name = interrupted.stops[unit], run_folder(interrupted.place).name
    assert said.code == 130
    assert said.out == ""
    assert said.err.splitlines()[-1] == f"Interrupted. Go on with: bench resume runs/{name}"
    assert "Traceback" not in said.err


@pytest.mark.parametrize("unit", INTERRUPTS)
def test_at_an_interrupt_everything_before_is_journalled_and_nothing_after(interrupted: Interrupted, unit: str) -> None:
    assert interrupted.units[unit] == UNITS[: UNITS.index(unit)]


def test_resuming_repeats_no_finished_unit(interrupted: Interrupted) -> None:
    assert interrupted.end.code == 0
    assert done(run_folder(interrupted.place)) == UNITS


def test_the_resumed_run_gave_every_item_the_same_score_and_answer(interrupted: Interrupted, run: Path) -> None:
    resumed = run_folder(interrupted.place)
    for trial in ("base", "prompt", *TRAINED):
        assert items(resumed, trial) == items(run, trial)


def test_the_resumed_run_took_the_same_steps(interrupted: Interrupted, run: Path) -> None:
    def steps(folder: Path) -> Json:
        [pilot] = [e for e in read_journal(folder / "journal.jsonl")[0] if e["unit"] == "own pilot"]
        return dict(pilot["value"]["steps"])

    assert steps(run_folder(interrupted.place)) == steps(run)


def test_the_resumed_run_came_to_the_same_conclusions(interrupted: Interrupted, result: Json) -> None:
    resumed = json.loads((run_folder(interrupted.place) / "result.json").read_bytes())
    assert set(resumed) == set(result)
    [mine], [theirs] = resumed["tracks"], result["tracks"]
    assert mine["comparisons"] == theirs["comparisons"]
    assert [a["scores"] for a in mine["arms"]] == [a["scores"] for a in theirs["arms"]]
    assert [mine["advice"], mine["canaries"], mine["examples"]] == [
        theirs["advice"],
        theirs["canaries"],
        theirs["examples"],
    ]
    for one, two in zip(mine["verdicts"], theirs["verdicts"], strict=True):
        assert {k: one[k] for k in ("leader", "tie_set", "p_best", "sentence")} == {
            k: two[k] for k in ("leader", "tie_set", "p_best", "sentence")
        }
    assert resumed["limits"] == result["limits"]
    assert resumed["plan"]["steps"] == result["plan"]["steps"]


def test_a_budget_of_seconds_keeps_to_the_steps_its_pilot_journalled(tmp_path: Path, tiny_model: Path) -> None:
    place = make_place(tmp_path, tiny_model)
    quick = ("--budget", "0.2s", "--methods", "sft", "--seeds", "1", "--tasks", "preference")
    assert (
        bench(
            "run", "--data", "own.jsonl", "--model", "model", *quick, inside=place, change=at("own train sft s0")
        ).code
        == 130
    )
    folder = run_folder(place)
    [pilot] = [e for e in read_journal(folder / "journal.jsonl")[0] if e["unit"] == "own pilot"]

    def piloted_again(*_: object) -> None:
        pytest.fail("the pilot ran twice")

    said = bench("resume", folder, inside=place, change=lambda patch: patch.setattr(worker, "pilot", piloted_again))
    assert said.code == 0, said.err
    ledger = json.loads((folder / "tracks/own/trials/sft-s0/ledger.json").read_bytes())
    assert ledger["steps"] == pilot["value"]["steps"]["sft"]
    limits = json.loads((folder / "result.json").read_bytes())["limits"]
    assert any("one seed" in limit for limit in limits)


# Afterwards


def test_resuming_a_finished_run_does_nothing_anew(copy: Path, result: Json) -> None:
    folder = run_folder(copy)
    journal = (folder / "journal.jsonl").read_bytes()
    assert bench("resume", folder, inside=copy).code == 0
    assert (folder / "journal.jsonl").read_bytes() == journal
    again = json.loads((folder / "result.json").read_bytes())
    assert again["tracks"][0]["comparisons"] == result["tracks"][0]["comparisons"]


def test_a_lost_file_is_made_again_and_nothing_else(copy: Path, run: Path) -> None:
    folder = run_folder(copy)
    (folder / "tracks/own/trials/dpo-s1/items.jsonl").unlink()
    assert bench("resume", folder.name, inside=copy).code == 0
    assert done(folder) == [*UNITS, "own evaluate dpo s1"]
    assert items(folder, "dpo-s1") == items(run, "dpo-s1")


def test_changed_data_are_refused(copy: Path) -> None:
    with (copy / "own.jsonl").open("a") as file:
        file.write("\n")
    folder = run_folder(copy)
    before = {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    said = bench("resume", f"runs/{folder.name}", inside=copy)
    assert (said.code, said.out) == (1, "")
    assert said.err == "bench: own.jsonl: changed since the run was planned; restore it, or start a new run\n"
    assert {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()} == before


def test_a_changed_model_is_refused(copy: Path) -> None:
    config = copy / "model" / "config.json"
    config.write_text(config.read_text() + " ")
    said = bench("resume", f"runs/{run_folder(copy).name}", inside=copy)
    assert said.code == 1
    assert said.err.splitlines()[-1] == (
        "bench: model: other weights than the run was planned with; restore them, or start a new run"
    )


def test_a_run_another_process_works_on_is_left_alone(copy: Path) -> None:
    folder = run_folder(copy)
    with filelock.FileLock(folder / ".lock"):
        said = bench("resume", f"runs/{folder.name}", inside=copy)
    assert said.code == 1
    assert said.err.splitlines()[-1] == (
        f"bench: runs/{folder.name}: another process is working on this run; wait for it or stop it"
    )


def test_the_report_is_written_anew_from_the_result(copy: Path) -> None:
    page = run_folder(copy) / "report.html"
    whole = page.read_bytes()
    page.unlink()
    said = bench("report", run_folder(copy).name, inside=copy)
    assert (said.code, said.out) == (0, f"runs/{run_folder(copy).name}/report.html\n")
    assert page.read_bytes() == whole


def test_the_list_names_runs_and_whether_they_are_finished(copy: Path) -> None:
    folder = run_folder(copy)
    unfinished = folder.with_name("00000000-000000-0000")
    unfinished.mkdir()
    shutil.copy(folder / "plan.json", unfinished)
    said = bench("list", inside=copy)
    assert said.out.splitlines() == [
        f"runs/{unfinished.name}  unfinished  tokens:12k per trial  own.jsonl",
        f"runs/{folder.name}  finished  tokens:12k per trial  own.jsonl",
    ]
    said = bench("report", unfinished.name, inside=copy)
    assert (said.code, said.err) == (
        1,
        f"bench: runs/{unfinished.name}: not finished; go on with `bench resume runs/{unfinished.name}`\n",
    )
