"""A container that a trainer would stumble on, though the rows could be read here. No source: by what the file says it is."""

import re

from advisor.profiling.types import Profile
from advisor.types import Case, Finding, Source, Threshold

DEFECT = re.compile(
    r"byte-order mark|not UTF-8|\bgzip\b|\bthough it is named\b|no name for column|no line of column names"
    r"|\brows?: .*(?:cells|UTF-8|NUL|duplicate|twice|NaN|Infinity|quot|break)",
    re.IGNORECASE,
)
"""Notes of the reading that name a fault of the file, not a choice made here."""
THRESHOLDS = {"notes": Threshold(1, "ours: one is enough to make a trainer fail")}
SOURCES: tuple[Source, ...] = ()
ROW = {"prompt": "Hello", "answer": "Hi!"}
FIRES = Case((ROW,), notes=("begins with a byte-order mark",))
SILENT = Case((ROW,), notes=("its list 'test' of 3 is not read",))


def check(profile: Profile) -> Finding | None:
    """Fires on any fault that reading had to mend."""
    faults = [note for note in profile.notes if DEFECT.search(note)]
    if len(faults) < THRESHOLDS["notes"].value:
        return None
    return Finding(
        rule="container_defect",
        severity="warn",
        problem="container_defect",
        summary=f"{len(faults)} fault{'s' if len(faults) > 1 else ''} of the file that a trainer may fail on: "
        f"{'; '.join(faults)}.",
        numbers={"faults": len(faults)},
        sources=SOURCES,
    )
