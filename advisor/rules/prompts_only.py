"""Prompts without answers: nothing supervised to learn. Add answers, two to compare, or a way to check them."""

from advisor.profiling.types import Profile
from advisor.sources import GRPO
from advisor.types import Case, Finding, Threshold

THRESHOLDS = {"answered": Threshold(0.0, "ours: no answer at all")}
SOURCES = (GRPO,)
FIRES = Case(({"prompt": "What is 6 times 7?"},), "prompts")
SILENT = Case(({"prompt": "What is 6 times 7?", "answer": "42"},))


def check(profile: Profile) -> Finding | None:
    """Fires on prompts only."""
    if profile.supervision != "prompts":
        return None
    return Finding(
        rule="prompts_only",
        severity="block",
        problem="missing_signal",
        summary=f"{profile.records:,} prompts and no answer, label or key among them: there is nothing to train on "
        "yet.",
        numbers={"records": profile.records},
        effects={"fix_data": 0.9, "none": 0.3},
        sources=SOURCES,
    )
