"""Chosen and rejected nearly the same: DPO then lowers the likelihood of both.

Pal et al. 2024 show the chosen answer's likelihood falling on pairs of low edit distance; Razin et al. 2024 the same
for similar embeddings. The remedy is an SFT term beside the DPO loss, filtering, or SFT alone. No paper gives a cut-
off.
"""

from advisor.profiling.types import Profile
from advisor.sources import CHES, SMAUG, claim
from advisor.standing import mostly_paired, speaks_for_file
from advisor.types import Case, Finding, Threshold

THRESHOLDS = {
    "warn": Threshold(0.05, "ours: share of identical or nearly identical pairs"),
    "block": Threshold(0.3, "ours: preference training would rest on them"),
}
SOURCES = (claim(SMAUG, dpo=-1), claim(CHES, "", dpo=-1))
LONG = "The old mill by the river was built in 1820 by the Roth family and burnt down twice before the war"
FIRES = Case(({"prompt": "Tell me.", "answer": LONG + ".", "rejected": LONG + " ended."},) * 10, "pairs")
SILENT = Case(
    ({"prompt": "Tell me.", "answer": LONG, "rejected": "I would rather speak about the weather."},) * 10, "pairs"
)


def check(profile: Profile) -> Finding | None:
    """Fires on a visible share of pairs without contrast."""
    if profile.pairs is None or not speaks_for_file(profile.pairs, profile):
        return None
    same, near = profile.pairs.identical, profile.pairs.near_identical
    share = same.share.value + near.share.value
    if share < THRESHOLDS["warn"].value:
        return None
    block = share >= THRESHOLDS["block"].value and mostly_paired(profile)
    return Finding(
        rule="near_identical_pairs",
        severity="block" if block else "warn",
        problem="near_identical_pairs",
        summary=f"In {share:.0%} of {profile.pairs.n:,} pairs the two sides are nearly the same "
        f"({same.share.count:,} identical, {near.share.count:,} nearly): drop them, or add an SFT term to the loss.",
        numbers={"share": share, "identical": same.share.value, "near": near.share.value},
        effects={
            "dpo": -0.3,
            "simpo": -0.3,
            "sft_dpo": -0.1,
            "orpo": -0.1,
            "sft": 0.2,
            "fix_data": 0.8 if block else 0.15,
        },
        rows=(same.rows + near.rows)[:10],
        sources=SOURCES,
    )
