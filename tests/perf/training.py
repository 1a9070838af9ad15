"""Training: ours against TRL in three settings."""

from __future__ import annotations

import statistics
from typing import Any

from tests.perf import side, turns

ROUNDS = 3
TITLES = {
    "default": "TRL's defaults with bf16",
    "plain": "without gradient checkpointing",
    "best": "bfloat16 weights, no checkpointing, reference beforehand",
}


def measure(method: str, rounds: int = ROUNDS) -> dict[str, Any]:
    """Ratios of a step's time, of peak memory, and our share of the matrix products' rate."""
    found = turns.take(side.SIDES, rounds, lambda name: turns.process("tests.perf.side", name, method))
    step = {name: [statistics.median(one["seconds"][1:]) for one in many] for name, many in found.items()}
    peak = {name: max(one["peak_gb"] for one in many) for name, many in found.items()}
    ours = found["ours"]
    shares = [one["flops"] / seconds / one["products"] for one, seconds in zip(ours, step["ours"], strict=True)]
    reference = [one.get("reference_seconds", 0.0) / side.STEPS for one in ours]
    return {
        "step_seconds": step,
        "ratios": {name: turns.ratio(step[name], step["ours"]) for name in TITLES},
        "ratios_with_reference": {
            name: turns.ratio(step[name], [a + b for a, b in zip(step["ours"], reference, strict=True)])
            for name in TITLES
        },
        "peak_gb": peak,
        "share_of_products": {"median": statistics.median(shares), "low": min(shares), "high": max(shares)},
        "tokens_per_second": statistics.median(one["tokens"] / s for one, s in zip(ours, step["ours"], strict=True)),
        "attention": ours[0]["attention"],
        "dtype": ours[0]["dtype"],
        "losses": {name: many[0]["losses"] for name, many in found.items()},
    }
