"""Decoder-only transformers (RMSNorm, grouped-query attention, SwiGLU) as sums of their matrices and saved tensors.

What LoRA keeps for the backward pass, in bytes a token and layer, under bf16 autocast as TRL trains and PEFT wraps
(rank r, no dropout, attention that keeps no scores):

    two norms, fp32 input each                       4h + 4h
    inputs of the adapters of q, k, v; gate, up; o   3·2h + 2·2h + 2h   PEFT casts to the adapter's dtype and back, so
                                                                        each adapter keeps a copy of its own
    q, k, v after rotation; attention's output       2h + 2·2k + 2h
    gate, silu(gate), up; the input of down          3·2f + 2f
    between the two matrices of seven adapters       7·2r
                                              sum    24h + 4k + 8f + 14r

Ours, counted from transformers' and PEFT's code and equal to what torch keeps (tests/bench/test_cost_measured.py). The
34h of Korthikanti et al. 2022 (arXiv:2205.05198, §4.1), which guides repeat, is a GPT's with f = 4h, dropout and no adapters;
Llama 3 8B keeps 53h. Gradient checkpointing keeps the layer's input alone, 2h, and one layer at a time in full; at the
peak of that layer's backward pass its gradients and casts take 16h + 4.5f more, fitted to the live tensors of three shapes
(all three within 1 %), on the CPU's kernels.
"""

from __future__ import annotations

import dataclasses
import math

RANK = 16
"""LoRA's rank, on every linear layer (Schulman et al. 2025, LoRA Without Regret: all layers, not attention alone)."""


@dataclasses.dataclass(frozen=True, slots=True)
class Architecture:
    """Sizes of one model."""

    name: str
    """Whose they are."""
    parameters: float
    """All of them, embeddings too."""
    width: int
    """h, of the residual stream; the queries' too."""
    layers: int
    """How many."""
    feed: int
    """f, of the feed-forward layer."""
    keys: int
    """k, of all key heads together."""
    vocabulary: int
    """V, entries of the output layer."""


MODELS = (
    Architecture("SmolLM2-135M", 134.5e6, 576, 30, 1536, 192, 49_152),
    Architecture("SmolLM2-360M", 361.8e6, 960, 32, 2560, 320, 49_152),
    Architecture("Qwen2.5-0.5B", 494e6, 896, 24, 4864, 128, 151_936),
    Architecture("Llama-3.2-1B", 1.236e9, 2048, 16, 8192, 512, 128_256),
    Architecture("SmolLM2-1.7B", 1.711e9, 2048, 24, 8192, 2048, 49_152),
    Architecture("Llama-3.2-3B", 3.213e9, 3072, 28, 8192, 1024, 128_256),
    Architecture("Llama-3.1-8B", 8.03e9, 4096, 32, 14_336, 1024, 128_256),
    Architecture("Qwen2.5-14B", 14.77e9, 5120, 48, 13_824, 1024, 152_064),
    Architecture("Qwen2.5-32B", 32.76e9, 5120, 64, 27_648, 1024, 152_064),
    Architecture("Llama-3.1-70B", 70.55e9, 8192, 80, 28_672, 1024, 128_256),
)
"""As their config.json on the hub has them."""


def nearest(parameters: float) -> Architecture:
    """The sizes of the known model nearest in parameters, with this number of them."""
    like = min(MODELS, key=lambda model: abs(math.log(model.parameters / parameters)))
    return dataclasses.replace(like, parameters=parameters)


def linear(model: Architecture) -> float:
    """Parameters of the layers' matrices: q, o; k, v; gate, up, down. What 4-bit loading quantises."""
    h, f, k = model.width, model.feed, model.keys
    return model.layers * (2 * h * h + 2 * h * k + 3 * h * f)


def adapter(model: Architecture) -> float:
    """Trainable parameters: rank × (inputs + outputs) of every matrix."""
    h, f, k = model.width, model.feed, model.keys
    return RANK * model.layers * (2 * (h + h) + 2 * (h + k) + 3 * (h + f))


def kept_in_layer(model: Architecture) -> float:
    """Bytes a token that one layer keeps for its backward pass."""
    return 24 * model.width + 4 * model.keys + 8 * model.feed + 14 * RANK


def passing(model: Architecture) -> float:
    """Bytes a token that a layer's gradients and casts take at the peak of its backward pass."""
    return 16 * model.width + 4.5 * model.feed


def kept_at_checkpoint(model: Architecture) -> float:
    """Bytes a token that a checkpointed layer keeps: its input in bf16."""
    return 2 * model.width


def cache(model: Architecture) -> float:
    """Bytes a token of the key-value cache, in bf16."""
    return 2 * 2 * model.keys * model.layers
