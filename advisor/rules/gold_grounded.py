"""Gold answers with documents: SFT first; DPO becomes possible against unfaithful answers made from the data itself.

SCOPE (Duong et al. 2025) fine-tunes on half the data, generates unfaithful answers and prefers the gold answer over
them; Trust-Align (Song et al. 2024) does so with refusals. Negatives must be neither trivial nor nearly the gold
answer.
"""

from advisor.profiling.types import Profile
from advisor.sources import SCOPE, TRUST_ALIGN, claim
from advisor.standing import mostly_paired
from advisor.types import Case, Finding, Threshold

THRESHOLDS = {"contexts": Threshold(0.5, "ours: most records carry documents")}
SOURCES = (claim(SCOPE, sft_dpo=1), claim(TRUST_ALIGN, dpo=1))
FIRES = Case(({"prompt": "When was it built?", "contexts": ("The mill was built in 1820.",), "answer": "In 1820."},))
SILENT = Case(({"prompt": "When was it built?", "answer": "In 1820."},))


def check(profile: Profile) -> Finding | None:
    """Fires on gold supervision whose records carry documents."""
    g, most = profile.grounding, THRESHOLDS["contexts"].value
    if profile.supervision != "gold" or g is None or g.contexts.share.value < most:
        return None
    if mostly_paired(profile):
        return None
    own = g.negatives.share
    offered = f"{own.value:.0%} of records offer" if own.count else "none offers"
    return Finding(
        rule="gold_grounded",
        severity="info",
        summary=f"{g.contexts.share.value:.0%} of records carry documents ({g.documents:,} distinct): "
        f"SFT first, then DPO against unfaithful negatives ({offered} wrong "
        "answers; others: answers of another record, an abstention where the documents answer).",
        numbers={"contexts": g.contexts.share.value, "documents": g.documents, "own_negatives": own.value},
        effects={"sft": 0.1, "sft_dpo": 0.45, "dpo": 0.3},
        sources=SOURCES,
    )
