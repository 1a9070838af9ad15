"""Attention as transformers' eager one, without copies of keys and values that several query heads share.

Grouped-query attention (arXiv:2305.13245) gives several heads one key and value; transformers repeats these for every
head, in every layer and for every decoded token. Here the heads of a group are rows of one matrix product instead.
"""

from __future__ import annotations

from typing import Any

import torch
from transformers import AttentionInterface
from transformers.masking_utils import AttentionMaskInterface, eager_mask

NAME = "grouped"
_PECULIAR = ("softcap", "s_aux", "position_bias", "head_mask")
"""What some architectures ask of their attention beyond the plain one."""


def register() -> None:
    """Let transformers know it by its name."""
    AttentionInterface.register(NAME, attention)
    AttentionMaskInterface.register(NAME, eager_mask)


def attention(
    module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    scaling: float,
    dropout: float = 0.0,
    **kwargs: Any,
) -> tuple[torch.Tensor, torch.Tensor]:
    """(output of shape (rows, positions, heads, head size), weights of shape (rows, heads, positions, keys)).

    `query` is (rows, heads, positions, head size); `key` and `value` have a head per group.

    Raises:
        ValueError: the architecture wants more than plain attention.
    """
    if asked := [name for name in _PECULIAR if kwargs.get(name) is not None]:
        raise ValueError(f"{NAME} attention has no {asked[0]}")
    rows, heads, positions, size = query.shape
    groups = key.shape[1]
    grouped = query.reshape(rows, groups, heads // groups * positions, size)
    scores = (grouped @ key.transpose(2, 3)).view(rows, heads, positions, -1) * scaling
    if attention_mask is not None:
        scores = scores + attention_mask
    weights = torch.nn.functional.softmax(scores, dim=-1, dtype=torch.float32).to(query.dtype)
    weights = torch.nn.functional.dropout(weights, p=dropout, training=module.training)
    output = (weights.view(rows, groups, heads // groups * positions, -1) @ value).view(rows, heads, positions, -1)
    return output.transpose(1, 2).contiguous(), weights
