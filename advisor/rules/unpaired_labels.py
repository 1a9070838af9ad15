"""One answer per prompt with a good/bad label: KTO, which needs no pairs.

KTO (Ethayarajh et al. 2024) learns from such labels; SFT could use the desirable half only and would ignore the rest.
"""

from advisor.profiling.types import Profile
from advisor.sources import KTO, claim
from advisor.standing import mostly_paired, reach
from advisor.types import Case, Finding, Threshold

THRESHOLDS = {"share": Threshold(0.5, "ours: most records are labelled")}
SOURCES = (claim(KTO, kto=1),)
FIRES = Case(
    ({"prompt": "Hello", "answer": "Hi!", "label": True}, {"prompt": "Bye", "answer": "No.", "label": False}),
    "unpaired",
)
SILENT = Case(({"prompt": "Hello", "answer": "Hi!"},))


def check(profile: Profile) -> Finding | None:
    """Fires on labelled answers without a second side."""
    labels = profile.labels
    if labels is None or mostly_paired(profile) or reach(labels) < THRESHOLDS["share"].value * profile.records:
        return None
    return Finding(
        rule="unpaired_labels",
        severity="warn",
        problem="missing_signal",
        summary=f"{labels.share.of:,} answers stand alone with a label, {labels.share.value:.0%} of them desirable: "
        "no pairs to compare, so DPO is not open.",
        numbers={"labelled": labels.share.of, "desirable": labels.share.value},
        effects={"kto": 0.75, "sft": 0.2, "rlhf": 0.2},
        sources=SOURCES,
    )
