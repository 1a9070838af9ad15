"""Numbers and names as the page prints them: one place, so that the same value reads the same everywhere.

Shares are percent with one decimal, effects on shares are points with a sign, anything else gets as many decimals as
two digits of its interval's half-width justify. A missing value says so; it is never shown as zero.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

THIN = "\u202f"  # narrow no-break space: a number and its unit stay together
WORD = "\u00a0"  # the same before a unit that is a word
NOT_SCORED = "not scored"
NO_INTERVAL = "no interval"

NAMES = {
    "base": "base", "prompt": "prompt", "sft": "SFT", "dpo": "DPO", "sft_dpo": "SFT→DPO", "kto": "KTO", "orpo": "ORPO",
    "simpo": "SimPO", "rlhf": "RLHF", "grpo": "GRPO", "cpt": "CPT", "none": "no training",
    "fix_data": "fix the data", "either": "either",
}  # fmt: skip


def name(arm: str | None) -> str:
    """An arm's or method's id as people write it: `sft` → SFT, `sft-2` → SFT 2; an id we do not know stays as it is."""
    method, dash, repeat = (arm or "unknown").partition("-")
    known = NAMES.get(method)
    if known is None or (dash and not repeat.isdecimal()):
        return arm or "unknown"
    return f"{known} {repeat}" if dash else known


TONES = {
    "base": 0, "prompt": 1, "sft": 2, "dpo": 3, "sft_dpo": 4, "kto": 5, "orpo": 6, "simpo": 7, "none": 0, "fix_data": 1,
    "either": 0,
}  # fmt: skip


def tone(arm: str | None) -> int:
    """Index of an arm's colour, 0 to 7. A method keeps its colour in every chart, track and run."""
    method = (arm or "").partition("-")[0]
    return TONES.get(method, 2 + sum(map(ord, method)) % 6)


def decimals(ci: Sequence[float] | None, unit: str | None) -> int:
    """Decimals that the interval justifies: one for shares, else two digits of the half-width, at most four."""
    if unit == "share":
        return 1
    half = (ci[1] - ci[0]) / 2 if ci else 0.0
    if half <= 0:
        return 2
    return min(4, max(0, 1 - math.floor(math.log10(half))))


def fixed(value: float, digits: int) -> str:
    """A number with a true minus sign, thousands separated, and no negative zero."""
    text = f"{value:,.{digits}f}"
    return text.replace("-", "−") if float(text.replace(",", "")) else text.replace("-", "")


def signed(value: float, digits: int) -> str:
    """`+1.2`, `−1.2`; what rounds to zero carries no sign."""
    text = fixed(value, digits)
    return text if text.startswith("−") or not float(text.replace(",", "")) else f"+{text}"


def score(value: float | None, ci: Sequence[float] | None, unit: str | None) -> str:
    """A level: `41.0 %`, `1.72 nats`."""
    if value is None:
        return NOT_SCORED
    if unit == "share":
        return fixed(100 * value, 1) + THIN + "%"
    return fixed(value, decimals(ci, unit)) + (f"{WORD}{unit}" if unit else "")


def interval(ci: Sequence[float] | None, unit: str | None) -> str:
    """`[30.0, 52.0]` in the unit of the number it stands beside (percent or points for shares)."""
    if not ci:
        return NO_INTERVAL
    factor = 100 if unit == "share" else 1
    lo, hi = (fixed(factor * bound, decimals(ci, unit)) for bound in ci)
    return f"[{lo}, {hi}]"


def effect(value: float | None, ci: Sequence[float] | None, unit: str | None) -> str:
    """A difference: `+12.0 points`, `−0.31 nats`."""
    if value is None:
        return "not measured"
    if unit == "share":
        return signed(100 * value, 1) + f"{WORD}points"
    return signed(value, decimals(ci, unit)) + (f"{WORD}{unit}" if unit else "")


def ratio(value: float | None) -> str:
    """A quotient, to be read against 1: `1.16×`, with at least two significant digits."""
    if value is None:
        return "not measured"
    digits = 1 - math.floor(math.log10(value)) if value > 0 else 0
    return fixed(value, min(6, max(2, digits))) + "×"


def ratio_interval(ci: Sequence[float] | None) -> str:
    """`1.02× to 1.31×`."""
    return " to ".join(map(ratio, ci)) if ci else NO_INTERVAL


def size(value: float | None, ci: Sequence[float] | None, unit: str | None) -> str:
    """A difference without a sign, for the minimum detectable effect."""
    if value is not None and unit == "share" and abs(value) > 1:
        return "over 100 points"
    return "not known" if value is None else effect(abs(value), ci, unit).lstrip("+")


def ticks(values: Sequence[float], unit: str | None) -> list[str]:
    """Labels of an axis of levels, as short as they go."""
    return [f"{100 * value:g}{THIN}%" if unit == "share" else f"{value:g}".replace("-", "−") for value in values]


def signed_ticks(values: Sequence[float], unit: str | None) -> list[str]:
    """Labels of an axis of differences: points for shares."""
    factor = 100 if unit == "share" else 1
    return [f"{factor * value:+g}".replace("-", "−") if value else "0" for value in values]


def share(value: float | None) -> str:
    """A share of rows: `44.5 %`; below one per cent two decimals, as one row in a thousand matters there."""
    return "not measured" if value is None else _percent(value) + THIN + "%"


def share_interval(ci: Sequence[float] | None) -> str:
    """`[42.5, 46.6]`, in percent as the share it stands beside."""
    return f"[{', '.join(map(_percent, ci))}]" if ci else NO_INTERVAL


def _percent(value: float) -> str:
    return fixed(100 * value, 2 if 0 < abs(value) < 0.01 else 1)


def compact(value: float | None) -> str:
    """A count in full, any other number with three significant digits or, from a hundred up, as a whole number."""
    if value is None:
        return "–"
    if value == round(value) or abs(value) >= 100:
        return fixed(value, 0)
    return fixed(value, max(0, 2 - math.floor(math.log10(abs(value)))))


def tick(value: float) -> str:
    """A label on the axis of a number, as short as it goes: `0.5`, `100`, `10k`."""
    for power, mark in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= power:
            return f"{value / power:g}{mark}".replace("-", "−")
    return f"{value:g}".replace("-", "−")


def p_value(p: float | None) -> str:
    """Two digits; below a thousandth only that it is."""
    if p is None:
        return "–"
    return "<0.001" if p < 0.001 else f"{p:.3f}" if p < 0.1 else f"{p:.2f}"


def chance(p: float | None) -> str:
    """A probability as whole percent, never rounded to certainty."""
    if p is None:
        return "–"
    if 0 < p < 0.01 or 0.99 < p < 1:
        return f"<1{THIN}%" if p < 0.5 else f">99{THIN}%"
    return f"{100 * p:.0f}{THIN}%"


def confidence(value: float | None) -> str:
    """`0.43 of 1, uncalibrated`: a figure between 0 and 1 that is no probability."""
    return "not recorded" if value is None else f"{value:.2f} of 1, uncalibrated"


def count(value: float | None) -> str:
    """A whole number, thousands separated."""
    return "–" if value is None else f"{value:,.0f}"


def file_size(value: float | None) -> str:
    """A file's size: `742.8 kB`, in powers of ten."""
    if value is None:
        return "not recorded"
    for power, unit in ((9, "GB"), (6, "MB"), (3, "kB")):
        if value >= 10**power:
            return f"{value / 10**power:.1f}{THIN}{unit}"
    return f"{value:.0f}{THIN}bytes"


def duration(hours: float | None) -> str:
    """Hours of an estimate, in the unit one would say; what is less than a second says only that."""
    return f"<1{THIN}s" if hours is not None and hours * 3600 < 1 else seconds(None if hours is None else hours * 3600)


def seconds(value: float | None) -> str:
    """`0.4 s`, `45 s`, `12 min 5 s`, `1 h 3 min`."""
    if value is None:
        return "–"
    if value < 60:
        return (f"{value:.1f}" if value < 100 and value % 1 else f"{value:.0f}") + f"{THIN}s"
    minutes, rest = divmod(round(value), 60)
    if minutes < 60:
        return f"{minutes}{THIN}min {rest}{THIN}s"
    return f"{minutes // 60}{THIN}h {minutes % 60}{THIN}min"


def flops(value: float | None) -> str:
    """`1.2 × 10¹³`."""
    if not value:
        return "–" if value is None else "0"
    digits, power = f"{value:.1e}".split("e")
    superscript = str(int(power)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"{digits}{THIN}×{THIN}10{superscript}"


def gigabytes(value: float | None) -> str:
    """`2.1 GB`."""
    return "unknown" if value is None else f"{value:.1f}{THIN}GB"


class Excerpt(NamedTuple):
    """The head of a text and how much of it is not shown."""

    text: str
    rest: int


def excerpt(text: str, limit: int = 1200) -> Excerpt:
    """At most `limit` characters; the page says how many more there are."""
    return Excerpt(text[:limit], max(0, len(text) - limit))


def flatten(value: Any, path: str = "") -> list[tuple[str, str]]:
    """Leaves of a nested value as (path, text) rows, for figures whose shape differs from run to run."""
    if isinstance(value, Mapping):
        return [row for key, inner in value.items() for row in flatten(inner, f"{path} · {key}" if path else str(key))]
    if isinstance(value, list) and any(isinstance(inner, (Mapping, list)) for inner in value):
        return [row for n, inner in enumerate(value, 1) for row in flatten(inner, f"{path} · {n}" if path else str(n))]
    return [(path, plain(value))]


def plain(value: Any) -> str:
    """One leaf as text: four significant digits for a float, words for null and booleans, lists joined."""
    if isinstance(value, list):
        return ", ".join(map(plain, value)) or "none"
    if value is None or isinstance(value, bool):
        return {None: "none", True: "yes", False: "no"}[value]
    return f"{value:.4g}".replace("-", "−") if isinstance(value, float) else str(value)
