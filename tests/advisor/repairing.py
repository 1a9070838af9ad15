"""What the tests of `--fix` share: rows of a file, and what becomes of them."""

from __future__ import annotations

import dataclasses
import importlib
from collections import Counter
from pathlib import Path
from typing import Any

import orjson

from advisor.advise import Advice, advise_file
from advisor.repair import contradictions, repair
from advisor.repair.config import COMMANDS, TRAINERS
from advisor.repair.types import Dropped, Form, Kept, Plan
from advisor.types import Method, Record, RowError
from tests.advisor.build import gold, pair
from tests.advisor.test_advise_cli import run, write

MAIL = "anna.roth@mill.example.org"
Rows = list[dict[str, Any]]


def sides(n: int, **columns: Any) -> dict[str, Any]:
    """A pair about number n, as a file holds it."""
    row = pair(n)
    return {"prompt": row["prompt"], "chosen": row["answer"], "rejected": row["rejected"], **columns}


def answered(n: int, **columns: Any) -> dict[str, Any]:
    """A prompt and its answer about number n, as a file holds them."""
    row = gold(n)
    return {"prompt": row["prompt"], "completion": row["answer"], **columns}


def passage(n: int) -> str:
    """A long text about number n."""
    return " ".join(f"In {1000 + n + k} the mill {n * k} by the river {k} was sold to Anna." for k in range(20))


def rows_of(path: Path) -> Rows:
    return [orjson.loads(line) for line in path.read_bytes().splitlines()]


def fixed(tmp_path: Path, rows: Rows, *options: str) -> tuple[Rows, list[dict[str, Any]], str]:
    """(rows written, ledger, what was printed) of a file of these rows."""
    data, out = write(tmp_path / "data.jsonl", rows), tmp_path / "out.jsonl"
    done = run(data, "--fix", out, *options)
    assert done.returncode == 0, done.stderr
    return rows_of(out), rows_of(tmp_path / "out.ledger.jsonl"), done.stdout


def one(given: Record | RowError, form: Form = "completion", **plan: Any) -> Kept | Dropped:
    """What becomes of a single record."""
    made = contradictions([given], Plan("sft", form, **plan))
    return next(repair([given], made))


def said(kept: Kept | Dropped, side: str = "completion") -> str:
    """The text of one side of a record that is kept."""
    assert isinstance(kept, Kept)
    return str(kept.columns[side][0]["content"])


def codes(ledger: list[dict[str, Any]], action: str) -> Counter[str]:
    return Counter(why["code"] for entry in ledger if entry["action"] == action for why in entry["why"])


def found(path: Path) -> Advice:
    return advise_file(str(path))


def told(advice: Advice, method: Method) -> Advice:
    """The advice, had it been another."""
    return dataclasses.replace(advice, recommendation=dataclasses.replace(advice.recommendation, method=method))


def parser(trl: Any, method: Method) -> Any:
    """TRL's own parser of `trl <command>`, or of the trainer that has none."""
    if method in COMMANDS:
        return importlib.import_module(f"trl.scripts.{COMMANDS[method]}").make_parser()
    module, _, trainer = TRAINERS[method].rpartition(".")
    own = getattr(importlib.import_module(module), trainer.replace("Trainer", "Config"))
    return trl.TrlParser((trl.ScriptArguments, own, trl.ModelConfig, trl.DatasetMixtureConfig))
