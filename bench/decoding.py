"""One read of prompts into a cache of keys and values; on it, continuations are scored and answers decoded greedily.

Each continuation is scored on top of the prompt and taken off again (`cache.crop`); rows that finish are dropped.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from bench.encoding import pad

if TYPE_CHECKING:
    import torch


def read(causal: Any, ids: torch.Tensor, mask: torch.Tensor) -> tuple[torch.Tensor, Any]:
    """Read prompts padded on the left: (logits of what comes next, of shape (rows, 1, vocabulary), cache of keys and values)."""
    import torch
    from transformers import DynamicCache

    cache = DynamicCache(config=causal.config)
    first = causal(
        input_ids=ids,
        attention_mask=mask,
        position_ids=(mask.cumsum(-1) - 1).clamp(min=0),
        past_key_values=cache,
        use_cache=True,
        # An index copies the last states; a slice of them would make torch copy a frozen head's weights for every row.
        logits_to_keep=torch.tensor([ids.shape[1] - 1], device=ids.device),
    ).logits
    return first, cache


def continued(
    causal: Any, first: torch.Tensor, mask: torch.Tensor, cache: Any, answers: Sequence[Sequence[list[int]]]
) -> list[list[tuple[float, bool]]]:
    """Of every continuation of each row (sum of its log-probabilities, whether it is the greedy one).

    All continuations of a row follow its prompt side by side in one pass: each sees the prompt and itself. What a last
    token would predict is not asked for. The cache is as before then.
    """
    import torch

    inner = [[answer[:-1] for answer in row] for row in answers]
    ids, _ = pad([list(itertools.chain(*row)) for row in inner], 0, "right", mask.device)
    logits = first[:, :0]
    if width := ids.shape[1]:
        places, owners = (pad(rows, -1, "right", mask.device)[0] for rows in _side_by_side(inner))
        own = (owners[:, :, None] == owners[:, None, :]).tril()
        seen = torch.cat([mask.bool()[:, None, :].expand(-1, width, -1), own], -1)
        blocked = torch.zeros(seen.shape, dtype=causal.dtype, device=mask.device)
        logits = causal(
            input_ids=ids,
            attention_mask=blocked.masked_fill(~seen, torch.finfo(causal.dtype).min)[:, None],
            position_ids=(mask.sum(-1, keepdim=True) + places).clamp(min=0),
            past_key_values=cache,
            use_cache=True,
        ).logits
        cache.crop(-width)
    return [_scores(torch.cat([f, later]), row) for f, later, row in zip(first, logits, answers, strict=True)]


def _side_by_side(rows: Sequence[Sequence[list[int]]]) -> tuple[list[list[int]], list[list[int]]]:
    """Of each row's tokens (place in its own continuation, which continuation)."""
    places = [[place for answer in row for place in range(len(answer))] for row in rows]
    return places, [[n for n, answer in enumerate(row) for _ in answer] for row in rows]


def _scores(logits: torch.Tensor, answers: Sequence[list[int]]) -> list[tuple[float, bool]]:
    """From logits of shape (1 + tokens, vocabulary): the prompt's last, then those of the continuations without their last."""
    import torch

    predicted = logits.float().log_softmax(-1)
    ends = list(itertools.accumulate((len(answer[:-1]) for answer in answers), initial=1))
    found = []
    for answer, start in zip(answers, ends, strict=False):
        rows = predicted[torch.tensor([0, *range(start, start + len(answer[:-1]))], device=logits.device)]
        ids = torch.tensor(answer, device=logits.device)
        found.append((rows.gather(-1, ids[:, None]).sum().item(), bool((rows.argmax(-1) == ids).all())))
    return found


def greedy(
    causal: Any,
    logits: torch.Tensor,
    mask: torch.Tensor,
    cache: Any,
    stops: frozenset[int],
    limit: int,
    said: Callable[[list[int]], bool] = lambda _: False,
) -> list[tuple[list[int], bool]]:
    """Greedy token ids of each row and whether it ended by itself, by a token of `stops` or by what it `said`; the cache is
    used up."""
    import torch

    answers: list[list[int]] = [[] for _ in mask]
    ended = [False] * len(answers)
    live = list(range(len(answers)))
    for _ in range(limit):
        chosen = logits[:, -1].argmax(-1).tolist()
        for k, token in enumerate(chosen):
            if token in stops:
                ended[live[k]] = True
            else:
                answers[live[k]].append(token)
                ended[live[k]] = said(answers[live[k]])
        keep = [k for k, n in enumerate(live) if not ended[n]]
        if not keep:
            break
        if len(keep) < len(live):
            rows = torch.tensor(keep, device=mask.device)
            cache.batch_select_indices(rows)
            mask, live = mask[rows], [live[k] for k in keep]
        position = mask.sum(-1, keepdim=True)
        mask = torch.cat([mask, mask.new_ones(len(live), 1)], 1)
        ids = torch.tensor([[answers[n][-1]] for n in live], device=mask.device)
        logits = causal(
            input_ids=ids, attention_mask=mask, position_ids=position, past_key_values=cache, use_cache=True
        ).logits
    return list(zip(answers, ended, strict=True))


def unwrap(model: Any) -> Any:
    """The causal language model inside a PEFT model (its adapter stays active), or the model itself."""
    return model.get_base_model() if hasattr(model, "get_base_model") else model


def stop_ids(tokenizer: Any, model: Any) -> frozenset[int]:
    """Tokens that end an answer: the tokenizer's and the generation config's end-of-sequence tokens."""
    eos = getattr(model.generation_config, "eos_token_id", None)
    many = eos if isinstance(eos, list) else [eos]
    return frozenset(i for i in [tokenizer.eos_token_id, *many] if i is not None)
