"""A model below a billion parameters and pairs: SFT before DPO.

On OPT-350M and HH-RLHF, SFT came above DPO and SFT then DPO above both (Pant 2025). It is the closest published setting
to ours, one model and one data set.
"""

from advisor.profiling.types import Profile
from advisor.sources import TINY, claim
from advisor.standing import speaks_for_file
from advisor.types import Case, Finding, Threshold

THRESHOLDS = {"parameters": Threshold(1e9, "ours: the paper's model has 0.35e9")}
SOURCES = (claim(TINY, sft_dpo=1, sft=1, dpo=-1),)
ROW = {"prompt": "Hello", "answer": "Hello!", "rejected": "What?"}
FIRES = Case((ROW,), "pairs", model="SmolLM2-135M-Instruct")
SILENT = Case((ROW,), "pairs", model="Llama-3.1-8B-Instruct")


def check(profile: Profile) -> Finding | None:
    """Fires on a small model by name, with pairs."""
    model = profile.model
    if not speaks_for_file(profile.pairs, profile) or model is None or model.parameters is None:
        return None
    if model.parameters >= THRESHOLDS["parameters"].value:
        return None
    return Finding(
        rule="tiny_model",
        severity="info",
        summary=f"{model.name} has {model.parameters / 1e6:,.0f} million parameters: SFT first, then DPO, did best at "
        "such a size.",
        numbers={"parameters": model.parameters},
        effects={"sft_dpo": 0.15, "sft": 0.1, "dpo": -0.1},
        sources=SOURCES,
    )
