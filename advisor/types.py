"""What flows through the advisor: file → Record → Profile → Finding[] → Recommendation → Advice.

Floor 0: frozen dataclasses and the standard library only. `to_json` turns any of them into plain
dicts and lists; the keys are the contract of `advise --json` (schema_version 1: added to, never renamed).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, Literal

SCHEMA_VERSION = 1

Supervision = Literal["gold", "pairs", "ranked", "unpaired", "prompts", "text", "eval", "mixed"]
Axis = Literal["rag", "values", "style", "reasoning", "code", "tools", "summarisation", "knowledge", "general"]
Method = Literal["sft", "dpo", "sft_dpo", "kto", "orpo", "simpo", "rlhf", "grpo", "cpt", "none", "fix_data", "either"]
Severity = Literal["info", "warn", "block"]

METHODS: tuple[Method, ...] = (
    "sft", "dpo", "sft_dpo", "kto", "orpo", "simpo", "rlhf", "grpo", "cpt", "none", "fix_data", "either",
)  # fmt: skip


FIELDS = ("prompt", "system", "contexts", "answer", "chosen", "rejected", "label", "score", "text")
"""What `--map` can say of a column."""


class AdviceError(Exception):
    """A mistake the user can mend. Its text is one line: what, where (file:line), how to fix."""


@dataclasses.dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation."""

    role: str
    """`system`, `user`, `assistant` or `tool`."""
    content: str
    """The text of the turn."""


@dataclasses.dataclass(frozen=True, slots=True)
class Record:
    """One training example in canonical form, whatever layout it came in."""

    id: str
    """Unique within the file: the row's own id, else `row-<n>` (`row-<n>.<k>` when a row holds several)."""
    row: int
    """1-based line (jsonl) or element (json) number in the file, for messages."""
    prompt: tuple[Message, ...] = ()
    """The conversation up to, not including, the answer; the bare question where documents are in `contexts`."""
    contexts: tuple[str, ...] = ()
    """Documents the answer should rest on, in the order given."""
    answer: str | None = None
    """Gold answer, or the chosen side of a pair. None where the data has none (an unanswerable SQuAD question, say)."""
    rejected: str | None = None
    """The rejected side of a pair."""
    label: bool | None = None
    """Desirable or not, for unpaired feedback."""
    score: float | None = None
    """Score margin (chosen minus rejected) or rating, where the data has one."""
    answerable: bool | None = None
    """Whether `contexts` hold the answer, where the data says so."""
    negatives: tuple[str, ...] = ()
    """Wrong answers that the data itself offers (SQuAD's plausible_answers)."""
    references: tuple[str, ...] = ()
    """Further gold answers, beside `answer` (SQuAD has up to six)."""
    group: str = ""
    """What must stay on one side of a split: document, topic or prompt. Empty: derived from the prompt."""
    meta: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    """Columns that no field above holds and an evaluation can use (`accept`, `reject`, `kind`, `split`, …)."""


@dataclasses.dataclass(frozen=True, slots=True)
class RowError:
    """A row that could not become a record. Counted and shown; it never stops the reading."""

    row: int
    """1-based line or element number."""
    why: str
    """One clause: `not an object`, `invalid JSON: …`, `no schema fits (columns: a, b)`."""


@dataclasses.dataclass(frozen=True, slots=True)
class Schema:
    """Which layout a file has."""

    name: str
    """File name of the schema under advisor/schemas, or `unknown`, or `mixed`."""
    supervision: Supervision
    """The signal that is really in the rows."""
    columns: Mapping[str, str]
    """Column of the file → field of Record it fills (`instruction` → `prompt`)."""
    share: float
    """Share of the good rows that this schema explains."""
    others: tuple[tuple[str, float], ...] = ()
    """Other schemas seen, with their shares, largest first."""


@dataclasses.dataclass(frozen=True, slots=True)
class Shard:
    """One file of a dataset that lies in several."""

    path: str
    """Where it lies."""
    before: int
    """Row numbers given to the files before it: its line n is the dataset's row before + n."""


@dataclasses.dataclass(frozen=True, slots=True)
class Dataset:
    """A file as read: every row is a record (or several) or a RowError."""

    path: str
    """As the user gave it."""
    bytes: int
    """Size on disk."""
    sha256: str
    """Of the file's bytes as they lie on disk."""
    rows: int
    """Rows seen, good and bad."""
    records: tuple[Record, ...]
    """In file order."""
    errors: tuple[RowError, ...]
    """Every bad row, once."""
    schema: Schema
    """The layout found."""
    notes: tuple[str, ...] = ()
    """What was unusual about the container or mended while reading, one clause each; empty for a clean file."""
    broken: tuple[RowError, ...] = ()
    """Parts that could not be read of rows that gave records all the same (one question of an article, say)."""
    shards: tuple[Shard, ...] = ()
    """The files of a folder or pattern, in order; empty for a single file."""


def place(data: Dataset, row: int) -> str:
    """Where a row stands: `file:line`."""
    shard = next((s for s in reversed(data.shards) if s.before < row), Shard(data.path, 0))
    return f"{shard.path}:{row - shard.before}"


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


def to_json(value: Any) -> Any:
    """Plain dicts and lists of a dataclass tree; tuples become lists."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: to_json(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(k): to_json(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [to_json(v) for v in value]
    return value
