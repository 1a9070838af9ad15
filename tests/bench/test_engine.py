"""The cheaper forward pass computes what TRL computes: losses, log-probabilities and gradients, on real batches."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from transformers.trainer_utils import SaveStrategy

from advisor.types import Message
from bench import engine, forward, meters, methods, models, reference, scoring
from bench.engine import Example, Settings
from tasks import data
from tasks.types import Request


@pytest.fixture(scope="module")
def examples() -> list[Example]:
    rows = data.rows("values", "train")[:8]
    return [Example(r["id"], (Message("user", r["prompt"]),), r["chosen"], r["rejected"]) for r in rows]


def trainer(
    weights: models.Weights, method: str, rows: Sequence[Example], folder: Path, steps: int = 2, rate: float = 1e-2
) -> Any:
    model, tokenizer = models.load(weights, "float32")
    settings = Settings(steps, 4, rate, 512, 4, 0)
    adapted = engine.adapt(model, settings.lora_rank, settings.seed)
    made = methods.get(method).trainer(adapted, tokenizer, rows, settings, folder)
    disturb(made)
    return made


def disturb(made: Any) -> None:
    torch.manual_seed(1)
    for name, weight in made.model.named_parameters():
        if "lora_B" in name:  # zero at first, which would hide half of the gradients
            weight.data.normal_(0, 0.2)


def loss_and_gradient(made: Any) -> tuple[float, torch.Tensor]:
    batch = next(iter(made.get_train_dataloader()))
    loss = made.compute_loss(made.model, dict(batch))
    loss.backward()
    return loss.item(), torch.cat([p.grad.flatten() for p in made.model.parameters() if p.grad is not None])


@pytest.mark.parametrize("method", ["sft", "dpo"])
def test_loss_and_gradient_equal_trl(
    method: str, weights: models.Weights, examples: list[Example], tmp_path: Path
) -> None:
    stock = loss_and_gradient(trainer(weights, method, examples, tmp_path))
    ours = trainer(weights, method, examples, tmp_path)
    assert forward.answer_only(ours.model.get_base_model())
    loss, gradient = loss_and_gradient(ours)
    assert loss == pytest.approx(stock[0], abs=1e-5)
    assert (gradient - stock[1]).norm() / stock[1].norm() < 1e-4
    assert stock[1].norm() > 0


def kto(weights: models.Weights, examples: list[Example], folder: Path) -> Any:
    """TRL's KTOTrainer, which `bench` has no method for yet: single answers with labels, and mismatched ones for its KL."""
    from datasets import Dataset
    from peft import LoraConfig
    from trl.trainer.kto_config import KTOConfig
    from trl.trainer.kto_trainer import KTOTrainer

    model, tokenizer = models.load(weights, "float32")
    rows = [
        {
            "prompt": [{"role": "user", "content": e.prompt[0].content}],
            "completion": [{"role": "assistant", "content": answer or ""}],
            "label": label,
        }
        for e in examples
        for answer, label in ((e.chosen, True), (e.rejected, False))
    ]
    settings = Settings(2, 4, 1e-2, 512, 4, 0)
    made = KTOTrainer(
        model,
        args=KTOConfig(**engine.arguments(settings, folder)),
        train_dataset=Dataset.from_list(rows),
        processing_class=tokenizer,
        peft_config=LoraConfig(r=4, target_modules="all-linear", task_type="CAUSAL_LM"),
    )
    disturb(made)
    return made


def test_pointwise_rows_of_another_trainer_equal_trl(
    weights: models.Weights, examples: list[Example], tmp_path: Path
) -> None:
    stock = loss_and_gradient(kto(weights, examples, tmp_path))
    ours = kto(weights, examples, tmp_path)
    assert forward.answer_only(ours.model.get_base_model())
    loss, gradient = loss_and_gradient(ours)
    assert loss == pytest.approx(stock[0], abs=1e-5)
    assert (gradient - stock[1]).norm() / stock[1].norm() < 1e-4
    assert stock[1].norm() > 0


@pytest.mark.parametrize(
    ("asked", "plain"),
    [({}, True), ({"temperature": 1.0}, True), ({"temperature": 0.7}, False), ({"cast_lm_head_to_fp32": True}, False)],
)
def test_a_trainer_that_wants_other_log_probabilities_keeps_trls_forward(asked: dict[str, Any], plain: bool) -> None:
    assert forward.plain_request(SimpleNamespace(**asked)) is plain


def test_a_pairs_prompt_is_read_once(weights: models.Weights, examples: list[Example], tmp_path: Path) -> None:
    made = trainer(weights, "dpo", examples, tmp_path)
    batch = next(iter(made.get_train_dataloader()))
    labels = batch["input_ids"].masked_fill(batch["completion_mask"] == 0, -100)
    shared = forward.shared_prompt(batch["input_ids"], batch["attention_mask"], labels)
    assert shared is not None
    assert shared.tolist() == (labels != -100).int().argmax(-1)[: len(shared)].tolist()


def test_rows_with_different_prompts_are_not_shared() -> None:
    ids = torch.tensor([[5, 6, 7], [5, 9, 7]])
    labels = torch.tensor([[-100, -100, 7], [-100, -100, 7]])
    assert forward.shared_prompt(ids, torch.ones_like(ids), labels) is None


def test_a_head_that_is_no_plain_product_keeps_trls_forward(weights: models.Weights) -> None:
    model, _ = models.load(weights, "float32")
    model.config.final_logit_softcapping = 30.0
    before = model.forward
    assert not forward.answer_only(model)
    assert model.forward == before


def test_cached_reference_equals_trls_own_and_dpo_starts_at_ln2(
    weights: models.Weights, examples: list[Example], tmp_path: Path
) -> None:
    model, tokenizer = models.load(weights, "float32")
    pairs = reference.logprobs(model, tokenizer, examples, 4)
    cached = [replace(e, reference=pair) for e, pair in zip(examples, pairs, strict=True)]
    own = loss_and_gradient(trainer(weights, "dpo", examples, tmp_path))
    ours = loss_and_gradient(trainer(weights, "dpo", cached, tmp_path))
    assert ours[0] == pytest.approx(own[0], abs=1e-5)
    fresh = methods.get("dpo").trainer(
        engine.adapt(model, 4, 0), tokenizer, cached, Settings(1, 4, 1e-3, 512, 4, 0), tmp_path
    )
    assert loss_and_gradient(fresh)[0] == pytest.approx(math.log(2), abs=1e-5)


def test_in_bfloat16_too_dpo_starts_at_ln2(weights: models.Weights, examples: list[Example], tmp_path: Path) -> None:
    model, tokenizer = models.load(weights, "bfloat16")
    pairs = reference.logprobs(model, tokenizer, examples, 4)
    cached = [replace(e, reference=pair) for e, pair in zip(examples, pairs, strict=True)]
    made = methods.get("dpo").trainer(
        engine.adapt(model, 4, 0), tokenizer, cached, Settings(1, 4, 1e-3, 512, 4, 0), tmp_path
    )
    forward.answer_only(made.model.get_base_model())
    assert loss_and_gradient(made)[0] == pytest.approx(math.log(2), abs=1e-5)


@pytest.mark.parametrize("other", [False, True], ids=["plain head", "another head"])
def test_reference_log_probabilities_are_those_of_the_scoring_engine(
    other: bool, weights: models.Weights, examples: list[Example]
) -> None:
    model, tokenizer = models.load(weights, "float32")
    if other:
        model.config.logit_scale = 1.0  # a name that TRL's forward looks at: then the scoring engine itself is asked
    told: list[int] = []
    pairs = reference.logprobs(model, tokenizer, examples, 3, told.append)
    outputs = scoring.run(model, tokenizer, [Request(e.prompt, (e.chosen, e.rejected or "")) for e in examples], 1)
    assert sum(told) == len(examples)
    for pair, output in zip(pairs, outputs, strict=True):
        assert pair == pytest.approx(output.logprobs, abs=1e-4)


@pytest.mark.parametrize("method", ["sft", "dpo"])
def test_training_lowers_the_loss_and_is_repeatable(
    method: str, weights: models.Weights, examples: list[Example], tmp_path: Path
) -> None:
    runs = [engine.train(trainer(weights, method, examples * 8, tmp_path, steps=16)) for _ in range(2)]
    losses = [[entry["loss"] for entry in r.log] for r in runs]
    assert losses[0] == losses[1]
    assert sum(losses[0][-4:]) < sum(losses[0][:4])
    assert len(runs[0].step_seconds) == 16


def test_bfloat16_weights_follow_their_float32_masters() -> None:
    weight = torch.nn.Parameter(torch.full((4,), 1.0, dtype=torch.bfloat16))
    optimizer = engine.MasterAdamW([weight], lr=1e-4)
    for _ in range(100):
        weight.grad = torch.ones_like(weight)
        optimizer.step()
        optimizer.zero_grad()
    # Each step of 1e-4 is below bfloat16's resolution at 1 (2⁻⁷): without masters the weight would still be 1.
    assert weight.float().mean().item() == pytest.approx(0.99, abs=0.004)
    assert weight.grad is None


def test_peak_memory_is_read_or_said_to_be_unknown() -> None:
    meters.reset_peak_memory()
    peak = meters.peak_memory_gb()
    assert peak is None or 0.01 < peak < 1000


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
@pytest.mark.parametrize("method", ["sft", "dpo"])
def test_a_checkpoint_goes_on_as_if_nothing_had_happened(
    method: str, dtype: str, weights: models.Weights, examples: list[Example], tmp_path: Path
) -> None:
    def made() -> Any:
        model, tokenizer = models.load(weights, dtype)
        pairs = reference.logprobs(model, tokenizer, examples, 4)
        rows = [replace(e, reference=pair) for e, pair in zip(examples * 4, pairs * 4, strict=True)]
        settings = Settings(8, 4, 1e-3, 512, 4, 0)
        trainer = methods.get(method).trainer(engine.adapt(model, 4, 0), tokenizer, rows, settings, tmp_path)
        trainer.args.save_strategy, trainer.args.save_steps = SaveStrategy.STEPS, 4
        forward.answer_only(trainer.model.get_base_model())
        return trainer

    whole, resumed = made(), made()
    whole.train()
    resumed.train(resume_from_checkpoint=str(tmp_path / "checkpoint-4"))
    pairs = zip(whole.model.named_parameters(), resumed.model.named_parameters(), strict=True)
    trained = {name: (one, other) for (name, one), (_, other) in pairs if "lora_" in name}
    assert all(torch.equal(one, other) for one, other in trained.values())
    assert any(one.abs().max() > 0 for name, (one, _) in trained.items() if "lora_B" in name)
