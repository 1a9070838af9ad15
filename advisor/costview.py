"""Costs → the lines a terminal shows: a small table, what does not fit and what would make it fit, what is assumed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from advisor.types import Cost, Method

METHODS = 5
"""Rows of the table."""
ASSUMED = 2
"""Assumptions shown, after the model's; --json lists all."""
NAMES = {"sft_dpo": "SFT+DPO", "simpo": "SimPO"}
UNCOSTED = {"rlhf": "RLHF is not costed: its reward model is yet to be chosen"}


def cost(
    one: Mapping[str, Cost], sizes: Mapping[str, Mapping[str, Cost]], ranking: Sequence[Method], named: str = ""
) -> list[RenderableType]:
    """Memory and time of the first methods of the ranking, for the model named or for three sizes; nothing where none is costed.

    `one`: method → cost, of the model named; `sizes`: size → the same, empty where the model `named` tells its size.
    """
    if not one:
        return []
    first = next(iter(one.values()))
    columns = sizes or {first.model: one}
    methods = [m for m in (*ranking, *one) if m in one]
    shown = list(dict.fromkeys(methods))[:METHODS]
    notes = [UNCOSTED[method] for method in ranking if method in UNCOSTED]
    notes += [f"the name {named} tells no size: the costs of three are shown"] if named and sizes else []
    assumed = f"{'; '.join(first.assumes[1 : 1 + ASSUMED])} (--json lists all assumptions)"
    return [
        Text(f"of LoRA on {first.hardware}, by formula"),
        grid(columns, shown),
        *(Text(line, "yellow") for line in (crowded(size, costs, shown) for size, costs in columns.items()) if line),
        *(Text(note, "dim") for note in notes),
        Text(assumed, "dim"),
    ]


def grid(columns: Mapping[str, Mapping[str, Cost]], methods: Sequence[str]) -> Table:
    """A row a method, a column a size of model; memory that the device has not is marked."""
    table = Table.grid(padding=(0, 3))
    table.add_row("", *(Text(size, "bold") for size in columns))
    for method in methods:
        cells = (cell(costs[method]) for costs in columns.values())
        table.add_row(Text(called(method), "cyan"), *cells)
    return table


def cell(cost: Cost) -> Text:
    """`4.2 GB, 6 min`, the memory in red where it does not fit."""
    return Text.assemble((gigabytes(cost.memory_gb), "red" if cost.fits is False else ""), f", {duration(cost.hours)}")


def crowded(size: str, costs: Mapping[str, Cost], methods: Sequence[str]) -> str:
    """What does not fit and what would make it fit, methods with the same remedy together; empty where all do."""
    by_remedy: dict[str, list[str]] = {}
    for method, cost in ((method, costs[method]) for method in methods if costs[method].fits is False):
        by_remedy.setdefault(cost.remedy, []).append(f"{called(method)} {gigabytes(cost.remedy_gb)}")
    each = [f"with {way_out}: {', '.join(names)}" for way_out, names in by_remedy.items() if way_out]
    if "" in by_remedy:
        hopeless = ", ".join(by_remedy[""])
        each.append(
            f"too large even with 4-bit weights and batch 1: {hopeless}; shorter records, a smaller model or more GPUs"
        )
    return f"{size} does not fit as it is; {'; '.join(each)}" if each else ""


def called(method: str) -> str:
    """A method's short name."""
    return NAMES.get(method, method.upper())


def gigabytes(value: float) -> str:
    """With a decimal where it tells something."""
    return f"{value:.1f} GB" if value < 10 else f"{value:,.0f} GB"


def duration(hours: float) -> str:
    """Hours in the unit one would say."""
    seconds = hours * 3600
    if seconds < 1:
        return "under 1 s"
    if seconds < 5400:
        return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
    return f"{hours:.1f} h" if hours < 10 else f"{hours:,.0f} h" if hours < 72 else f"{hours / 24:,.0f} days"
