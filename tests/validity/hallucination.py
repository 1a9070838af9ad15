"""`support` against people's labels of hallucination: BEGIN's (arXiv:2105.00071) in FaithDial's audit (arXiv:2204.10757)."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path

from tasks.rag_faithfulness import SUPPORTED
from tasks.text import support
from tests.validity.agreement import Scored, auc
from tests.validity.markdown import percent, table

FILE = "corpus/files/f13.csv"
HEAD = (
    "counted as supported",
    "counted as hallucinated",
    "known",
    "n",
    "passages",
    "AUC (95 % interval)",
    f"supported ones below {SUPPORTED}",
    f"hallucinated ones below {SUPPORTED}",
)
ENTAILED = ("entailment", "entailment,uncooperative")
MIXED = ("hallucination", "entailment,hallucination")
MAPS = (
    (ENTAILED, ("hallucination",), ("knowledge",)),
    (ENTAILED, MIXED, ("knowledge",)),
    (ENTAILED, (*MIXED, "generic"), ("knowledge",)),
    ((*ENTAILED, "generic"), MIXED, ("knowledge",)),
    (ENTAILED, MIXED, ("knowledge", "history")),
)
"""Labels of supported answers, labels of hallucinated ones, and the columns taken for known; other labels are left out."""


def hallucination_table(shared: Path) -> str:
    """A row for each label map."""
    with (shared / FILE).open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    return table(HEAD, [_line(rows, *choice) for choice in MAPS])


def _line(
    rows: list[dict[str, str]], good: tuple[str, ...], bad: tuple[str, ...], known: tuple[str, ...]
) -> list[object]:
    scored = [
        Scored(score, row["begin_label"] in good, row["knowledge"])
        for row in rows
        if row["begin_label"] in (*good, *bad)
        and (score := support(row["gpt2"], [row[column] for column in known])) is not None
    ]
    below = [_below(s.score for s in scored if s.good is kind) for kind in (True, False)]
    labels = [" · ".join(side) for side in (good, bad)]
    return [*labels, " and ".join(known), len(scored), len({s.cluster for s in scored}), auc(scored), *below]


def _below(scores: Iterable[float]) -> str:
    found = list(scores)
    return percent(sum(s < SUPPORTED for s in found) / len(found))
