"""What flows through the advisor: file → Record → Profile → Finding[] → Recommendation → Advice.

Floor 0: frozen dataclasses and the standard library only. `to_json` turns any of them into plain
dicts and lists; the keys are the contract of `advise --json` (schema_version 1: added to, never renamed).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from advisor.findings import (
    Case,
    Cost,
    Finding,
    Flip,
    Ranked,
    Recommendation,
    Share,
    Source,
    Threshold,
    Unacceptable,
)  # fmt: skip
from advisor.terms import FIELDS, METHODS, Axis, Method, Severity, Supervision

__all__ = [
    "FIELDS",
    "METHODS",
    "SCHEMA_VERSION",
    "AdviceError",
    "Axis",
    "Case",
    "Cost",
    "Dataset",
    "Finding",
    "Flip",
    "Message",
    "Method",
    "Ranked",
    "Recommendation",
    "Record",
    "RowError",
    "Schema",
    "Severity",
    "Shard",
    "Share",
    "Source",
    "Supervision",
    "Threshold",
    "Unacceptable",
    "place",
    "to_json",
]

SCHEMA_VERSION = 1


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


def to_json(value: Any) -> Any:
    """Plain dicts and lists of a dataclass tree; tuples become lists."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: to_json(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(k): to_json(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [to_json(v) for v in value]
    return value
