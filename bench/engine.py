"""What every trained method shares: adapter, optimizer, arguments, clock. TRL's trainers stay the definition of each method."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, get_peft_model
from transformers import PrinterCallback

from advisor.types import Message
from bench import forward, meters
from bench.callbacks import NOTHING, Checkpoints, Halfway, Meter, Watch, laid_out
from bench.types import BenchError


@dataclass(frozen=True, slots=True)
class Example:
    """One training row in text."""

    id: str
    prompt: tuple[Message, ...]
    """Conversation up to the answer."""
    chosen: str
    """The answer to learn."""
    rejected: str | None
    """The answer to unlearn, where there is one."""
    reference: tuple[float, float] | None = None
    """Log-probabilities of chosen and rejected under the untrained model, in nats."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How to train, the same for every method but the learning rate."""

    steps: int
    batch: int
    learning_rate: float
    max_length: int
    lora_rank: int
    seed: int


@dataclass(frozen=True, slots=True)
class Trained:
    """What a training run did."""

    log: list[dict[str, float]]
    """One entry a step: step, loss, and what TRL logs beside it."""
    step_seconds: list[float]
    """Wall-clock seconds of each step, the optimizer's included."""
    peak_memory_gb: float | None


class MasterAdamW(torch.optim.AdamW):
    """AdamW on float32 copies of low-precision weights.

    bfloat16 keeps 8 bits of mantissa: an update below 1/256 of a weight would be rounded away, and so would every
    change of a second moment that decays by 0.999. Weights and moments live in float32, the model computes in bfloat16.
    """

    def __init__(self, weights: Sequence[torch.nn.Parameter], lr: float) -> None:
        self._weights = list(weights)
        super().__init__([w.detach().float().clone().requires_grad_() for w in self._weights], lr=lr, weight_decay=0.0)

    @property
    def _masters(self) -> list[torch.Tensor]:
        return [p for group in self.param_groups for p in group["params"]]

    def step(self, closure: Callable[[], Any] | None = None) -> None:  # type: ignore[override]
        """One step from the gradients of the model's own weights."""
        for master, weight in zip(self._masters, self._weights, strict=True):
            master.grad = None if weight.grad is None else weight.grad.float()
        super().step(closure)
        with torch.no_grad():
            for master, weight in zip(self._masters, self._weights, strict=True):
                weight.copy_(master)

    def state_dict(self) -> dict[str, Any]:
        """AdamW's state and the float32 weights: what a checkpoint needs, since the model's own are rounded."""
        return {**super().state_dict(), "masters": [master.detach().clone() for master in self._masters]}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on from `state_dict()`."""
        super().load_state_dict({name: value for name, value in state_dict.items() if name != "masters"})
        with torch.no_grad():
            for master, saved in zip(self._masters, state_dict["masters"], strict=True):
                master.copy_(saved)

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Clear the gradients of the model's own weights."""
        super().zero_grad(set_to_none)
        for weight in self._weights:
            weight.grad = None


def adapt(model: Any, rank: int, seed: int) -> Any:
    """The model with a fresh LoRA adapter on every linear layer but the head (arXiv:2106.09685), alpha twice the rank.

    Raises:
        BenchError: peft has no adapter for this architecture.
    """
    torch.manual_seed(seed)
    config = LoraConfig(r=rank, lora_alpha=2 * rank, target_modules="all-linear", task_type="CAUSAL_LM")
    try:
        adapted = get_peft_model(model, config, autocast_adapter_dtype=False)
    except ValueError as error:
        why = " ".join(str(error).split())[:200]
        raise BenchError(f"{model.config.model_type}: takes no adapter ({why}); give --model another") from error
    # A trainer that resumes reloads the adapter; peft would put new float32 weights there, which no optimizer knows.
    adapted.load_adapter = partial(adapted.load_adapter, autocast_adapter_dtype=False)  # type: ignore[method-assign]
    return adapted


def arguments(settings: Settings, folder: Path) -> dict[str, Any]:
    """TRL arguments every method shares. Rows come in the planned order, so the sampler must not shuffle."""
    return {
        "output_dir": str(folder),
        "max_steps": settings.steps,
        "per_device_train_batch_size": settings.batch,
        "learning_rate": settings.learning_rate,
        "lr_scheduler_type": "linear",
        "warmup_steps": settings.steps // 10,
        "max_length": settings.max_length,
        "seed": settings.seed,
        "train_sampling_strategy": "sequential",
        "use_cpu": not torch.cuda.is_available(),
        "bf16": False,  # the weights are bfloat16 already; autocast would only add casts
        "gradient_checkpointing": False,
        "logging_steps": 1,
        "save_strategy": "no",
        "report_to": "none",
        "disable_tqdm": True,
        "dataloader_pin_memory": False,
    }


def train(
    trainer: Any,
    progress: Callable[[int, float | None], None] = lambda *_: None,
    watch: Watch = NOTHING,
) -> Trained:
    """Run a TRL trainer on the cheaper forward pass and measure it; what `watch` keeps is not in the steps' time."""
    before = watch.before
    meter = Meter(progress, before)
    trainer.remove_callback(PrinterCallback)
    for callback in (meter, Checkpoints(watch, meter)):
        trainer.add_callback(callback)
    if forward.plain_request(trainer.args):
        forward.answer_only(trainer.model.get_base_model())
    meters.reset_peak_memory()
    trainer.train(resume_from_checkpoint=str(laid_out(before, Path(trainer.args.output_dir))) if before else None)
    return Trained(meter.log, meter.seconds, _peak(before))


def _peak(before: Halfway | None) -> float | None:
    """Of both sessions; not known where one of them is not."""
    peaks = [meters.peak_memory_gb(), *([before.peak_memory_gb] if before else [])]
    return None if None in peaks else max(p for p in peaks if p is not None)


def optimizer(model: Any, settings: Settings) -> tuple[torch.optim.Optimizer, None]:
    """The optimizer over the adapter, as TRL's `optimizers` argument wants it (the scheduler is TRL's)."""
    return MasterAdamW([p for p in model.parameters() if p.requires_grad], settings.learning_rate), None
