"""Checks before training: they hold for what we do, and each of them speaks where its fault is really there."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from bench import decoding, engine, models, preflight, reference
from bench.engine import Example, Settings
from bench.meanings import CHECKS
from bench.methods import dpo, sft
from bench.store import read_journal
from bench.types import BenchError, Check
from tests.bench import command
from tests.bench.command import QUIET, Patch
from tests.bench.small_run import RUN, Json, bench, done, make_place, run_folder

pytestmark = QUIET
SETTINGS = Settings(steps=1, batch=preflight.ROWS, learning_rate=1e-3, max_length=512, lora_rank=8, seed=0)

SYSTEM = "<system>"


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> Iterator[None]:
    with command.one_thread():
        yield


def checks(
    weights: models.Weights, rows: list[Example], method: str, settings: Settings = SETTINGS
) -> dict[str, Check]:
    found = preflight.checks(weights, "float32", "eager", method, rows, settings)
    return {c.code: c for c in found}


def spoke(found: dict[str, Check]) -> dict[str, str]:
    return {code: c.status for code, c in found.items() if c.status != "ok"}


def changed_tokenizer(weights: models.Weights, folder: Path, change: Callable[[Any], None]) -> models.Weights:
    copy = Path(shutil.copytree(weights.folder, folder / "model"))
    tokenizer = models.tokenizer(weights)
    change(tokenizer)
    tokenizer.save_pretrained(copy)
    return models.resolve(str(copy))


@pytest.mark.parametrize("method", ["sft", "dpo"])
def test_they_hold_for_what_we_do(method: str, weights: models.Weights, rows: list[Example]) -> None:
    found = checks(weights, rows, method)
    assert spoke(found) == {}
    assert set(found) == set(CHECKS) - (set() if method == "dpo" else {"reference"})
    assert found["adapter_moves"].numbers["moved"] > 0
    assert found["labels"].numbers["labelled"] == found["labels"].numbers["of_answers"] > 0


def test_in_bfloat16_too(weights: models.Weights, rows: list[Example]) -> None:
    found = preflight.checks(weights, "bfloat16", "eager", "dpo", rows, SETTINGS)
    assert {c.status for c in found} == {"ok"}


def test_scoring_that_sees_more_than_it_may(
    weights: models.Weights, rows: list[Example], monkeypatch: pytest.MonkeyPatch
) -> None:
    def mixed(found: Sequence[Sequence[list[int]]]) -> tuple[list[list[int]], list[list[int]]]:
        places, owners = side_by_side(found)
        return places, [[0] * len(row) for row in owners]  # the second answer sees the first

    side_by_side = decoding._side_by_side
    monkeypatch.setattr(decoding, "_side_by_side", mixed)
    found = checks(weights, rows, "sft")
    assert spoke(found) == {"scoring": "fail"}
    assert found["scoring"].rows


@pytest.mark.slow
@pytest.mark.parametrize("fault", [None, "sees another", "other positions"])
def test_scoring_in_bfloat16_is_told_from_rounding(
    fault: str | None, rows: list[Example], monkeypatch: pytest.MonkeyPatch
) -> None:
    """On the embedded model: where the threshold of the check `scoring` lies between."""

    def wrong(found: Sequence[Sequence[list[int]]]) -> tuple[list[list[int]], list[list[int]]]:
        places, owners = side_by_side(found)
        if fault == "sees another":
            return places, [[0] * len(row) for row in owners]
        return [list(range(len(row))) for row in places], owners

    model, tokenizer = models.load(models.resolve(None), "bfloat16")
    side_by_side = decoding._side_by_side
    if fault:
        monkeypatch.setattr(decoding, "_side_by_side", wrong)
    found = preflight._scoring("dpo", model, tokenizer, rows)
    assert (found.status, bool(found.rows)) == (("fail", True) if fault else ("ok", False))


@pytest.mark.parametrize(("method", "key"), [("sft", "labels"), ("dpo", "completion_mask")])
def test_labels_that_are_all_masked(
    method: str, key: str, weights: models.Weights, rows: list[Example], monkeypatch: pytest.MonkeyPatch
) -> None:
    def masked(trainer: Any) -> None:
        own = trainer.data_collator

        def collate(examples: Any) -> Any:
            batch = own(examples)
            batch[key] = torch.full_like(batch[key], -100 if key == "labels" else 0)
            return batch

        trainer.data_collator = collate

    after_making(monkeypatch, method, masked)
    found = checks(weights, rows, method)
    assert found["labels"].status == "fail"
    assert found["labels"].numbers["all_masked"] == len(rows) * (2 if method == "dpo" else 1)
    assert found["labels"].rows == tuple(e.id for e in rows)


def after_making(patch: Patch, method: str, change: Callable[[Any], None]) -> None:
    module = {"sft": sft, "dpo": dpo}[method]
    own = module.trainer

    def trainer(*args: Any) -> Any:
        made = own(*args)
        change(made)
        return made

    patch.setattr(module, "trainer", trainer)


def test_an_adapter_whose_b_stays_at_0(
    weights: models.Weights, rows: list[Example], monkeypatch: pytest.MonkeyPatch
) -> None:
    own = engine.adapt

    def frozen(*args: Any) -> Any:
        made = own(*args)
        for name, weight in made.named_parameters():
            weight.requires_grad_("lora_A" in name)
        return made

    monkeypatch.setattr(engine, "adapt", frozen)
    found = checks(weights, rows, "sft")
    assert spoke(found) == {"adapter_learns": "fail"}
    assert found["adapter_learns"].numbers["still_0"] == found["adapter_learns"].numbers["adapters"] > 0


def test_an_adapter_that_is_not_in_the_computation(
    weights: models.Weights, rows: list[Example], monkeypatch: pytest.MonkeyPatch
) -> None:
    own = preflight._logits
    monkeypatch.setattr(preflight, "_logits", lambda _, *rest: own(models.load(weights, "float32")[0], *rest))
    assert spoke(checks(weights, rows, "sft")) == {"adapter_moves": "fail"}


def test_base_weights_that_training_changed(
    weights: models.Weights, rows: list[Example], monkeypatch: pytest.MonkeyPatch
) -> None:
    def nudge(trainer: Any) -> None:
        for name, weight in trainer.model.named_parameters():
            if "base_layer" in name:
                weight.data.mul_(1.01)

    after_making(monkeypatch, "sft", nudge)
    assert spoke(checks(weights, rows, "sft")) == {"adapter_moves": "fail", "base_kept": "fail"}


def test_a_reference_of_another_model(
    weights: models.Weights, rows: list[Example], monkeypatch: pytest.MonkeyPatch
) -> None:
    own, calls = reference.logprobs, []

    def other_first(model: Any, *rest: Any) -> Any:
        calls.append(model)
        if len(calls) > 1:
            return own(model, *rest)
        changed, _ = models.load(weights, "float32")
        with torch.no_grad():
            for weight in changed.parameters():
                weight.add_(torch.randn(weight.shape, generator=torch.Generator().manual_seed(0)) * 0.05)
        return own(changed, *rest)

    monkeypatch.setattr(reference, "logprobs", other_first)
    found = checks(weights, rows, "dpo")
    assert spoke(found) == {"first_loss": "fail", "reference": "fail"}
    assert found["reference"].numbers["nats"] > 1


def test_a_second_bos(weights: models.Weights, rows: list[Example], tmp_path: Path) -> None:
    def double(tokenizer: Any) -> None:
        tokenizer.bos_token = SYSTEM
        tokenizer.chat_template = "<system> <system> " + tokenizer.chat_template

    found = checks(changed_tokenizer(weights, tmp_path, double), rows, "dpo")
    assert spoke(found) == {"one_bos": "fail"}
    assert found["one_bos"].numbers["double"] == 2 * len(rows)


def test_one_bos_is_none_too_many(weights: models.Weights, rows: list[Example], tmp_path: Path) -> None:
    def single(tokenizer: Any) -> None:
        tokenizer.bos_token = SYSTEM
        tokenizer.chat_template = "<system> " + tokenizer.chat_template

    assert spoke(checks(changed_tokenizer(weights, tmp_path, single), rows, "dpo")) == {}


def test_a_template_that_never_ends_a_turn_warns(weights: models.Weights, rows: list[Example], tmp_path: Path) -> None:
    def endless(tokenizer: Any) -> None:
        tokenizer.chat_template = tokenizer.chat_template.replace("<eos> ", "")

    found = checks(changed_tokenizer(weights, tmp_path, endless), rows, "dpo")
    assert spoke(found) == {"end_of_turn": "warn"}


def test_a_generation_prompt_that_training_never_shows_warns(
    weights: models.Weights, rows: list[Example], tmp_path: Path
) -> None:
    def thinking(tokenizer: Any) -> None:
        tokenizer.chat_template = tokenizer.chat_template.replace("%}<assistant> {%", "%}<assistant> think {%")

    found = checks(changed_tokenizer(weights, tmp_path, thinking), rows, "dpo")
    assert spoke(found) == {"rendering": "warn"}
    assert found["rendering"].numbers["beyond"] == 1


def test_another_prompt_in_training_fails(
    weights: models.Weights, rows: list[Example], monkeypatch: pytest.MonkeyPatch
) -> None:
    own = sft.trainer

    def shouting(model: Any, tokenizer: Any, examples: Any, *rest: Any) -> Any:
        loud = [replace(e, prompt=tuple(replace(m, content=m.content + " Bridge") for m in e.prompt)) for e in examples]
        return own(model, tokenizer, loud, *rest)

    monkeypatch.setattr(sft, "trainer", shouting)
    assert checks(weights, rows, "sft")["rendering"].status == "fail"


@pytest.mark.parametrize("method", ["sft", "dpo"])
def test_an_answer_that_does_not_fit_is_named(method: str, weights: models.Weights, rows: list[Example]) -> None:
    long = replace(rows[0], id="long", chosen="The bridge is old. " * 150)
    found = checks(weights, [long, *rows[1:]], method)
    assert found["truncation"].status == "fail"
    assert found["truncation"].rows == ("long",)


@pytest.mark.parametrize("method", ["sft", "dpo"])
def test_a_row_that_the_trainer_drops_is_named(method: str, weights: models.Weights, rows: list[Example]) -> None:
    [question] = rows[0].prompt
    long = replace(rows[0], id="gone", prompt=(replace(question, content="Is the old bridge here? " * 150),))
    found = checks(weights, [long, *rows[1:]], method)
    assert spoke(found) == {"truncation": "fail"}
    assert found["truncation"].rows == ("gone",)


def test_the_rows_hold_the_longest_and_each_once(rows: list[Example]) -> None:
    long = replace(rows[3], id="long", chosen="word " * 900)
    chosen = preflight.choose(rows[:3], [*rows, long])
    assert len(chosen) == len({e.id for e in chosen}) == preflight.ROWS
    assert long in chosen
    assert rows[0] in chosen


def test_a_warning_is_said_with_what_it_means_and_does_not_stop() -> None:
    warned = Check("end_of_turn", "dpo", "warn", {"rows": 8, "without": 8})
    preflight.must_hold([warned], "own.jsonl")
    said = preflight.sentence("own", [{"method": "dpo", "code": "end_of_turn", "status": "warn", "means": "no end"}])
    assert said == "own: 0 of 1 checks before training hold; not: dpo end_of_turn (no end)"


def test_a_failure_is_one_line_that_says_what_where_and_what_to_try() -> None:
    failed = Check("truncation", "dpo", "fail", {"lost": 1, "cut": 0}, ("row-7",))
    with pytest.raises(BenchError) as stopped:
        preflight.must_hold([failed], "own.jsonl")
    said = str(stopped.value)
    assert said.startswith(
        "own.jsonl: dpo does not pass the check truncation before training: lost 1, cut 0 (rows row-7)"
    )
    assert "\n" not in said
    assert CHECKS["truncation"].tries in said


def test_a_run_says_how_many_hold_and_keeps_them(run: Path, track: Json) -> None:
    assert {(c["method"], c["code"]) for c in track["checks"]} >= {(m, "labels") for m in ("sft", "dpo")}
    assert {c["status"] for c in track["checks"]} == {"ok"}
    assert all({"what", "means", "try", "threshold", "source", "numbers"} <= set(c) for c in track["checks"])
    units = done(run)
    assert units.index("own checks") < units.index("own pilot")


def test_a_run_whose_checks_fail_stops_before_the_budget(tmp_path: Path, tiny_model: Path) -> None:
    place = make_place(tmp_path / "place", tiny_model)
    folder = place / "model"
    settings = json.loads((folder / "tokenizer_config.json").read_text())
    (folder / "tokenizer_config.json").write_text(json.dumps(settings | {"bos_token": "<system>"}))
    template = (folder / "chat_template.jinja").read_text()
    (folder / "chat_template.jinja").write_text("<system> <system> " + template)
    said = bench(*RUN, inside=place)
    assert said.code == 1
    assert "Traceback" not in said.err
    assert "own.jsonl: sft does not pass the check one_bos before training: has_one 1, double 4, none 0" in said.err
    journal, _ = read_journal(run_folder(place) / "journal.jsonl")
    assert {e["unit"] for e in journal if e.get("event") == "done"} == {"own advice"}
