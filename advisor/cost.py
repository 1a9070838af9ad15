"""What one epoch of LoRA training takes, by formula, before anything runs.

Memory: bf16 weights 2 bytes a parameter; LoRA matrices 18 bytes a trainable parameter (bf16, fp32 copy, gradient,
Adam); activations 34·s·b·h·L bytes without attention scores (Korthikanti et al. 2022, arXiv:2205.05198; flash
attention); logits b·s·V·4·2 bytes (fp32 logits and their gradient), which dominate small models. The DPO reference is
the same model with its adapter off, no second copy; its batch holds both sides, so activations and logits double.
Compute: forward 2PD, LoRA backward about 2PD (no weight gradients): SFT 4PD; DPO 2·4PD + 2·2PD for the reference =
12PD, D being the tokens of prompt and one answer.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Collection

from advisor.profiling.types import Profile, Spread
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
PASSES = {"sft": 4.0, "dpo": 6.0}
"""FLOPs a parameter and token of the sequences seen: DPO's 12PD counts the tokens of one side, and it sees two."""


def costs(profile: Profile, refused: Collection[str] = ()) -> dict[str, Cost]:
    """Memory in GB and hours for one epoch of `sft` and `dpo`, of those that the data can serve."""
    named = profile.model and profile.model.parameters
    parameters = named or DEFAULT_PARAMETERS
    said = f"{parameters / 1e9:g}B parameters" + ("" if named else " (the bench's default model)")
    return {method: cost(method, profile, parameters, said) for method in PASSES if method not in refused}


def cost(method: str, profile: Profile, parameters: float, said: str) -> Cost:
    """One method's cost."""
    _, width, layers, vocabulary = min(SHAPES, key=lambda shape: abs(math.log(shape[0] / parameters)))
    seen = sequences(method, profile)
    batch = BATCH * max(1.0, seen.p95)
    activations = 34 * batch * width * layers
    logits = batch * vocabulary * 4 * 2
    weights = 2 * parameters + 18 * TRAINABLE * parameters
    hours = PASSES[method] * parameters * seen.mean * (seen.sampled_from or seen.n) / (FLOPS * MFU) / 3600
    assumes = (
        said, f"LoRA on {TRAINABLE:.0%} of them, bf16 weights",
        f"batch of {BATCH} records of {max(1.0, seen.p95):,.0f} tokens{', both sides' if method == 'dpo' else ''} "
        f"(95th percentile; the longest has {max(1.0, seen.max):,.0f})",
        "no gradient checkpointing, flash attention",
        f"logits over {vocabulary:,} entries in fp32: {logits / 1e9:.1f} GB of it",
        *(["reference model: the same weights with the adapter off, no second copy"] if method == "dpo" else []),
        "one epoch on an A100 at 30 % of its bf16 peak", "tokens estimated from characters",
    )  # fmt: skip
    return Cost(round((weights + activations + logits) / 1e9 + OVERHEAD_GB, 1), float(f"{hours:.2g}"), assumes)


def sequences(method: str, profile: Profile) -> Spread:
    """Tokens that a record brings into a batch: of SFT its prompt and answer, of DPO both sides with the prompt each."""
    if method == "sft":
        return profile.tokens.per_record
    # Without pairs the rejected answers are yet to be made; they are taken to be as long as the gold ones.
    return profile.tokens.per_pair if profile.tokens.per_pair.n else doubled(profile.tokens.per_record)


def doubled(spread: Spread) -> Spread:
    """The distribution of twice the number."""
    twice = {
        f.name: 2 * getattr(spread, f.name) for f in dataclasses.fields(spread) if f.name not in ("n", "sampled_from")
    }
    return dataclasses.replace(spread, **twice)
