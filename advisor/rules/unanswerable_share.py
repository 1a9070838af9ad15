"""Refusals, abstentions and unanswerable questions: their share in the data becomes their share in the answers.

OpenAI's guidance: 60 % "I cannot answer this" in the data against 5 % wanted gives too many refusals. In our own
trials on SQuAD 2.0 (52 % unanswerable, a 135M model, three minutes) DPO all but fell silent while SFT kept answering
a little.
"""

from advisor.profiling.types import Profile
from advisor.sources import OPENAI_BEST, claim
from advisor.standing import mostly_grounded, mostly_labelled, mostly_paired, speaks_for_file
from advisor.types import Case, Finding, Threshold

THRESHOLDS = {
    "grounded": Threshold(0.35, "ours: share of questions with documents that these do not answer"),
    "gold": Threshold(0.03, "ours: share of gold answers that refuse, outside data about values"),
    "strays": Threshold(5, "ours: fewer refusals are strays, whatever their share of a small file"),
    "values": Threshold(0.3, "ours: beyond it the data is about values, where refusing may be the lesson"),
    "records": Threshold(20, "ours: fewer say nothing about a share"),
}
SOURCES = (claim(OPENAI_BEST, "60 % refusals in the data against 5 % wanted: likely an overabundance of refusals"),)
ASKED = {"prompt": "When was it built?", "contexts": ("The mill stands by the river, built in 1820.",)}
NONE: dict[str, object] = {**ASKED, "answerable": False}
FOUND: dict[str, object] = {**ASKED, "answer": "In 1820."}
FIRES = Case((NONE, FOUND) * 10)
SILENT = Case((NONE, *[FOUND] * 9) * 2)


def check(profile: Profile) -> Finding | None:
    """Fires on a large share with documents, a notable one without."""
    if profile.records < THRESHOLDS["records"].value or mostly_paired(profile) or mostly_labelled(profile):
        return None
    grounded = mostly_grounded(profile)
    seen = profile.grounding.unanswerable if grounded and profile.grounding else profile.answers.refusals
    about_values = not grounded and profile.axes.get("values", 0) >= THRESHOLDS["values"].value
    if not speaks_for_file(seen, profile) or about_values:
        return None
    if (
        seen.share.count < THRESHOLDS["strays"].value
        or seen.share.value < THRESHOLDS["grounded" if grounded else "gold"].value
    ):
        return None
    what = "questions are unanswerable by their documents" if grounded else "answers refuse or abstain"
    return Finding(
        rule="unanswerable_share",
        severity="warn",
        problem="unanswerable_share",
        summary=f"{seen.share.value:.0%} of {what} ({seen.share.count:,} of {seen.share.of:,}"
        f"{' looked at' if seen.sampled_from else ''}): expect that share in use, or rebalance.",
        numbers={"share": seen.share.value, "count": seen.share.count},
        effects={"dpo": -0.1, "sft_dpo": -0.05} if grounded else {},
        rows=seen.rows,
        sources=SOURCES,
    )
