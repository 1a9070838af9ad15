"""Some records side by side, one list a field: what is counted over every record is counted a list at a time."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeGuard, TypeVar

from advisor.profiling.measure import prompt_identity
from advisor.types import Record

SIZE = 1000
"""Records."""
_Item = TypeVar("_Item")


@dataclasses.dataclass(slots=True)
class Batch:
    """Columns of equal length."""

    records: Sequence[Any]
    """The records themselves, or what reads one when it is wanted (`sample.Later`)."""
    rows: list[int]
    """Where each stands."""
    places: list[int]
    """Which of its row's records it is, from 0."""
    roles: list[tuple[str, ...]]
    """Who speaks in the prompt, turn by turn."""
    prompts: list[str]
    """The turns' texts, `TURN` between two."""
    contexts: list[tuple[str, ...]]
    """Documents."""
    answers: list[str | None]
    """Gold answers, or chosen sides."""
    rejected: list[str | None]
    """Rejected sides."""
    labels: list[bool | None]
    """Desirable or not."""
    scores: list[float | None]
    """Scores or margins."""
    answerable: list[bool | None]
    """Whether the documents hold the answer."""

    def length(self, i: int) -> int:
        """Characters of a record's texts."""
        sides = len(self.answers[i] or "") + len(self.rejected[i] or "")
        return sides + len(self.prompts[i]) + sum(map(len, self.contexts[i]))

    @property
    def paired(self) -> list[int]:
        """Indices of the pairs."""
        if complete(self.answers) and complete(self.rejected):
            return [*range(len(self.rows))]
        sides = enumerate(zip(self.answers, self.rejected, strict=True))
        return [i for i, (a, b) in sides if a is not None and b is not None]


def batch(records: Sequence[Record], later: Sequence[Any] | None = None) -> Batch:
    """The columns of some records of one file, in its order; `later` reads each in full."""
    rows = [r.row for r in records]
    return Batch(
        records=records if later is None else later,
        rows=rows,
        places=places(rows),
        roles=[tuple([m.role for m in r.prompt]) for r in records],
        prompts=[prompt_identity(r) for r in records],
        contexts=[r.contexts for r in records],
        answers=[r.answer for r in records],
        rejected=[r.rejected for r in records],
        labels=[r.label for r in records],
        scores=[r.score for r in records],
        answerable=[r.answerable for r in records],
    )


def columns(
    cells: Sequence[Mapping[str, Any]],
    rows: list[int],
    names: Sequence[str | None],
    later: Sequence[Any],
) -> Batch:
    """The same of different rows that are at most one user turn, an answer, a rejected one and a document, in these columns."""
    n, (asked, answer, rejected, contexts) = len(rows), names
    return Batch(
        records=later,
        rows=rows,
        places=[0] * n,
        roles=[("user",) if asked else ()] * n,
        prompts=[row[asked] for row in cells] if asked else [""] * n,
        contexts=[(row[contexts],) for row in cells] if contexts else [()] * n,
        answers=[row[answer] for row in cells] if answer else [None] * n,
        rejected=[row[rejected] for row in cells] if rejected else [None] * n,
        labels=[None] * n,
        scores=[None] * n,
        answerable=[None] * n,
    )


def complete(column: Sequence[_Item | None]) -> TypeGuard[Sequence[_Item]]:
    """Whether no cell is None. Most columns have none that is false, which is told in a quarter of the time."""
    return all(column) or None not in column


def together(items: Iterable[_Item], row: Callable[[_Item], int]) -> Iterator[list[_Item]]:
    """SIZE items at a time, or a few more: those of one row are never parted, so that each has a place of its own."""
    some = list[_Item]()
    for item in items:
        if len(some) >= SIZE and row(item) != row(some[-1]):
            yield some
            some = []
        some.append(item)
    if some:
        yield some


def places(rows: Sequence[int]) -> list[int]:
    """For each row number how many equal ones stand directly before it."""
    found, place, before = list[int](), 0, None
    for row in rows:
        place = place + 1 if row == before else 0
        found.append(place)
        before = row
    return found
