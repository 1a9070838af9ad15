"""Answers with scores and no second answer beside them: a ranking that is not yet pairs.

Imitating all of them would teach the low-scored ones too. Where several answers share a prompt, the best and the worst make
a pair. No source: by what the methods need.
"""

from advisor.profiling.types import Profile
from advisor.standing import mostly_paired
from advisor.types import Case, Finding, Source, Threshold

THRESHOLDS = {"scored": Threshold(0.5, "ours: most records have a score")}
SOURCES: tuple[Source, ...] = ()
ROW = {"prompt": "Hello", "answer": "Hi!"}
FIRES = Case(({**ROW, "score": 4.0}, {**ROW, "score": 2.0}), "ranked")
SILENT = Case(({**ROW, "rejected": "What?", "score": 2.0},), "ranked")


def check(profile: Profile) -> Finding | None:
    """Fires on ranked supervision whose records stand alone."""
    most = THRESHOLDS["scored"].value * profile.records
    if profile.supervision != "ranked" or mostly_paired(profile) or profile.scores.n < most:
        return None
    return Finding(
        rule="scored_answers",
        severity="info",
        summary=f"{profile.scores.n:,} answers have a score (median {profile.scores.median:g}) and none to be preferred over: "
        "group them by prompt into pairs, or keep the best for SFT.",
        numbers={"scored": profile.scores.n, "median": profile.scores.median},
        effects={"fix_data": 0.6, "none": 0.2, "rlhf": 0.3, "sft": -0.2},
        sources=SOURCES,
    )
