"""The words of the field that everything else is said in."""

from __future__ import annotations

from typing import Literal

Supervision = Literal["gold", "pairs", "ranked", "unpaired", "prompts", "text", "eval", "mixed"]
Axis = Literal["rag", "values", "style", "reasoning", "code", "tools", "summarisation", "knowledge", "general"]
Method = Literal["sft", "dpo", "sft_dpo", "kto", "orpo", "simpo", "rlhf", "grpo", "cpt", "none", "fix_data", "either"]
Severity = Literal["info", "warn", "block"]

METHODS: tuple[Method, ...] = (
    "sft", "dpo", "sft_dpo", "kto", "orpo", "simpo", "rlhf", "grpo", "cpt", "none", "fix_data", "either",
)  # fmt: skip


FIELDS = ("prompt", "system", "contexts", "answer", "chosen", "rejected", "label", "score", "text")
"""What `--map` can say of a column."""
