"""Which rows a trial trains on, in which order."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.types import Message
from bench import examples
from bench.engine import Example
from bench.examples import order
from tests.bench.command import QUIET
from tests.bench.small_run import bench, make_place

pytestmark = QUIET


def rows(count: int) -> list[Example]:
    return [Example(f"r{n}", (Message("user", "q" * (n % 7 + 1)),), "a" * (n % 11 + 1), None) for n in range(count)]


@given(
    count=st.integers(4, 60),
    seed=st.integers(0, 9),
    steps=st.integers(1, 90),
    more=st.integers(0, 90),
    batch=st.integers(1, 8),
)
def test_fewer_steps_are_the_beginning_of_more(count: int, seed: int, steps: int, more: int, batch: int) -> None:
    """So methods that need different numbers of steps see the same rows in the same order."""
    some, all_ = order(rows(count), seed, steps, batch), order(rows(count), seed, steps + more, batch)
    assert len(some) == steps * batch
    assert [e.id for e in some] == [e.id for e in all_][: len(some)]


@given(count=st.integers(8, 60), seed=st.integers(0, 9))
def test_every_row_comes_once_before_any_comes_again(count: int, seed: int) -> None:
    steps = -(-count // 8) * 8  # whole windows
    seen = [e.id for e in order(rows(count), seed, steps, 1)]
    assert set(seen) == {f"r{n}" for n in range(count)}
    assert max(seen.count(i) for i in seen) <= -(-steps // count)


def test_seeds_give_different_orders() -> None:
    assert [e.id for e in order(rows(40), 0, 8, 4)] != [e.id for e in order(rows(40), 1, 8, 4)]


def test_an_absurd_budget_is_refused_before_its_rows_are_ordered(tmp_path: Path, tiny_model: Path) -> None:
    (tmp_path / "own").mkdir()
    place = make_place(tmp_path / "own", tiny_model)

    def bounded(patch: pytest.MonkeyPatch) -> None:  # a test that fails must not fill the memory
        own = examples.order
        patch.setattr(examples, "order", lambda rows, seed, steps, batch: own(rows, seed, min(steps, 1000), batch))

    call = ("run", "--data", "own.jsonl", "--model", "model", "--methods", "sft", "--seeds", "1", "--items", "4")
    said = bench(*call, "--tasks", "preference", "--budget", "tokens:1e15", inside=place, change=bounded)
    assert said.code == 1
    line = said.err.splitlines()[-1]
    assert line.startswith("bench: --budget tokens:1e15: sft would pass over its training rows ")
    assert line.endswith("times, and more than 1,000 teach nothing more; give a smaller budget")
    assert not list((place / "runs").glob("*/tracks/own/trials/*"))
