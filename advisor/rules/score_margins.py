"""Pairs with scores: select by margin before training, for ties teach nothing.

Choosing pairs by margin did better than using all of them (Deng et al. 2025, arXiv:2502.14560).
"""

from advisor.profiling.types import Profile
from advisor.sources import claim
from advisor.standing import speaks_for_file
from advisor.types import Case, Finding, Source, Threshold

SELECT = Source(
    "Less is More: Improving LLM Alignment via Preference Data Selection", "arXiv:2502.14560", 2025,
    "Llama-3 and Mistral, UltraFeedback", "the best 10 % of pairs gave 3 % to 8 % on AlpacaEval 2",
)  # fmt: skip
THRESHOLDS = {"ties": Threshold(0.1, "ours: share of scored pairs without a margin")}
SOURCES = (claim(SELECT, fix_data=1),)
ROW = {"prompt": "Hi", "answer": "Hello!", "rejected": "What?"}
FIRES = Case(({**ROW, "score": 0.0}, {**ROW, "score": 2.0}), "pairs")
SILENT = Case(({**ROW, "score": 1.0}, {**ROW, "score": 2.0}), "pairs")


def check(profile: Profile) -> Finding | None:
    """Fires where many scored pairs are ties."""
    if profile.pairs is None or profile.pairs.score_tied.share.value < THRESHOLDS["ties"].value:
        return None
    tied = profile.pairs.score_tied
    if not speaks_for_file(tied, profile):
        return None
    return Finding(
        rule="score_margins",
        severity="warn",
        problem="label_imbalance",
        summary=f"{tied.share.value:.0%} of {tied.share.of:,} scored pairs are ties: drop them, and prefer the widest margins.",
        numbers={"tied": tied.share.value},
        effects={"dpo": -0.05, "sft_dpo": -0.05, "fix_data": 0.15},
        rows=tied.rows,
        sources=SOURCES,
    )
