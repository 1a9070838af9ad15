"""Gold answers and no second answer: supervised fine-tuning.

DPO learns the difference between two answers (Rafailov et al. 2023), so a single target per prompt leaves it nothing to
learn from; where a single answer is correct, practitioners report SFT on it ahead of DPO.
"""

from advisor.profiling.types import Profile
from advisor.sources import DPO, LIMA, claim
from advisor.standing import answered
from advisor.types import Case, Finding, Threshold

THRESHOLDS = {"share": Threshold(0.5, "ours: most records carry an answer")}
SOURCES = (DPO, claim(LIMA, sft=1))
FIRES = Case(({"prompt": "Capital of France?", "answer": "Paris."},))
SILENT = Case(({"prompt": "Capital of France?", "answer": "Paris.", "rejected": "Lyon."},), "pairs")


def check(profile: Profile) -> Finding | None:
    """Fires on gold supervision with answers present."""
    n, paired = answered(profile), profile.pairs.n if profile.pairs else 0
    most = THRESHOLDS["share"].value
    if profile.supervision != "gold" or n < most * promised(profile) or not n or paired >= most * profile.records:
        return None
    return Finding(
        rule="gold_answers",
        severity="info",
        summary=f"{n:,} of {profile.records:,} records carry a gold answer, {paired:,} a second one to prefer it over.",
        numbers={"answers": n, "records": profile.records},
        effects={"sft": 0.6},
        sources=SOURCES,
    )


def promised(profile: Profile) -> int:
    """Records that should have an answer: those marked unanswerable need none."""
    marked = profile.grounding.unanswerable.share.value if profile.grounding else 0.0
    return round(profile.records * (1 - marked))
