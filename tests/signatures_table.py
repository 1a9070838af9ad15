"""The tables of docs/signatures.md, made from the code: `python -m tests.signatures_table` writes them anew."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from bench.meanings import CHECKS, SIGNATURES
from bench.types import Meaning

DOCS = Path(__file__).parents[1] / "docs/signatures.md"
HEAD = """# Checks before training, and signs after it

`bench run` makes the checks on four real rows of each track, for each method that trains, before any budget is spent. One that
fails stops the run with exit code 1; one that warns is printed and stands in the report (`tracks[].checks` of result.json). The
signs are looked for in what finished trials logged and answered (`tracks[].signatures`). They decide no verdict. Neither reads
test items before the arms are trained.

This page is made from `bench/meanings.py` by `python -m tests.signatures_table`.
"""
COLUMNS = "| code | looks at | usually means | to try | threshold | from |\n|---|---|---|---|---|---|\n"


def table(meanings: Mapping[str, Meaning]) -> str:
    """One row a code."""
    rows = [(f"`{code}`", m.what, m.means, m.tries, m.threshold, m.source) for code, m in meanings.items()]
    return COLUMNS + "".join(f"| {' | '.join(cell.replace('|', '∣') for cell in row)} |\n" for row in rows)


def page() -> str:
    """The whole file."""
    return f"{HEAD}\n## Checks before training\n\n{table(CHECKS)}\n## Signs in a finished run\n\n{table(SIGNATURES)}"


if __name__ == "__main__":
    DOCS.write_text(page(), encoding="utf-8")
