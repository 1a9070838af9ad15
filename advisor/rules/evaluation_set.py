"""Laid out for evaluation: training on it spoils the measurement it is for.

A benchmark seen in training measures memory. Paraphrases leak as well: n-gram filters miss most (arXiv:2311.04850).
"""

from advisor.profiling.types import Profile
from advisor.sources import LEAK, claim
from advisor.types import Case, Finding, Threshold

THRESHOLDS = {"schema": Threshold(1.0, "ours: the layout itself is that of an evaluation set")}
SOURCES = (claim(LEAK, none=1, sft=-1),)
FIRES = Case(({"prompt": "Which is a mammal?", "answer": "Whale", "negatives": ("Shark",)},), "eval")
SILENT = Case(({"prompt": "Which is a mammal?", "answer": "Whale"},))


def check(profile: Profile) -> Finding | None:
    """Fires on evaluation layouts."""
    if profile.supervision != "eval":
        return None
    return Finding(
        rule="evaluation_set",
        severity="block",
        problem="benchmark_contamination",
        summary=f"The layout ({profile.schema}) is that of an evaluation set: keep its {profile.records:,} records "
        "for measuring.",
        numbers={"records": profile.records},
        effects={"none": 0.9, "sft": -0.4, "fix_data": 0.2},
        sources=SOURCES,
    )
