"""Columns of preference or labelled data that no trainer knows by their names: they must be renamed, or the rows go unread.

TRL asks for `prompt`, `chosen`, `rejected`, or `prompt`, `completion`, `label`; an implicit prompt is cut at the common
prefix, which is not always the last question.
"""

import re

from advisor.profiling.types import Profile
from advisor.types import Case, Finding, Source, Threshold

FORMATS = Source(
    "Dataset formats and types (TRL documentation)", "https://huggingface.co/docs/trl/dataset_formats", 2025, "vendor guidance",
    "", checked="code",
)  # fmt: skip
AS_COLUMNS = re.compile(r"holds its [\d,]+ rows as columns")
THRESHOLDS = {"columns": Threshold(1, "ours: one unknown column is enough")}
SOURCES = (FORMATS,)
ROW = {"prompt": "Capital of France?", "answer": "Paris.", "rejected": "Lyon."}
FIRES = Case((ROW,), "pairs", columns=("question", "right_answer", "hallucinated_answer"))
SILENT = Case((ROW,), "pairs", columns=("prompt", "chosen", "rejected"))


def check(profile: Profile) -> Finding | None:
    """Fires where a column that matters has a name of its own, the prompt stands inside the answers, or rows lie in columns."""
    if lists := next((note for note in profile.notes if AS_COLUMNS.match(note)), ""):
        return Finding(
            rule="needs_mapping",
            severity="warn",
            problem="needs_mapping",
            summary=f"The file {lists}: a trainer wants an object for each row; write it as JSON lines.",
            numbers={"columns": len(profile.columns)},
            sources=SOURCES,
        )
    if profile.supervision not in ("pairs", "unpaired", "ranked"):
        return None
    implicit = profile.schema == "hh_transcript"
    if len(profile.unusual) < THRESHOLDS["columns"].value and not implicit:
        return None
    listed = ", ".join(f"`{name}`" for name in profile.unusual[:4])
    said = f"A trainer does not know {len(profile.unusual)} of the columns by name: rename {listed}" if listed else (
        f"The prompt of {profile.records:,} pairs stands inside both answers: cut it out"
    )  # fmt: skip
    return Finding(
        rule="needs_mapping",
        severity="warn",
        problem="needs_mapping",
        summary=f"{said}.",
        numbers={"columns": len(profile.unusual)},
        sources=SOURCES,
    )
