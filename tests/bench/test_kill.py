"""A share of `make test-kill`: runs that are ended by signals and full disks go on, and races have one winner."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_nothing_is_lost_wherever_a_run_ends() -> None:
    points, instants, writes, races = 4, 2, 3, 2
    asked = [sys.executable, "-m", "tests.kill", *map(str, (points, instants, writes, races))]
    # In a process of its own: this one has torch threads, which do not survive a fork.
    ended = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=False, timeout=600)
    rows = [line.strip("| ").split(" | ") for line in ended.stdout.splitlines() if line.startswith("| ")][1:]
    assert ended.returncode == 0, ended.stdout + ended.stderr[-2000:]
    assert sum(int(runs) for *_, runs, _ in rows) == points + instants + writes + races
    assert all(runs == well for *_, runs, well in rows)
