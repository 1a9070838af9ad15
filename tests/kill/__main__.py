"""Ends real runs of a tiny model everywhere and goes on with them: prints a table, exits 1 where anything was lost.

python -m tests.kill [POINTS INSTANTS WRITES RACES]      default 120 200 40 50
"""

from __future__ import annotations

import os

os.environ |= {
    "OMP_NUM_THREADS": "1",
    "HF_HUB_OFFLINE": "1",
}  # before torch is imported: its threads do not survive a fork

import sys
import tempfile
import time
from pathlib import Path

import trl  # noqa: F401  (imported once, here, and not by every fork)

from tests.kill import trials
from tests.kill.trials import Ended


def main() -> None:
    from trl import DPOTrainer, SFTTrainer  # noqa: F401

    import bench.run  # noqa: F401

    points, instants, writes, races = map(int, sys.argv[1:] or (120, 200, 40, 50))
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        found = trials.reference(scratch)
        print(f"a run of {found.seconds:.0f} s passes {len(found.points)} named points", flush=True)  # noqa: T201
        ended = {
            "named points": [trials.at_point(found, p, _fresh(scratch)) for p in trials.at_points(found, points)],
            "random instants": [
                trials.at_random(found, by, after, _fresh(scratch)) for by, after in trials.instants(found, instants)
            ],
            "writes": [trials.at_point(found, p, _fresh(scratch)) for p in trials.at_writes(found, writes)],
            "two resume one run": [trials.race_for_a_run(found, _fresh(scratch)) for _ in range(0, races, 2)],
            "two runs on one cache": [trials.race_for_the_cache(found, _fresh(scratch)) for _ in range(1, races, 2)],
        }
    _show(ended, time.monotonic() - began)
    sys.exit(any(e.wrong for many in ended.values() for e in many))


def _fresh(scratch: Path) -> Path:
    return Path(tempfile.mkdtemp(dir=scratch))


def _show(ended: dict[str, list[Ended]], seconds: float) -> None:
    lines = ["| ended at | by | runs | all well |", "|---|---|---|---|"]
    for where, many in ended.items():
        for by in dict.fromkeys(e.by for e in many):
            some = [e for e in many if e.by == by]
            lines.append(f"| {where} | {by} | {len(some)} | {sum(not e.wrong for e in some)} |")
    wrong = [f"{e.by} {e.how}: {'; '.join(e.wrong[:3])}" for many in ended.values() for e in many if e.wrong]
    print("\n".join([*lines, *wrong, f"{seconds / 60:.0f} minutes"]))  # noqa: T201


if __name__ == "__main__":
    main()
