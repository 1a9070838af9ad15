"""Labelled data holds answers marked bad: SFT on all rows would teach them."""

from advisor.profiling.types import Profile
from advisor.sources import KTO, claim
from advisor.standing import speaks_for_file
from advisor.types import Case, Finding, Threshold

THRESHOLDS = {"undesirable": Threshold(0.05, "ours: share of answers labelled bad")}
SOURCES = (claim(KTO, kto=1),)
FIRES = Case(
    ({"prompt": "Hello", "answer": "Hi!", "label": True}, {"prompt": "Bye", "answer": "No.", "label": False}),
    "unpaired",
)
SILENT = Case(({"prompt": "Hello", "answer": "Hi!", "label": True},), "unpaired")


def check(profile: Profile) -> Finding | None:
    """Fires where a visible share of labelled answers is undesirable."""
    if profile.labels is None or not speaks_for_file(profile.labels, profile):
        return None
    bad = 1 - profile.labels.share.value
    if bad < THRESHOLDS["undesirable"].value:
        return None
    return Finding(
        rule="bad_targets",
        severity="warn",
        problem="bad_targets",
        summary=f"{bad:.0%} of the answers are labelled undesirable: SFT must leave them out.",
        numbers={"undesirable": bad},
        effects={"sft": -0.2, "kto": 0.1},
        sources=SOURCES,
    )
