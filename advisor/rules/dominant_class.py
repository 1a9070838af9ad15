"""One class makes up nearly all answers: always giving it is the easiest lesson, and accuracy does not tell.

Chawla et al. 2002 sample the rare class more and the common one less, and measure by class instead of by accuracy.
Theirs are classifiers of another kind; that language models behave alike is our reading.
"""

from advisor.profiling.types import Profile
from advisor.standing import speaks_for_file
from advisor.types import Case, Finding, Source, Threshold

SMOTE = Source(
    "SMOTE: Synthetic Minority Over-sampling Technique", "arXiv:1106.1813", 2002, "decision trees and naive Bayes on tables",
    "", checked="second-hand",
)  # fmt: skip
THRESHOLDS = {
    "share": Threshold(0.8, "ours: share of answers that are the commonest class"),
    "answers": Threshold(20, "ours: fewer say nothing about a share"),
}
SOURCES = (SMOTE,)
FIRES = Case(tuple({"prompt": f"Letter {i}", "answer": "refund" if i % 10 == 0 else "other"} for i in range(40)))
SILENT = Case(tuple({"prompt": f"Letter {i}", "answer": "refund" if i % 3 == 0 else "other"} for i in range(40)))


def check(profile: Profile) -> Finding | None:
    """Fires where answers are classes and one of them is given nearly always."""
    first = profile.commonest
    if (
        profile.supervision != "gold"
        or first.share.of < THRESHOLDS["answers"].value
        or not speaks_for_file(first, profile)
    ):
        return None
    if first.share.value < THRESHOLDS["share"].value:
        return None
    return Finding(
        rule="dominant_class",
        severity="warn",
        problem="label_imbalance",
        summary=f"One class is the answer in {first.share.value:.0%} of {first.share.of:,} records looked at: sample the others "
        "more, and measure by class.",
        numbers={"share": first.share.value},
        effects={"fix_data": 0.15},
        rows=first.rows,
        sources=SOURCES,
    )
