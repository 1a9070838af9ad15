"""Rows that could not be read: nothing is dropped silently, so they are a finding."""

from advisor.profiling.types import Profile
from advisor.types import Case, Finding, Source, Threshold

DROPPED = Source(
    "Silent drops of rows (LLaMA-Factory issue 4249)", "https://github.com/hiyouga/LLaMA-Factory/issues/4249", 2024,
    "users of a trainer", "", checked="second-hand",
)  # fmt: skip
THRESHOLDS = {"block": Threshold(0.2, "ours: the file is not what its size says")}
SOURCES = (DROPPED,)
FIRES = Case(({"prompt": "Hello", "answer": "Hi!"},), errors=1)
SILENT = Case(({"prompt": "Hello", "answer": "Hi!"},))


def check(profile: Profile) -> Finding | None:
    """Fires on any bad row."""
    bad = profile.bad
    if not bad.share.count:
        return None
    block = bad.share.value >= THRESHOLDS["block"].value
    return Finding(
        rule="unreadable_rows",
        severity="block" if block else "warn",
        problem="container_defect",
        summary=f"{bad.share.count:,} of {bad.share.of:,} rows ({bad.share.value:.1%}) could not be read as records.",
        numbers={"share": bad.share.value, "count": bad.share.count},
        effects={"fix_data": 0.9 if block else min(0.3, 2 * bad.share.value)},
        rows=bad.rows,
        sources=SOURCES,
    )
