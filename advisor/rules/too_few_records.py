"""Too few records for the method that the data would otherwise suit.

Bands, for the sources disagree by a factor of a thousand: vendors let SFT start at 10 to 100 examples and ask 500
pairs and more of DPO; with a fixed annotation budget on base models, SFT alone led below 1,000 examples (Raghavendra
et al. 2025). Answers about everything and nothing need more than answers to one task.
"""

from advisor.profiling.types import Profile
from advisor.sources import BUDGET, claim
from advisor.standing import mostly_labelled, mostly_paired
from advisor.types import Case, Finding, Threshold

THRESHOLDS = {
    "gold": Threshold(100, "vendor: OpenAI sees first gains at 50 to 100 examples"),
    "general": Threshold(1000, "paper: arXiv:2305.11206 aligns for general use with 1,000 curated examples"),
    "unfocused": Threshold(0.5, "ours: share of records that show no axis of their own, classes aside"),
    "pairs": Threshold(200, "ours: vendors who give a figure ask 500 (OpenPipe, Azure), reported as information"),
    "unpaired": Threshold(400, "ours: as for pairs, which hold two answers each"),
    "text": Threshold(1e6, "ours: tokens below which continued pre-training has next to nothing to learn from"),
    "block": Threshold(10, "vendor: OpenAI's minimum"),
    "block_pairs": Threshold(20, "ours: fewer pairs cannot even be judged"),
    "few": Threshold(1000, "paper: arXiv:2502.11284, SFT leads below it on base models"),
}
SOURCES = (claim(BUDGET, sft=1, dpo=-1),)
ROW = {"prompt": "Hello", "answer": "Hello!", "rejected": "What?"}
FIRES = Case((ROW,) * 99, "pairs")
SILENT = Case((ROW,) * 1000, "pairs")
LABELS = {
    "gold": "SFT", "general": "SFT on no task in particular", "pairs": "preference training", "unpaired": "KTO",
    "text": "continued pre-training",
}  # fmt: skip


def check(profile: Profile) -> Finding | None:
    """Fires below the band of the data's kind."""
    kind = kind_of(profile)
    n, size = profile.records, profile.tokens.total if kind == "text" else profile.records
    if profile.supervision == "prompts" or size >= needed(kind):
        return None
    warned = size < THRESHOLDS[kind].value
    block = kind != "text" and n < THRESHOLDS["block_pairs" if kind == "pairs" else "block"].value
    held = f"{n:,} texts of about {size:,.0f} tokens" if kind == "text" else f"{n:,} records"
    return Finding(
        rule="too_few_records",
        severity="block" if block else "warn" if warned else "info",
        problem="too_few_records",
        summary=f"{held}: "
        + ("too few to train on at all." if block else f"a small set for {LABELS[kind]}; expect wide intervals."),
        numbers={"records": n, "wanted": needed(kind)},
        effects=effects(kind, block, warned),
        sources=SOURCES if kind == "pairs" and not block else (),
    )


def kind_of(profile: Profile) -> str:
    """Whose band applies: by what most records are."""
    if mostly_paired(profile):
        return "pairs"
    if mostly_labelled(profile) or profile.supervision == "text":
        return "unpaired" if mostly_labelled(profile) else "text"
    unfocused = profile.axes.get("general", 0.0) >= THRESHOLDS["unfocused"].value and not profile.commonest.share.of
    return "general" if unfocused else "gold"


def needed(kind: str) -> float:
    """Size from which the rule stays silent: pairs have an information band above the warning."""
    return THRESHOLDS["few"].value if kind == "pairs" else THRESHOLDS[kind].value


def effects(kind: str, block: bool, warned: bool) -> dict[str, float]:
    """What scarcity does to each method."""
    if block:
        return {"fix_data": 0.8, "none": 0.2}
    if kind == "pairs":
        less = {"dpo": -0.1, "rlhf": -0.2, "orpo": -0.1, "simpo": -0.1}
        return {"sft_dpo": 0.05, "sft": 0.1, "none": 0.1 if warned else 0.0, **less}
    return {"none": 0.15, "cpt": -0.3} if kind == "text" else {"none": 0.15}
