"""What every trained method shares: adapter, optimizer, arguments, clock, and an exact cheaper forward pass.

TRL's trainers stay the definition of each method. They ask the model for per-token log-probabilities
(`fused_lm_head=True`); `answer_only` answers the same question with less work: the vocabulary head runs on answer
tokens only, and a pair's shared prompt is read once instead of twice (arXiv:2410.20305). docs/decisions/engine.md says
what was measured; tests/bench/test_engine.py holds it to TRL's own computation.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, get_peft_model
from transformers import PrinterCallback, TrainerCallback
from trl.trainer.utils import FusedCausalLMOutput

from advisor.types import Message
from bench import meters


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


class Meter(TrainerCallback):
    """Seconds of each step and what the trainer logged."""

    def __init__(self, progress: Callable[[int, float | None], None]) -> None:
        self.log: list[dict[str, float]] = []
        self.seconds: list[float] = []
        self._progress = progress
        self._start = 0.0

    def on_step_begin(self, *_: Any, **__: Any) -> None:
        """Start the clock."""
        self._start = time.perf_counter()

    def on_step_end(self, *_: Any, **__: Any) -> None:
        """Stop the clock, work on the GPU included."""
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        self.seconds.append(time.perf_counter() - self._start)

    def on_log(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:  # noqa: ARG002
        """Keep the numbers of a step, not the summary at the end."""
        logs = kwargs["logs"]
        if "loss" in logs:
            self.log.append({"step": state.global_step, **{k: float(v) for k, v in logs.items()}})
            self._progress(state.global_step, logs["loss"])


def adapt(model: Any, rank: int, seed: int) -> Any:
    """The model with a fresh LoRA adapter on every linear layer but the head (arXiv:2106.09685), alpha twice the rank."""
    torch.manual_seed(seed)
    config = LoraConfig(r=rank, lora_alpha=2 * rank, target_modules="all-linear", task_type="CAUSAL_LM")
    adapted = get_peft_model(model, config, autocast_adapter_dtype=False)
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
    callbacks: Sequence[TrainerCallback] = (),
) -> Trained:
    """Run a TRL trainer on the cheaper forward pass and measure it; what `callbacks` do after a step is not in its time."""
    meter = Meter(progress)
    trainer.remove_callback(PrinterCallback)
    for callback in (meter, *callbacks):
        trainer.add_callback(callback)
    if plain_request(trainer.args):
        answer_only(trainer.model.get_base_model())
    meters.reset_peak_memory()
    trainer.train()
    return Trained(meter.log, meter.seconds, meters.peak_memory_gb())


def optimizer(model: Any, settings: Settings) -> tuple[torch.optim.Optimizer, None]:
    """The optimizer over the adapter, as TRL's `optimizers` argument wants it (the scheduler is TRL's)."""
    return MasterAdamW([p for p in model.parameters() if p.requires_grad], settings.learning_rate), None


_OTHER_HEADS = ("final_logit_softcapping", "logit_scale", "output_multiplier", "lm_head_multiplier", "logits_scaling")


def plain_request(args: Any) -> bool:
    """Whether a trainer wants log-probabilities as they are; GRPO's can ask for logits over a temperature, or in float32."""
    return getattr(args, "temperature", 1.0) == 1.0 and not getattr(args, "cast_lm_head_to_fp32", False)


def plain_head(causal: Any) -> bool:
    """Whether the model's head is a plain product with the hidden states."""
    config = causal.config.get_text_config()
    if any(getattr(config, name, None) is not None for name in (*_OTHER_HEADS, "output_router_logits")):
        return False
    return getattr(causal.get_output_embeddings(), "bias", None) is None


def answer_only(causal: Any) -> bool:
    """Replace TRL's fused forward by the cheaper one; False where the model's head is not a plain product."""
    if not plain_head(causal):
        return False
    stock = causal.forward

    def forward(*args: Any, fused_lm_head: bool = False, labels: torch.Tensor | None = None, **kwargs: Any) -> Any:
        if not fused_lm_head or labels is None:
            return stock(*args, fused_lm_head=fused_lm_head, labels=labels, **kwargs)
        return fused(causal, kwargs["input_ids"], kwargs["attention_mask"], labels)

    causal.forward = forward
    return True


def fused(causal: Any, ids: torch.Tensor, mask: torch.Tensor, labels: torch.Tensor) -> FusedCausalLMOutput:
    """TRL's `FusedCausalLMOutput` for ids, mask and labels of shape (rows, positions); fields (rows, positions − 1)."""
    wanted = labels[:, 1:] != -100
    shared = shared_prompt(ids, mask, labels)
    if shared is None:
        hidden = _backbone(causal, input_ids=ids, attention_mask=mask)[:, :-1][wanted]
    else:
        hidden = _shared_hidden(causal, ids, mask, shared)
    logits = torch.nn.functional.linear(hidden, causal.get_output_embeddings().weight).float()
    targets = labels[:, 1:][wanted]
    logprobs = logits.log_softmax(-1)
    with torch.no_grad():
        entropy = -(logprobs.exp() * logprobs).sum(-1)
        side = {"entropy": entropy, "mean_logits": logits.mean(-1), "is_top1": logits.argmax(-1) == targets}
    chosen = logprobs.gather(-1, targets[:, None])[:, 0]

    def spread(values: torch.Tensor) -> torch.Tensor:
        return values.new_zeros(wanted.shape).masked_scatter(wanted, values)

    return FusedCausalLMOutput(log_probs=spread(chosen), label_mask=wanted, **{k: spread(v) for k, v in side.items()})


def _backbone(causal: Any, **kwargs: torch.Tensor) -> torch.Tensor:
    return causal.base_model(**kwargs, use_cache=False).last_hidden_state  # type: ignore[no-any-return]


def shared_prompt(ids: torch.Tensor, mask: torch.Tensor, labels: torch.Tensor) -> torch.Tensor | None:
    """Prompt lengths of shape (pairs,) when rows i and i + pairs repeat one prompt, as TRL's preference batches do."""
    pairs, odd = divmod(len(ids), 2)
    if odd or not pairs:
        return None
    wanted = labels != -100
    start = wanted.int().argmax(-1)
    first, second = start.chunk(2)
    before = torch.arange(ids.shape[1], device=ids.device)[None] < first[:, None]
    same = torch.where(before, ids[:pairs] == ids[pairs:], True).all()
    if not (same and (first == second).all() and (first > 0).all() and wanted.any(-1).all() and mask[:, 0].all()):
        return None
    return first


def _shared_hidden(causal: Any, ids: torch.Tensor, mask: torch.Tensor, prompt: torch.Tensor) -> torch.Tensor:
    """Hidden states before each answer token, of rows [prompt · chosen · rejected]: all chosen, then all rejected."""
    pairs = len(prompt)
    chosen, rejected = (mask.sum(-1) - prompt.repeat(2)).chunk(2)
    width = int((prompt + chosen + rejected).max())
    packed, positions = ids.new_zeros(pairs, width), ids.new_zeros(pairs, width)
    allowed = torch.ones(width, width, dtype=torch.bool, device=ids.device).tril().repeat(pairs, 1, 1)
    rows: list[torch.Tensor] = []
    for i, (p, c, r) in enumerate(zip(prompt.tolist(), chosen.tolist(), rejected.tolist(), strict=True)):
        packed[i, : p + c], packed[i, p + c : p + c + r] = ids[i, : p + c], ids[pairs + i, p : p + r]
        positions[i, : p + c + r] = torch.cat([torch.arange(p + c), torch.arange(p, p + r)])
        allowed[i, p + c :, p : p + c] = False  # the rejected answer does not see the chosen one
        before = torch.arange(p - 1, p + c - 1), torch.cat([torch.tensor([p - 1]), torch.arange(p + c, p + c + r - 1)])
        rows.extend(before)
    blocked = torch.zeros(allowed.shape, dtype=causal.dtype, device=ids.device)
    blocked = blocked.masked_fill(~allowed, torch.finfo(causal.dtype).min)[:, None]
    hidden = _backbone(causal, input_ids=packed, attention_mask=blocked, position_ids=positions)
    return torch.cat([hidden[i, rows[2 * i + side].to(ids.device)] for side in (0, 1) for i in range(pairs)])
