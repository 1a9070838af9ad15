"""The plan as a person reads it before anything runs."""

from __future__ import annotations

from collections.abc import Mapping

from rich.console import Console
from rich.table import Table

from bench.track import Track
from bench.types import Plan


def show(console: Console, plan: Plan, tracks: Mapping[str, Track]) -> None:
    """Print tracks, what was done to the data, and every derived value with its reason."""
    console.print(f"Run {plan.run}: {plan.budget.text} of training per trial", markup=False, highlight=False)
    for planned in plan.tracks:
        track = tracks[planned.id]
        sizes = f"{len(track.train)} train, {len(track.tune)} tune, {len(track.split.test)} test records"
        arms = ", ".join(f"{a.id} ×{len(a.seeds)}" if len(a.seeds) > 1 else a.id for a in planned.arms)
        tasks = ", ".join(t.name if t.primary else f"({t.name})" for t in planned.tasks)
        lines = [f"{planned.id}: {planned.source}", f"  {sizes}, split by {track.split.by}", f"  {_apart(track)}"]
        lines += [f"  not used: {n:,} training records {why}" for why, n in track.unused.items()]
        lines += [f"  not asked: {track.unread:,} test records that the model has no room for"] if track.unread else []
        lines += [f"  {track.negatives.sentence}"] if track.negatives else []
        lines += [f"  arms: {arms}", f"  tasks: {tasks}"]
        console.print("\n".join(lines), markup=False, highlight=False)
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for heading in ("value", "", "why"):
        table.add_column(heading, overflow="fold")
    for d in plan.derived:
        table.add_row(d.name, d.value, d.why)
    console.print(table, markup=False)


def _apart(track: Track) -> str:
    """The leakage check in words."""
    shared = track.split.shared_groups
    text = "no test record occurs in train or tune"
    return f"{text}, but {shared:,} documents, topics or prompts do: its split column says so" if shared else text
