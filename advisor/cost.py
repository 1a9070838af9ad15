"""What one epoch of LoRA training takes on this data, before anything runs: memory, time, whether it fits, what is assumed.

The formulas are advisor.formulas', the sizes of models advisor.architecture's, the rates of devices advisor.hardware's.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping

from advisor.architecture import RANK, Architecture, adapter, nearest
from advisor.formulas import (
    BATCH,
    COMPLETION,
    FORMULAS,
    GENERATIONS,
    LAUNCH,
    Setup,
    memory,
    remedy,
    step_seconds,
    token_seconds,
)
from advisor.hardware import REFERENCE, Hardware
from advisor.profiling.types import Profile, Spread
from advisor.types import Cost, Method

SIZES: Mapping[str, float] = {"135M": 134.5e6, "1B": 1.236e9, "8B": 8.03e9}
"""Parameters of SmolLM2-135M (what bench trains), Llama 3.2 1B and Llama 3.1 8B: shown where no model is named."""
SHORTEST = 64
"""Ours: tokens to which a batch is padded at least."""
DOCUMENT = 1024
"""Where continued pre-training cuts its documents: TRL's max_length."""
EFFICIENCY = 0.3
"""Share of the peak that training reaches: Llama 3 38 to 43 % (arXiv:2407.21783), PaLM 46 % and GPT-3 21 % (both in
arXiv:2204.02311), on clusters and with large models; one GPU with short batches or a small model gets less."""


def costs(profile: Profile, refused: Collection[str] = (), hardware: Hardware = REFERENCE) -> dict[str, Cost]:
    """What an epoch takes of each method that the data can serve and a formula knows, for the model that was named."""
    named = profile.model
    if named and named.parameters:
        return _costs(profile, refused, hardware, named.parameters, named.name)
    unread = f"{named.name} does not say its size: " if named else ""
    return _costs(profile, refused, hardware, SIZES["135M"], f"{unread}135M, the bench's default model")


def table(
    profile: Profile, refused: Collection[str] = (), hardware: Hardware = REFERENCE
) -> dict[str, dict[str, Cost]]:
    """The same for three sizes of model; empty where the size was named."""
    if profile.model and profile.model.parameters:
        return {}
    return {size: _costs(profile, refused, hardware, parameters, size) for size, parameters in SIZES.items()}


def _costs(
    profile: Profile, refused: Collection[str], hardware: Hardware, parameters: float, said: str
) -> dict[str, Cost]:
    model = nearest(parameters)
    found = {str(m): _cost(m, profile, model, said, hardware) for m in FORMULAS if m not in refused}
    if "sft_dpo" not in refused and {"sft", "dpo"} <= set(found):
        found["sft_dpo"] = _in_turn(found["sft"], found["dpo"])
    return found


def _in_turn(first: Cost, second: Cost) -> Cost:
    """Both one after the other, on the same records."""
    larger = max(first, second, key=lambda cost: cost.memory_gb)
    hours = float(f"{first.hours + second.hours:.2g}")
    return dataclasses.replace(larger, hours=hours, assumes=("an epoch of SFT, then one of DPO", *second.assumes))


def _cost(method: Method, profile: Profile, model: Architecture, said: str, hardware: Hardware) -> Cost:
    formula, length, room = FORMULAS[method], longest(method, profile), hardware.memory_gb
    needs = memory(model, formula, Setup(), length)
    fits = needs <= room if room else None
    way_out, then = remedy(model, formula, length, room) if fits is False else ("", 0.0)
    return Cost(
        memory_gb=round(needs, 1),
        hours=float(f"{hours(method, profile, model, hardware):.2g}"),
        assumes=_assumes(method, profile, model, said, hardware),
        fits=fits,
        remedy=way_out,
        remedy_gb=round(then, 1),
        model=said,
        hardware=hardware.name,
    )


def hours(method: Method, profile: Profile, model: Architecture, hardware: Hardware) -> float:
    """Arithmetic, or launching its kernels where that takes longer; for GRPO after writing the answers."""
    formula = FORMULAS[method]
    arithmetic = formula.passes * model.parameters * tokens_seen(method, profile) / (hardware.flops * EFFICIENCY)
    launching = steps(method, profile) * step_seconds(model, formula)
    writing = writing_hours(profile, model, hardware) if method == "grpo" else 0.0
    return max(arithmetic, launching) / 3600 + writing


def steps(method: Method, profile: Profile) -> float:
    """Batches of an epoch: a prompt's answers each for GRPO; both sides of a pair count for KTO, which splits them."""
    if method == "grpo":
        return profile.records
    spread = _sequences(method, profile)
    apart = 2 if method == "kto" and profile.tokens.per_pair.n else 1
    return (spread.sampled_from or spread.n) * apart / BATCH


def tokens_seen(method: Method, profile: Profile) -> float:
    """Tokens of an epoch: SFT sees a prompt and its answer, DPO both sides with the prompt each, GRPO what it wrote."""
    if method == "grpo":
        return profile.records * GENERATIONS * (profile.tokens.prompt + COMPLETION)
    spread = _sequences(method, profile)
    return spread.mean * (spread.sampled_from or spread.n)


def longest(method: Method, profile: Profile) -> float:
    """Tokens of a sequence at the 95th percentile, to which a batch is taken to be padded and the rest to be cut."""
    spread = _sequences(method, profile)
    tokens = max(SHORTEST, spread.p95 / (2 if _paired(method, profile) else 1))
    if method == "grpo":
        return tokens + COMPLETION
    return min(tokens, DOCUMENT) if method == "cpt" else tokens


def writing_hours(profile: Profile, model: Architecture, hardware: Hardware) -> float:
    """Hours to write GRPO's answers, those to one prompt at once."""
    halfway = profile.tokens.prompt + COMPLETION / 2
    return profile.records * COMPLETION * token_seconds(model, halfway, hardware.bandwidth) / 3600


def _paired(method: Method, profile: Profile) -> bool:
    """Whether a record's tokens are those of two sequences: KTO takes the two sides of a pair one by one."""
    return FORMULAS[method].sides == 2 or (method == "kto" and profile.tokens.per_pair.n > 0)


def _sequences(method: Method, profile: Profile) -> Spread:
    """Tokens that a record brings; without pairs the rejected answers, yet to be made, are taken to be as long."""
    if not _paired(method, profile):
        return profile.tokens.per_record
    return profile.tokens.per_pair if profile.tokens.per_pair.n else _doubled(profile.tokens.per_record)


def _doubled(spread: Spread) -> Spread:
    """The distribution of twice the number."""
    twice = {
        f.name: 2 * getattr(spread, f.name) for f in dataclasses.fields(spread) if f.name not in ("n", "sampled_from")
    }
    return dataclasses.replace(spread, **twice)


def _assumes(method: Method, profile: Profile, model: Architecture, said: str, hardware: Hardware) -> tuple[str, ...]:
    """Every assumption behind a cost, the largest first."""
    spread = _sequences(method, profile)
    return (
        f"{said}: {model.parameters / 1e9:.3g}B parameters shaped as {model.name}'s",
        *hardware.assumes,
        f"one epoch at {EFFICIENCY:.0%} of {teraflops(hardware.flops)} TFLOP/s ({hardware.source}), and no step faster than "
        f"{LAUNCH * 1e6:.0f} µs a kernel: half to twice the time is normal",
        _batch(method, longest(method, profile), spread),
        f"LoRA of rank {RANK} on all linear layers, {adapter(model) / 1e6:.1f}M parameters trained; the others in bf16 "
        f'(TRL loads fp32 without dtype="bfloat16": {2 * model.parameters / 1e9:.1f} GB more)',
        "gradient checkpointing (TRL's default), attention that keeps no scores, no LoRA dropout",
        *FORMULAS[method].says,
        _logits(method, model, longest(method, profile)),
        *_made_up(method, profile),
        f"full fine-tuning instead takes {16 * model.parameters / 1e9:.1f} GB before activations",
        "tokens estimated from characters",
    )


def _batch(method: Method, length: float, spread: Spread) -> str:
    """What lies on the device at once."""
    if method == "grpo":
        return f"batch of {GENERATIONS} answers to one prompt, {length:,.0f} tokens with it"
    both = " of two sequences" * (FORMULAS[method].sides == 2)
    rest = f"the longest record has {spread.max:,.0f}"
    return f"batch of {BATCH} records{both}, each cut or padded to {length:,.0f} tokens (95th percentile; {rest})"


def _logits(method: Method, model: Architecture, length: float) -> str:
    """The term that depends on the trainer most."""
    without, held = (dataclasses.replace(FORMULAS[method], logits=logits) for logits in (False, True))
    more = memory(model, held, Setup(), length) - memory(model, without, Setup(), length)
    over = f"logits over {model.vocabulary:,} entries in fp32 with their gradient"
    if FORMULAS[method].logits:
        return f"holds {over}, {more:.1f} GB of it"
    return f"no logits held (TRL 1.16 takes log-probabilities in tiles); a trainer that holds {over} needs {more:.1f} GB more"


def _made_up(method: Method, profile: Profile) -> tuple[str, ...]:
    if FORMULAS[method].sides == 2 and not profile.tokens.per_pair.n:
        return ("rejected answers, yet to be made, taken to be as long as the others",)
    return ()


def teraflops(flops: float) -> str:
    """FLOP/s in tera, with decimals where they tell something."""
    return f"{flops / 1e12:,.0f}" if flops >= 1e14 else f"{flops / 1e12:.3g}"
