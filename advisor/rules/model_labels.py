"""Targets or labels that a model or a template made and nobody reviewed, by the file's own columns.

A model trained on them learns their maker's mistakes. No source: what the columns say is taken at their word.
"""

from advisor.profiling.types import Profile
from advisor.types import Case, Finding, Source, Threshold

THRESHOLDS = {"share": Threshold(0.5, "ours: most records say so")}
SOURCES: tuple[Source, ...] = ()
ROW = {"prompt": "Hello", "answer": "Hi!"}
FIRES = Case(({**ROW, "meta": {"human_reviewed": False}},))
SILENT = Case(({**ROW, "meta": {"human_reviewed": True, "generated_by": "gpt-4"}},))


def check(profile: Profile) -> Finding | None:
    """Fires where most records name a machine as their maker and no reviewer."""
    made = profile.unreviewed
    if not made.share.count or made.share.value < THRESHOLDS["share"].value:
        return None
    return Finding(
        rule="model_labels",
        severity="warn",
        problem="model_labels",
        summary=f"{made.share.count:,} of {made.share.of:,} records looked at say that a model or a template made them, "
        "and that nobody reviewed them: check a sample by hand.",
        numbers={"share": made.share.value},
        effects={"fix_data": 0.1},
        rows=made.rows,
        sources=SOURCES,
    )
