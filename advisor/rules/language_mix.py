"""Several languages in one file: fine if meant, a leak if not. Judged by script and function words, a rough instrument."""

from advisor.profiling.types import Profile
from advisor.types import Case, Finding, Source, Threshold

CONFUSION = Source(
    "Understanding and Mitigating Language Confusion in LLMs", "arXiv:2406.20052", 2024, "chat and base models, 15 "
    "languages", "", checked="second-hand",
)  # fmt: skip
THRESHOLDS = {
    "second": Threshold(0.1, "ours: share of records in the second language"),
    "records": Threshold(10, "ours: fewer say nothing about a share"),
    "crossing": Threshold(
        0.8, "ours: share of answers in another language than their question, from which that is the task"
    ),
}
SOURCES = (CONFUSION,)
EN, ZH = (
    {"prompt": "Who are you and what do you do?", "answer": "I am the miller."},
    {"prompt": "你是谁?", "answer": "我是磨坊主。"},
)
FIRES = Case((EN, ZH) * 5)
SILENT = Case((EN,) * 10)


def check(profile: Profile) -> Finding | None:
    """Fires where a second language is common; not on translations, nor do texts count whose language is not known."""
    if (
        profile.crossing.share.of >= THRESHOLDS["records"].value
        and profile.crossing.share.value >= THRESHOLDS["crossing"].value
    ):
        return None
    known = sorted(((s, tag) for tag, s in profile.languages.items() if tag != "und-Latn"), reverse=True)
    if profile.records < THRESHOLDS["records"].value or len(known) < 2 or known[1][0] < THRESHOLDS["second"].value:
        return None
    listed = ", ".join(f"{tag} {share:.0%}" for share, tag in known[:4])
    return Finding(
        rule="language_mix",
        severity="warn",
        problem="language_mix",
        summary=f"Several languages: {listed}. Split or balance them if that is not meant.",
        numbers={tag: share for share, tag in known[:4]},
        effects={"fix_data": 0.1},
        sources=SOURCES,
    )
