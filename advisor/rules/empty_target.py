"""Records without an answer to learn: a trainer masks them to nothing, or teaches silence."""

from advisor.profiling.types import Profile
from advisor.types import Case, Finding, Source, Threshold

SILENT_LOSS = Source(
    "Error: all labels are -100 (Unsloth issue 2900)", "https://github.com/unslothai/unsloth/issues/2900", 2025,
    "trainer with masked prompts", "", checked="second-hand",
)  # fmt: skip
THRESHOLDS = {"block": Threshold(0.2, "ours: the file is not what its size says")}
SOURCES = (SILENT_LOSS,)
FIRES = Case(({"prompt": "Hello", "answer": "  "}, {"prompt": "Bye", "answer": "So long."}))
SILENT = Case(
    ({"prompt": "When?", "contexts": ("No date here.",), "answerable": False}, {"prompt": "Bye", "answer": "So long."})
)


def check(profile: Profile) -> Finding | None:
    """Fires on any missing answer that is not marked unanswerable."""
    empty = profile.answers.empty
    if profile.supervision in ("eval", "ranked"):
        return None
    if not empty.share.count:
        return blank_turns(profile) or calls(profile)
    block = empty.share.value >= THRESHOLDS["block"].value
    return Finding(
        rule="empty_target",
        severity="block" if block else "warn",
        problem="empty_target",
        summary=f"{empty.share.count:,} of {empty.share.of:,} records ({empty.share.value:.1%}) have no answer: drop "
        "or fill them.",
        numbers={"share": empty.share.value, "count": empty.share.count},
        effects={"fix_data": 0.9 if block else min(0.3, 2 * empty.share.value)},
        rows=empty.rows,
        sources=SOURCES,
    )


def blank_turns(profile: Profile) -> Finding | None:
    """Earlier turns of the assistant with nothing in them: a trainer that learns every turn learns silence from them."""
    blank = profile.blank_turns
    if not blank.share.count:
        return None
    return Finding(
        rule="empty_target",
        severity="warn",
        problem="empty_target",
        summary=f"{blank.share.count:,} of {blank.share.of:,} conversations looked at have an earlier assistant turn that is "
        "blank: drop or fill them.",
        numbers={"share": blank.share.value, "count": blank.share.count},
        effects={"fix_data": min(0.3, blank.share.value)},
        rows=blank.rows,
        sources=SOURCES,
    )


def calls(profile: Profile) -> Finding | None:
    """Answers that only call a tool: what trains on the messages' text alone sees nothing in them."""
    called = profile.answers.calls
    if not called.share.count:
        return None
    return Finding(
        rule="empty_target",
        severity="warn",
        problem="empty_target",
        summary=f"{called.share.count:,} of {called.share.of:,} answers looked at call a tool and say nothing: train with a chat "
        "template that renders `tool_calls`, or these targets are empty.",
        numbers={"share": called.share.value, "count": called.share.count},
        rows=called.rows,
        sources=SOURCES,
    )
