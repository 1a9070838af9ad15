"""Length tells chosen from rejected: DPO amplifies that first.

Park et al. 2024 show DPO outgrowing the lengths of its own data on HH-RLHF from a difference of a few tokens, and
regain up to 20 % of length-controlled wins by penalising it. The direction does not matter: shorter-is-better is as
easily learnt.
"""

from advisor.profiling.types import Profile
from advisor.sources import LENGTH, claim
from advisor.standing import speaks_for_file
from advisor.types import Case, Finding, Threshold

THRESHOLDS = {
    "distance": Threshold(0.15, "ours: share of chosen-longer away from a half, its interval clear of a half"),
    "extreme": Threshold(0.4, "ours: length alone all but decides"),
    "pairs": Threshold(20, "ours: fewer say nothing about a share"),
}
SOURCES = (claim(LENGTH, dpo=-1),)
ROW = {"prompt": "Hello", "answer": "Hello there, how can I help you on this fine day?", "rejected": "Go away."}
FIRES = Case((ROW,) * 40, "pairs")
SILENT = Case(
    (ROW, {"prompt": "Hello", "answer": "Hello.", "rejected": "I have no time for you at all."}) * 20, "pairs"
)


def check(profile: Profile) -> Finding | None:
    """Fires where the longer side is chosen clearly more, or clearly less, than half the time."""
    if profile.pairs is None or profile.pairs.longer.share.of < THRESHOLDS["pairs"].value:
        return None
    if not speaks_for_file(profile.pairs, profile):
        return None
    share = profile.pairs.longer.share
    off = abs(share.value - 0.5)
    if off < THRESHOLDS["distance"].value or share.ci95[0] <= 0.5 <= share.ci95[1]:
        return None
    extreme = off >= THRESHOLDS["extreme"].value
    return Finding(
        rule="length_bias",
        severity="warn",
        problem="length_bias",
        summary=f"The chosen answer is the longer one in {share.value:.0%} of pairs "
        f"(95 % {share.ci95[0]:.0%} to {share.ci95[1]:.0%}): balance the lengths, or normalise by them.",
        numbers={"longer": share.value, "auc": profile.pairs.length_auc},
        effects={"dpo": -0.1, "sft_dpo": -0.05, "rlhf": -0.1, "fix_data": 0.3 if extreme else 0.1},
        rows=profile.pairs.longer.rows if share.value > 0.5 else (),
        sources=SOURCES,
    )
