"""The untrained model with the best plain prompt: the policy or instruction in the system turn, and two worked examples.

Whoever can prompt need not train, so this arm stands in every run. The examples come from the training split.
"""

from __future__ import annotations

from collections.abc import Sequence

from advisor.types import Message
from bench.types import Guide

TITLE = "Prompted base model"
NEEDS: frozenset[str] = frozenset()
LEARNING_RATE = None


def rewrite(prompt: Sequence[Message], guide: Guide) -> tuple[Message, ...]:
    """System turn (the guide's, then the prompt's own), worked examples, then the prompt."""
    own = [m for m in prompt if m.role == "system"]
    system = "\n\n".join([guide.system, *(m.content for m in own)] if guide.system else [m.content for m in own])
    head = (Message("system", system),) if system else ()
    return (*head, *guide.shots, *(m for m in prompt if m.role != "system"))
