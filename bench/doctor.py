"""`bench doctor`: what this machine is, how fast it trains and scores, and whether the fast path is exact."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rich.console import Console

from bench import certificate, engine, examples, machine, meters, methods, models, scoring, speed, track
from bench.engine import Example, Settings
from bench.plan import BATCH, MAX_LENGTH, RANK
from tasks.types import Request

Json = dict[str, Any]
METHODS = ("sft", "dpo")
STEPS = 2
SCORED = 8


@dataclass(frozen=True, slots=True)
class Rate:
    """How fast something computes."""

    what: str
    """`train sft`, `score`."""
    tokens_per_second: float
    """As the method processes them: a pair counts its prompt twice."""
    share: float
    """Of the measured rate of matrix products, by the FLOPs really needed."""


def examine(console: Console, weights: models.Weights, dtype: str) -> bool:
    """Print what is found, a line as soon as it is known; whether the fast path is exact."""
    device, found, free = models.device(), machine.hardware(), machine.available_gb()
    slow = machine.slow(found, Path())
    _say(console, "machine", f"{found['cpu']}, {found['cores']} cores, {found['gpu'] or 'no GPU'}")
    _say(console, "memory", _memory(found["memory_gb"], free))
    _say(console, "model", f"{weights.name}, weights in {dtype}")
    with console.status("measuring"):
        peak = _products(console, weights, dtype, device)
        attention = speed.attention(weights, dtype, device)
        _say(console, "attention", f"{attention.name}: {attention.why}")
        rows = _rows()
        setting = _Setting(weights, dtype, attention.name, peak)
        for rate in (*(_training(setting, method, rows) for method in METHODS), _scoring(setting, rows)):
            _say(console, rate.what, f"{rate.tokens_per_second:,.0f} tokens/s, {rate.share:.0%} of that product rate")
        short = sorted(rows, key=lambda e: sum(len(m.content) for m in e.prompt))  # to be done sooner
        checked = certificate.certificate(weights, dtype, attention.name, short, METHODS, MAX_LENGTH)
    for line in checked["sentences"]:
        _say(console, "exact" if checked["holds"] else "NOT EXACT", line)
    for line in slow:
        _say(console, "slow", line)
    return bool(checked["holds"])


@dataclass(frozen=True, slots=True)
class _Setting:
    """What all measurements share."""

    weights: models.Weights
    dtype: str
    attention: str
    peak: float
    """FLOP/s of matrix products."""

    def load(self) -> tuple[Any, Any]:
        return models.load(self.weights, self.dtype, self.attention)


def _say(console: Console, what: str, text: str) -> None:
    console.print(f"[bold]{what:11}[/bold]", end=" ")
    console.print(text, markup=False, highlight=False)


def _memory(total: float | None, free: float | None) -> str:
    whole = "unknown" if total is None else f"{total:.0f} GB"
    return whole if free is None else f"{whole}, {free:.0f} free"


def _products(console: Console, weights: models.Weights, dtype: str, device: str) -> float:
    """FLOP/s in the type of the weights; printed beside float32's."""
    from transformers import AutoConfig

    config = AutoConfig.from_pretrained(weights.folder, trust_remote_code=False).get_text_config()
    rates = {name: speed.products(config, name, device) for name in dict.fromkeys((dtype, "float32"))}
    shown = ", ".join(f"{name} {rate / 1e12:.2f} TFLOP/s" for name, rate in rates.items())
    _say(console, "products", f"{shown} at this model's shapes")
    return rates[dtype]


def _rows() -> list[Example]:
    """Embedded pairs about documents, as the default run trains on them."""
    prepared = track.prepare("embedded:rag", ["dpo"])
    return examples.order(examples.of(prepared.tune), 0, STEPS, BATCH)


def _training(setting: _Setting, method: str, rows: Sequence[Example]) -> Rate:
    """The fastest of a few steps after the first: what else the machine does can only slow a step down."""
    model, tokenizer = setting.load()
    settings = Settings(STEPS, BATCH, 1e-4, MAX_LENGTH, RANK, 0)
    given = [replace(row, reference=(0.0, 0.0)) for row in rows]  # numbers that only their time is asked of
    with tempfile.TemporaryDirectory() as folder:
        adapted = engine.adapt(model, RANK, 0)
        done = engine.train(methods.get(method).trainer(adapted, tokenizer, given, settings, Path(folder)))
    measured = [examples.measure(tokenizer, method, e) for e in rows]
    steps = [measured[n : n + BATCH] for n in range(0, len(measured), BATCH)]
    rates = [
        (
            sum(r.tokens for r in step) / spent,
            sum(meters.train_flops(model, r.forward, r.answers) for r in step) / spent,
        )
        for step, spent in zip(steps, done.step_seconds, strict=True)
    ]
    tokens, flops = max(rates[1:], key=lambda rate: rate[1])
    return Rate(f"train {method}", tokens, flops / setting.peak)


def _scoring(setting: _Setting, rows: Sequence[Example]) -> Rate:
    """Two answers to each of some prompts."""
    model, tokenizer = setting.load()
    requests = [Request(e.prompt, (e.chosen, e.rejected or "")) for e in rows[:SCORED]]
    spent = speed.seconds(lambda: scoring.run(model, tokenizer, requests, 1), models.device())
    measured = [examples.measure(tokenizer, "dpo", e) for e in rows[:SCORED]]
    flops = sum(meters.forward_flops(model, r.forward, r.answers) for r in measured)
    return Rate("score", sum(r.tokens for r in measured) / spent, flops / spent / setting.peak)
