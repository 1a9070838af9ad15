"""Prompts without answers: nothing to imitate. With a key to check answers against, they are data for reinforcement.

Group-relative methods sample the answers themselves and need only the reward (Shao et al. 2024).
"""

from advisor.profiling.types import Profile
from advisor.sources import GRPO, claim
from advisor.types import Case, Finding, Threshold

THRESHOLDS = {"keyed": Threshold(0.5, "ours: share of prompts with a key to check an answer against")}
SOURCES = (GRPO,)
FIRES = Case(({"prompt": "What is 6 times 7?"},), "prompts")
SILENT = Case(({"prompt": "What is 6 times 7?", "answer": "42"},))


def check(profile: Profile) -> Finding | None:
    """Fires on prompts only; blocks where nothing says what a good answer is."""
    if profile.supervision != "prompts":
        return None
    keyed = profile.keyed.share
    rewarded = keyed.value >= THRESHOLDS["keyed"].value
    said = (
        f"{keyed.count:,} of {keyed.of:,} prompts looked at bring a key to check answers against and none an "
        "answer in a column known as one: data for reinforcement, if the model already solves some."
        if rewarded
        else f"{profile.records:,} prompts and no answer, label or key among them: there is nothing to train on yet."
    )
    return Finding(
        rule="prompts_only",
        severity="info" if rewarded else "block",
        problem=None if rewarded else "missing_signal",
        summary=said,
        numbers={"records": profile.records, "keyed": keyed.value},
        effects={"grpo": 0.7, "fix_data": 0.2} if rewarded else {"fix_data": 0.9, "none": 0.3},
        sources=(claim(GRPO, grpo=1),) if rewarded else SOURCES,
    )
