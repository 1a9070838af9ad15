"""The data shows little of what the user wants to train: no method makes up for absent examples. No source: by its definition."""

from advisor.profiling.types import Profile
from advisor.types import Case, Finding, Source, Threshold

THRESHOLDS = {"share": Threshold(0.1, "ours: share of records on the axis asked for")}
SOURCES: tuple[Source, ...] = ()
FIRES = Case(({"prompt": "Hello", "answer": "Hi!"},), goal="rag")
SILENT = Case(({"prompt": "When?", "contexts": ("In 1820.",), "answer": "In 1820."},), goal="rag")


def check(profile: Profile) -> Finding | None:
    """Fires where a goal was given and few records show it."""
    if profile.goal is None or profile.goal == "general":
        return None
    share = profile.axes.get(profile.goal, 0.0)
    if share >= THRESHOLDS["share"].value:
        return None
    return Finding(
        rule="goal_unmet",
        severity="warn",
        problem="missing_signal",
        summary=f"The goal is {profile.goal}, and {share:.0%} of the records show it by their words or columns: add such "
        "records, if these are not what you mean by it.",
        numbers={"share": share},
        effects={"fix_data": 0.4, "none": 0.2},
        sources=SOURCES,
    )
