"""All of `make perf` that concerns the bench: prints ratios, writes them as JSON and as the table in docs/performance.md.

python -m tests.perf [JSON]        default docs/performance.json
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench import machine, models, provenance
from tests.perf import table, training, turns, whole

METHODS = ("sft", "dpo")
PAGE = Path(__file__).parents[2] / "docs" / "performance.md"


def main() -> None:
    weights = models.resolve(None)
    found: dict[str, Any] = {
        "measured": f"{datetime.now(UTC):%Y-%m-%d}",
        "hardware": machine.hardware(),
        "versions": provenance.versions(),
        "model": weights.name,
        "training": {method: training.measure(method) for method in METHODS},
        "where": {method: turns.process("tests.perf.breakdown", method, "ours") for method in METHODS},
        "evaluation": turns.process("tests.perf.evaluation"),
        "whole": whole.measure(),
    }
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else PAGE.with_suffix(".json")
    path.write_text(json.dumps(found, indent=1))
    lines = table.lines(found)
    print("\n".join(lines))  # noqa: T201
    table.write(PAGE, lines)


if __name__ == "__main__":
    main()
