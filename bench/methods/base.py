"""The untrained model, prompted as in training: what every trained arm is measured against."""

from __future__ import annotations

from collections.abc import Sequence

from advisor.types import Message
from bench.types import Guide

TITLE = "Base model"
NEEDS: frozenset[str] = frozenset()
LEARNING_RATE = None


def rewrite(prompt: Sequence[Message], guide: Guide) -> tuple[Message, ...]:  # noqa: ARG001  (the contract's signature)
    """The prompt as it is."""
    return tuple(prompt)
