"""How far a trial has come: what its finished parts left, and the part at work, as JSON and files and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, astuple, dataclass, field, replace
from pathlib import PurePosixPath
from typing import Any

from bench.callbacks import Halfway
from bench.store import finite
from bench.types import Ledger

Json = dict[str, Any]

FRACTIONS = (0.25, 0.5)
"""Of a trial's steps: where its adapter is kept for a curve over the budget, and all it needs to go on."""
_ADAPTER = "adapter_model.safetensors"
"""The trainer's name of the adapter in its checkpoint."""
_BEFORE = "before.safetensors"


def marks(steps: int) -> dict[int, float]:
    """Step → the fraction of a trial that it ends; a very short trial has fewer."""
    return {step: fraction for fraction in FRACTIONS if 0 < (step := round(fraction * steps)) < steps}


def checkpoint(fraction: float) -> str:
    """Where a fraction's adapter and answers lie inside a trial's folder."""
    return f"checkpoints/{fraction:g}"


@dataclass(frozen=True, slots=True)
class Spent:
    """What something took of the clocks that a budget can be counted by."""

    train_seconds: float
    tokens: int
    flops: float


@dataclass(frozen=True, slots=True)
class Far:
    """A trial between two of its parts."""

    parts: int = 0
    """That are finished."""
    steps: int = 0
    """That they took."""
    adapter: bytes | None = None
    """That they left."""
    ledgers: tuple[Ledger, ...] = ()
    """Of each."""
    log: tuple[Json, ...] = ()
    """Of all, counted by the trial's steps."""
    spent: tuple[Spent, ...] = ()
    """On each step."""
    curve: Mapping[int, bytes] = field(default_factory=dict)
    """Step → the adapter after it, of those that end a fraction."""


def reached(far: Far, halfway: Halfway) -> Far:
    """With the adapter of the part at work, which has come to the end of a fraction."""
    return replace(far, curve={**far.curve, far.steps + halfway.step: halfway.files[_ADAPTER]})


def kept(far: Far, halfway: Halfway) -> tuple[Json, dict[str, bytes]]:
    """What brings both back."""
    value = {
        "parts": far.parts,
        "steps": far.steps,
        "ledgers": [asdict(ledger) for ledger in far.ledgers],
        "log": far.log,
        "spent": [astuple(spent) for spent in far.spent],
        "curve": sorted(far.curve),
        "halfway": {
            "step": halfway.step,
            "log": [{name: finite(number) for name, number in line.items()} for line in halfway.log],
            "seconds": halfway.seconds,
            "peak_memory_gb": halfway.peak_memory_gb,
        },
    }
    before = {} if far.adapter is None else {_BEFORE: far.adapter}
    return value, {**halfway.files, **before, **{_after(step): data for step, data in far.curve.items()}}


def brought_back(value: Json, files: Mapping[str, bytes]) -> tuple[Far, Halfway]:
    """What `kept` was given; files by any path that ends in their names."""
    named = {PurePosixPath(path).name: data for path, data in files.items()}
    curve = {step: named.pop(_after(step)) for step in value["curve"]}
    ledgers = tuple(Ledger(**ledger) for ledger in value["ledgers"])
    spent = tuple(Spent(*numbers) for numbers in value["spent"])
    before = named.pop(_BEFORE, None)
    far = Far(value["parts"], value["steps"], before, ledgers, tuple(value["log"]), spent, curve)
    return far, Halfway(files=named, **value["halfway"])


def _after(step: int) -> str:
    return f"after-{step}.safetensors"
