"""End to end: `bench run` against the same work scripted with TRL and lm-evaluation-harness."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench import store
from tests.perf import turns

BUDGET = "tokens:6k"


def ours(folder: Path) -> tuple[float, dict[str, Any]]:
    """Seconds of the whole command, with nothing remembered from an earlier run, and its result."""
    cache = folder / "cache"
    (cache / "tune-advisor").mkdir(parents=True)
    (cache / "tune-advisor" / "models").symlink_to(store.cache_folder() / "models")
    flags = ["--data", "embedded:rag", "--seeds", "1", "--budget", BUDGET, "--tasks", "rag_faithfulness"]
    start = time.perf_counter()
    subprocess.run(
        [sys.executable, "-c", "from bench.cli import main; main()", "run", *flags, "--out", str(folder / "runs")],
        env={**os.environ, "XDG_CACHE_HOME": str(cache)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=True,
    )
    spent = time.perf_counter() - start
    result: dict[str, Any] = json.loads(next(folder.glob("runs/*/result.json")).read_text())
    return spent, result


def measure() -> dict[str, Any]:
    """Once each: that takes minutes."""
    with tempfile.TemporaryDirectory() as folder:
        spent, result = ours(Path(folder))
    steps, plan = result["plan"]["steps"]["rag"], result["plan"]
    items = next(t["n"] for t in result["tracks"][0]["tasks"] if t["name"] == "rag_faithfulness")
    asked = (steps["sft"], steps["dpo"], plan["max_new_tokens"], items)
    stock = turns.process("tests.perf.scripted", *map(str, asked))
    return {
        "steps": steps,
        "items": items,
        "ours_seconds": spent,
        "stock_seconds": stock["seconds"],
        "ratio": stock["seconds"] / spent,
    }
