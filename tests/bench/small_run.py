"""A small run on the tiny model: how it is made, what its units are, and how to read its files."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.methods import dpo, sft
from bench.store import read_journal
from tasks import data
from tests.bench import command
from tests.bench.command import Patch, Said

Json = dict[str, Any]
GROUPS = 24
COLUMNS = ("id", "group", "contexts", "prompt", "chosen", "rejected", "answerable")
SEEDS = 2
TRAINED = [f"{arm}-s{seed}" for seed in range(SEEDS) for arm in ("sft", "dpo")]
UNITS = [
    "own advice",
    "own checks",
    "own certificate",
    "own evaluate base",
    "own evaluate prompt",
    "own pilot",
    "own reference",
    *(f"own {work} {trial.replace('-', ' ')}" for trial in TRAINED for work in ("train", "evaluate", "curve")),
]


def learning(patch: Patch) -> None:
    """Rates high enough that a tiny random model gives other answers after a few steps."""
    patch.setattr(sft, "LEARNING_RATE", 0.02)
    patch.setattr(dpo, "LEARNING_RATE", 0.01)


def bench(*args: str | Path, inside: Path, change: Callable[[Patch], object] = lambda _: None) -> Said:
    def changed(patch: Patch) -> None:
        learning(patch)
        change(patch)

    return command.bench(*args, inside=inside, change=changed)


def make_place(folder: Path, model: Path) -> Path:
    """A folder with a model and the user's own data: pairs on documents, without our columns for scoring."""
    shutil.copytree(model, folder / "model")
    rows = data.rows("rag", "train")
    kept = list(dict.fromkeys(r["group"] for r in rows))[:GROUPS]
    lines = [json.dumps({c: r[c] for c in COLUMNS}) for r in rows if r["group"] in kept]
    (folder / "own.jsonl").write_text("\n".join(lines) + "\n")
    return folder


def run_folder(place: Path) -> Path:
    [folder] = (place / "runs").iterdir()
    return folder


RUN = ("run", "--data", "own.jsonl", "--model", "model", "--budget", "tokens:12k", "--seeds", str(SEEDS))


def done(run: Path) -> list[str]:
    return [e["unit"] for e in read_journal(run / "journal.jsonl")[0] if e["event"] == "done"]


def items(run: Path, trial: str) -> list[Json]:
    folder = run / "tracks/own" / (trial if trial in {"base", "prompt"} else f"trials/{trial}")
    return [json.loads(line) for line in (folder / "items.jsonl").read_text().splitlines()]


def trials_of(arm: Json) -> list[str]:
    return [arm["id"]] if arm["id"] in {"base", "prompt"} else [f"{arm['id']}-s{seed}" for seed in arm["seeds"]]
