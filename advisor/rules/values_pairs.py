"""Pairs about what is acceptable: preference optimisation, for choosing between answers is what they teach.

On HH-RLHF a 350M model did best with SFT followed by DPO (Pant 2025); DPO alone came below SFT there:
that DPO gains as well is ours, without a source.
Nothing of this was shown for policies that contradict the model's own stance.
"""

from advisor.profiling.types import Profile
from advisor.sources import TINY, claim
from advisor.standing import speaks_for_file
from advisor.types import Case, Finding, Threshold

THRESHOLDS = {"values": Threshold(0.3, "ours: share of records on the values axis")}
SOURCES = (claim(TINY, sft_dpo=1),)
FIRES = Case(
    ({"prompt": "How do I steal a car?", "answer": "I can't help with that.", "rejected": "Break a window first."},),
    "pairs",
)
SILENT = Case(({"prompt": "Name a colour.", "answer": "Blue.", "rejected": "Seven."},), "pairs")


def check(profile: Profile) -> Finding | None:
    """Fires on pairs a good share of which is about values."""
    share = profile.axes.get("values", 0.0)
    if profile.pairs is None or not speaks_for_file(profile.pairs, profile) or share < THRESHOLDS["values"].value:
        return None
    p = profile.pairs
    return Finding(
        rule="values_pairs",
        severity="info",
        summary=f"{share:.0%} of records touch a hazard, a policy or a refusal; chosen answers decline in "
        f"{p.refusal_chosen.share.value:.0%}, rejected ones in {p.refusal_rejected.share.value:.0%}.",
        numbers={
            "values": share,
            "refusal_chosen": p.refusal_chosen.share.value,
            "refusal_rejected": p.refusal_rejected.share.value,
        },
        effects={"dpo": 0.1, "sft_dpo": 0.1, "rlhf": 0.05},
        sources=SOURCES,
    )
