"""What a model's name gives away: size, and whether it is instruction-tuned. No file is opened, no hub asked."""

from __future__ import annotations

import re

from advisor.profiling.types import Model

SIZE = re.compile(r"(?<![\w.])(?:(\d+)x)?(\d+(?:\.\d+)?)([bm])(?![a-z0-9])", re.IGNORECASE)
TUNED = re.compile(r"(?:^|[-_./])(?:instruct\w*|chat|it|sft|dpo|rlhf|assistant)(?:$|[-_./\d])", re.IGNORECASE)
BASE = re.compile(r"(?:^|[-_./])(?:base|pt|pretrain(?:ed)?)(?:$|[-_./\d])", re.IGNORECASE)
TUNED_FAMILIES = re.compile(
    r"^(?:gpt-oss|qwen3|phi-[34]|deepseek-r1|smollm3)|vicuna|alpaca|hermes|zephyr|tulu|dolphin|wizardlm|openchat|starling",
    re.IGNORECASE,
)
"""Families whose plain name is the tuned model."""
BASE_FAMILIES = re.compile(
    r"(?:meta-)?llama-[123](?:\.\d)?-\d+b|qwen(?:1\.5|2|2\.5)-[\d.]+b|mi[sx]tral-[\dx]+b-v0\.[1-3]|gemma(?:-[23])?-\d+b|"
    r"smollm2?-[\d.]+[mb]|pythia-[\d.]+[mb]|gpt2(?:-\w+)?|opt-[\d.]+[mb]|bloom-\w+|falcon-\d+b|olmo-[\w.-]+|phi-[12](?:\.5|_5)?",
    re.IGNORECASE,
)
"""Names that are, with nothing added, the base model."""


def model_of(name: str | None) -> Model | None:
    """Read a model's name."""
    if name is None:
        return None
    leaf = name.rstrip("/").rsplit("/", 1)[-1]
    size = SIZE.search(leaf.replace("_", "-"))
    parameters = float(size[2]) * (1e9 if size[3].lower() == "b" else 1e6) * int(size[1] or 1) if size else None
    return Model(name, parameters, tuned(leaf))


def tuned(leaf: str) -> bool | None:
    """True or False by a mark or a known family; None for a name that says nothing (`my-model`, `8B`)."""
    if BASE.search(leaf):
        return False
    if TUNED.search(leaf) or TUNED_FAMILIES.search(leaf):
        return True
    return False if BASE_FAMILIES.fullmatch(leaf) else None
