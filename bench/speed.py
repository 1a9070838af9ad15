"""How fast this machine computes: matrix products at the model's shapes, and which attention is fastest, both measured."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch

from bench import grouped
from bench.models import Weights

IMPLEMENTATIONS = (grouped.NAME, "eager", "sdpa")
"""Those that need no other package and take the mask of `forward.answer_only`. The first decodes fastest on a CPU."""
WORTH = 0.95
"""Of the first one's time: another must take less, or noise would choose."""
_ROWS, _TOKENS, _LAYERS = 4, 256, 2
_ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Attention:
    """The implementation chosen, with what it was chosen by."""

    name: str
    """As transformers calls it."""
    seconds: dict[str, float]
    """Implementation → the least of a forward and backward pass through _LAYERS layers; empty if there was no choice."""

    @property
    def why(self) -> str:
        """In words."""
        if not self.seconds:
            return "this architecture offers no other"
        times = ", ".join(f"{name} {1000 * spent:.0f} ms" for name, spent in self.seconds.items())
        return f"measured on {_LAYERS} layers, {_ROWS} x {_TOKENS} tokens there and back: {times}"


def attention(weights: Weights, dtype: str, device: str) -> Attention:
    """The fastest implementation for a model of this shape, tried in turns on a few layers of random weights."""
    passes = {name: made for name in IMPLEMENTATIONS if (made := _layers(weights, dtype, device, name))}
    if len(passes) < 2:
        return Attention(next(iter(passes), "eager"), {})
    least = dict.fromkeys(passes, float("inf"))
    for _ in range(_ROUNDS):
        for name, run in passes.items():
            least[name] = min(least[name], seconds(run, device))
    first, best = next(iter(passes)), min(least, key=least.__getitem__)
    return Attention(best if least[best] < WORTH * least[first] else first, least)


def _layers(weights: Weights, dtype: str, device: str, implementation: str) -> Callable[[], Any] | None:
    """A pass through a few layers with this implementation, made once; None where the architecture has none such."""
    from transformers import AutoConfig, AutoModel

    grouped.register()
    config = AutoConfig.from_pretrained(weights.folder, trust_remote_code=False).get_text_config()
    with torch.random.fork_rng():  # which numbers a trial draws must not depend on this
        try:
            config.num_hidden_layers = min(_LAYERS, config.num_hidden_layers)
            if getattr(config, "layer_types", None):
                config.layer_types = config.layer_types[: config.num_hidden_layers]
            model: Any = AutoModel.from_config(  # type: ignore[no-untyped-call]
                config, dtype=getattr(torch, dtype), attn_implementation=implementation
            )
            width = min(_TOKENS, getattr(config, "max_position_embeddings", None) or _TOKENS)
            rows = torch.randint(config.vocab_size, (_ROWS, width), device=device)
            model = model.to(device)
            model.requires_grad_(
                False
            ).enable_input_require_grads()  # of the embeddings' output: frozen, as in training

            def run() -> None:
                model(input_ids=rows, use_cache=False).last_hidden_state.sum().backward()

            run()
        except (ValueError, ImportError, LookupError, AttributeError, TypeError, RuntimeError):
            return None  # it does not know this implementation, or cannot be cut to a few layers
    return run


def products(config: Any, dtype: str, device: str) -> float:
    """FLOP/s of matrix products at the model's shape, (1024, hidden) times (hidden, intermediate): the best of several."""
    hidden = config.hidden_size
    wide = getattr(config, "intermediate_size", None) or 4 * hidden
    a, b = (torch.randn(*shape, device=device).to(getattr(torch, dtype)) for shape in ((1024, hidden), (hidden, wide)))
    again = max(1, int(2e10 / (2 * 1024 * hidden * wide)))

    def run() -> None:
        for _ in range(again):
            a @ b

    least = min(seconds(run, device) for _ in range(_ROUNDS + 2))
    return float(2 * 1024 * hidden * wide * again) / least


def seconds(work: Callable[[], Any], device: str) -> float:
    """Wall-clock time of some work, the GPU's included."""
    if device == "cuda":
        torch.cuda.synchronize()
    start = time.perf_counter()
    work()
    if device == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter() - start
