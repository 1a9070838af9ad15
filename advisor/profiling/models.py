"""What a model's name gives away: size, and whether it is instruction-tuned. No file is opened, no hub asked."""

from __future__ import annotations

import re

from advisor.profiling.types import Model

SIZE = re.compile(r"(?<![\w.])(?:(\d+)x)?(\d+(?:\.\d+)?)([bm])(?![a-z0-9])", re.IGNORECASE)
TUNED = re.compile(r"(?:^|[-_./])(?:instruct|chat|it|sft|dpo|rlhf|assistant|zephyr|tulu)(?:$|[-_./\d])", re.IGNORECASE)
BASE = re.compile(r"(?:^|[-_./])(?:base|pt|pretrain(?:ed)?)(?:$|[-_./\d])", re.IGNORECASE)
CHAT_FAMILIES = re.compile(r"^(?:gpt-oss|qwen3(?!.*base)|phi-[34]|deepseek-r1)", re.IGNORECASE)
"""Families whose plain name is the tuned model."""


def model_of(name: str | None) -> Model | None:
    """Read a model's name; a name with neither a tuned nor a base mark is taken as base where it gives a size beside the name."""
    if name is None:
        return None
    leaf = name.rstrip("/").rsplit("/", 1)[-1]
    size = SIZE.search(leaf.replace("_", "-"))
    parameters = float(size[2]) * (1e9 if size[3].lower() == "b" else 1e6) * int(size[1] or 1) if size else None
    return Model(name, parameters, tuned(leaf, parameters))


def tuned(leaf: str, parameters: float | None) -> bool | None:
    """True, False, or None for a name that says nothing (`my-model`) or nothing but a size (`8B`)."""
    if BASE.search(leaf):
        return False
    if TUNED.search(leaf) or CHAT_FAMILIES.search(leaf):
        return True
    return None if parameters is None or SIZE.fullmatch(leaf) else False
