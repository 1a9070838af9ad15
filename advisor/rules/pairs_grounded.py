"""Pairs with documents whose chosen side rests on them more than the rejected one: what faithfulness training wants.

Context-DPO (Bi et al. 2024) prefers answers that follow the context over answers from memory. Support here is lexical
(shared content words), a screen and no entailment check.
"""

from advisor.profiling.types import Profile
from advisor.sources import CONTEXT_DPO, TRUST_ALIGN, claim
from advisor.standing import speaks_for_file
from advisor.types import Case, Finding, Threshold

THRESHOLDS = {"gap": Threshold(0.1, "ours: mean support of chosen minus rejected")}
SOURCES = (claim(CONTEXT_DPO, dpo=1), claim(TRUST_ALIGN, dpo=1))
ROW = {"prompt": "When was the mill built?", "contexts": ("The mill was built in 1820 by Anna Roth.",)}
FIRES = Case(({**ROW, "answer": "In 1820 by Anna Roth.", "rejected": "In 1790 under King George."},), "pairs")
SILENT = Case(({**ROW, "answer": "Built in 1820.", "rejected": "The mill by Anna Roth."},), "pairs")


def check(profile: Profile) -> Finding | None:
    """Fires where chosen answers share clearly more with their documents."""
    g = profile.grounding
    if g is None or not speaks_for_file(g.gap, profile) or g.gap.mean < THRESHOLDS["gap"].value:
        return None
    return Finding(
        rule="pairs_grounded",
        severity="info",
        summary=f"Chosen answers share {g.support.mean:.0%} of their content words with the documents, rejected ones "
        f"{g.rejected_support.mean:.0%}: the pairs contrast faithful with unfaithful ({g.gap.n:,} pairs).",
        numbers={"support_chosen": g.support.mean, "support_rejected": g.rejected_support.mean, "gap": g.gap.mean},
        effects={"dpo": 0.15, "sft_dpo": 0.15, "orpo": 0.05, "simpo": 0.05},
        sources=SOURCES,
    )
