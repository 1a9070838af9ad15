"""Which rows a trial trains on, in which order, and how long they are."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from advisor.types import Record
from bench import encoding, methods
from bench.engine import Example
from tasks.prompting import conversation, target

WINDOW = 8
"""Batches that are sorted by length together: enough to save most padding, few enough to stay a random order."""


@dataclass(frozen=True, slots=True)
class Row:
    """A training example with its length."""

    example: Example
    tokens: int
    """As the method processes it: of a pair both sides, each with the prompt."""
    answers: int
    """Answer tokens among them."""
    forward: int
    """Really read: of a pair the prompt only once."""


def of(records: Sequence[Record]) -> list[Example]:
    """Training rows of records."""
    return [Example(r.id, conversation(r), target(r) or "", r.rejected) for r in records]


def order(rows: Sequence[Example], seed: int, steps: int, batch: int) -> list[Example]:
    """The first `steps` batches of a seed: the same rows in the same order for every method.

    Epoch after epoch is shuffled; in windows of WINDOW batches rows are sorted by length, then the batches shuffled. Every
    epoch and every window has its own random numbers, so that fewer steps are the beginning of more.
    """
    windows, size = math.ceil(steps / WINDOW), WINDOW * batch
    epochs = math.ceil(windows * size / len(rows))
    stream = [e for n in range(epochs) for e in _random(seed, "epoch", n).sample(rows, len(rows))]
    batches: list[list[Example]] = []
    for n in range(windows):
        window = sorted(stream[n * size : (n + 1) * size], key=_characters)
        cut = [window[i : i + batch] for i in range(0, size, batch)]
        _random(seed, "window", n).shuffle(cut)
        batches.extend(cut)
    return [e for b in batches[:steps] for e in b]


def _random(seed: int, what: str, n: int) -> random.Random:
    return random.Random(f"{seed} {what} {n}")  # noqa: S311  (not for secrets)


def _characters(e: Example) -> int:
    return sum(len(m.content) for m in e.prompt) + max(len(e.chosen), len(e.rejected or ""))


def measure(tokenizer: Any, method: str, e: Example) -> Row:
    """Token counts of an example under a method."""
    pair = "rejected" in methods.get(method).NEEDS
    tokens = encoding.encode(tokenizer, e.prompt, [e.chosen, e.rejected or ""] if pair else [e.chosen])
    answers = sum(map(len, tokens.continuations))
    prompt = len(tokens.prompt)
    return Row(e, prompt * len(tokens.continuations) + answers, answers, prompt + answers)
