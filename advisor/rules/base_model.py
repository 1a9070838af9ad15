"""A base model and pairs: some SFT first, for DPO from a base model starts cold.

Raghavendra et al. 2025: DPO directly on the base model is suboptimal, under 10 % of the budget on SFT first mends it.
Zephyr's authors (arXiv:2310.16944) report DPO without SFT collapsing.
"""

from advisor.profiling.types import Profile
from advisor.sources import BUDGET, claim
from advisor.standing import speaks_for_file
from advisor.types import Case, Finding, Source, Threshold

ZEPHYR = Source(
    "Zephyr: Direct Distillation of LM Alignment", "arXiv:2310.16944", 2023, "Mistral-7B (base), UltraFeedback",
    "MT-Bench 4.76 without SFT", checked="second-hand",
)  # fmt: skip
THRESHOLDS = {"tuned": Threshold(0, "ours: the name says base, or gives a size without a mark of tuning")}
SOURCES = (
    claim(BUDGET, "under 10 % of the budget on SFT first gives 15-20 % on GSM8K", sft_dpo=1, dpo=-1),
    claim(ZEPHYR, sft_dpo=1, dpo=-1),
)
ROW = {"prompt": "Hello", "answer": "Hello!", "rejected": "What?"}
FIRES = Case((ROW,), "pairs", model="org/Qwen2.5-7B")
SILENT = Case((ROW,), "pairs", model="org/Qwen2.5-7B-Instruct")


def check(profile: Profile) -> Finding | None:
    """Fires on a model whose name marks it as not instruction-tuned, where a preference method is open."""
    compared = speaks_for_file(profile.pairs, profile) or speaks_for_file(profile.labels, profile)
    if profile.model is None or profile.model.tuned is not False or not compared:
        return None
    return Finding(
        rule="base_model",
        severity="info",
        summary=f"{profile.model.name} looks like a base model: some SFT on the chosen answers should come before "
        "preferences.",
        numbers={"records": profile.records},
        effects={"sft_dpo": 0.25, "sft": 0.2, "dpo": -0.3, "kto": -0.15, "simpo": -0.3},
        sources=SOURCES,
    )
