"""Pairs with documents whose rejected side rests on them more than the chosen one: perhaps the wrong way round.

Lexical support is a screen: abstentions share few words with their documents, so they are left out of the judgement
when most chosen sides abstain.
"""

from advisor.profiling.types import Profile
from advisor.sources import CONTEXT_DPO, NOISE, claim
from advisor.standing import speaks_for_file
from advisor.types import Case, Finding, Threshold

THRESHOLDS = {
    "gap": Threshold(-0.15, "ours: mean support of chosen minus rejected"),
    "abstaining": Threshold(0.3, "ours: share of abstentions beyond which word overlap says nothing"),
    "pairs": Threshold(20, "ours: fewer say nothing about a mean"),
}
SOURCES = (claim(NOISE, dpo=-1, fix_data=1), claim(CONTEXT_DPO, ""))
ROW = {"prompt": "When was the mill built?", "contexts": ("The mill was built in 1820 by Anna Roth.",)}
FIRES = Case(({**ROW, "answer": "In 1790 under King George.", "rejected": "In 1820 by Anna Roth."},) * 20, "pairs")
SILENT = Case(({**ROW, "answer": "In 1820 by Anna Roth.", "rejected": "In 1790 under King George."},) * 20, "pairs")


def check(profile: Profile) -> Finding | None:
    """Fires where rejected answers share clearly more with their documents."""
    g, pairs = profile.grounding, profile.pairs
    if g is None or pairs is None or g.gap.n < THRESHOLDS["pairs"].value or g.gap.mean > THRESHOLDS["gap"].value:
        return None
    if not speaks_for_file(g.gap, profile) or pairs.refusal_chosen.share.value > THRESHOLDS["abstaining"].value:
        return None
    return Finding(
        rule="pairs_ungrounded",
        severity="warn",
        problem="preference_inverted",
        summary=f"Rejected answers share more content words with the documents than chosen ones "
        f"(by {-g.gap.mean:.0%} on average): are the columns swapped?",
        numbers={"gap": g.gap.mean, "support_rejected": g.rejected_support.mean},
        effects={"dpo": -0.2, "sft_dpo": -0.2, "fix_data": 0.5},
        sources=SOURCES,
    )
