"""Raw documents: retrieval first; continued pre-training only with a great deal of text.

Unsupervised fine-tuning on documents came below retrieval for old and for new facts (Ovadia et al. 2023).
"""

from advisor.profiling.types import Profile
from advisor.sources import RAG_FIRST, claim
from advisor.types import Case, Finding, Threshold

THRESHOLDS = {"tokens": Threshold(10e6, "ours: below it continued pre-training has little to learn from")}
SOURCES = (claim(RAG_FIRST, none=1),)
FIRES = Case(({"answer": "The mill stands by the river. It was built in 1820."},), "text")
SILENT = Case(({"prompt": "When was the mill built?", "answer": "In 1820."},))


def check(profile: Profile) -> Finding | None:
    """Fires on text without prompts."""
    if profile.supervision != "text":
        return None
    tokens, enough = profile.tokens.total, profile.tokens.total >= THRESHOLDS["tokens"].value
    return Finding(
        rule="raw_text",
        severity="warn",
        problem="missing_signal",
        summary=f"{profile.records:,} texts of about {tokens:,.0f} tokens and no prompts: retrieve from them"
        + (" or continue pre-training." if enough else "; too little for continued pre-training."),
        numbers={"tokens": tokens, "records": profile.records},
        effects={"none": 0.5, "cpt": 0.7 if enough else 0.3},
        sources=SOURCES,
    )
