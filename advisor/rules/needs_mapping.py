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
THRESHOLDS = {
    "columns": Threshold(1, "ours: one unknown column is enough"),
    "numbered": Threshold(0.9, "ours: share of classes that are bare numbers"),
}
SOURCES = (FORMATS,)
ROW = {"prompt": "Capital of France?", "answer": "Paris.", "rejected": "Lyon."}
FIRES = Case((ROW,), "pairs", columns=("question", "right_answer", "hallucinated_answer"))
SILENT = Case((ROW,), "pairs", columns=("prompt", "chosen", "rejected"))


def check(profile: Profile) -> Finding | None:
    """Fires where a trainer would not find, or not understand, what it needs."""
    said = lying_in_columns(profile) or numbered(profile) or unknown(profile)
    if not said:
        return None
    return Finding(
        rule="needs_mapping",
        severity="warn",
        problem="needs_mapping",
        summary=f"{said}.",
        numbers={"columns": max(len(profile.columns), len(profile.unusual))},
        sources=SOURCES,
    )


def lying_in_columns(profile: Profile) -> str:
    """What to say of a file that holds a list for each column."""
    lists = next((note for note in profile.notes if AS_COLUMNS.match(note)), "")
    return f"The file {lists}: a trainer wants an object for each row; write it as JSON lines" if lists else ""


def numbered(profile: Profile) -> str:
    """What to say of classes given as bare numbers."""
    share = profile.answers.verifiable.share
    if profile.schema != "classification" or share.value < THRESHOLDS["numbered"].value:
        return ""
    return (
        f"The classes of {share.count:,} records are bare numbers: write their names, which say what a number does not"
    )


def unknown(profile: Profile) -> str:
    """What to say of columns that no trainer knows, or of a prompt inside both answers."""
    if profile.supervision not in ("pairs", "unpaired", "ranked"):
        return ""
    if len(profile.unusual) >= THRESHOLDS["columns"].value:
        listed = ", ".join(f"`{name}`" for name in profile.unusual[:4])
        return f"A trainer does not know {len(profile.unusual)} of the columns by name: rename {listed}"
    inside = profile.schema == "hh_transcript"
    return f"The prompt of {profile.records:,} pairs stands inside both answers: cut it out" if inside else ""
