"""What one epoch of LoRA training takes, by formula, before anything runs.

Memory: bf16 weights 2 bytes a parameter; LoRA matrices 18 bytes a trainable parameter (bf16, fp32 copy, gradient,
Adam); activations 34·s·b·h·L bytes without attention scores (Korthikanti et al. 2022, arXiv:2205.05198; flash
attention); logits b·s·V·4·2 bytes (fp32 logits and their gradient), which dominate small models. The DPO reference is
the same model with its adapter off, no second copy; its batch holds both sides, so activations and logits double.
Compute: forward 2PD, LoRA backward about 2PD (no weight gradients): SFT 4PD; DPO 2·4PD + 2·2PD for the reference =
12PD, D being the tokens of prompt and one answer.
"""

from __future__ import annotations

import math

from advisor.profiling.types import Profile
from advisor.types import Cost

DEFAULT_PARAMETERS = 135e6
SHAPES = (
    (0.135e9, 576, 30, 49_152),
    (0.36e9, 960, 32, 49_152),
    (0.5e9, 896, 24, 151_936),
    (1.2e9, 2048, 16, 128_256),
    (1.7e9, 2048, 24, 49_152),
    (3.2e9, 3072, 28, 128_256),
    (8e9, 4096, 32, 128_256),
    (14e9, 5120, 48, 152_064),
    (32e9, 5120, 64, 152_064),
    (70e9, 8192, 80, 128_256),
)
"""(parameters, width h, layers L, vocabulary V) of SmolLM2, Qwen2.5 and Llama 3 models; the nearest in size is taken."""
BATCH = 4
TRAINABLE = 0.01
"""LoRA of rank 16 on all linear layers is about one per cent of the parameters."""
FLOPS, MFU = 312e12, 0.3
"""One A100 in bf16, at the share of its peak that well-fed training reaches."""
OVERHEAD_GB = 1.0
PASSES = {"sft": 4.0, "dpo": 12.0}
SIDES = {"sft": 1, "dpo": 2}
LONG_RECORD = 1.6
"""90th percentile of length over the mean, where the profile knows no better."""


def costs(profile: Profile) -> dict[str, Cost]:
    """Memory in GB and hours for one epoch of `sft` and `dpo`."""
    named = profile.model and profile.model.parameters
    parameters = named or DEFAULT_PARAMETERS
    said = f"{parameters / 1e9:g}B parameters" + ("" if named else " (the bench's default model)")
    return {method: cost(method, profile, parameters, said) for method in PASSES}


def cost(method: str, profile: Profile, parameters: float, said: str) -> Cost:
    """One method's cost."""
    _, width, layers, vocabulary = min(SHAPES, key=lambda shape: abs(math.log(shape[0] / parameters)))
    tokens = profile.tokens.prompt + profile.tokens.answer
    length = max(1.0, tokens * tail(profile))
    sequences = BATCH * SIDES[method]
    activations = 34 * length * sequences * width * layers
    logits = sequences * length * vocabulary * 4 * 2
    weights = 2 * parameters + 18 * TRAINABLE * parameters
    hours = PASSES[method] * parameters * tokens * profile.records / (FLOPS * MFU) / 3600
    assumes = (
        said, f"LoRA on {TRAINABLE:.0%} of them, bf16 weights",
        f"batch of {BATCH} records, {length:,.0f} tokens each (long ones)",
        "no gradient checkpointing, flash attention",
        f"logits over {vocabulary:,} entries in fp32: {logits / 1e9:.1f} GB of it",
        *(["reference model: the same weights with the adapter off, no second copy"] if method == "dpo" else []),
        "one epoch on an A100 at 30 % of its bf16 peak", "tokens estimated from characters",
    )  # fmt: skip
    return Cost(round((weights + activations + logits) / 1e9 + OVERHEAD_GB, 1), float(f"{hours:.2g}"), assumes)


def tail(profile: Profile) -> float:
    """How much longer than the mean a long record is."""
    whole = profile.lengths["contexts"] if profile.lengths["contexts"].n else profile.lengths["prompt"]
    return whole.p90 / whole.mean if whole.mean else LONG_RECORD
