"""Pairs that contradict each other or their own scores: noise that preference training pays for dearly.

Gao et al. 2024 lost up to 30 points of win rate to 10 more points of noise. What is counted here is visible noise only:
the same two answers preferred both ways, and scores that put the rejected side first.
"""

from advisor.profiling.types import Profile
from advisor.sources import NOISE, claim
from advisor.standing import mostly_paired, speaks_for_file
from advisor.types import Case, Finding, Threshold

THRESHOLDS = {
    "warn": Threshold(0.02, "ours: share of contradicting pairs"),
    "block": Threshold(0.1, "paper: arXiv:2404.09824 finds 10 points of noise costly"),
}
SOURCES = (claim(NOISE, dpo=-1, sft_dpo=-1, fix_data=1),)
A, B = (
    {"prompt": "Hi", "answer": "Hello!", "rejected": "What?"},
    {"prompt": "Hi", "answer": "What?", "rejected": "Hello!"},
)
FIRES = Case((A, B), "pairs")
SILENT = Case((A, A), "pairs")


def check(profile: Profile) -> Finding | None:
    """Fires on contradicting pairs or inverted scores."""
    if profile.pairs is None:
        return None
    seen = [t for t in (profile.pairs.reversed, profile.pairs.score_inverted) if speaks_for_file(t, profile)]
    if not seen:
        return None
    worst = max(seen, key=lambda t: t.share.value)
    share = worst.share.value
    if share < THRESHOLDS["warn"].value:
        return None
    block = share >= THRESHOLDS["block"].value and mostly_paired(profile)
    of = "pairs" if worst is profile.pairs.reversed else "scored pairs"
    how = "occur both ways round" if worst is profile.pairs.reversed else "have scores that prefer the rejected side"
    return Finding(
        rule="preference_inverted",
        severity="block" if block else "warn",
        problem="preference_inverted",
        summary=f"{worst.share.count:,} of {worst.share.of:,} {of} ({share:.1%}) {how}.",
        numbers={"share": share},
        effects={"dpo": -0.2, "sft_dpo": -0.2, "orpo": -0.2, "simpo": -0.2, "fix_data": 0.8 if block else 0.2},
        rows=worst.rows,
        sources=SOURCES,
    )
