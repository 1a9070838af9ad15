"""lm-evaluation-harness on our scoring engine: a context is read once for all continuations that follow it.

`HFLM` renders, tokenizes, truncates, sorts and cuts at stop sequences; two of its questions are answered here with less
work: the log-likelihoods of continuations, and greedy decoding. What differs from the plain case (sampling, beams,
an encoder, requests longer than the model reads) is left to it. tests/bench/test_harness.py compares the two.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import torch
from lm_eval.models.huggingface import HFLM

from bench import decoding, encoding, packing, scoring

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

TOKENS = 16_384
"""Of contexts that are read at once, padding included: bounds the cache of keys and values."""
PLAIN = frozenset({"do_sample", "temperature", "attention_mask"})
"""Settings of generation that greedy decoding needs or does not look at."""
Encoded = tuple[tuple[str, str], list[int], list[int]]
"""((context, continuation), their token ids)."""
Group = list[tuple[int, list[int]]]
"""Continuations of one context, each with the place of its request."""


class Harness(HFLM):  # type: ignore[misc]
    """A model and its tokenizer as lm-evaluation-harness asks them."""

    def __init__(self, model: Any, tokenizer: PreTrainedTokenizerBase, max_length: int | None = None) -> None:
        super().__init__(pretrained=model, tokenizer=tokenizer, batch_size=scoring.ROWS, max_length=max_length)
        model.eval()

    def _loglikelihood_tokens(
        self, requests: list[Encoded], disable_tqdm: bool = False, override_bs: int | None = None
    ) -> list[tuple[float, bool]]:
        """(log-likelihood in nats, whether greedy decoding would give it) of each continuation."""
        fits = [len(context) + len(answer) <= self.max_length + 1 for _, context, answer in requests]
        if not packing.packable(decoding.unwrap(self.model), self._width(requests)):
            fits = [False] * len(requests)
        found = dict(self._scored([(i, r) for i, r in enumerate(requests) if fits[i]]))
        long = [i for i, fit in enumerate(fits) if not fit]
        rest = super()._loglikelihood_tokens([requests[i] for i in long], disable_tqdm, override_bs) if long else []
        found.update(zip(long, rest, strict=True))
        for i, (asked, _, _) in enumerate(requests):
            self.cache_hook.add_partial("loglikelihood", asked, found[i])
        return [found[i] for i in range(len(requests))]

    @staticmethod
    def _width(requests: Sequence[Encoded]) -> int:
        """Positions at most in a batch, padding included: the longest context, and most that follows one."""
        groups = grouped(list(enumerate(requests)))
        after = max((sum(len(ids) for _, ids in group) for group in groups.values()), default=0)
        return max(map(len, groups), default=0) + after

    def _scored(self, requests: Sequence[tuple[int, Encoded]]) -> Iterator[tuple[int, tuple[float, bool]]]:
        causal = decoding.unwrap(self.model)
        with torch.inference_mode():
            for batch in batches(grouped(requests)):
                ids, mask = encoding.pad([context for context, _ in batch], 0, "left", self.device)
                first, cache = decoding.read(causal, ids, mask)
                groups = [group for _, group in batch]
                scores = decoding.continued(causal, first, mask, cache, [[ids for _, ids in group] for group in groups])
                for group, row in zip(groups, scores, strict=True):
                    yield from zip((place for place, _ in group), row, strict=True)

    def _model_generate(
        self, context: torch.Tensor, max_length: int, stop: list[str], **generation_kwargs: Any
    ) -> torch.Tensor:
        """Token ids of contexts, padded on the left, and of what is decoded after them: (rows, positions)."""
        sampled = generation_kwargs.get("do_sample") or generation_kwargs.get("temperature")
        plain = packing.packable(decoding.unwrap(self.model), max_length)
        if sampled or not plain or not generation_kwargs.keys() <= PLAIN:
            return super()._model_generate(context, max_length, stop, **generation_kwargs)  # type: ignore[no-any-return]
        mask, width = generation_kwargs["attention_mask"], context.shape[1]
        causal, ends = decoding.unwrap(self.model), decoding.stop_ids(self.tokenizer, self.model)
        with torch.inference_mode():
            first, cache = decoding.read(causal, context, mask)
            answers = decoding.greedy(causal, first, mask, cache, ends, max_length - width, self._said(stop))
        new, _ = encoding.pad(
            [ids or [self.eot_token_id] for ids, _ in answers], self.eot_token_id, "right", self.device
        )
        return torch.cat([context, new], 1)

    def _said(self, stop: list[str]) -> Any:
        # As many tokens as the longest stop sequence can take, and one more: it may begin inside a token.
        reach = max((len(self.tokenizer.encode(text, add_special_tokens=False)) for text in stop), default=0) + 2
        return lambda ids: any(text in self.tokenizer.decode(ids[-reach:]) for text in stop)


def grouped(requests: Sequence[tuple[int, Encoded]]) -> dict[tuple[int, ...], Group]:
    """Context → its continuations."""
    groups = dict[tuple[int, ...], Group]()
    for place, (_, context, answer) in requests:
        groups.setdefault(tuple(context), []).append((place, answer))
    return groups


def batches(groups: dict[tuple[int, ...], Group]) -> Iterator[list[tuple[tuple[int, ...], Group]]]:
    """Contexts with their continuations, sorted by length so that little is padded, as many as fit TOKENS and ANSWERS."""
    batch, widest = list[tuple[tuple[int, ...], Group]](), 0
    for context, group in sorted(groups.items(), key=lambda entry: len(entry[0])):
        widest = max(widest, sum(len(ids) for _, ids in group))
        rows = len(batch) + 1
        if batch and (rows > scoring.ROWS or rows * len(context) > TOKENS or rows * widest > scoring.ANSWERS):
            yield batch
            batch, widest = [], sum(len(ids) for _, ids in group)
        batch.append((context, group))
    if batch:
        yield batch
