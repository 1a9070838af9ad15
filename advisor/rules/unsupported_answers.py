"""Answers that their documents do not support: training on them teaches making things up.

OpenAI's guidance asks that examples contain all information the answer needs; Gekhman et al. 2024 (arXiv:2405.05904)
find hallucination growing as a model learns facts it did not know. Word overlap only: paraphrases are suspected
wrongly.
"""

from advisor.profiling.types import Profile
from advisor.sources import OPENAI_BEST, claim
from advisor.standing import mostly_labelled, speaks_for_file
from advisor.types import Case, Finding, Source, Threshold

NEW_FACTS = Source(
    "Does Fine-Tuning LLMs on New Knowledge Encourage Hallucinations?", "arXiv:2405.05904", 2024,
    "PaLM 2-M, closed-book question answering", "hallucination grows linearly with unknown facts learnt",
)  # fmt: skip
THRESHOLDS = {
    "share": Threshold(0.2, "ours: share of answers with under half of their content words in the documents"),
    "answers": Threshold(10, "ours: fewer say nothing about a share"),
}
SOURCES = (
    claim(OPENAI_BEST, "examples should hold all information their answers need", fix_data=1),
    claim(NEW_FACTS, sft=-1),
)
ROW = {"prompt": "When was the mill built?", "contexts": ("The mill was built in 1820 by Anna Roth.",)}
FIRES = Case(({**ROW, "answer": "Under King George, shortly after the war."},) * 10)
SILENT = Case(({**ROW, "answer": "In 1820 by Anna Roth."},) * 10)


def check(profile: Profile) -> Finding | None:
    """Fires where many answers share too little with their documents."""
    g = profile.grounding
    if (
        g is None
        or profile.supervision == "eval"
        or g.unsupported.share.of < THRESHOLDS["answers"].value
        or mostly_labelled(profile)
    ):
        return None
    if not speaks_for_file(g.unsupported, profile):
        return None
    share = g.unsupported.share.value
    if share < THRESHOLDS["share"].value:
        return None
    return Finding(
        rule="unsupported_answers",
        severity="warn",
        problem="bad_targets",
        summary=f"{share:.0%} of answers share less than half of their content words with their documents: check them "
        "for invention.",
        numbers={"share": share, "support": g.support.mean},
        effects={"sft": -0.1, "sft_dpo": -0.1, "fix_data": min(0.6, share)},
        rows=g.unsupported.rows,
        sources=SOURCES,
    )
