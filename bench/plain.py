"""Scoring as transformers does it, one row after the other: for models whose prompts cannot be shared (bench/packing.py)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def logprob(causal: Any, prompt: Sequence[int], answer: Sequence[int]) -> float:
    """Log-probability of an answer's tokens after a prompt's, in nats, by one pass over both."""
    import torch

    ids = torch.tensor([[*prompt, *answer]], device=causal.device)
    logits = causal(input_ids=ids, attention_mask=torch.ones_like(ids), use_cache=False).logits[0, len(prompt) - 1 : -1]
    predicted = logits.float().log_softmax(-1)
    return predicted.gather(-1, ids[0, len(prompt) :, None]).sum().item()  # type: ignore[no-any-return]


def answer(causal: Any, prompt: Sequence[int], stops: frozenset[int], fill: int, limit: int) -> tuple[list[int], bool]:
    """Greedy token ids, and whether a token of `stops` ended them: transformers' own `generate`."""
    import torch
    from transformers import GenerationConfig

    ids = torch.tensor([list(prompt)], device=causal.device)
    # What a model's own settings ask besides (a penalty on repetition, say) would be taken where ours leave it open.
    own = causal.generation_config
    causal.generation_config = GenerationConfig(  # type: ignore[no-untyped-call]
        max_new_tokens=limit, do_sample=False, eos_token_id=sorted(stops) or None, pad_token_id=fill
    )
    try:
        found = causal.generate(input_ids=ids, attention_mask=torch.ones_like(ids))[0, len(prompt) :].tolist()
    finally:
        causal.generation_config = own
    return [token for token in found if token not in stops], any(token in stops for token in found)
