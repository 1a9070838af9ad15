"""The crossover curve: what its points are measured on, and how the trials read under each clock."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench import curve, far
from bench.store import read_journal
from tests.bench.small_run import SEEDS, Json, items


@given(st.integers(1, 500))
def test_marks_lie_inside_a_trial_and_no_two_together(steps: int) -> None:
    marks = far.marks(steps)
    assert all(0 < step < steps for step in marks)
    assert all(abs(step / steps - fraction) <= 0.5 / steps + 1e-9 for step, fraction in marks.items())
    assert len(marks) == len(set(marks.values()))
    assert steps < 4 or list(marks.values()) == [0.25, 0.5]


def trained(track: Json) -> list[Json]:
    return [arm for arm in track["arms"] if arm["id"] in {"sft", "dpo"}]


def rows_at(run: Path, arm: Json, seed: int, fraction: float) -> list[Json]:
    """Rows of an item file at a fraction of the budget."""
    if fraction in (0, 1):
        return items(run, "base" if fraction == 0 else f"{arm['id']}-s{seed}")
    path = run / f"tracks/own/trials/{arm['id']}-s{seed}/checkpoints/{fraction}/items.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()]


def mean(rows: list[Json], name: str) -> float:
    return float(np.mean([v for r in rows if (v := r["scores"].get(name)) is not None]))


def index(rows: list[Json]) -> float:
    a, b = mean(rows, "answered"), mean(rows, "declined")
    return 2 * a * b / (a + b) if a + b else 0.0


def test_every_point_is_that_of_the_item_files(run: Path, track: Json) -> None:
    seen = 0
    for arm in trained(track):
        few = {r["item"] for r in rows_at(run, arm, 0, 0.25) if r["task"] == "rag_faithfulness"}
        assert 0 < len(few) <= curve.ITEMS
        for point in arm["curve"]:
            many = [rows_at(run, arm, seed, point["fraction"]) for seed in range(SEEDS)]
            mine = [[r for r in rows if r["task"] == "rag_faithfulness" and r["item"] in few] for rows in many]
            expected = float(np.mean([index(rows) for rows in mine]))
            found = point["scores"]["rag_faithfulness"]["faithfulness_index"]
            assert found["mean"] == pytest.approx(expected)
            assert found["n"] == len(few)
            seen += 1
    assert seen == 2 * 4


def test_a_curve_starts_untrained_and_ends_with_what_the_trial_spent(track: Json) -> None:
    for arm in trained(track):
        assert [p["fraction"] for p in arm["curve"]] == [0, 0.25, 0.5, 1]
        for clock in ("train_seconds", "tokens", "flops"):
            spent = [p[clock] for p in arm["curve"]]
            assert spent[0] == 0
            assert spent == sorted(set(spent))
            assert spent[-1] == pytest.approx(arm["ledger"][clock])
        assert arm["curve"][-1]["step"] == arm["ledger"]["steps"]
    assert all(arm["curve"] == [] for arm in track["arms"] if arm["id"] in {"base", "prompt"})


def test_adapters_of_a_trial_differ_from_fraction_to_fraction(run: Path) -> None:
    for name in ("sft-s0", "dpo-s1"):
        folder = run / "tracks/own/trials" / name
        files = [folder / f"checkpoints/{f}/adapter.safetensors" for f in (0.25, 0.5)]
        assert len({path.read_bytes() for path in (*files, folder / "adapter.safetensors")}) == 3


def test_curves_are_units_of_the_journal(run: Path) -> None:
    units = [e["unit"] for e in read_journal(run / "journal.jsonl")[0]]
    assert sum(unit.startswith("own curve ") for unit in units) == 2 * SEEDS


def test_every_clock_has_a_reading(track: Json) -> None:
    readings = [r for r in track["crossover"] if r["task"] == "rag_faithfulness"]
    assert [r["clock"] for r in readings] == ["train_seconds", "tokens", "flops"]
    for reading in readings:
        ends = {arm["id"]: arm["ledger"][reading["clock"]] for arm in trained(track)}
        assert reading["at"] == pytest.approx(min(ends.values()))
        assert set(reading["scores"]) == {"sft", "dpo"}
        first = min(ends, key=lambda a: ends[a])
        [arm] = [a for a in trained(track) if a["id"] == first]
        last = arm["curve"][-1]["scores"]["rag_faithfulness"]["faithfulness_index"]["mean"]
        assert reading["scores"][first] == pytest.approx(last)


@pytest.mark.parametrize(
    ("gap", "at"),
    [
        ([0, 1, 2], []),
        ([0, 1, -1], [1.5]),
        ([-1, 1, -3], [0.5, 1.25]),
        ([1, 0, 1], []),
        ([1, 0, -1], [1]),
        ([0, 0, 0], []),
    ],
)
def test_a_crossing_is_a_change_of_the_leader(gap: list[float], at: list[float]) -> None:
    assert curve.crossed([0, 1, 2], gap) == pytest.approx(at)
