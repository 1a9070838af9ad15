"""Scoring engine: one pass over a prompt serves its log-likelihoods and its greedy answer, in batches of like requests."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bench import decoding, packing, plain
from bench.encoding import Tokens, encode, pad
from tasks.types import Output, Request

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedTokenizerBase

ROWS = 32
"""Prompts a batch: decoding gets cheaper per row up to about here on CPU, and memory stays below 1 GB at 135M."""
ANSWERS = 4_096
"""Tokens of continuations that are scored at once, padding included: bounds their logits over the vocabulary."""
TOKENS = 16_384
"""Of prompts or texts that are read at once, padding included: bounds the cache of keys and values."""


def run(
    model: Any,
    tokenizer: PreTrainedTokenizerBase,
    requests: Sequence[Request],
    max_new_tokens: int,
    progress: Callable[[int], None] = lambda _: None,
) -> list[Output]:
    """The model's outputs, in the order of the requests; `progress` is told how many of them each batch finished."""
    variants = [v for r in requests for v in r.variants]
    count = len(requests)
    found = _outputs(
        model, tokenizer, [*requests, *variants], max_new_tokens, lambda ns: progress(sum(n < count for n in ns))
    )
    others = iter(found[count:])
    return [
        replace(o, variants=tuple(itertools.islice(others, len(r.variants))))
        for o, r in zip(found[:count], requests, strict=True)
    ]


def _outputs(
    model: Any,
    tokenizer: PreTrainedTokenizerBase,
    requests: Sequence[Request],
    max_new_tokens: int,
    progress: Callable[[Sequence[int]], object],
) -> list[Output]:
    import torch

    outputs: dict[int, Output] = {}
    model.eval()
    with torch.inference_mode():
        for batch in _batches(tokenizer, requests):
            numbers = [n for n, _, _ in batch]
            wanted = [r for _, r, _ in batch]
            tokens = [t for _, _, t in batch]
            if wanted[0].text is not None:
                done = _texts(model, tokens)
            else:
                done = _chats(model, tokenizer, tokens, wanted[0].generate, max_new_tokens)
            outputs.update(zip(numbers, done, strict=True))
            progress(numbers)
    return [outputs[n] for n in range(len(requests))]


def _batches(
    tokenizer: PreTrainedTokenizerBase, requests: Sequence[Request]
) -> Iterator[list[tuple[int, Request, Tokens]]]:
    """Batches of like requests (same shape of question), sorted by length so that little is padded."""

    def shape(entry: tuple[int, Request, Tokens]) -> tuple[bool, bool, int]:
        _, request, _ = entry
        return request.text is not None, request.generate, len(request.continuations)

    entries = [(n, r, _tokens(tokenizer, r)) for n, r in enumerate(requests)]
    entries.sort(key=lambda e: (shape(e), len(e[2].prompt), e[0]))
    for (text, *_), alike in itertools.groupby(entries, key=shape):
        group = list(alike)
        # Texts are scored at every position over the whole vocabulary, twice: four at a time bound the memory.
        yield from _cut(group, 4 if text else ROWS)


def _cut(group: Sequence[tuple[int, Request, Tokens]], size: int) -> Iterator[list[tuple[int, Request, Tokens]]]:
    """Up to `size` at once, and as many as ANSWERS and TOKENS allow; shorter prompts come first."""
    batch, widest = list[tuple[int, Request, Tokens]](), 0
    for entry in group:
        own = sum(map(len, entry[2].continuations))
        rows, widest = len(batch) + 1, max(widest, own)
        if batch and (rows > size or rows * widest > ANSWERS or rows * len(entry[2].prompt) > TOKENS):
            yield batch
            batch, widest = [], own
        batch.append(entry)
    if batch:
        yield batch


def _tokens(tokenizer: PreTrainedTokenizerBase, request: Request) -> Tokens:
    if request.text is not None:
        return Tokens(list(tokenizer(request.text)["input_ids"]), ())
    return encode(tokenizer, request.prompt, request.continuations)


def _chats(model: Any, tokenizer: Any, tokens: Sequence[Tokens], generate: bool, max_new_tokens: int) -> list[Output]:
    causal = decoding.unwrap(model)
    prompt = max(len(t.prompt) for t in tokens)
    after = max(max(sum(map(len, t.continuations)), max_new_tokens * generate) for t in tokens)
    if not packing.packable(causal, prompt + after):  # as wide as the cache gets, padding included
        return [
            _alone(causal, tokenizer, t, decoding.stop_ids(tokenizer, model), max_new_tokens * generate) for t in tokens
        ]
    ids, mask = pad([t.prompt for t in tokens], tokenizer.pad_token_id, "left", model.device)
    first, cache = decoding.read(causal, ids, mask)
    scores = decoding.continued(causal, first, mask, cache, [t.continuations for t in tokens])
    outputs = [
        Output(logprobs=tuple(logprob for logprob, _ in row), lengths=tuple(map(len, t.continuations)))
        for row, t in zip(scores, tokens, strict=True)
    ]
    if not generate:
        return outputs
    answers = decoding.greedy(causal, first, mask, cache, decoding.stop_ids(tokenizer, model), max_new_tokens)
    texts = tokenizer.batch_decode([a for a, _ in answers], skip_special_tokens=True)
    return [replace(o, text=t.strip(), ended=ended) for o, t, (_, ended) in zip(outputs, texts, answers, strict=True)]


def _alone(causal: Any, tokenizer: Any, tokens: Tokens, stops: frozenset[int], limit: int) -> Output:
    """Of one request, without a prompt that is shared."""
    logprobs = tuple(plain.logprob(causal, tokens.prompt, answer) for answer in tokens.continuations)
    output = Output(logprobs=logprobs, lengths=tuple(map(len, tokens.continuations)))
    if not limit:
        return output
    answer, ended = plain.answer(causal, tokens.prompt, stops, tokenizer.pad_token_id, limit)
    return replace(output, text=tokenizer.decode(answer, skip_special_tokens=True).strip(), ended=ended)


def _texts(model: Any, tokens: Sequence[Tokens]) -> list[Output]:
    """NLL of each text, and KL(base ‖ model) where an adapter can be switched off."""
    ids, mask = pad([t.prompt for t in tokens], 0, "right", model.device)
    logprobs = _next_token(model, ids, mask)
    adapted = hasattr(model, "disable_adapter")
    with model.disable_adapter() if adapted else contextlib.nullcontext():
        base = _next_token(model, ids, mask) if adapted else logprobs
    scored = mask[:, 1:].float()
    count = scored.sum(-1)
    nll = -(logprobs.gather(-1, ids[:, 1:, None])[..., 0] * scored).sum(-1) / count
    kl = ((base.exp() * (base - logprobs)).sum(-1) * scored).sum(-1) / count
    return [Output(nll=n, kl=k) for n, k in zip(nll.tolist(), kl.tolist(), strict=True)]


def _next_token(model: Any, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Log-probabilities of shape (rows, positions − 1, vocabulary) in float32."""
    logits = decoding.unwrap(model)(input_ids=ids, attention_mask=mask, use_cache=False).logits
    return logits[:, :-1].float().log_softmax(-1)  # type: ignore[no-any-return]
