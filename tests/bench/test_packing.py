"""Prompts are shared where that is exact, and nowhere else: other architectures, tiny and random, against plain passes."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from transformers import AutoConfig, AutoModelForCausalLM

from bench import forward, packing, plain, scoring, speed
from tests.bench.command import QUIET

pytestmark = QUIET
V = 96
COMMON = {
    "vocab_size": V, "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4,
    "num_key_value_heads": 2, "max_position_embeddings": 128, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2,
}  # fmt: skip
GPT = {
    "vocab_size": V,
    "n_embd": 32,
    "n_layer": 2,
    "n_head": 4,
    "n_positions": 128,
    "bos_token_id": 1,
    "eos_token_id": 2,
}
SLIDING = {"sliding_window": 8, "head_dim": 8, "query_pre_attn_scalar": 8}
SHARED: dict[str, dict[str, Any]] = {
    "llama": COMMON,
    "qwen2": COMMON,
    "gpt2": GPT,
    "mistral": {**COMMON, "sliding_window": 64, "head_dim": 8},
    "qwen3_moe": {**COMMON, "head_dim": 8, "num_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 16},
}
ALONE: dict[str, tuple[str, dict[str, Any]]] = {
    "a window (Mistral)": ("mistral", {**COMMON, "sliding_window": 8, "head_dim": 8}),
    "a window in some layers (Gemma 3)": (
        "gemma3_text",
        {**COMMON, **SLIDING, "layer_types": ["sliding_attention", "full_attention"]},
    ),
    "convolutions (LFM2)": ("lfm2", {**COMMON, "layer_types": ["conv", "full_attention"], "block_multiple_of": 8}),
    "positions counted in the row (MPT)": (
        "mpt",
        {"vocab_size": V, "d_model": 32, "n_layers": 2, "n_heads": 4, "max_seq_len": 128},
    ),
    "positions counted in the row (BLOOM)": ("bloom", {"vocab_size": V, "hidden_size": 32, "n_layer": 2, "n_head": 4}),
    "local attention (GPT-Neo)": (
        "gpt_neo",
        {"vocab_size": V, "hidden_size": 32, "num_layers": 2, "num_heads": 4, "window_size": 8,
         "attention_types": [[["global", "local"], 1]], "max_position_embeddings": 128},
    ),
    "a state (Mamba)": ("mamba", {"vocab_size": V, "hidden_size": 32, "state_size": 8, "num_hidden_layers": 2}),
}  # fmt: skip


def made(kind: str, config: dict[str, Any]) -> Any:
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_config(AutoConfig.for_model(kind, **config), attn_implementation="eager")
    for weight in model.parameters():
        if weight.dim() > 1:
            weight.data.normal_(0, 0.15)  # far apart: what leaks or moves must show
    return model.eval()


def ids(*lengths: int) -> list[list[int]]:
    draw = torch.Generator().manual_seed(1)
    return [torch.randint(3, V, (n,), generator=draw).tolist() for n in lengths]


PROMPTS, CHOSEN, REJECTED = ids(21, 15), ids(6, 4), ids(3, 9)


class Words:
    """As much of a tokenizer as decoding needs."""

    eos_token_id, pad_token_id = 2, 0

    def decode(self, tokens: list[int], **_: Any) -> str:
        return " ".join(map(str, tokens))

    def batch_decode(self, rows: list[list[int]], **_: Any) -> list[str]:
        return [self.decode(row) for row in rows]


def expected(model: Any) -> list[list[float]]:
    """Log-probabilities of each pair's sides, each by a pass of its own."""
    with torch.inference_mode():
        return [
            [plain.logprob(model, p, answer) for answer in pair]
            for p, pair in zip(PROMPTS, zip(CHOSEN, REJECTED, strict=True), strict=True)
        ]


def spoken(model: Any, prompt: list[int], limit: int) -> str:
    """Greedy decoding by whole passes."""
    said = list(prompt)
    with torch.inference_mode():
        for _ in range(limit):
            token = int(model(input_ids=torch.tensor([said]), use_cache=False).logits[0, -1].argmax())
            if token in scoring.stop_ids(Words(), model):
                break
            said.append(token)
    return Words().decode(said[len(prompt) :])


ALL = [*SHARED.items(), *ALONE.values()]
EVERY = pytest.mark.parametrize(("kind", "config"), ALL, ids=[*SHARED, *ALONE])


@EVERY
def test_scores_and_answers_are_those_of_plain_passes(kind: str, config: dict[str, Any]) -> None:
    model = made(kind, config)
    tokens = [scoring.Tokens(p, (c, r)) for p, c, r in zip(PROMPTS, CHOSEN, REJECTED, strict=True)]
    with torch.inference_mode():
        found = scoring._chats(model, Words(), tokens, True, 12)
    for output, want, prompt in zip(found, expected(model), PROMPTS, strict=True):
        assert output.logprobs == pytest.approx(want, rel=1e-4)
        assert output.text == spoken(model, prompt, 12)


@EVERY
def test_training_sees_the_log_probabilities_of_plain_passes(kind: str, config: dict[str, Any]) -> None:
    model = made(kind, config)
    assert forward.plain_head(model)
    sides = [p + c for p, c in zip(PROMPTS, CHOSEN, strict=True)] + [
        p + r for p, r in zip(PROMPTS, REJECTED, strict=True)
    ]
    rows, mask = scoring.pad(sides, 0, "right", "cpu")
    labels = rows.masked_fill(mask == 0, -100)
    for row, prompt in zip(labels, PROMPTS * 2, strict=True):
        row[: len(prompt)] = -100
    with torch.no_grad():
        found = forward.fused(model, rows, mask, labels).log_probs.sum(-1)
    want = [pair[side] for side in (0, 1) for pair in expected(model)]
    assert found.tolist() == pytest.approx(want, rel=1e-4)


@pytest.mark.parametrize(("kind", "config"), SHARED.items(), ids=SHARED)
def test_prompts_are_shared_where_all_layers_see_all_that_the_mask_allows(kind: str, config: dict[str, Any]) -> None:
    assert packing.packable(made(kind, config), 40)


@pytest.mark.parametrize(("kind", "config"), ALONE.values(), ids=ALONE)
def test_prompts_are_not_shared_over(kind: str, config: dict[str, Any]) -> None:
    assert not packing.packable(made(kind, config), 40)


def test_a_window_as_wide_as_the_row_is_none() -> None:
    model = made(*ALONE["a window (Mistral)"])
    assert [packing.packable(model, width) for width in (8, 9)] == [True, False]


@pytest.mark.parametrize("kind", ["gpt_neo", "gptj", "mamba"])
def test_an_architecture_that_knows_one_attention_only_is_left_with_it(kind: str, tmp_path: Any) -> None:
    from bench.models import Weights

    config = dict(ALL[[k for k, _ in ALL].index(kind)][1]) if kind != "gptj" else {**GPT, "rotary_dim": 4}
    AutoConfig.for_model(kind, **config).save_pretrained(tmp_path)
    assert speed.attention(Weights("tiny", tmp_path, "0"), "float32", "cpu").name == "eager"
