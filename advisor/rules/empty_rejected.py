"""Pairs whose rejected side is blank: they teach that saying anything beats saying nothing.

No source: by the definition of a pair.
"""

from advisor.profiling.types import Profile
from advisor.standing import mostly_paired, speaks_for_file
from advisor.types import Case, Finding, Source, Threshold

THRESHOLDS = {
    "warn": Threshold(0.01, "ours: share of pairs; a stray blank is information"),
    "block": Threshold(0.2, "ours: the file is not what its size says"),
}
SOURCES: tuple[Source, ...] = ()
FULL = {"prompt": "Hello", "answer": "Hi!", "rejected": "What?"}
FIRES = Case((FULL, {**FULL, "rejected": "  "}), "pairs")
SILENT = Case((FULL,), "pairs")


def check(profile: Profile) -> Finding | None:
    """Fires on any blank rejected side of a file of pairs."""
    if profile.pairs is None or not speaks_for_file(profile.pairs, profile):
        return None
    blank = profile.pairs.empty_rejected
    if not blank.share.count:
        return None
    warn = blank.share.value >= THRESHOLDS["warn"].value
    block = blank.share.value >= THRESHOLDS["block"].value and mostly_paired(profile)
    return Finding(
        rule="empty_rejected",
        severity="block" if block else "warn" if warn else "info",
        problem="missing_signal",
        summary=f"{blank.share.count:,} of {blank.share.of:,} pairs ({blank.share.value:.1%}) have no rejected answer: "
        "drop them, or sample one.",
        numbers={"share": blank.share.value, "count": blank.share.count},
        effects={"fix_data": 0.8 if block else min(0.3, 2 * blank.share.value)} if warn else {},
        rows=blank.rows,
        sources=SOURCES,
    )
