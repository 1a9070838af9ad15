"""A column that no field of the record is read from holds more text than any that one is: it may be what is to be learnt.

Layouts are told by names, and names mislead. No source: what is not read can be neither judged nor trained on.
"""

from advisor.profiling.types import Profile
from advisor.types import Case, Finding, Source, Threshold

THRESHOLDS = {
    "used": Threshold(0.5, "ours: share of the text that is read; with more of it the record is known by and large"),
    "length": Threshold(80, "ours: mean characters of the column; shorter ones are remarks, names and classes"),
}
SOURCES: tuple[Source, ...] = ()
TOLD = "It rises in the hills to the north of the town, runs by the mill and the old bridge, and ends in the lake."
FIRES = Case(({"prompt": "Where does it rise?", "answer": "Yes.", "meta": {"reply_text": TOLD}},))
SILENT = Case(({"prompt": "Where does it rise?", "answer": TOLD, "meta": {"note": "Seen by the editor in May."}},))


def check(profile: Profile) -> Finding | None:
    """Fires where the most part of the text is left over, and one column holds more of it than any that is used."""
    left = profile.unused
    if left.misspelt:
        return Finding(
            rule="unused_column",
            severity="warn",
            problem="needs_mapping",
            summary=f"1 column, `{left.misspelt}`, is not used and is nearly named as one that is trained on: rename it, or say "
            "by --map what it is.",
            numbers={"share": left.share, "used": left.used, "length": left.length},
            effects={"fix_data": 0.5},
            sources=SOURCES,
        )
    if left.used >= THRESHOLDS["used"].value or left.length < THRESHOLDS["length"].value or left.share <= left.largest:
        return None
    return Finding(
        rule="unused_column",
        severity="warn",
        problem="needs_mapping",
        summary=f"Column `{left.column}` holds {left.share:.0%} of the text and is not used: say so by --map if it is the "
        "prompt, the answer or the contexts.",
        numbers={"share": left.share, "used": left.used, "length": left.length},
        effects={"fix_data": 0.3},
        sources=SOURCES,
    )
