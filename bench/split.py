"""Train, tune and test by group, never by row, and the check that nothing leaks."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from advisor.text import normalise
from advisor.types import Record
from bench.types import BenchError

TEST, TUNE = 0.2, 0.1
"""Shares of the groups."""
FEWEST_GROUPS = 10
_NAMES = {"train": "train", "tune": "tune", "test": "test"} | dict.fromkeys(
    ("validation", "valid", "val", "dev"), "tune"
)
"""Of a `split` column → part."""


@dataclass(frozen=True, slots=True)
class Split:
    """Records of a track."""

    train: tuple[Record, ...]
    tune: tuple[Record, ...]
    test: tuple[Record, ...]
    by: str
    """In words: the data's own split column, or the groups that were kept together."""
    leakage: int
    """Test records whose prompt and documents occur in train or tune as well: 0, or the run does not start."""
    shared_groups: int
    """Groups of test that lie in train or tune as well: 0 unless the data's own split column puts them there."""


def split(records: Sequence[Record], name: str) -> Split:
    """By the data's own `split` column where every record has one, else by a hash of the group.

    Raises:
        BenchError: too few groups, or an item of test is in train.
    """
    stray = next((r for r in records if _NAMES.get(str(r.meta.get("split"))) is None), None)
    own = stray is None
    groups = {r.group for r in records}
    if not own and len(groups) < FEWEST_GROUPS:
        raise BenchError(
            f"{name}: {len(groups)} distinct prompts or documents, and at least {FEWEST_GROUPS} are needed to hold some out; "
            "add data, or give a `split` column with train, tune and test"
        )
    parts: dict[str, list[Record]] = {"train": [], "tune": [], "test": []}
    places = {} if own else _places(groups)
    for r in records:
        parts[_NAMES[r.meta["split"]] if own else places[r.group]].append(r)
    if not all(parts.values()):
        raise BenchError(f"{name}: its `split` column leaves one of train, tune and test empty; fill all three")
    seen = {_content(r) for r in (*parts["train"], *parts["tune"])}
    leaks = [r for r in parts["test"] if _content(r) in seen]
    if leaks:
        raise BenchError(
            f"{name}:{leaks[0].row}: test record also in train ({len(leaks)} in all); group or deduplicate them"
        )
    train, tune, test = (tuple(parts[k]) for k in ("train", "tune", "test"))
    shared = {r.group for r in test} & {r.group for r in (*train, *tune)}
    return Split(train, tune, test, _by(records, stray), len(leaks), len(shared))


def _by(records: Sequence[Record], stray: Record | None) -> str:
    """In words, and why a `split` column was not followed where there is one."""
    if stray is None:
        return "its split column"
    if any(r.meta.get("split") for r in records):
        said = stray.meta.get("split")
        return f"document, topic or prompt (not by its split column: row {stray.row} has {said!r} there)"
    return "document, topic or prompt"


def _places(groups: set[str]) -> dict[str, str]:
    """Group → part: the hash orders the groups, so that the same data are always split the same way."""
    order = sorted(groups, key=digest)
    test, tune = max(2, round(TEST * len(order))), max(1, round(TUNE * len(order)))
    return {g: "test" if i < test else "tune" if i < test + tune else "train" for i, g in enumerate(order)}


def digest(text: str) -> str:
    """A stable pseudo-random order for texts."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _content(record: Record) -> tuple[str, ...]:
    return tuple(
        normalise(t) for t in (*(m.content for m in record.prompt), *record.contexts) or (record.answer or "",)
    )
