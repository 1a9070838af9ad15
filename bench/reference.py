"""Reference log-probabilities: both sides of pairs under the untrained model, by the very forward pass that trains.

Another pass (on cached keys and values, say) would round otherwise, in bfloat16 by tenths of a nat over an answer, and
DPO would not start at ln 2, as it does in TRL.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch

from bench import decoding, encoding, forward, scoring
from bench.engine import Example
from tasks.types import Request

Pair = tuple[float, float]


def logprobs(
    model: Any,
    tokenizer: Any,
    rows: Sequence[Example],
    batch: int,
    progress: Callable[[int], None] = lambda _: None,
) -> list[Pair]:
    """(chosen, rejected) of each row in nats, `batch` pairs at a time as in training."""
    causal = decoding.unwrap(model.eval())
    if not forward.plain_head(causal):
        return _scored(model, tokenizer, rows, progress)
    tokens = [encoding.encode(tokenizer, e.prompt, (e.chosen, e.rejected or "")) for e in rows]
    by_length = sorted(range(len(rows)), key=lambda i: len(tokens[i].prompt) + sum(map(len, tokens[i].continuations)))
    found: dict[int, Pair] = {}
    for start in range(0, len(rows), batch):
        some = by_length[start : start + batch]
        with torch.inference_mode():
            found.update(zip(some, _pairs(causal, tokenizer, [tokens[i] for i in some]), strict=True))
        progress(len(some))
    return [found[i] for i in range(len(rows))]


def _pairs(causal: Any, tokenizer: Any, tokens: Sequence[encoding.Tokens]) -> list[Pair]:
    """In the order of TRL's preference batches: all chosen sides, then all rejected ones."""
    sides = [t.prompt + t.continuations[side] for side in (0, 1) for t in tokens]
    ids, mask = encoding.pad(sides, tokenizer.pad_token_id, "right", causal.device)
    labels = ids.masked_fill(mask == 0, -100)
    for row, t in zip(labels, [*tokens, *tokens], strict=True):
        row[: len(t.prompt)] = -100
    output: Any = forward.fused(causal, ids, mask, labels)
    chosen, rejected = (output.log_probs * output.label_mask).sum(-1).float().chunk(2)
    return list(zip(chosen.tolist(), rejected.tolist(), strict=True))


def _scored(model: Any, tokenizer: Any, rows: Sequence[Example], progress: Callable[[int], None]) -> list[Pair]:
    """Where the head is no plain product."""
    outputs = scoring.run(
        model, tokenizer, [Request(e.prompt, (e.chosen, e.rejected or "")) for e in rows], 1, progress
    )
    return [(o.logprobs[0], o.logprobs[1]) for o in outputs]
