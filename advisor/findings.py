"""What rules say and what is recommended: findings with their evidence, the ranking, what would change it, what it costs."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from advisor.terms import Axis, Method, Severity, Supervision


@dataclasses.dataclass(frozen=True, slots=True)
class Share:
    """A measured share with its uncertainty."""

    count: int
    """How many rows show it."""
    of: int
    """Out of how many."""
    value: float
    """count / of, 0 when of is 0."""
    ci95: tuple[float, float]
    """Wilson score interval (Wilson 1927)."""


@dataclasses.dataclass(frozen=True, slots=True)
class Source:
    """Evidence behind a rule, as a reader can look it up."""

    title: str
    """Title of the paper or document."""
    id: str
    """arXiv id (`arXiv:2402.13228`), or the document's address."""
    year: int
    """Year of publication."""
    setting: str
    """Model size, data and training under which it was found."""
    number: str
    """The figure relied on, as the source states it; `""` when none is relied on."""
    dissent: str = ""
    """Who found otherwise, and where; `""` when nobody we know."""
    checked: str = "abstract"
    """How far we read it: `paper`, `abstract`, `code`, or `second-hand`."""
    supports: Mapping[str, int] = dataclasses.field(default_factory=dict)
    """Method → 1 or −1: the sign of the effects of its finding that it is evidence for; empty where only for the problem."""


@dataclasses.dataclass(frozen=True, slots=True)
class Finding:
    """What one rule saw in one profile."""

    rule: str
    """The rule's id: its file name."""
    severity: Severity
    """`info`, `warn` (train, but know this) or `block` (do not train on this as it is)."""
    summary: str
    """One sentence with its numbers."""
    problem: str | None = None
    """Problem code, null for findings that are no problem."""
    numbers: Mapping[str, float] = dataclasses.field(default_factory=dict)
    """The figures the finding rests on, by name."""
    effects: Mapping[str, float] = dataclasses.field(default_factory=dict)
    """How far each method gains (+) or loses (−) by it, between −1 and 1."""
    rows: tuple[int, ...] = ()
    """Up to ten rows to look at."""
    sources: tuple[Source, ...] = ()
    """The evidence."""


@dataclasses.dataclass(frozen=True, slots=True)
class Threshold:
    """A cut-off of a rule, with where it comes from."""

    value: float
    """The cut-off, in the unit its name says."""
    origin: str
    """`paper: …`, `vendor: …` or `ours: …` (uncalibrated until rules are backtested)."""


@dataclasses.dataclass(frozen=True, slots=True)
class Case:
    """A small dataset on which a rule must fire, or must stay silent."""

    rows: tuple[Mapping[str, Any], ...]
    """Rows as keyword arguments of Record; `prompt` may be a plain string (one user turn)."""
    supervision: Supervision = "gold"
    """What the schema would say of the rows."""
    model: str | None = None
    """`--model` as the user would give it."""
    goal: Axis | None = None
    """`--goal` likewise."""
    errors: int = 0
    """Unreadable rows beside the good ones."""
    notes: tuple[str, ...] = ()
    """What reading would tell of the container."""
    columns: tuple[str, ...] = ()
    """Columns that fill the records, by their names in the file."""


@dataclasses.dataclass(frozen=True, slots=True)
class Ranked:
    """A method with its score, and why."""

    method: Method
    """The method."""
    score: float
    """Prior plus the sum of the findings' effects; comparable within one ranking only."""
    because: tuple[str, ...]
    """Ids of the rules that moved it, strongest first."""


@dataclasses.dataclass(frozen=True, slots=True)
class Unacceptable:
    """A method the data cannot serve."""

    method: Method
    """The method."""
    why: str
    """What it needs that the data lacks."""


@dataclasses.dataclass(frozen=True, slots=True)
class Flip:
    """A measured quantity and the value at which the recommendation would change."""

    quantity: str
    """What is varied, in words."""
    now: float | str
    """Its value in this data."""
    at: float | str
    """The nearest value tried at which another method comes first."""
    then: Method
    """The method that then comes first."""


@dataclasses.dataclass(frozen=True, slots=True)
class Recommendation:
    """The decision."""

    method: Method
    """First of the ranking."""
    confidence: float
    """0 to 1, uncalibrated: an ordering of cases, not a probability."""
    ranking: tuple[Ranked, ...]
    """Every method that the data can serve, best first."""
    after_fix: Method | None
    """What to train with once the data is repaired, when `method` is `fix_data`."""
    unacceptable: tuple[Unacceptable, ...]
    """Methods ruled out."""
    flips: tuple[Flip, ...]
    """What would change the answer."""
    next: tuple[str, ...]
    """Commands that test this advice."""


@dataclasses.dataclass(frozen=True, slots=True)
class Cost:
    """What one epoch of a method would take."""

    memory_gb: float
    """Peak memory of the device, 10^9 bytes."""
    hours: float
    """Wall time on `hardware`."""
    assumes: tuple[str, ...]
    """Every assumption behind the two figures."""
    fits: bool | None = None
    """Whether `memory_gb` is at most what the device has; None where that is not known."""
    remedy: str = ""
    """Where it does not fit: the first thing to give up that makes it fit; empty where it fits or nothing does."""
    remedy_gb: float = 0.0
    """Memory then, or the least that was found where nothing makes it fit; 0 where it fits."""
    model: str = ""
    """The model costed, as named, or its size."""
    hardware: str = ""
    """The device costed."""
