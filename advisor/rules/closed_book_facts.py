"""Questions of fact without documents: facts are better retrieved than trained in.

Retrieval beat fine-tuning on old and on new facts (Ovadia et al. 2023); learning unknown facts feeds hallucination
(Gekhman et al. 2024).
"""

from advisor.profiling.types import Profile
from advisor.sources import RAG_FIRST, claim
from advisor.standing import mostly_paired
from advisor.types import Case, Finding, Threshold

THRESHOLDS = {"share": Threshold(0.5, "ours: share of records on the knowledge axis")}
SOURCES = (claim(RAG_FIRST, none=1, sft=-1),)
FIRES = Case(({"prompt": "When was the mill of Fenwick built?", "answer": "It was built in 1820."},))
SILENT = Case(({"prompt": "Write a poem about a mill.", "answer": "Turn, old wheel."},))


def check(profile: Profile) -> Finding | None:
    """Fires where most gold records ask for facts and bring no documents."""
    share = profile.axes.get("knowledge", 0.0)
    if profile.supervision != "gold" or mostly_paired(profile) or share < THRESHOLDS["share"].value:
        return None
    return Finding(
        rule="closed_book_facts",
        severity="info",
        summary=f"{share:.0%} of records ask for facts and bring no documents: retrieval is the better home for facts.",
        numbers={"knowledge": share},
        effects={"none": 0.25, "sft": -0.05},
        sources=SOURCES,
    )
