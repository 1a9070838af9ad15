"""Answers a program can check: reinforcement on them (GRPO) is open, once the model solves some and fails some.

Group-relative methods learn from contrast within a group of samples (Shao et al. 2024), so they need a pass rate
strictly between 0 and 1, which no inspection of the data can tell. Hence SFT stays ahead until a pass rate is
measured.
"""

from advisor.profiling.types import Profile
from advisor.sources import GRPO, claim
from advisor.standing import mostly_grounded
from advisor.types import Case, Finding, Threshold

THRESHOLDS = {
    "share": Threshold(0.8, "ours: share of answers a program can check"),
    "bare": Threshold(12, "ours: characters of a median answer that is a result without its working"),
}
SOURCES = (claim(GRPO, grpo=1),)
FIRES = Case(({"prompt": "What is 6 times 7?", "answer": "6 times 7 is 42.\n#### 42"},))
SILENT = Case(({"prompt": "What is 6 times 7?", "answer": "It is forty-two, as six sevens are."},))


def check(profile: Profile) -> Finding | None:
    """Fires where most answers are checkable, rest on no documents and are no classes of texts."""
    share = profile.answers.verifiable.share
    if mostly_grounded(profile) or profile.supervision == "eval" or profile.schema == "classification":
        return None
    if not share.of or share.value < THRESHOLDS["share"].value:
        return None
    return Finding(
        rule="verifiable_answers",
        severity="info",
        summary=f"{share.value:.0%} of answers end in something a program can check: GRPO is open if the model "
        "already solves some.",
        numbers={"verifiable": share.value},
        # A result alone shows no way to it: imitating it teaches to guess, and a checker needs no more.
        effects={"grpo": 0.65, "sft": -0.2 if bare(profile) else 0.05, "dpo": -0.1},
        rows=(),
        sources=SOURCES,
    )


def bare(profile: Profile) -> bool:
    """Whether the answers are results only: numbers, letters or formulas, for classes of texts are not meant here."""
    return profile.lengths["answer"].median <= THRESHOLDS["bare"].value
