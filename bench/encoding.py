"""Conversations in token ids, cut where TRL's trainers cut them, and rows of ids padded to one width."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from advisor.types import Message, Record
from tasks.prompting import conversation, target

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedTokenizerBase


@dataclass(frozen=True, slots=True)
class Tokens:
    """A request in token ids."""

    prompt: list[int]
    """Rendered conversation, generation prompt included."""
    continuations: tuple[list[int], ...]
    """Rendered answers, end of turn included."""


def encode(tokenizer: PreTrainedTokenizerBase, prompt: Sequence[Message], answers: Sequence[str]) -> Tokens:
    """Token ids of a conversation and of each answer to it, as TRL's trainers cut them."""
    turns = [{"role": m.role, "content": m.content} for m in prompt]
    ids = _render(tokenizer, turns, add_generation_prompt=True)
    full = [_render(tokenizer, [*turns, {"role": "assistant", "content": a}]) for a in answers]
    cut = min([len(ids), *(_common_prefix(ids, f) for f in full)])
    return Tokens(ids[:cut], tuple(f[cut:] for f in full))


def longest(tokenizer: PreTrainedTokenizerBase, record: Record) -> int:
    """Tokens of a training record with its longer answer: rows that do not fit are left out, as a cut answer is a false one."""
    tokens = encode(tokenizer, conversation(record), [target(record) or "", record.rejected or ""])
    return len(tokens.prompt) + max(map(len, tokens.continuations))


def _render(tokenizer: PreTrainedTokenizerBase, turns: list[dict[str, str]], **kwargs: bool) -> list[int]:
    ids: Any = tokenizer.apply_chat_template(turns, tokenize=True, return_dict=False, **kwargs)  # type: ignore[arg-type]
    return list(ids)


def _common_prefix(a: list[int], b: list[int]) -> int:
    return next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))


def pad(rows: Sequence[Sequence[int]], fill: int, side: str, device: Any) -> tuple[torch.Tensor, torch.Tensor]:
    """Ids and mask of shape (rows, longest), padded with `fill` on `side`."""
    import torch

    width = max(map(len, rows))
    ids = torch.full((len(rows), width), fill)
    mask = torch.zeros((len(rows), width), dtype=torch.long)
    for n, row in enumerate(rows):
        at = slice(width - len(row), width) if side == "left" else slice(0, len(row))
        ids[n, at], mask[n, at] = torch.tensor(row, dtype=torch.long), 1
    return ids.to(device), mask.to(device)
