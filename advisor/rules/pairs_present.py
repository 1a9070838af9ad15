"""Chosen and rejected answers: a preference method can learn what separates them; SFT on the chosen side is the control.

DPO and its kin read the pair directly. Which of them matters less than the data: Ivison et al. 2024
(arXiv:2406.09279) put better preference data above the choice of algorithm, so ORPO and SimPO are ranked below DPO on
evidence, not by dislike.
"""

from advisor.profiling.types import Profile
from advisor.sources import DPO, claim
from advisor.types import Case, Finding, Source, Threshold

UNPACKING = Source(
    "Unpacking DPO and PPO: Disentangling Best Practices for Learning from Preference Feedback",
    "arXiv:2406.09279", 2024, "Tulu 2 models of 13B, many preference sets",
    "preference data up to 8 % in instruction following; PPO above DPO by up to 2.5 % in maths and 1.2 % in general "
    "domains",
    dissent="Xu et al. (arXiv:2404.10719): PPO above DPO on all their testbeds",
)  # fmt: skip
THRESHOLDS = {"share": Threshold(0.5, "ours: most records are pairs")}
SOURCES = (
    claim(DPO, dpo=1, sft_dpo=1),
    claim(UNPACKING, dpo=1, rlhf=1),
)
FIRES = Case(({"prompt": "Hello", "answer": "Hello! How can I help?", "rejected": "What?"},), "pairs")
SILENT = Case(({"prompt": "Hello", "answer": "Hello! How can I help?"},))


def check(profile: Profile) -> Finding | None:
    """Fires where most records have two sides."""
    pairs = profile.pairs
    both = pairs.n - pairs.empty_rejected.share.count if pairs else 0
    if not both or both < THRESHOLDS["share"].value * profile.records:
        return None
    return Finding(
        rule="pairs_present",
        severity="info",
        summary=f"{both:,} of {profile.records:,} records hold a chosen and a rejected answer.",
        numbers={"pairs": both, "records": profile.records},
        effects={"dpo": 0.6, "sft_dpo": 0.5, "orpo": 0.4, "simpo": 0.4, "rlhf": 0.4, "kto": 0.15, "sft": 0.15},
        sources=SOURCES,
    )
