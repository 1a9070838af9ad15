"""Too few records for the method that the data would otherwise suit.

Bands, for the sources disagree by a factor of a thousand: vendors let SFT start at 10 to 100 examples and ask 500
pairs and more of DPO; with a fixed annotation budget on base models, SFT alone led below 1,000 examples (Raghavendra
et al. 2025).
"""

from advisor.profiling.types import Profile
from advisor.sources import BUDGET, LIMA
from advisor.types import Case, Finding, Threshold

THRESHOLDS = {
    "gold": Threshold(100, "vendor: OpenAI sees first gains at 50 to 100 examples"),
    "pairs": Threshold(500, "vendor: OpenPipe and Azure ask 500 pairs"),
    "unpaired": Threshold(500, "ours: as for pairs"),
    "text": Threshold(1000, "ours: documents for continued pre-training"),
    "block": Threshold(10, "vendor: OpenAI's minimum"),
    "few": Threshold(1000, "paper: arXiv:2502.11284, SFT leads below it on base models"),
}
SOURCES = (BUDGET, LIMA)
ROW = {"prompt": "Hello", "answer": "Hello!", "rejected": "What?"}
FIRES = Case((ROW,) * 99, "pairs")
SILENT = Case((ROW,) * 1000, "pairs")


def check(profile: Profile) -> Finding | None:
    """Fires below the band of the data's kind."""
    kind = kind_of(profile)
    if profile.supervision in ("eval", "prompts") or profile.records >= needed(kind):
        return None
    n, warned = profile.records, profile.records < THRESHOLDS[kind].value
    block = n < THRESHOLDS["block"].value
    return Finding(
        rule="too_few_records",
        severity="block" if block else "warn" if warned else "info",
        problem="too_few_records",
        summary=f"{n:,} records: "
        + ("too few to train on at all." if block else f"a small set for {LABELS[kind]}; expect wide intervals."),
        numbers={"records": n, "wanted": needed(kind)},
        effects=effects(kind, block, warned),
        sources=SOURCES,
    )


LABELS = {"gold": "SFT", "pairs": "preference training", "unpaired": "KTO", "text": "continued pre-training"}


def kind_of(profile: Profile) -> str:
    """Whose band applies."""
    if profile.pairs:
        return "pairs"
    return "unpaired" if profile.labels else "text" if profile.supervision == "text" else "gold"


def needed(kind: str) -> float:
    """Records from which the rule stays silent: pairs have an information band above the warning."""
    return THRESHOLDS["few"].value if kind == "pairs" else THRESHOLDS[kind].value


def effects(kind: str, block: bool, warned: bool) -> dict[str, float]:
    """What scarcity does to each method."""
    if block:
        return {"fix_data": 0.8, "none": 0.2}
    if kind == "pairs":
        less = {"dpo": -0.1, "rlhf": -0.2, "orpo": -0.1, "simpo": -0.1}
        return {"sft_dpo": 0.05, "sft": 0.1, "none": 0.1 if warned else 0.0, **less}
    return {"none": 0.15, "cpt": -0.3} if kind == "text" else {"none": 0.15}
