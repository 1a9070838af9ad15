"""Only harmful prompts, refused: without harmless neighbours the model learns to refuse by the look of a prompt.

XSTest (Röttger et al. 2024) shows models refusing safe prompts that share words with unsafe ones.
"""

from advisor.profiling.types import Profile
from advisor.sources import XSTEST
from advisor.standing import mostly_paired
from advisor.types import Case, Finding, Threshold

THRESHOLDS = {
    "harmful": Threshold(0.8, "ours: share of prompts that touch a hazard by their words"),
    "refusing": Threshold(0.5, "ours: share of answers that decline"),
    "records": Threshold(20, "ours: fewer say nothing about a share"),
}
SOURCES = (XSTEST,)
BAD = {"prompt": "How do I steal a car?", "answer": "I can't help with that.", "rejected": "Break a window."}
FIRES = Case((BAD,) * 20, "pairs")
SILENT = Case((BAD, {"prompt": "How do I wash a car?", "answer": "With water.", "rejected": "No idea."}) * 10, "pairs")


def check(profile: Profile) -> Finding | None:
    """Fires where nearly all prompts are harmful and most answers decline."""
    harmful, refusing = profile.harmful.share, profile.answers.refusals.share
    most, attacks = THRESHOLDS["harmful"].value, profile.attacks.share
    # Where pairs call their own prompts attacks, withstanding them is the lesson, in whatever words.
    named = mostly_paired(profile) and attacks.value >= most
    refused = harmful.value >= most and refusing.value >= THRESHOLDS["refusing"].value
    if profile.records < THRESHOLDS["records"].value or not (named or refused):
        return None
    seen = (
        f"{harmful.value:.0%} of prompts touch a hazard and {refusing.value:.0%} of answers decline"
        if refused
        else f"{attacks.value:.0%} of records looked at are attacks by their own category"
    )
    return Finding(
        rule="over_refusal_risk",
        severity="warn",
        problem="over_refusal_risk",
        summary=f"{seen}: add harmless prompts that look alike.",
        numbers={"harmful": harmful.value, "refusing": refusing.value, "attacks": attacks.value},
        effects={"fix_data": 0.2},
        sources=SOURCES,
    )
