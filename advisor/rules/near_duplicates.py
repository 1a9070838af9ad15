"""Records that differ in a few words only: templates, re-crawled texts. They count as fewer than they are."""

from advisor.profiling.types import Profile
from advisor.rules.duplicate_prompts import repeated
from advisor.sources import DEDUP, claim
from advisor.types import Case, Finding, Threshold

THRESHOLDS = {
    "share": Threshold(0.1, "ours: share of records with an earlier near copy (Jaccard 0.8 of word 3-shingles)")
}
SOURCES = (claim(DEDUP, fix_data=1),)
TEXT = "{}, please write a short story about a fox who lives in the old mill by the river and sells bread to the crows"
FIRES = Case(tuple({"prompt": TEXT.format(name), "answer": "Once upon a time."} for name in ("Anna", "Berta", "Carla")))
SILENT = Case(
    ({"prompt": TEXT, "answer": "Once upon a time."}, {"prompt": "What is rain?", "answer": "Water from clouds."})
)


def check(profile: Profile) -> Finding | None:
    """Fires on a visible share of near copies."""
    near = profile.duplicates.near
    if profile.supervision == "eval" or near.share.value < THRESHOLDS["share"].value:
        return None
    whole = near.share.of + profile.duplicates.exact.share.count >= profile.records
    sampled = "" if whole else f" (sample of {near.share.of:,})"
    return Finding(
        rule="near_duplicates",
        # Few distinct prompts or answers make near copies: that is warned of once.
        severity="info" if repeated(profile) else "warn",
        problem="near_duplicates",
        summary=f"{near.share.value:.0%} of records{sampled} nearly repeat an earlier one: keep such groups on one "
        "side of a split.",
        numbers={"share": near.share.value, "count": near.share.count, "sample": near.share.of},
        effects={"fix_data": min(0.3, near.share.value / 2)},
        rows=near.rows,
        sources=SOURCES,
    )
