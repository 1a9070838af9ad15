"""A causal model's answer to TRL's fused question, with less work and the same numbers.

TRL's trainers ask the model for per-token log-probabilities (`fused_lm_head=True`); `answer_only` answers with the vocabulary
head on answer tokens only, and reads a pair's shared prompt once instead of twice (arXiv:2410.20305) where the model's layers
allow it (bench/packing.py). docs/decisions/engine.md says what was measured; tests/bench/test_engine.py holds it to TRL's own
computation.
"""

from __future__ import annotations

from typing import Any

import torch
from trl.trainer.utils import FusedCausalLMOutput

from bench import packing

_OTHER_HEADS = ("final_logit_softcapping", "logit_scale", "output_multiplier", "lm_head_multiplier", "logits_scaling")


def plain_request(args: Any) -> bool:
    """Whether a trainer wants log-probabilities as they are; GRPO's can ask for logits over a temperature, or in float32."""
    return getattr(args, "temperature", 1.0) == 1.0 and not getattr(args, "cast_lm_head_to_fp32", False)


def plain_head(causal: Any) -> bool:
    """Whether the model's head is a plain product with the hidden states, and TRL adds nothing to its loss.

    To a mixture of experts TRL adds its router's loss, where the config has a coefficient, whatever `output_router_logits` says.
    """
    config = causal.config.get_text_config()
    if any(getattr(config, name, None) is not None for name in _OTHER_HEADS):
        return False
    if hasattr(config, "output_router_logits") and getattr(config, "router_aux_loss_coef", 0.0) != 0.0:
        return False
    return getattr(causal.get_output_embeddings(), "bias", None) is None


def answer_only(causal: Any) -> bool:
    """Replace TRL's fused forward by the cheaper one; False where the model's head is not a plain product."""
    if not plain_head(causal):
        return False
    stock = causal.forward

    def forward(*args: Any, fused_lm_head: bool = False, labels: torch.Tensor | None = None, **kwargs: Any) -> Any:
        if not fused_lm_head or labels is None:
            return stock(*args, fused_lm_head=fused_lm_head, labels=labels, **kwargs)
        return fused(causal, kwargs["input_ids"], kwargs["attention_mask"], labels)

    causal.forward = forward
    return True


def fused(causal: Any, ids: torch.Tensor, mask: torch.Tensor, labels: torch.Tensor) -> FusedCausalLMOutput:
    """TRL's `FusedCausalLMOutput` for ids, mask and labels of shape (rows, positions); fields (rows, positions − 1)."""
    wanted = labels[:, 1:] != -100
    shared = shared_prompt(ids, mask, labels) if packing.packable(causal, ids.shape[1]) else None
    if shared is None:
        hidden = _backbone(causal, input_ids=ids, attention_mask=mask)[:, :-1][wanted]
    else:
        hidden = _shared_hidden(causal, ids, mask, shared)
    head = causal.get_output_embeddings().weight
    logits = torch.nn.functional.linear(hidden.to(head.dtype), head).float()  # Mamba's states are float32 in any model
    targets = labels[:, 1:][wanted]
    logprobs = logits.log_softmax(-1)
    with torch.no_grad():
        entropy = -(logprobs.exp() * logprobs).sum(-1)
        side = {"entropy": entropy, "mean_logits": logits.mean(-1), "is_top1": logits.argmax(-1) == targets}
    chosen = logprobs.gather(-1, targets[:, None])[:, 0]

    def spread(values: torch.Tensor) -> torch.Tensor:
        return values.new_zeros(wanted.shape).masked_scatter(wanted, values)

    return FusedCausalLMOutput(log_probs=spread(chosen), label_mask=wanted, **{k: spread(v) for k, v in side.items()})


def _backbone(causal: Any, **kwargs: torch.Tensor) -> torch.Tensor:
    return causal.base_model(**kwargs, use_cache=False).last_hidden_state  # type: ignore[no-any-return]


def shared_prompt(ids: torch.Tensor, mask: torch.Tensor, labels: torch.Tensor) -> torch.Tensor | None:
    """Prompt lengths of shape (pairs,) when rows i and i + pairs repeat one prompt, as TRL's preference batches do."""
    pairs, odd = divmod(len(ids), 2)
    if odd or not pairs:
        return None
    wanted = labels != -100
    start = wanted.int().argmax(-1)
    first, second = start.chunk(2)
    before = torch.arange(ids.shape[1], device=ids.device)[None] < first[:, None]
    same = torch.where(before, ids[:pairs] == ids[pairs:], True).all()
    if not (same and (first == second).all() and (first > 0).all() and wanted.any(-1).all() and mask[:, 0].all()):
        return None
    return first


def _shared_hidden(causal: Any, ids: torch.Tensor, mask: torch.Tensor, prompt: torch.Tensor) -> torch.Tensor:
    """Hidden states before each answer token, of rows [prompt · chosen · rejected]: all chosen, then all rejected."""
    pairs = len(prompt)
    chosen, rejected = (mask.sum(-1) - prompt.repeat(2)).chunk(2)
    width = int((prompt + chosen + rejected).max())
    packed, positions = ids.new_zeros(pairs, width), ids.new_zeros(pairs, width)
    allowed = torch.ones(width, width, dtype=torch.bool, device=ids.device).tril().repeat(pairs, 1, 1)
    rows: list[torch.Tensor] = []
    for i, (p, c, r) in enumerate(zip(prompt.tolist(), chosen.tolist(), rejected.tolist(), strict=True)):
        packed[i, : p + c], packed[i, p + c : p + c + r] = ids[i, : p + c], ids[pairs + i, p : p + r]
        positions[i, : p + c + r] = torch.cat([torch.arange(p + c), torch.arange(p, p + r)])
        allowed[i, p + c :, p : p + c] = False  # the rejected answer does not see the chosen one
        before = torch.arange(p - 1, p + c - 1), torch.cat([torch.tensor([p - 1]), torch.arange(p + c, p + c + r - 1)])
        rows.extend(before)
    blocked = torch.zeros(allowed.shape, dtype=causal.dtype, device=ids.device)
    blocked = blocked.masked_fill(~allowed, torch.finfo(causal.dtype).min)[:, None]
    hidden = _backbone(causal, input_ids=packed, attention_mask=blocked, position_ids=positions)
    return torch.cat([hidden[i, rows[2 * i + side].to(ids.device)] for side in (0, 1) for i in range(pairs)])
