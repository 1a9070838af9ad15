"""Rows of several layouts or kinds of supervision: no one method fits them all; split the file.

Trainers decide by the first row and fail, or drop, later (see the issue): so the mix must be said beforehand.
"""

from advisor.profiling.types import Profile
from advisor.types import Case, Finding, Source, Threshold

FIRST_ROW = Source(
    "Cannot find valid samples (LLaMA-Factory issue 4236)", "https://github.com/hiyouga/LLaMA-Factory/issues/4236", 2024,
    "users of a trainer", "", checked="second-hand",
)  # fmt: skip
THRESHOLDS = {"share": Threshold(0.95, "ours: share of the good rows that the main layout explains")}
SHOWN = 4
"""Layouts named."""
SOURCES = (FIRST_ROW,)
FIRES = Case(({"prompt": "Hi", "answer": "Hello!"}, {"prompt": "Hi", "answer": "Hello!", "rejected": "What?"}), "mixed")
SILENT = Case(({"prompt": "Hi", "answer": "Hello!"},))


def check(profile: Profile) -> Finding | None:
    """Fires on mixed supervision, or a main layout that leaves rows unexplained."""
    mixed = profile.supervision == "mixed"
    if not mixed and profile.schema_share >= THRESHOLDS["share"].value:
        return None
    return Finding(
        rule="mixed_schema",
        severity="block" if mixed else "warn",
        problem="needs_mapping",
        summary=f"{told(profile)}: "
        + (
            "their rows are supervised differently, so split the file." if mixed else "split the file, or map the rest."
        ),
        numbers={"share": profile.schema_share},
        effects={"fix_data": 0.9 if mixed else 0.3},
        sources=SOURCES,
    )


def told(profile: Profile) -> str:
    """The largest layouts with their shares; by the layout's name alone where only one is known."""
    largest = [f"{name} ({share:.0%})" for name, share in profile.layouts.items()]
    if len(largest) < 2:
        return f"One layout ({profile.schema}) explains {profile.schema_share:.0%} of the rows"
    return "The rows are of several layouts, " + ", ".join(largest[:SHOWN]) + (", …" if len(largest) > SHOWN else "")
