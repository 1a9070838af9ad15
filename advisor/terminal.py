"""Advice → the page a terminal shows. Data is shown as plain Text: never parsed as markup, stripped of control characters."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from pathlib import Path

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from advisor.advise import Advice
from advisor.costview import cost
from advisor.decide import BENCHED, supports
from advisor.ledger import counted
from advisor.overview import place
from advisor.privacy import redact
from advisor.types import Finding, Flip, Method, Record

NAMES = {
    "sft": "SFT (supervised fine-tuning)",
    "dpo": "DPO (direct preference optimisation)",
    "sft_dpo": "SFT, then DPO",
    "kto": "KTO (good/bad labels, no pairs)",
    "orpo": "ORPO",
    "simpo": "SimPO",
    "rlhf": "RLHF (reward model and PPO)",
    "grpo": "GRPO (reinforcement on checkable answers)",
    "cpt": "continued pre-training",
    "none": "do not train: prompt or retrieve instead",
    "fix_data": "repair the data first",
    "either": "either: take the cheaper",
}
REASONS = 3
EXCERPTS = 1
"""Excerpts of a problem."""
ROWS = 5
EXCERPT = 64
STYLES = {"block": "bold red", "warn": "yellow", "info": "cyan"}


def show(advice: Advice, console: Console, *, raw: bool = False, rows: int | None = None) -> None:
    """Print the page; `raw` shows excerpts unredacted, `rows` says how many row numbers and excerpts a problem gets."""
    by_row, model = advice.excerpts, advice.profile.model.name if advice.profile.model else ""
    console.print(
        Group(
            head(advice, raw),
            verdict(advice),
            *section("Why", reasons(advice, raw)),
            *section("Problems", problems(advice, by_row, raw, rows)),
            *section("What would change this", map(flip, advice.recommendation.flips)),
            *section("Cost of one epoch", cost(advice.cost, advice.cost_table, ranked(advice), model)),
            *([Text(), Text(heading(advice), "bold")] if advice.recommendation.next else []),
        )
    )
    for command in advice.recommendation.next:
        # Never wrapped: a command is copied whole.
        console.print(Text(f"  {clean(command)}", "bold cyan"), soft_wrap=True)


def heading(advice: Advice) -> str:
    """What the next command does: a method that bench cannot train is not tested by it."""
    return "Test this advice" if advice.recommendation.method in BENCHED else "What bench can compare today"


def clean(text: str) -> str:
    """One line without control, format or unassigned characters: nothing in the data may steer the terminal."""
    kept = (c if unicodedata.category(c)[0] != "C" else " " for c in text)
    return " ".join("".join(kept).split())


def line(*parts: tuple[str, str] | str) -> Text:
    """Text from plain and (string, style) parts, each cleaned but for the blanks at its ends."""
    text = Text()
    for part in parts:
        words, style = (part, "") if isinstance(part, str) else part
        lead, trail = words[: len(words) - len(words.lstrip(" "))], words[len(words.rstrip(" ")) :]
        text.append(f"{lead}{clean(words)}{trail}" if words.strip() else words, style)
    return text


def section(title: str, lines: Iterable[RenderableType]) -> list[RenderableType]:
    """A heading and its indented lines; nothing where there are none."""
    found = list(lines)
    return [Text(), Text(title, "bold"), *(Padding(item, (0, 0, 0, 2)) for item in found)] if found else []


def head(advice: Advice, raw: bool = False) -> RenderableType:
    """What was read."""
    p, data = advice.profile, advice.overview
    axes, tongues = first_shares(p.axes.items()), first_shares(p.languages.items())
    bad = f", {data.bad:,} of {data.rows:,} rows unreadable" if data.bad else ""
    facts = " · ".join(filter(None, (f"{counted(p.records, 'record')}{bad}", p.schema, p.supervision, axes, tongues)))
    return Group(line((hidden(data.path, raw), "bold")), line(facts), *(line((note, "dim")) for note in data.notes))


def first_shares(shares: Iterable[tuple[str, float]]) -> str:
    """The three largest of at least 5 %, and how many more there are."""
    found = [f"{name} {share:.0%}" for name, share in shares if share >= 0.05]
    return ", ".join(found[:3]) + (f" and {len(found) - 3} more" if len(found) > 3 else "")


def ranked(advice: Advice) -> tuple[Method, ...]:
    """The methods, best first."""
    return tuple(r.method for r in advice.recommendation.ranking)


def verdict(advice: Advice) -> RenderableType:
    """The advice with its confidence, the runners-up and what is ruled out."""
    r = advice.recommendation
    after = f", then {NAMES[r.after_fix]}" if r.after_fix else ""
    of = " or ".join(NAMES[x.method] for x in r.ranking[1:3]) if r.method == "either" else ""
    name = (f"→ either {of}: take the cheaper" if of else f"→ {NAMES[r.method]}{after}", "bold green")
    sure = line(f"confidence {r.confidence:.2f}", (" of 1, uncalibrated: an ordering of cases, no probability", "dim"))
    blocked = any(f.severity == "block" for f in advice.findings)
    ranked = " · ".join(f"{x.method} {x.score:+.2f}" for x in r.ranking[:5])
    ranked += " (a finding blocks: repair or leave off comes first whatever the scores)" if blocked else ""
    ruled_out: dict[str, list[str]] = {}
    for u in r.unacceptable:
        ruled_out.setdefault(u.why, []).append(u.method)
    out = [line((f"not {', '.join(methods)}: ", "dim"), (why, "dim")) for why, methods in ruled_out.items()]
    return Group(Text(), line(name), Padding(Group(sure, line(("scores ", "dim"), ranked), *out), (0, 0, 0, 2)))


def reasons(advice: Advice, raw: bool) -> list[RenderableType]:
    """The findings that speak loudest for the first method; for `either`, of the two, for the cheaper."""
    r = advice.recommendation
    first = r.ranking[1].method if r.method == "either" and len(r.ranking) > 1 else r.method
    loud = sorted((f for f in advice.findings if f.effects.get(first, 0) > 0), key=lambda f: -f.effects[first])
    return [
        hanging(
            f"{f.effects[first]:+.2f}",
            "green",
            line(hidden(f.summary, raw), (f"  [{f.rule}; {cited(f, first)}]", "dim")),
        )
        for f in loud[:REASONS]
    ]


def cited(finding: Finding, method: Method) -> str:
    """Ids of the sources that are evidence for the finding's effect on the method, those read second-hand marked."""
    graded = (
        (s.id.removeprefix("https://"), " (second-hand)" if s.checked == "second-hand" else "")
        for s in finding.sources
        if supports(s, finding, method)
    )
    return ", ".join(address + mark for address, mark in graded) or "our own rule, no source for this effect"


def problems(advice: Advice, by_row: Mapping[int, Record], raw: bool, rows: int | None) -> list[RenderableType]:
    """Blocks, warnings and information that carries a problem code, with rows and excerpts."""
    shown = [f for f in advice.findings if f.severity != "info" or f.problem]
    return [hanging(f.severity, STYLES[f.severity], problem(f, advice, by_row, raw, rows)) for f in shown]


def problem(
    finding: Finding, advice: Advice, by_row: Mapping[int, Record], raw: bool, rows: int | None
) -> RenderableType:
    """One problem."""
    most = rows or ROWS
    where = [standing(advice, row, raw) for row in finding.rows[:most]] + ["…"] * (len(finding.rows) > most)
    said = f"  rows {', '.join(where)}" if where else ""
    lines: list[RenderableType] = [line(hidden(finding.summary, raw), (f"  [{finding.rule}]", "dim"), (said, "dim"))]
    errors = {e.row: e.why for e in advice.overview.errors}
    for row in [row for row in finding.rows if row in by_row or row in errors][: rows or EXCERPTS]:
        text = excerpt(by_row[row], raw) if row in by_row else Text(clean(hidden(errors[row], raw)), "italic")
        lines.append(Text.assemble((f"{standing(advice, row, raw)}: ", "dim"), text))
    return Group(*lines)


def standing(advice: Advice, row: int, raw: bool) -> str:
    """Where a row stands: its line, with the file's name before it where there are several."""
    if not advice.overview.shards:
        return str(row)
    return hidden(Path(place(advice.overview, row)).name, raw)


def excerpt(record: Record, raw: bool) -> Text:
    """The end of what was asked and the beginnings of its answers, redacted unless `raw`."""
    asked = record.prompt[-1].content if record.prompt else ""
    parts = [(" → ", record.answer), ("  not ", record.rejected)]
    text = Text(cut(hidden(asked, raw), at_end=True), "italic")
    for mark, side in parts:
        if side is not None:
            text.append(mark, "dim").append(cut(hidden(side, raw)) or "(empty)", "italic")
    return text


def hidden(text: str, raw: bool) -> str:
    """The text, redacted unless `raw`: before cutting, or half a secret would pass; and as it will be shown, or one would
    that is whole only without its line breaks and invisible characters."""
    return text if raw else redact(clean(redact(text)))


def cut(text: str, at_end: bool = False) -> str:
    """A line's worth of a text: its beginning, or its end."""
    flat = clean(text)
    if len(flat) <= EXCERPT:
        return flat
    return f"…{flat[1 - EXCERPT :]}" if at_end else f"{flat[: EXCERPT - 1]}…"


def flip(f: Flip) -> Text:
    """One flip point."""
    now, at = figure(f.now, f.quantity), figure(f.at, f.quantity)
    return line(f"{f.quantity}: ", (now, "cyan"), " → ", (at, "cyan"), " would make it ", (f.then, "bold"))


def figure(value: float | str, quantity: str) -> str:
    """A share as a percentage, a count with its commas, a word as it is."""
    if isinstance(value, str):
        return value
    return f"{value:.1%}".replace(".0%", "%") if quantity.startswith("share") else f"{value:,.0f}"


def hanging(mark: str, style: str, body: RenderableType) -> Table:
    """A mark and a body that wraps beside it."""
    grid = Table.grid(padding=(0, 2))
    grid.add_column(width=5, no_wrap=True)
    grid.add_column(ratio=1)
    grid.add_row(Text(mark, style), body)
    return grid
