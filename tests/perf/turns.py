"""Measurements taken in turns, A B A B, and their ratios with spread: a machine that drifts hits all sides alike."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

_Found = TypeVar("_Found")


def take(sides: Sequence[str], rounds: int, measure: Callable[[str], _Found]) -> dict[str, list[_Found]]:
    """Side → what was measured in each round."""
    found: dict[str, list[_Found]] = {side: [] for side in sides}
    for n in range(rounds):
        for side in sides if n % 2 == 0 else [*reversed(sides)]:
            found[side].append(measure(side))
            print(f"  round {n + 1} of {rounds}: {side}", file=sys.stderr, flush=True)  # noqa: T201
    return found


def ratio(theirs: Sequence[float], ours: Sequence[float]) -> dict[str, float]:
    """Their seconds over ours, round by round: median and range."""
    each = [a / b for a, b in zip(theirs, ours, strict=True)]
    return {"median": statistics.median(each), "low": min(each), "high": max(each)}


def said(found: Mapping[str, float]) -> str:
    """A ratio with its range."""
    return f"{found['median']:.2f} ({found['low']:.2f}–{found['high']:.2f})"


def process(*command: str) -> Any:
    """The JSON that a module prints as its last line, run as a process of its own in the bench's environment."""
    environment = {**os.environ, "TOKENIZERS_PARALLELISM": "false", "HF_DATASETS_DISABLE_PROGRESS_BARS": "1"}
    environment |= {"THP_MEM_ALLOC_ENABLE": "1"} if "ours" in command else {}
    done = subprocess.run(
        [sys.executable, "-m", *command], env=environment, stdout=subprocess.PIPE, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {done.returncode}")
    return json.loads(done.stdout.splitlines()[-1])
