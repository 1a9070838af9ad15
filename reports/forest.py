"""Differences between arms as rows of one table: chart, estimate, interval, p and what may be said."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from reports import charts, figures, lookup
from reports.lookup import Effect, Instrument


def view(effects: Sequence[Effect], instrument: Instrument, split: int | None = None) -> dict[str, Any]:
    """Rows on one common scale, symmetric about zero, with the scale's axis; a line is drawn above row `split`."""
    over = charts.scale(_extent(effects), about_zero=True)
    labels = figures.signed_ticks(over.ticks, instrument.unit)
    axis = charts.axis(over, labels, f"Scale of the differences, {instrument.title}")
    return {"axis": axis, "split": split, "rows": [row(effect, instrument, over) for effect in effects]}


def row(effect: Effect, instrument: Instrument, over: charts.Scale) -> dict[str, Any]:
    """One difference as text and as a dot on its interval."""
    unit, ci = instrument.unit, effect.ci95
    names = f"{figures.name(effect.a)} − {figures.name(effect.b)}"
    estimate, bounds = figures.effect(effect.difference, ci, unit), figures.interval(ci, unit)
    mark = charts.Mark(effect.difference, ci, figures.tone(effect.a))
    return {
        "names": names,
        "estimate": estimate,
        "interval": bounds if effect.difference is not None else "",
        "chart": charts.dot(mark, over, f"{names}, {instrument.title}", f"{estimate} {bounds}"),
        "p": figures.p_value(effect.p_holm),
        "mde": figures.size(effect.mde, ci, unit) if effect.difference is not None else "–",
        "reading": _reading(effect, instrument),
        "caveats": lookup.caveats(effect),
    }


def _reading(effect: Effect, instrument: Instrument) -> str:
    said = lookup.reading(effect, instrument.better)
    return f"{figures.name(effect.a)} {said}" if said.startswith(("better", "worse")) else said


def _extent(effects: Sequence[Effect]) -> list[float]:
    bounds = [bound for effect in effects for bound in effect.ci95 or ()]
    return bounds + [effect.difference for effect in effects if effect.difference is not None]
