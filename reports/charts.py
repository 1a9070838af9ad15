"""Small inline SVG charts. Every one has a <title> and <desc> that say its values as text.

Marks sit at percentages of the drawing's width, so a chart is as wide as its box and its dots stay round. Colours come
from the page's style (classes t0 to t7). Text enters only through Markup.format, which escapes it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from markupsafe import Markup

_SVG = Markup('<svg class="{}" role="img" height="{}"><title>{}</title><desc>{}</desc>{}</svg>')
_RULE = Markup('<line class="{}" x1="{}%" x2="{}%" y1="0" y2="100%"/>')
_SPAN = Markup('<line class="span" x1="{}%" x2="{}%" y1="50%" y2="50%"/>')
_DOT = Markup('<circle class="dot" cx="{}%" cy="50%" r="4.5"/>')
_BAR = Markup('<rect class="track" width="100%" height="100%"/><rect class="bar" width="{}%" height="100%"/>')
_SIGNED = Markup('<rect class="bar" x="{}%" width="{}%" height="100%"/>')
_TO = Markup('<line class="to t{}" x1="{}%" x2="{}%" y1="15%" y2="85%"/>')
_TICK = Markup('<text x="{}%" y="11" text-anchor="{}">{}</text>')
_LINE = Markup('<polyline class="t{}" points="{}"/>')
_LABEL = Markup('<text x="{}" y="{}" text-anchor="{}">{}</text>')


class Scale(NamedTuple):
    """A linear scale; `ticks` lie within [lo, hi]."""

    lo: float
    hi: float
    ticks: tuple[float, ...]

    def at(self, value: float) -> float:
        """Position in percent of the width, clamped to the drawing."""
        return round(100 * min(1.0, max(0.0, (value - self.lo) / (self.hi - self.lo))), 2)


SHARES = Scale(0.0, 1.0, (0.0, 0.5, 1.0))


class Decades(NamedTuple):
    """A logarithmic scale between powers of ten; used as a Scale."""

    lo: float
    hi: float
    ticks: tuple[float, ...]

    def at(self, value: float) -> float:
        """Position in percent of the width, clamped to the drawing; nought and less stand at the left end."""
        spread = math.log10(self.hi / self.lo)
        return round(100 * min(1.0, math.log10(max(value, self.lo) / self.lo) / spread), 2)


def decades(values: Iterable[float]) -> Decades:
    """The powers of ten that hold all values, from 1 up; at least one decade, and at most five ticks."""
    held = [value for value in values if value >= 1] or [1.0]
    first, last = math.floor(math.log10(min(held))), math.ceil(math.log10(max(held)) - 1e-9)
    last = max(last, first + 1)
    stride = math.ceil((last - first) / 4)
    return Decades(10.0**first, 10.0**last, tuple(10.0**n for n in range(first, last + 1, stride)))


def scale(values: Iterable[float], about_zero: bool = False) -> Scale:
    """A scale with round ends (1, 2, 5 × 10ᵏ) that holds all values; `about_zero` makes it symmetric."""
    held = list(values) or [0.0, 1.0]
    lo, hi = min(held), max(held)
    if about_zero:
        lo, hi = -(max(map(abs, held)) or 1.0), max(map(abs, held)) or 1.0
    step = _step((hi - lo) / 2 or max(abs(hi), 1.0))
    first, last = math.floor(lo / step + 1e-9), math.ceil(hi / step - 1e-9)
    last = max(last, first + 1)
    return Scale(first * step, last * step, tuple(round(n * step, 12) for n in range(first, last + 1)))


def _step(rough: float) -> float:
    power: float = 10.0 ** math.floor(math.log10(rough))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * (1 - 1e-9))


class Mark(NamedTuple):
    """An estimate with its 95 % interval; either may be missing."""

    value: float | None
    ci95: Sequence[float] | None
    tone: int


def dot(mark: Mark, over: Scale | Decades, title: str, desc: str, reference: float | None = None) -> Markup:
    """An estimate as a dot on its interval, over faint rules at the ticks; zero and reference have their own."""
    kinds = [("zero" if t == 0 > over.lo else "rule", t) for t in over.ticks]
    kinds += [("reference", reference)] if reference is not None else []
    rules = Markup("").join(_RULE.format(kind, over.at(x), over.at(x)) for kind, x in kinds)
    span = _SPAN.format(*map(over.at, mark.ci95)) if mark.ci95 else Markup("")
    drawn = _DOT.format(over.at(mark.value)) if mark.value is not None else Markup("")
    return _SVG.format(f"dots t{mark.tone}", 22, title, desc, rules + span + drawn)


def axis(over: Scale | Decades, labels: Sequence[str], title: str) -> Markup:
    """Tick labels for a column of `dot` charts with the same scale."""
    ends = {0.0: "start", 100.0: "end"}
    marks = Markup("").join(
        _TICK.format(over.at(t), ends.get(over.at(t), "middle"), label)
        for t, label in zip(over.ticks, labels, strict=True)
    )
    return _SVG.format("axis", 14, title, ", ".join(labels), marks)


def bar(share: float, tone: int, title: str, desc: str) -> Markup:
    """A share between 0 and 1 as a bar."""
    return _SVG.format(f"bars t{tone}", 8, title, desc, _BAR.format(SHARES.at(share)))


def signed_bar(value: float, over: Scale, tone: int, title: str, desc: str) -> Markup:
    """A value as a bar from zero, to the left of it where negative; `over` holds zero."""
    ends = sorted((over.at(0.0), over.at(value)))
    zero = _RULE.format("zero", over.at(0.0), over.at(0.0))
    return _SVG.format(f"bars t{tone}", 8, title, desc, zero + _SIGNED.format(ends[0], round(ends[1] - ends[0], 2)))


def move(now: float, at: float, over: Scale | Decades, tones: tuple[int, int], title: str, desc: str) -> Markup:
    """A way from a dot, where a quantity stands, to a mark, where something else begins; each in its own tone."""
    rules = Markup("").join(_RULE.format("rule", over.at(t), over.at(t)) for t in over.ticks)
    way = _SPAN.format(over.at(now), over.at(at)) + _TO.format(tones[1], over.at(at), over.at(at))
    return _SVG.format(f"dots t{tones[0]}", 22, title, desc, rules + way + _DOT.format(over.at(now)))


def lines(
    series: Sequence[tuple[int, Sequence[tuple[float, float]]]],
    title: str,
    desc: str,
    ends: tuple[str, str] | None = None,
    percent: bool = False,
) -> Markup:
    """One thin line per (tone, points (x, y)), x from 0 on: y labelled at its ticks, x at both ends (steps, unless told)."""
    points = [point for _, line in series for point in line]
    across, up = max((x for x, _ in points), default=1.0) or 1.0, SHARES if percent else scale(y for _, y in points)
    left, right, top, bottom = 34.0, 294.0, 10.0, 104.0

    def place(point: tuple[float, float]) -> str:
        x = left + (right - left) * point[0] / across
        return f"{x:.1f},{bottom - (bottom - top) * up.at(point[1]) / 100:.1f}"

    drawn = Markup("").join(_LINE.format(tone, " ".join(map(place, line))) for tone, line in series)
    levels = Markup("").join(
        Markup('<line class="rule" x1="34" x2="294" y1="{0}" y2="{0}"/>').format(y)
        + _LABEL.format(28, y + 4, "end", f"{100 * t:g} %" if percent else f"{t:g}")
        for t, y in ((t, round(bottom - (bottom - top) * up.at(t) / 100, 1)) for t in up.ticks)
    )
    first, last = ends or ("step 0", f"step {across:g}")
    below = _LABEL.format(34, 119, "start", first) + _LABEL.format(294, 119, "end", last)
    body = Markup("<title>{}</title><desc>{}</desc>{}").format(title, desc, levels + drawn + below)
    return Markup('<svg class="lines" role="img" viewBox="0 0 300 124">{}</svg>').format(body)
