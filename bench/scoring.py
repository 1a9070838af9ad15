"""Scoring engine: one pass over a prompt serves its log-likelihoods and its greedy answer.

Prompts of a batch are read once into a key/value cache; each continuation is scored on top of it and taken off again
(`cache.crop`), then the answer is decoded greedily, finished rows dropped. Token boundaries are TRL's: the continuation
starts where the rendered prompt and the rendered conversation part.
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from advisor.types import Message, Record
from bench import packing, plain
from tasks.prompting import conversation, target
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


def _chats(model: Any, tokenizer: Any, tokens: Sequence[Tokens], generate: bool, max_new_tokens: int) -> list[Output]:
    causal = unwrap(model)
    prompt = max(len(t.prompt) for t in tokens)
    after = max(max(sum(map(len, t.continuations)), max_new_tokens * generate) for t in tokens)
    if not packing.packable(causal, prompt + after):  # as wide as the cache gets, padding included
        return [_alone(causal, tokenizer, t, stop_ids(tokenizer, model), max_new_tokens * generate) for t in tokens]
    ids, mask = pad([t.prompt for t in tokens], tokenizer.pad_token_id, "left", model.device)
    first, cache = read(causal, ids, mask)
    scores = continued(causal, first, mask, cache, [t.continuations for t in tokens])
    outputs = [
        Output(logprobs=tuple(logprob for logprob, _ in row), lengths=tuple(map(len, t.continuations)))
        for row, t in zip(scores, tokens, strict=True)
    ]
    if not generate:
        return outputs
    answers = greedy(causal, first, mask, cache, stop_ids(tokenizer, model), max_new_tokens)
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
    logits = unwrap(model)(input_ids=ids, attention_mask=mask, use_cache=False).logits
    return logits[:, :-1].float().log_softmax(-1)  # type: ignore[no-any-return]


def unwrap(model: Any) -> Any:
    """The causal language model inside a PEFT model (its adapter stays active), or the model itself."""
    return model.get_base_model() if hasattr(model, "get_base_model") else model


def stop_ids(tokenizer: Any, model: Any) -> frozenset[int]:
    """Tokens that end an answer: the tokenizer's and the generation config's end-of-sequence tokens."""
    eos = getattr(model.generation_config, "eos_token_id", None)
    many = eos if isinstance(eos, list) else [eos]
    return frozenset(i for i in [tokenizer.eos_token_id, *many] if i is not None)
