"""Training in bfloat16 follows float32: over 200 steps at equal data order the losses are the same, and so is what was learnt."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from statistics import mean

import pytest

from bench import methods, models
from tests import precision
from tests.bench import command
from tests.bench.command import QUIET

pytestmark = QUIET
STEPS = 200


@pytest.fixture(scope="module", params=["tiny", pytest.param("default", marks=pytest.mark.slow)])
def curves(request: pytest.FixtureRequest, tiny_model: Path) -> Iterator[dict[str, precision.Curve]]:
    """SFT three ways."""
    rows, held = precision.rows_of("values")
    tiny = request.param == "tiny"
    weights = models.resolve(str(tiny_model) if tiny else None)
    rate = 1e-3 if tiny else methods.get("sft").LEARNING_RATE
    with command.one_thread() if tiny else pytest.MonkeyPatch.context():
        yield {way: precision.train(weights, "sft", way, STEPS, rate, rows, held) for way in precision.WAYS}


def test_the_loss_curve_is_that_of_float32(curves: dict[str, precision.Curve]) -> None:
    assert len(curves["float32"].losses) == len(curves["ours"].losses) == STEPS
    assert mean(curves["float32"].losses[:20]) - mean(curves["float32"].losses[-20:]) > 0.1
    assert abs(precision.apart(curves["ours"], curves["float32"])["mean"]) <= precision.CLOSE


def test_held_out_loss_is_that_of_float32(curves: dict[str, precision.Curve]) -> None:
    assert curves["ours"].held_out == pytest.approx(curves["float32"].held_out, abs=0.02)


def test_without_float32_masters_it_would_not_be(curves: dict[str, precision.Curve]) -> None:
    ours, control = (precision.apart(curves[way], curves["float32"]) for way in ("ours", "unmastered"))
    assert control["mean_absolute"] > 2 * ours["mean_absolute"]
