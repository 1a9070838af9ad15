"""Format tells chosen from rejected (a full stop, an opening word, JSON): the model can win without reading.

Features tried are in profiling/pairs.py; an AUC of 0.5 is no help, 1 decides every pair. Length and refusals have
rules of their own.
"""

from advisor.profiling.types import Profile
from advisor.sources import SHORTCUTS
from advisor.standing import speaks_for_file
from advisor.types import Case, Finding, Threshold

THRESHOLDS = {
    "auc": Threshold(0.7, "ours: one feature ranks 70 % of pairs"),
    "extreme": Threshold(0.9, "ours: one feature all but decides"),
    "pairs": Threshold(20, "ours: fewer say nothing about a share"),
}
SOURCES = (SHORTCUTS,)
FIRES = Case(({"prompt": "Capital of France?", "answer": "Paris", "rejected": "It is Lyon."},) * 30, "pairs")
SILENT = Case(({"prompt": "Capital of France?", "answer": "Paris.", "rejected": "Lyon."},) * 10, "pairs")


def check(profile: Profile) -> Finding | None:
    """Fires where one surface feature separates the sides."""
    pairs = profile.pairs
    if pairs is None or pairs.n < THRESHOLDS["pairs"].value or pairs.shortcut.auc < THRESHOLDS["auc"].value:
        return None
    if not speaks_for_file(pairs, profile):
        return None
    cut = pairs.shortcut
    extreme = cut.auc >= THRESHOLDS["extreme"].value
    return Finding(
        rule="surface_shortcut",
        severity="warn",
        problem="surface_shortcut",
        summary=f"One surface feature separates the sides (AUC {cut.auc:.2f}): {cut.feature} "
        f"holds for {cut.chosen.value:.0%} of chosen and {cut.rejected.value:.0%} of rejected answers.",
        numbers={"auc": cut.auc, "chosen": cut.chosen.value, "rejected": cut.rejected.value},
        effects={"dpo": -0.2, "sft_dpo": -0.1, "orpo": -0.1, "simpo": -0.2, "fix_data": 0.4 if extreme else 0.15},
        sources=SOURCES,
    )
