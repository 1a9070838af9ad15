"""Records that repeat: they are memorised first, and leak across a split by rows.

Lee et al. 2022 found ten times less verbatim memorised output after removing duplicates from pre-training data.
"""

from advisor.profiling.types import Profile
from advisor.sources import DEDUP, claim
from advisor.types import Case, Finding, Threshold

THRESHOLDS = {
    "warn": Threshold(0.002, "ours: below it, information only"),
    "block": Threshold(0.3, "ours: the file is not what its size says"),
}
SOURCES = (claim(DEDUP, fix_data=1),)
FIRES = Case(({"prompt": "Hello", "answer": "Hi!"},) * 2)
SILENT = Case(({"prompt": "Hello", "answer": "Hi!"}, {"prompt": "Bye", "answer": "So long."}))


def check(profile: Profile) -> Finding | None:
    """Fires on any exact copy."""
    copies = profile.duplicates.exact
    if not copies.share.count:
        return None
    share = copies.share.value
    block, warn = share >= THRESHOLDS["block"].value, share >= THRESHOLDS["warn"].value
    return Finding(
        rule="exact_duplicates",
        severity="block" if block else "warn" if warn else "info",
        # Of prompts alone, a repeated record is a repeated prompt.
        problem="duplicate_prompts" if profile.supervision == "prompts" else "exact_duplicates",
        summary=f"{copies.share.count:,} of {copies.share.of:,} records ({share:.1%}) repeat an earlier one exactly: "
        "remove them before splitting.",
        numbers={"share": share, "count": copies.share.count},
        effects={"fix_data": 0.8 if block else min(0.3, share)} if warn else {},
        rows=copies.rows,
        sources=SOURCES,
    )
