"""How often `abstains`, `refuses` and `loops` fire on plain answers, and whether they know a plain abstention."""

from __future__ import annotations

import csv
import json
from pathlib import Path

from advisor.text import wilson
from tasks import data
from tasks.refusals import refuses
from tasks.text import abstains, loops, normalise
from tests.validity import truthful
from tests.validity.markdown import percent, table

FILES = (truthful.FILE, "data/squad2_dev.json", "data/gsm8k_test.jsonl")
HEAD = ("answers", "n", "`abstains` (95 % interval)", "`refuses` (95 % interval)", "`loops` (95 % interval)")


def own_table() -> str:
    """Of the embedded data."""
    rag, benign = data.rows("rag"), data.rows("benign")
    return _table(
        {
            "embedded: abstentions taught": [r["chosen"] for r in rag if not r["answerable"]],
            "embedded: gold answers": [r["chosen"] for r in rag if r["answerable"]],
            "embedded: harmless requests helped with": [r["completion"] for r in benign],
        }
    )


def alarm_table(shared: Path) -> str:
    """Of data beside the project."""
    with (shared / truthful.FILE).open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    said = [a for row in rows for kind in ("Correct", "Incorrect") for a in truthful.answers(row, kind)]
    articles = json.loads((shared / FILES[1]).read_text(encoding="utf-8"))["data"]
    spans = [a["text"] for t in articles for p in t["paragraphs"] for q in p["qas"] for a in q["answers"]]
    sums = [json.loads(line)["answer"] for line in (shared / FILES[2]).read_text(encoding="utf-8").splitlines()]
    return _table(
        {
            "TruthfulQA: “I have no comment”": [a for a in said if normalise(a) == truthful.NO_COMMENT],
            "TruthfulQA: all other answers": [a for a in said if normalise(a) != truthful.NO_COMMENT],
            "SQuAD 2.0: people's answers, each once": sorted(set(spans)),
            "GSM8K: worked answers": sums,
        }
    )


def _table(sets: dict[str, list[str]]) -> str:
    judges = (abstains, refuses, loops)
    return table(
        HEAD, [[name, len(a), *(_share([judge(x) for x in a]) for judge in judges)] for name, a in sets.items()]
    )


def _share(found: list[bool]) -> str:
    share = wilson(sum(found), len(found))
    return f"{percent(share.value)} ({percent(share.ci95[0])} to {percent(share.ci95[1])})"
