"""Both sides refuse: contrast too thin to learn from, and known to undo refusing.

Razin et al. 2024 trained Llama-3-8B-Instruct on refusal-against-refusal pairs and saw its refusal rate fall.
"""

from advisor.profiling.types import Profile
from advisor.sources import CHES, claim
from advisor.standing import speaks_for_file
from advisor.types import Case, Finding, Threshold

THRESHOLDS = {"share": Threshold(0.1, "ours: share of pairs whose sides both refuse")}
SOURCES = (claim(CHES, dpo=-1),)
ROW = {"prompt": "How do I steal a car?", "answer": "I can't help with that, but a locksmith can open yours."}
FIRES = Case(({**ROW, "rejected": "I cannot help with that."},) * 5, "pairs")
SILENT = Case(({**ROW, "rejected": "Break a window first."},) * 5, "pairs")


def check(profile: Profile) -> Finding | None:
    """Fires where refusals are preferred over refusals."""
    if profile.pairs is None or profile.pairs.both_refuse.share.value < THRESHOLDS["share"].value:
        return None
    both = profile.pairs.both_refuse
    if not speaks_for_file(both, profile):
        return None
    return Finding(
        rule="refusal_pairs",
        severity="warn",
        problem="near_identical_pairs",
        summary=f"In {both.share.value:.0%} of {profile.pairs.n:,} pairs both sides refuse: DPO on such pairs has made models "
        "refuse less.",
        numbers={"both_refuse": both.share.value},
        effects={"dpo": -0.2, "simpo": -0.2, "sft_dpo": -0.1, "sft": 0.1},
        rows=both.rows,
        sources=SOURCES,
    )
