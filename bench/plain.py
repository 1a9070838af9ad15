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

    ids = torch.tensor([list(prompt)], device=causal.device)
    found = causal.generate(
        input_ids=ids,
        attention_mask=torch.ones_like(ids),
        max_new_tokens=limit,
        do_sample=False,
        num_beams=1,
        temperature=None,
        top_p=None,
        top_k=None,
        eos_token_id=sorted(stops) or None,
        pad_token_id=fill,
    )[0, len(prompt) :].tolist()
    return [token for token in found if token not in stops], any(token in stops for token in found)
