"""The exactness certificate: on real batches, what our forward pass computes against TRL's own.

Truth is TRL's forward pass on float32 weights. Ours in float32 must equal it; ours on the weights' own type may be no
farther from it than TRL's own, by a factor that leaves room for chance. A run carries the figures in its result.
"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

import torch

from bench import engine, forward, methods, models, reference
from bench.engine import Example, Settings
from bench.models import Weights
from bench.store import finite

Json = dict[str, Any]
BATCHES, ROWS = 2, 2
EXACT = 1e-4
"""Relative norm of a difference in float32."""
NO_FARTHER = 1.5
"""Times TRL's own distance from the truth, in a lower precision."""
_ADAPTER = 0.02
"""Standard deviation of the adapter's B, which is 0 at first and would hide half of the gradients."""


@dataclass(frozen=True, slots=True)
class Computed:
    """What a trainer computes on some batches."""

    losses: torch.Tensor
    """Shape (batches,)."""
    sequences: torch.Tensor
    """Log-probability of each sequence's answer under the adapted model, in nats: shape (sequences,)."""
    tokens: torch.Tensor
    """Of each answer token, sequence after sequence."""
    gradient: torch.Tensor
    """Of all adapter weights, batch after batch, flat."""


def certificate(
    weights: Weights,
    dtype: str,
    attention: str,
    rows: Sequence[Example],
    trained: Sequence[str],
    max_length: int,
    progress: Callable[[], None] = lambda: None,
) -> Json:
    """Differences of each method on BATCHES batches of ROWS rows. `rows`: at least that many, pairs where a method needs them."""
    checked: Json = {}
    for method in trained:
        sides = [(torch.float32, False), (torch.float32, True)]
        sides += [] if dtype == "float32" else [(getattr(torch, dtype), False), (getattr(torch, dtype), True)]
        computed = []
        for precision, ours in sides:
            computed.append(_compute(weights, precision, attention, method, rows[: BATCHES * ROWS], ours, max_length))
            progress()
        checked[method] = _judged(dtype, *computed)
    found: Json = {
        "batches": BATCHES,
        "rows": ROWS,
        "dtype": dtype,
        "attention": attention,
        "limits": {"float32": EXACT, dtype: NO_FARTHER} if dtype != "float32" else {"float32": EXACT},
        "methods": checked,
        "holds": all(entry["holds"] for entry in checked.values()),
    }
    return {**found, "sentences": sentences(found)}


def units(dtype: str, trained: Sequence[str]) -> int:
    """How often `certificate` tells of its progress."""
    return len(trained) * (2 if dtype == "float32" else 4)


def sentences(found: Json) -> list[str]:
    """What a certificate says, a line a method and precision."""
    said = []
    for method, entry in found["methods"].items():
        apart = _figures(entry["float32"], "sequences", ".0e")
        said.append(f"{method}, float32: {apart} apart from TRL's (relative norm; limit {EXACT:.0e})")
        if found["dtype"] != "float32":
            ratios = _figures(entry[found["dtype"]]["ratio"], "tokens", ".2f")
            said.append(
                f"{method}, {found['dtype']}: {ratios} times as far from float32 as TRL's own (limit {NO_FARTHER})"
            )
    return said


def _figures(entry: Json, of: str, digits: str) -> str:
    said = {name: "not finite" if entry[name] is None else format(entry[name], digits) for name in (of, "gradient")}
    return f"log-probabilities {said[of]}, gradient {said['gradient']}"


def _judged(
    dtype: str, truth: Computed, ours: Computed, stock_low: Computed | None = None, our_low: Computed | None = None
) -> Json:
    exact = distance(ours, truth)
    holds = all(_within(exact[name], EXACT) for name in ("loss", "sequences", "gradient"))
    if stock_low is None or our_low is None:
        return {"float32": exact, "holds": holds}
    far, own = distance(our_low, truth), distance(stock_low, truth)
    # Of tokens: the errors of a few sums would be compared by luck.
    ratios = {name: _ratio(far[name], own[name]) for name in ("tokens", "gradient")}
    return {
        "float32": exact,
        dtype: {"ours": far, "stock": own, "ratio": ratios},
        "holds": holds and all(_within(r, NO_FARTHER) for r in ratios.values()),
    }


def _within(value: float | None, limit: float) -> bool:
    """Whether a figure is known and at most `limit`."""
    return value is not None and value <= limit


def _ratio(far: float | None, own: float | None) -> float | None:
    """Times as far; 1 where both are exact, None where one is not finite or only TRL's is exact."""
    if far is None or own is None:
        return None
    if own == 0:
        return 1.0 if far == 0 else None
    return far / own


def distance(one: Computed, truth: Computed) -> dict[str, float | None]:
    """Relative norms of differences: of losses, log-probabilities and gradients; and the largest of a sequence in nats.

    Of single tokens it is the sum of absolute values: squared, a few tokens would decide. None where it is not finite.
    """

    def relative(a: torch.Tensor, b: torch.Tensor, norm: int = 2) -> float | None:
        apart, size = float((a - b).norm(norm)), float(b.norm(norm))
        return 0.0 if apart == size == 0 else finite(apart / size if size else math.inf)

    return {
        "loss": relative(one.losses, truth.losses),
        "sequences": relative(one.sequences, truth.sequences),
        "tokens": relative(one.tokens, truth.tokens, norm=1),
        "gradient": relative(one.gradient, truth.gradient),
        "nats": finite((one.sequences - truth.sequences).abs().max().item()),
    }


def _compute(
    weights: Weights,
    dtype: torch.dtype,
    attention: str,
    method: str,
    rows: Sequence[Example],
    ours: bool,
    max_length: int,
) -> Computed:
    # TRL's side has the attention that its users get, whichever is ours.
    model, tokenizer = models.load(weights, str(dtype).removeprefix("torch."), attention if ours else None)
    if ours and "rejected" in methods.get(method).NEEDS:
        rows = _with_reference(model, tokenizer, rows)
    settings = Settings(steps=BATCHES, batch=ROWS, learning_rate=0.0, max_length=max_length, lora_rank=8, seed=0)
    with tempfile.TemporaryDirectory() as folder:
        adapted = engine.adapt(model, settings.lora_rank, settings.seed)
        trainer = methods.get(method).trainer(adapted, tokenizer, rows, settings, Path(folder))
        _spread(trainer.model)
        if ours:
            forward.answer_only(adapted.get_base_model())
        return _read(trainer, watch(adapted.get_base_model()))


def _with_reference(model: Any, tokenizer: Any, rows: Sequence[Example]) -> list[Example]:
    """As the bench hands them to a trainer, which then makes no reference pass of its own."""
    found = reference.logprobs(model, tokenizer, rows, ROWS)
    return [replace(e, reference=pair) for e, pair in zip(rows, found, strict=True)]


def _spread(model: Any) -> None:
    """An adapter that does something, the same for every precision but for rounding."""
    draw = torch.Generator().manual_seed(1)
    for name, weight in model.named_parameters():
        if "lora_B" in name:
            weight.data.copy_(torch.randn(weight.shape, generator=draw) * _ADAPTER)


def watch(causal: Any) -> list[torch.Tensor]:
    """Where every later forward pass that trains leaves the log-probabilities of each sequence's answer tokens."""
    seen: list[torch.Tensor] = []
    inner = causal.forward

    def forward(*args: Any, **kwargs: Any) -> Any:
        output = inner(*args, **kwargs)
        if torch.is_grad_enabled():
            rows = zip(output.log_probs.detach().float().cpu(), output.label_mask.cpu(), strict=True)
            seen.extend(logprobs[mask] for logprobs, mask in rows)
        return output

    causal.forward = forward
    return seen


def _read(trainer: Any, seen: list[torch.Tensor]) -> Computed:
    losses, gradients = [], []
    trainer.model.eval()  # dropout would draw other numbers
    for batch in islice(trainer.get_train_dataloader(), BATCHES):
        loss = trainer.compute_loss(trainer.model, dict(batch))
        loss.backward()
        losses.append(loss.detach().float().cpu())
        weights = [p for p in trainer.model.parameters() if p.grad is not None]
        gradients += [p.grad.flatten().float().cpu() for p in weights]
        trainer.model.zero_grad()
    sums = torch.stack([tokens.sum() for tokens in seen])
    return Computed(torch.stack(losses), sums, torch.cat(seen), torch.cat(gradients))
