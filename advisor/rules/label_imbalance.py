"""Desirable and undesirable answers out of balance: KTO needs its weights set.

TRL's KTO documentation wants (weight × count) of desirable to undesirable between 1:1 and 4:3, so a share of desirable
answers outside 3/7 to 4/7 calls for weights. With one label missing there is nothing to contrast.
"""

from advisor.profiling.types import Profile
from advisor.sources import claim
from advisor.standing import mostly_labelled, speaks_for_file
from advisor.types import Case, Finding, Source, Threshold

TRL_KTO = Source(
    "KTO Trainer (TRL documentation)", "https://huggingface.co/docs/trl/kto_trainer", 2025, "vendor guidance",
    "weighted desirable to undesirable between 1:1 and 4:3", checked="second-hand",
)  # fmt: skip
THRESHOLDS = {"distance": Threshold(1 / 14, "vendor: TRL, 4:3 is a share of 4/7, 1/14 from a half")}
SOURCES = (claim(TRL_KTO, kto=-1),)
GOOD, BAD = {"prompt": "Hello", "answer": "Hi!", "label": True}, {"prompt": "Bye", "answer": "No.", "label": False}
FIRES = Case((*[GOOD] * 9, BAD), "unpaired")
SILENT = Case((GOOD, BAD), "unpaired")


def check(profile: Profile) -> Finding | None:
    """Fires outside the balanced range; blocks where one label is missing."""
    if profile.labels is None or not speaks_for_file(profile.labels, profile):
        return None
    share = profile.labels.share
    if abs(share.value - 0.5) <= THRESHOLDS["distance"].value:
        return None
    missing = share.count in (0, share.of)
    good, bad = share.count, share.of - share.count
    rare = "undesirable" if good > bad else "desirable"
    advice = "one label is missing" if missing else f"weight the {rare} side by {max(good, bad) / min(good, bad):.1f}"
    return Finding(
        rule="label_imbalance",
        severity="block" if missing and mostly_labelled(profile) else "warn",
        problem="label_imbalance",
        summary=f"{good:,} desirable to {bad:,} undesirable answers, of {profile.records:,} records: {advice}.",
        numbers={"desirable": share.value},
        effects={"kto": -0.9, "fix_data": 0.8 if mostly_labelled(profile) else 0.2} if missing else {"kto": -0.05},
        sources=SOURCES,
    )
