"""The exactness certificate: it holds for what we do, and does not where something else is computed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace
from typing import Any

import pytest
import torch

from bench import certificate, forward, models, store
from bench.engine import Example
from tests.bench import command
from tests.bench.command import QUIET

pytestmark = QUIET
METHODS = ("sft", "dpo")


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> Iterator[None]:
    with command.one_thread():
        yield


def made(weights: models.Weights, rows: list[Example], dtype: str = "float32") -> dict[str, Any]:
    return certificate.certificate(weights, dtype, "eager", rows, METHODS, 512)


def test_in_float32_ours_equals_trls(weights: models.Weights, rows: list[Example]) -> None:
    found = made(weights, rows)
    assert found["holds"] is True
    assert found["methods"].keys() == set(METHODS)
    for entry in found["methods"].values():
        assert 0 < max(entry["float32"].values()) < certificate.EXACT


def test_in_bfloat16_the_distance_from_float32_is_compared_with_trls_own(
    weights: models.Weights, rows: list[Example]
) -> None:
    found = made(weights, rows, "bfloat16")
    for entry in found["methods"].values():
        low = entry["bfloat16"]
        assert entry["float32"]["gradient"] < low["stock"]["gradient"] < 0.1
        for name, ratio in low["ratio"].items():
            assert ratio == pytest.approx(low["ours"][name] / low["stock"][name])
    assert len(found["sentences"]) == 2 * len(METHODS)


@pytest.mark.parametrize("what", ["scale", "first token"])
def test_another_computation_does_not_pass(
    what: str, weights: models.Weights, rows: list[Example], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Log-probabilities a thousandth off, and one answer token that is not trained on."""
    own = forward.fused

    def wrong(*args: Any) -> Any:
        output = own(*args)
        if what == "scale":
            output.log_probs = output.log_probs * 1.001
        else:
            output.log_probs = output.log_probs.masked_fill(output.label_mask.cumsum(-1) == 1, 0)
        return output

    monkeypatch.setattr(forward, "fused", wrong)
    found = made(weights, rows)
    assert found["holds"] is False
    assert not any(entry["holds"] for entry in found["methods"].values())


def test_rows_read_in_another_order_do_not_pass(
    weights: models.Weights, rows: list[Example], monkeypatch: pytest.MonkeyPatch
) -> None:
    own = certificate._compute

    def turned(*args: Any) -> certificate.Computed:
        *before, given, ours, longest = args
        return own(*before, given[::-1] if ours else given, ours, longest)

    monkeypatch.setattr(certificate, "_compute", turned)
    assert made(weights, rows)["holds"] is False


def test_the_same_is_no_distance_apart() -> None:
    one = certificate.Computed(torch.ones(2), torch.tensor([-3.0, -4.0]), torch.tensor([-3.0, -4.0]), torch.arange(4.0))
    other = replace(one, sequences=torch.tensor([-3.0, -4.5]))
    assert {*certificate.distance(one, one).values()} == {0}
    found = certificate.distance(other, one)
    assert found == {"loss": 0, "sequences": pytest.approx(0.5 / 5), "tokens": 0, "gradient": 0, "nats": 0.5}


ONE = certificate.Computed(torch.ones(3), torch.ones(3), torch.ones(3), torch.ones(3))
NAN = torch.tensor([1.0, float("nan"), 1.0])


@pytest.mark.parametrize("what", ["losses", "sequences", "gradient"])
def test_what_is_not_a_number_never_holds_and_is_said(what: str) -> None:
    found = certificate._judged("float32", ONE, replace(ONE, **{what: NAN}))
    assert found["holds"] is False
    assert store.dumps(found)
    low = replace(ONE, **{f.name: getattr(ONE, f.name) * 1.01 for f in fields(ONE)})
    assert certificate._judged("bfloat16", ONE, ONE, low, low)["holds"] is True
    of = "tokens" if what == "sequences" else what
    if of != "losses":
        broken = certificate._judged("bfloat16", ONE, ONE, low, replace(low, **{of: NAN}))
        assert broken["holds"] is False
        assert broken["bfloat16"]["ratio"][of] is None
        [_, line] = certificate.sentences({"dtype": "bfloat16", "methods": {"sft": broken}})
        assert "not finite" in line


def test_where_both_equal_float32_neither_is_farther_from_it() -> None:
    found = certificate._judged("bfloat16", ONE, ONE, ONE, ONE)
    assert found["holds"] is True
    assert found["bfloat16"]["ratio"] == {"tokens": 1.0, "gradient": 1.0}
    off = replace(ONE, gradient=ONE.gradient * 1.01)
    assert certificate._judged("bfloat16", ONE, ONE, ONE, off)["holds"] is False
