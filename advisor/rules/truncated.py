"""Long answers that stop in mid-sentence: the model learns to stop there. No source: ours."""

from advisor.profiling.types import Profile
from advisor.types import Case, Finding, Source, Threshold

THRESHOLDS = {
    "warn": Threshold(
        0.06, "ours: share of answers; of people's chat, lists and signatures 2 to 4 % end so without being cut"
    ),
    "answers": Threshold(20, "ours: fewer say nothing about a share"),
}
SOURCES: tuple[Source, ...] = ()
CUT = "The old mill by the river was built in 1820 by the Roth family, " * 4 + "and then it was sold to the"
FIRES = Case(({"prompt": "Tell me.", "answer": CUT},) * 20)
SILENT = Case(({"prompt": "Tell me.", "answer": CUT + " city."},) * 20)


def check(profile: Profile) -> Finding | None:
    """Fires on a visible share of cut-off answers."""
    cut = profile.answers.truncated
    if profile.supervision == "text" or cut.share.of < THRESHOLDS["answers"].value:
        return None
    if cut.share.value < THRESHOLDS["warn"].value:
        return None
    return Finding(
        rule="truncated",
        severity="warn",
        problem="truncated",
        summary=f"{cut.share.value:.0%} of answers are long and stop in mid-sentence: cut off by a token limit?",
        numbers={"share": cut.share.value},
        effects={"fix_data": min(0.6, cut.share.value)},
        rows=cut.rows,
        sources=SOURCES,
    )
