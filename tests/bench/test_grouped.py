"""Grouped attention is transformers' eager one, for models that share keys and values and for those that do not."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from bench import grouped, models, speed
from tests.bench.command import QUIET

pytestmark = QUIET


@pytest.mark.parametrize("heads", [1, 2, 4])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_it_computes_what_eager_attention_does(heads: int, dtype: torch.dtype) -> None:
    from transformers.models.llama.modeling_llama import eager_attention_forward

    torch.manual_seed(0)
    module = torch.nn.Module().eval()
    module.num_key_value_groups = 4 // heads
    query = torch.randn(3, 5, 4, 8).to(dtype).transpose(1, 2).requires_grad_()  # as a projection leaves it
    key, value = (torch.randn(3, heads, 7, 8).to(dtype).requires_grad_() for _ in range(2))
    mask = torch.zeros(3, 1, 5, 7, dtype=dtype).masked_fill(torch.rand(3, 1, 5, 7) < 0.3, torch.finfo(dtype).min)
    gradients = []
    outputs = []
    for attention in (eager_attention_forward, grouped.attention):
        output, weights = attention(module, query, key, value, mask, 0.5)
        outputs.append((output, weights))
        gradients.append(torch.autograd.grad(output.float().square().sum(), (query, key, value)))
    close = {"rtol": 1e-5, "atol": 1e-5} if dtype == torch.float32 else {"rtol": 2e-2, "atol": 2e-2}
    for one, other in zip((*outputs[0], *gradients[0]), (*outputs[1], *gradients[1]), strict=True):
        assert one.shape == other.shape
        torch.testing.assert_close(one, other, **close)


def test_a_model_says_the_same_with_it(tiny_model: Path) -> None:
    weights = models.resolve(str(tiny_model))
    logits = []
    for attention in ("eager", grouped.NAME):
        model, tokenizer = models.load(weights, "float32", attention)
        assert model.config._attn_implementation == attention
        ids = tokenizer("the mill by the river was built in 1820 .", return_tensors="pt")
        with torch.inference_mode():
            logits.append(model(**ids).logits)
    torch.testing.assert_close(*logits, rtol=1e-5, atol=1e-5)


def test_an_architecture_that_wants_more_than_plain_attention_keeps_its_own(tmp_path: Path) -> None:
    from transformers import Gemma2Config

    small = {
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_attention_heads": 2,
        "num_key_value_heads": 1,
        "head_dim": 16,
    }
    Gemma2Config(vocab_size=64, num_hidden_layers=2, attn_logit_softcapping=50.0, **small).save_pretrained(tmp_path)
    found = speed.attention(models.Weights("gemma", tmp_path, "0" * 64), "float32", "cpu")
    assert grouped.NAME not in found.seconds
    assert found.name != grouped.NAME
