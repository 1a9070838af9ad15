"""Training in bfloat16 over 200 steps at equal data order: losses as TRL's own, and what is learnt as in float32."""

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


@pytest.fixture(scope="module", params=["tiny", pytest.param("default", marks=pytest.mark.slow)])
def curves(request: pytest.FixtureRequest, tiny_model: Path) -> Iterator[dict[str, precision.Curve]]:
    """SFT four ways."""
    rows, held = precision.rows_of("values")
    tiny = request.param == "tiny"
    weights = models.resolve(str(tiny_model) if tiny else None)
    rate = 1e-3 if tiny else methods.get("sft").LEARNING_RATE
    with command.one_thread() if tiny else pytest.MonkeyPatch.context():
        yield {way: precision.train(weights, "sft", way, precision.STEPS, rate, rows, held) for way in precision.WAYS}


def test_the_loss_curve_is_that_of_trl_in_bfloat16(curves: dict[str, precision.Curve]) -> None:
    assert len(curves["stock"].losses) == len(curves["ours"].losses) == precision.STEPS
    assert mean(curves["stock"].losses[:20]) - mean(curves["stock"].losses[-20:]) > 0.1
    assert abs(precision.apart(curves["ours"], curves["stock"])["mean"]) <= precision.CLOSE


def test_held_out_loss_is_that_of_float32(curves: dict[str, precision.Curve]) -> None:
    assert curves["ours"].held_out == pytest.approx(curves["float32"].held_out, abs=0.02)


def test_without_float32_masters_it_would_not_be(curves: dict[str, precision.Curve]) -> None:
    ours, control = (precision.apart(curves[way], curves["float32"]) for way in ("ours", "unmastered"))
    assert abs(control["held_out"]) > 2 * abs(ours["held_out"])
