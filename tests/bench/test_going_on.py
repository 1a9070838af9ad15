"""A trial that is interrupted goes on from the last fraction of its budget, and ends in the same weights, byte for byte."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bench import engine, far
from bench import trial as trials
from bench.store import read_journal
from tests.bench.command import QUIET, Patch
from tests.bench.small_run import Json, bench, make_place, run_folder

pytestmark = QUIET

FLAGS = (
    "--model",
    "model",
    "--methods",
    "sft,sft_dpo",
    "--budget",
    "tokens:8k",
    "--seeds",
    "1",
    "--tasks",
    "preference",
)
ASK = ("run", "--data", "own.jsonl", *FLAGS)


@dataclass
class Session:
    """What one start of the command did."""

    code: int
    steps: int
    """Of trials, not of the pilot or the checks."""


def session(place: Path, *args: str | Path, stop: Callable[[int], bool] = lambda _: False) -> Session:
    """`bench …`, interrupted after the trials' n-th step if `stop(n)`."""
    end, train, taken = engine.Meter.on_step_end, trials.train, 0

    def counted(self: engine.Meter, *a: Any, **k: Any) -> None:
        nonlocal taken
        end(self, *a, **k)
        taken += 1
        if stop(taken):
            raise KeyboardInterrupt

    def armed(*a: Any, **k: Any) -> Any:
        with Patch.context() as patch:
            patch.setattr(engine.Meter, "on_step_end", counted)
            return train(*a, **k)

    said = bench(*args, inside=place, change=lambda patch: patch.setattr(trials, "train", armed))
    return Session(said.code, taken)


@pytest.fixture(scope="module")
def whole(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = make_place(tmp_path_factory.mktemp("whole") / "place", tiny_model)
    assert session(place, *ASK).code == 0
    return run_folder(place)


def planned(run: Path) -> Json:
    [pilot] = [e for e in read_journal(run / "journal.jsonl")[0] if e["unit"] == "own pilot"]
    steps: Json = pilot["value"]["steps"]
    return steps


def kept(run: Path) -> list[Json]:
    return [e for e in read_journal(run / "journal.jsonl")[0] if e["event"] == "kept"]


def adapters(run: Path) -> dict[str, bytes]:
    return {str(path.relative_to(run)): path.read_bytes() for path in sorted(run.rglob("*.safetensors"))}


def losses(run: Path) -> list[list[float]]:
    [track] = json.loads((run / "result.json").read_bytes())["tracks"]
    return [[line["loss"] for line in arm["training"]] for arm in track["arms"]]


@pytest.fixture(scope="module")
def broken(tiny_model: Path, whole: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Session]]:
    """Interrupted in the second half of SFT, then in the second part of SFT followed by DPO."""
    place = make_place(tmp_path_factory.mktemp("broken") / "place", tiny_model)
    steps = planned(whole)
    half = max(far.marks(steps["sft"]))
    first = session(place, *ASK, stop=lambda n: n == half + 1)
    last = steps["sft"] - half + steps["sft_dpo"]
    second = session(place, "resume", run_folder(place), stop=lambda n: n == last)
    return run_folder(place), [first, second, session(place, "resume", run_folder(place))]


def test_it_is_interrupted_twice_and_comes_to_its_end(broken: tuple[Path, list[Session]]) -> None:
    assert [s.code for s in broken[1]] == [130, 130, 0]


def test_only_the_steps_since_the_last_fraction_are_taken_again(
    broken: tuple[Path, list[Session]], whole: Path
) -> None:
    steps, (first, second, third) = planned(whole), broken[1]
    assert min(steps.values()) >= 4, "all fractions differ"
    sft, both = (max(far.marks(steps[m])) for m in ("sft", "sft_dpo"))
    assert first.steps == sft + 1
    assert second.steps == steps["sft"] - sft + steps["sft_dpo"]
    assert third.steps == steps["sft_dpo"] - both


def test_every_adapter_is_the_uninterrupted_runs_byte_for_byte(broken: tuple[Path, list[Session]], whole: Path) -> None:
    found = adapters(broken[0])
    assert len(found) == 2 * 3
    assert found == adapters(whole)


def test_the_losses_are_those_of_one_session(broken: tuple[Path, list[Session]], whole: Path) -> None:
    assert losses(broken[0]) == losses(whole)


def test_the_ledger_counts_the_steps_of_all_sessions_once(broken: tuple[Path, list[Session]], whole: Path) -> None:
    for arm in ("sft", "sft_dpo"):
        one, two = (
            json.loads((run / f"tracks/own/trials/{arm}-s0/ledger.json").read_bytes()) for run in (broken[0], whole)
        )
        assert {k: one[k] for k in ("steps", "tokens", "flops", "examples")} == {
            k: two[k] for k in ("steps", "tokens", "flops", "examples")
        }
        assert one["train_seconds"] > 0


def test_what_was_kept_to_go_on_is_gone_at_the_end(broken: tuple[Path, list[Session]]) -> None:
    assert kept(broken[0])
    assert not list(broken[0].rglob("resume"))
    assert not list(broken[0].rglob("*.pt"))


@pytest.mark.parametrize("harm", [Path.unlink, lambda path: path.write_bytes(path.read_bytes()[:-1])])
def test_what_was_kept_and_is_harmed_is_not_gone_on_from(
    harm: Callable[[Path], object], tiny_model: Path, whole: Path, tmp_path: Path
) -> None:
    place, steps = make_place(tmp_path / "place", tiny_model), planned(whole)
    assert session(place, *ASK, stop=lambda n: n == steps["sft"]).code == 130
    run = run_folder(place)
    harm(next(run.rglob("optimizer.pt")))
    ended = session(place, "resume", run)
    assert (ended.code, ended.steps) == (0, sum(steps.values()))
    assert adapters(run) == adapters(whole)
    assert not list(run.rglob("resume"))
