"""What `trl <command> --config` reads, with the reason for each figure. Starting points: none is tuned on the data.

The keys are those of TRL 1.16: the trainer's own config, `ModelConfig` and `DatasetMixtureConfig`.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping

import orjson

from advisor.types import Method

_GUIDE = "TRL docs/source/lora_without_regret.md (Schulman et al. 2025)"
Setting = tuple[str, object, str]
"""Key, value, where it comes from."""
COMMANDS: Mapping[Method, str] = {
    "sft": "sft", "cpt": "sft", "dpo": "dpo", "kto": "kto", "grpo": "grpo", "rlhf": "reward",
}  # fmt: skip
TRAINERS: Mapping[Method, str] = {
    "orpo": "trl.experimental.orpo.ORPOTrainer",
    "simpo": "trl.experimental.cpo.CPOTrainer",
}
"""Methods without a `trl` command: who reads the file, through `trl.TrlParser`."""
PLACEHOLDER = "FILL IN: the model to train"
DEFAULT_LENGTH, MOST_LENGTH = 1024, 8192
MARGIN = 1.3
"""On the estimated length of the longest row: the estimate is within 15 % on prose, and a chat template adds to it."""
STEP = 256
ADAPTER: tuple[Setting, ...] = (
    ("use_peft", True, ""),
    ("lora_r", 32, "TRL trl/scripts/sft.py and dpo.py, LoRA examples"),
    ("lora_alpha", 16, "the same"),
    ("lora_target_modules", ["all-linear"], f"all matrices, not attention alone: {_GUIDE}"),
)
SETTINGS: Mapping[Method, tuple[Setting, ...]] = {
    "sft": (
        ("learning_rate", 2e-4, f"for adapters; {_GUIDE}, trl/scripts/sft.py; full tuning: 2.0e-5, TRL's default"),
        ("num_train_epochs", 3, "the trainer's default; stop at the lowest loss on rows held out"),
        ("completion_only_loss", True, "the prompt is not learnt (TRL docs/source/sft_trainer.md)"),
    ),
    "cpt": (
        ("learning_rate", 2e-4, f"for adapters; {_GUIDE}; full tuning: 2.0e-5, TRL's default"),
        ("num_train_epochs", 1, "repeated text is memorised first (arXiv:2107.06499)"),
        ("packing", True, "short texts share a sequence"),
    ),
    "dpo": (
        ("learning_rate", 1e-5, "for adapters; TRL docs/source/dpo_trainer.md; full tuning: 1.0e-6, TRL's default"),
        ("num_train_epochs", 1, "trl/scripts/dpo.py"),
        ("beta", 0.1, "TRL's default"),
    ),
    "kto": (
        ("learning_rate", 5e-6, "TRL docs/source/kto_trainer.md (2025): 5e-7 to 5e-6; the upper end is for adapters"),
        ("num_train_epochs", 1, "trl/scripts/kto.py"),
        ("beta", 0.1, "TRL's default"),
    ),
    "orpo": (
        ("learning_rate", 8e-5, "for adapters; TRL examples/scripts/orpo.py; full tuning: 8.0e-6"),
        ("num_train_epochs", 1, "TRL docs/source/orpo_trainer.md"),
        ("beta", 0.1, "TRL's default"),
    ),
    "simpo": (
        (
            "learning_rate",
            1e-6,
            "the largest that the SimPO authors' README searches, for full tuning; adapters may take more",
        ),
        ("num_train_epochs", 1, "as for DPO"),
        ("loss_type", "simpo", ""),
        ("cpo_alpha", 0.0, "no likelihood term: SimPO proper (arXiv:2405.14734)"),
        ("beta", 2.0, "the SimPO authors' README: 2.0 or 2.5"),
        ("simpo_gamma", 1.0, "the SimPO authors' README: half of beta to begin with"),
    ),
    "rlhf": (
        ("learning_rate", 1e-4, "TRL's default for reward models"),
        ("num_train_epochs", 1, "as for DPO: a reward model overfits pairs that it sees again"),
    ),
    "grpo": (
        ("learning_rate", 1e-5, f"for adapters; {_GUIDE}; full tuning: 1.0e-6, TRL's default"),
        ("num_train_epochs", 1, _GUIDE),
        ("num_generations", 8, "TRL's default"),
        ("reward_funcs", ["accuracy_reward"], "compares with the column `solution`; needs the package math-verify"),
    ),
}
WHOLE: Setting = (
    "assistant_only_loss",
    True,
    "every turn of the assistant is learnt, calls too; its chat template must mark them ({% generation %}). TRL marks those "
    "it knows (trl/chat_templates) and stops at others: for these add chat_template_path, a template with marks",
)
"""In place of `completion_only_loss` where rows are `messages` (TRL docs/source/sft_trainer.md). SmolLM2's template, which the
default model of `bench` has, is none that TRL knows (1.16)."""
BATCH: tuple[Setting, ...] = (
    ("per_device_train_batch_size", 2, "twice that where memory allows, and half the steps below"),
    ("gradient_accumulation_steps", 8, f"16 rows a step on one device; LoRA wants fewer than 32: {_GUIDE}"),
)


@dataclasses.dataclass(frozen=True, slots=True)
class Job:
    """One training run to be configured."""

    method: Method
    """How."""
    data: str
    """Path of the rows, as `trl` will open it."""
    model: str
    """Name of the model, `""` where none was said."""
    tokens: float
    """Estimated tokens of the longest row: prompt and the longer side."""
    good: int = 0
    """Rows labelled desirable."""
    bad: int = 0
    """Rows labelled undesirable."""
    solutions: bool = False
    """Whether the rows have the column `solution`."""
    whole: bool = False
    """Whether the rows are conversations of which every turn of the assistant is learnt."""
    after: str = ""
    """Folder of the run that comes before, `""` for none."""


def config(job: Job) -> str:
    """YAML, UTF-8, one key a line with its source as a comment."""
    lines = [f"# {line}" for line in (*opening(job), "Starting points with their sources; none is tuned on this data.")]
    lines += [line(*setting) for setting in (model(job), ("output_dir", folder(job), ""))]
    lines += ["datasets:", "  - path: json", f"    data_files: {value(job.data)}", "    split: train"]
    settings = (*own(job), *BATCH, *length(job), *weights(job), *ADAPTER)
    return "\n".join([*lines, *(line(*setting) for setting in settings), ""])


def own(job: Job) -> list[Setting]:
    """What the method asks for, given the rows."""
    settings = [WHOLE if job.whole and each[0] == "completion_only_loss" else each for each in SETTINGS[job.method]]
    # A reward that the rows cannot feed would end the run at its first step.
    return [each for each in settings if each[0] != "reward_funcs" or job.solutions]


def opening(job: Job) -> list[str]:
    """How to start the run."""
    if job.method in TRAINERS:
        return [f"No `trl` command trains with {job.method}: {TRAINERS[job.method]} does, from Python (trl.TrlParser)."]
    lines = [f"trl {COMMANDS[job.method]} --config {folder(job)}.trl.yaml"]
    if job.method == "rlhf":
        lines.append("This is the reward model; `trl rloo --reward_model_name_or_path` then trains on its judgement.")
    if job.method == "grpo" and not job.solutions:
        lines.append(
            "Write a reward function for the columns beside `prompt`, and name it: reward_funcs: [module.name]"
        )
    return lines


def model(job: Job) -> Setting:
    """The model to begin with."""
    if job.after:
        return (
            "model_name_or_path",
            f"{job.after}-merged",
            f"the adapter of {job.after} merged into its model (peft merge_and_unload)",
        )
    why = "" if job.model else "give --model NAME, or write it here"
    return "model_name_or_path", job.model or PLACEHOLDER, why


def folder(job: Job) -> str:
    """Where the run is kept: the data's path without its ending."""
    return job.data.removesuffix(".jsonl")


def length(job: Job) -> tuple[Setting, ...]:
    """A longer limit where TRL's would cut rows: what is cut is the answer's end, or all of it."""
    need = math.ceil(job.tokens * MARGIN / STEP) * STEP
    if job.method == "grpo" or need <= DEFAULT_LENGTH:
        return ()
    told = f"the longest row has about {job.tokens:,.0f} tokens (estimated); TRL's default cuts at {DEFAULT_LENGTH:,}"
    return (("max_length", min(need, MOST_LENGTH), told + ("; still cut" if need > MOST_LENGTH else "")),)


def weights(job: Job) -> tuple[Setting, ...]:
    """KTO's weights that make up for an imbalance of labels, none within TRL's 1:1 to 4:3."""
    if job.method != "kto" or not (job.good and job.bad) or 1 <= job.good / job.bad <= 4 / 3:
        return ()
    why = f"{job.good:,} desirable, {job.bad:,} undesirable: evens them out (TRL docs/source/kto_trainer.md, 2025: 1:1 to 4:3)"
    if job.good < job.bad:
        return (("desirable_weight", round(job.bad / job.good, 2), why),)
    return (("undesirable_weight", round(job.good / job.bad, 2), why),)


def line(key: str, given: object, why: str) -> str:
    """One key."""
    return f"{key}: {value(given)}" + (f"  # {why}" if why else "")


def value(given: object) -> str:
    """A value in YAML: JSON's are, but for YAML 1.1's floats, which need a dot before an exponent."""
    return f"{given:.1e}" if isinstance(given, float) and given < 1e-2 and given else orjson.dumps(given).decode()
