"""How each method trains with LoRA, as formulas of memory and compute. docs/decisions/cost.md says what was checked.

Memory at its peak: weights 2 bytes a parameter (bf16; in 4 bits 0.56, absmax of 64 in fp32) + adapters 16 bytes (fp32,
gradient, Adam's two moments) + per token of the batch: every layer's input (gradient checkpointing, TRL's default) and
the larger of one layer in full and the loss, for the loss is done before the layers' backward pass begins. SFT, DPO, KTO
and GRPO of TRL 1.16 take log-probabilities tile by tile and hold no logits; its ORPO and CPO (SimPO) trainers hold them
whole: V entries a token in fp32 with their gradient, 8·V bytes, which dominates small models. The reference model of DPO
and KTO is the same model with its adapter off: no second copy under LoRA.

Compute, FLOPs a parameter and token seen: forward 2, its repetition at the checkpoints 2, backward 2 (LoRA's weights are
frozen: no gradient for them), and 2 for each forward pass more that a method makes:
    SFT, CPT, ORPO, SimPO   6     of both sides for ORPO and SimPO
    DPO                     8     of both sides; the reference
    KTO                    12     the reference; the policy and the reference on mismatched answers (its KL estimate)
    GRPO                    6     of each of eight answers, beside writing them; no reference (TRL's beta is 0)
A step takes no less than its kernels need to be launched: 300 a layer, and 38 for each forward pass more, counted in
transformers with PEFT (test_cost_measured.py); that, not arithmetic, is the time of a small model.
Writing answers is bound by memory: a token for each of a batch reads all weights and the batch's key-value cache, or
by launching its kernels.
RLHF is left out: its reward model's size and its PPO epochs are nobody's default.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from advisor.architecture import Architecture, adapter, cache, kept_at_checkpoint, kept_in_layer, linear, passing
from advisor.types import Method

BATCH = 8
"""Records on the device at once: transformers' and TRL's default."""
GENERATIONS, COMPLETION = 8, 512
"""GRPO: answers to a prompt and the limit on their tokens, TRL's defaults."""
READING = 0.5
"""Share of the memory bandwidth that generation reaches; ours."""
OVERHEAD_GB = 1.0
"""CUDA context, cuBLAS workspace, the allocator's gaps; ours, of 0.3 to 2."""
ADAPTER_BYTES, QUANTISED_BYTES, LOGIT_BYTES = 16, 0.5625, 8
KERNELS, KERNELS_MORE = 300, 38
"""A layer's kernels in a step of LoRA with checkpoints and autocast, and in a forward pass without gradient."""
LAUNCH = 10e-6
"""Seconds to dispatch and launch one from Python; ours, of 5 to 25 µs that are told of."""


@dataclasses.dataclass(frozen=True, slots=True)
class Formula:
    """How a method trains."""

    passes: float
    """FLOPs a parameter and token seen."""
    sides: int = 1
    """Sequences a record brings into the batch."""
    logits: bool = False
    """Whether its trainer holds the logits of a batch whole."""
    least: int = 1
    """Smallest batch it can be trained with."""
    says: tuple[str, ...] = ()
    """What it assumes beside what all do."""


_REFERENCE = "reference model: the same weights with the adapter off, no second copy"
_ALONE = "no reference model"
FORMULAS: Mapping[Method, Formula] = {
    "sft": Formula(6),
    "dpo": Formula(8, sides=2, says=(_REFERENCE,)),
    "kto": Formula(
        12, least=2, says=(_REFERENCE, "two more forward passes on mismatched answers, for its KL estimate")
    ),
    "orpo": Formula(6, sides=2, logits=True, says=(_ALONE,)),
    "simpo": Formula(6, sides=2, logits=True, says=(_ALONE,)),
    "grpo": Formula(
        6,
        says=(
            f"{GENERATIONS} answers a prompt of up to {COMPLETION} tokens, all of that length; a batch of one prompt",
            f"written by transformers' generate (TRL's default; vLLM is faster): a token takes one reading of all weights at "
            f"{READING:.0%} of the memory bandwidth, or launching its kernels; the reward costs nothing",
            "no reference model (beta 0)",
        ),
    ),
    "cpt": Formula(6, says=("LoRA, though continued pre-training is often done in full",)),
}


@dataclasses.dataclass(frozen=True, slots=True)
class Setup:
    """What can be given up to save memory."""

    batch: int = BATCH
    """Records on the device at once."""
    quantised: bool = False
    """Whether the frozen weights are held in 4 bits (QLoRA)."""

    def __str__(self) -> str:
        """As advice: `QLoRA (4-bit weights), batch 2`."""
        said = ["QLoRA (4-bit weights)"] * self.quantised + [f"batch {self.batch}"] * (self.batch < BATCH)
        return ", ".join(said) or f"batch {self.batch}"


SETUPS = tuple(Setup(batch, quantised) for quantised in (False, True) for batch in (8, 4, 2, 1))
"""From the fastest to the smallest."""


def memory(model: Architecture, formula: Formula, setup: Setup, length: float) -> float:
    """Peak memory, 10^9 bytes, of a batch whose sequences have `length` tokens."""
    inside = min(linear(model), model.parameters - model.vocabulary * model.width) if setup.quantised else 0
    weights = 2 * (model.parameters - inside) + QUANTISED_BYTES * inside
    loss = LOGIT_BYTES * model.vocabulary if formula.logits else 0
    token = model.layers * kept_at_checkpoint(model) + max(kept_in_layer(model) + passing(model), loss)
    tokens = max(setup.batch, formula.least) * formula.sides * length
    return (weights + ADAPTER_BYTES * adapter(model) + token * tokens) / 1e9 + OVERHEAD_GB


def remedy(model: Architecture, formula: Formula, length: float, room_gb: float) -> tuple[str, float]:
    """(the first thing to give up that makes it fit, memory then, 10^9 bytes); the first is empty where nothing does."""
    tried = [(setup, memory(model, formula, setup, length)) for setup in SETUPS if setup.batch >= formula.least]
    fitting = next(((str(setup), needs) for setup, needs in tried if needs <= room_gb), None)
    return fitting or ("", min(needs for _, needs in tried))


def step_seconds(model: Architecture, formula: Formula) -> float:
    """The least time of an optimiser's step: what launching its kernels takes."""
    more = (formula.passes - FORMULAS["sft"].passes) / 2
    return model.layers * (KERNELS + KERNELS_MORE * more) * LAUNCH


def token_seconds(model: Architecture, length: float, bandwidth: float) -> float:
    """Time to write one more token of each answer to a prompt, `length` tokens in."""
    read = 2 * model.parameters + GENERATIONS * cache(model) * length
    return max(read / (bandwidth * READING), model.layers * KERNELS_MORE * LAUNCH)
