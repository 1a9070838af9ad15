"""The columns, names or texts are those of a public benchmark: a model trained on it cannot be measured with it.

A benchmark seen in training measures memory. Paraphrases leak as well: n-gram filters miss most (arXiv:2311.04850). The
signs are names, so data of one's own in a benchmark's layout is suspected too.
"""

import re

from advisor.profiling.types import Profile
from advisor.sources import LEAK, claim
from advisor.types import Case, Finding, Threshold

SIGNS = {
    "SQuAD": ("paragraphs",),
    "TruthfulQA": ("bestanswer", "correctanswers", "incorrectanswers"),
    "HaluEval": ("rightanswer", "hallucinatedanswer"),
    "HaluEval (dialogue)": ("rightresponse", "hallucinatedresponse"),
    "HaluEval (summaries)": ("rightsummary", "hallucinatedsummary"),
    "HaluEval (general)": ("userquery", "chatgptresponse", "hallucination"),
    "BBQ": ("ans0", "ans1", "ans2", "questionpolarity"),
    "XSTest": ("type", "prompt", "finallabel"),
    "HumanEval": ("taskid", "canonicalsolution", "entrypoint"),
    "MBPP": ("testlist", "challengetestlist"),
    "MMLU": ("question", "subject", "choices", "answer"),
    "ARC": ("answerkey", "choices"),
    "HellaSwag": ("ctxa", "ctxb", "endings"),
    "WinoGrande": ("sentence", "option1", "option2"),
    "PIQA": ("goal", "sol1", "sol2"),
    "MedMCQA": ("opa", "opb", "opc", "opd"),
    "HotpotQA": ("supportingfacts", "question"),
    "IFEval": ("instructionidlist",),
    "MT-Bench": ("questionid", "category", "turns"),
    "GPQA": ("incorrectanswer1", "incorrectanswer2"),
}
"""Benchmark → columns that occur together in it; case and punctuation aside."""
ONLY_FOR_TESTING = ("HumanEval", "IFEval", "MT-Bench", "GPQA")
"""Those that have no training split: what has their columns is for measuring, whoever made it."""
THRESHOLDS = {
    "named": Threshold(0.1, "ours: share of records that name the benchmark, or have its form"),
    "held_out": Threshold(0.5, "ours: share of records whose split column says test"),
}
SOURCES = (claim(LEAK, none=1),)
FIRES = Case(({"prompt": "Who ran?", "answer": "Ann", "meta": {"id": "gsm8k-1", "source": "gsm8k"}},))
SILENT = Case(({"prompt": "Who ran?", "answer": "Ann", "meta": {"source": "intranet"}},))


def check(profile: Profile) -> Finding | None:
    """Fires on the first sign, columns before names before a split; evaluation layouts have a rule of their own."""
    sign = first_sign(profile)
    if profile.supervision == "eval" or not sign:
        return None
    testing = sign.endswith(ONLY_FOR_TESTING)
    return Finding(
        rule="public_benchmark",
        severity="block" if testing else "warn",
        problem="benchmark_contamination",
        summary=f"{sign}: if these {profile.records:,} records are public, a model trained on them cannot be measured by them.",
        numbers={"records": profile.records},
        effects={"none": 0.9 if testing else 0.1},
        rows=profile.held_out.rows if sign.startswith("The split") else (),
        sources=SOURCES,
    )


def first_sign(profile: Profile) -> str:
    """What points to a benchmark, in words; empty where nothing does."""
    found = {re.sub(r"[^a-z0-9]", "", name.lower()) for name in profile.columns}
    by_columns = next((name for name, columns in SIGNS.items() if found.issuperset(columns)), "")
    if by_columns or profile.schema == "squad":
        return f"The columns are those of {by_columns or 'SQuAD'}"
    if profile.schema == "hh_transcript":
        return "The transcripts are laid out as those of HH-RLHF, which has a public test split"
    name, share = next(iter(profile.benchmarks.items()), ("", 0.0))
    if share >= THRESHOLDS["named"].value:
        return f"{share:.0%} of records looked at point to {name}"
    held_out = profile.held_out.share
    if held_out.value >= THRESHOLDS["held_out"].value:
        return f"The split column says test or validation in {held_out.value:.0%} of records looked at"
    return ""
