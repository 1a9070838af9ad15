"""Rejected answers that end in a loop: not worse answers but broken ones, which any model tells apart without learning.

The same thirty characters three times at the end are taken for a loop. Look for the sampler's settings (no end token, a
limit too high) before training on them.
"""

from advisor.profiling.types import Profile
from advisor.sources import SHORTCUTS
from advisor.standing import speaks_for_file
from advisor.types import Case, Finding, Threshold

THRESHOLDS = {"share": Threshold(0.1, "ours: share of pairs whose rejected side loops and chosen side does not")}
SOURCES = (SHORTCUTS,)
LOOP = "The mill was built in 1820 by Anna. " * 5
FIRES = Case(({"prompt": "When?", "answer": "In 1820.", "rejected": LOOP},), "pairs")
SILENT = Case(({"prompt": "When?", "answer": LOOP, "rejected": LOOP},), "pairs")


def check(profile: Profile) -> Finding | None:
    """Fires on a visible share of looping rejected sides."""
    looping = profile.looping
    if not speaks_for_file(looping, profile) or looping.share.value < THRESHOLDS["share"].value:
        return None
    return Finding(
        rule="looping_rejected",
        severity="warn",
        problem="surface_shortcut",
        summary=f"{looping.share.count:,} of {looping.share.of:,} rejected answers looked at ({looping.share.value:.0%}) end in "
        "a loop: such pairs teach to end, and little else.",
        numbers={"share": looping.share.value},
        effects={"dpo": -0.1, "sft_dpo": -0.05, "fix_data": 0.15},
        rows=looping.rows,
        sources=SOURCES,
    )
