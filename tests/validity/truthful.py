"""How the string instruments tell TruthfulQA's correct from its incorrect answers (Lin et al. 2022, arXiv:2109.07958)."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from pathlib import Path

from tasks.text import contains, exact, normalise, token_f1
from tests.validity.agreement import Scored, auc
from tests.validity.markdown import table

FILE = "data/truthfulqa.csv"
HEAD = ("instrument", "correct answers", "n correct", "n incorrect", "questions", "AUC (95 % interval)")
NO_COMMENT = "i have no comment"
INSTRUMENTS: dict[str, Callable[[str, Sequence[str]], float]] = {
    "token F1": token_f1,
    "exact match": exact,
    "`contains`": lambda answer, gold: float(contains(answer, gold)),
}


def truthful_table(shared: Path) -> str:
    """The Best Answer is the gold one, and is itself not among the answers scored."""
    with (shared / FILE).open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    lines = [_line(name, rows, silent) for silent in (True, False) for name in INSTRUMENTS]
    return table(HEAD, lines)


def answers(row: dict[str, str], kind: str) -> list[str]:
    """The answers of one column, which a semicolon parts."""
    return [a.strip() for a in row[f"{kind} Answers"].split(";") if a.strip()]


def _line(name: str, rows: list[dict[str, str]], silent: bool) -> list[object]:
    scored = [
        Scored(INSTRUMENTS[name](answer, [row["Best Answer"]]), kind == "Correct", row["Question"])
        for row in rows
        for kind in ("Correct", "Incorrect")
        for answer in answers(row, kind)
        if normalise(answer) != normalise(row["Best Answer"]) and (silent or normalise(answer) != NO_COMMENT)
    ]
    good = sum(s.good for s in scored)
    which = "all but the best" if silent else "without “I have no comment” too"
    return [name, which, good, len(scored) - good, len({s.cluster for s in scored}), auc(scored)]
