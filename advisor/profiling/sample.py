"""Records as the measures see them, and the sample of them that costly measures look at.

A record is drawn by a hash of its row number: the same records on every machine and in however many parts the file is
read, with no regard to what they hold. Kept are the smallest hashes, so that one pass suffices and the size need not be known.
"""

from __future__ import annotations

import dataclasses
import heapq
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from itertools import repeat
from typing import NamedTuple, Protocol

from advisor import privacy
from advisor.profiling.abstention import abstains
from advisor.profiling.batch import Batch
from advisor.profiling.hazards import hazardous
from advisor.profiling.measure import Count, Distribution, prompt_text
from advisor.profiling.scope import turns_away
from advisor.profiling.types import Spread, Tally
from advisor.text import looks_like_refusal, words
from advisor.types import Message, Record

SAMPLE = 2000
"""Records. A share measured on them is known to within 2.2 points (95 %)."""
MASK = (1 << 61) - 1
ALL = MASK + 1
"""A place in the draw that every record is before."""
SALT = 20_220_707
CHARACTERS = 12_000_000
"""Of the records kept together: fewer are kept of a file of very long ones, at least one."""


class Side:
    """One side of a record, its answer or its rejected answer, with what several measures ask of it, each worked out once."""

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def words(self) -> list[str]:
        """Word tokens in order."""
        return words(self.text)

    @cached_property
    def refuses(self) -> bool:
        """Whether it opens by refusing."""
        return looks_like_refusal(self.text)

    @cached_property
    def abstains(self) -> bool:
        """Whether it says that the answer is not known or not in the documents."""
        return abstains(self.text)

    @cached_property
    def declines(self) -> bool:
        """Whether it refuses, abstains, or turns the question away."""
        return self.refuses or self.abstains or turns_away(self.text)

    @cached_property
    def secrets(self) -> Mapping[str, int]:
        """What looks like a credential or personal data in it: kind → finds."""
        return privacy.count(self.text)


class View:
    """A record, with texts derived from it."""

    def __init__(self, record: Record, place: int = 0) -> None:
        self.record = record
        self.place = place
        self.answer = Side(record.answer or "")
        self.rejected = Side(record.rejected or "")

    @cached_property
    def prompt(self) -> str:
        """The conversation before the answer as one string."""
        return prompt_text(self.record)

    @cached_property
    def length(self) -> int:
        """Characters of all its texts."""
        return length(self.record)

    @cached_property
    def low_prompt(self) -> str:
        """The same in lower case."""
        return self.prompt.lower()

    @cached_property
    def low_asked(self) -> str:
        """The last user turn in lower case."""
        return self.asked.lower()

    @cached_property
    def secrets(self) -> Mapping[str, int]:
        """The same of every text of the record that would be trained on."""
        others = (privacy.count(text) for text in (self.prompt, *self.record.contexts))
        found = Counter[str]()
        for counts in filter(None, (self.answer.secrets, self.rejected.secrets, *others)):
            found.update(counts)
        return found

    @cached_property
    def harmful(self) -> bool:
        """Whether a user turn touches a hazard by its words: any of them, for in red-teaming it often stands three turns back."""
        return any(hazardous(m.content) for m in self.record.prompt if m.role == "user")

    @property
    def asked(self) -> str:
        """The last user turn."""
        return next((m.content for m in reversed(self.record.prompt) if m.role == "user"), "")

    @property
    def filled(self) -> bool:
        """Whether there is an answer that is not blank."""
        return bool(self.answer.text.strip())

    @property
    def paired(self) -> bool:
        """Whether there are two sides."""
        return self.record.answer is not None and self.record.rejected is not None


@dataclasses.dataclass(frozen=True, slots=True)
class Sample:
    """Records drawn from those of one kind: all, the pairs, or those with documents."""

    views: Sequence[View]
    """In file order."""
    of: int
    """How many there were to draw from."""

    @property
    def sampled_from(self) -> int:
        """How many the sample stands for; 0 where every one is in it."""
        return self.of if len(self.views) < self.of else 0

    def scaled(self, n: int) -> int:
        """How many of the file's records `n` of the sample stand for, about; 0 where every one is in it."""
        return round(n * self.of / len(self.views)) if self.sampled_from else 0

    def tally(self, shows: Callable[[View], bool], among: Callable[[View], bool] | None = None) -> Tally:
        """How many of the views, of those `among` where it is given, show it."""
        count = Count()
        for view in self.views:
            if among is None or among(view):
                count.add(view.record.row, shows(view))
        return count.result(self.scaled(count.of))

    def spread(self, values: Sequence[float]) -> Spread:
        """Distribution of values measured on the views."""
        return Distribution(values).result(self.scaled(len(values)))


class Later(Protocol):
    """A record that is read in full only where it is kept to the end."""

    def record(self) -> Record:
        """The record."""
        ...


class Kept(NamedTuple):
    """A record drawn."""

    key: int
    """Minus its place in the draw: the heap has its smallest first."""
    row: int
    """Where it stands."""
    place: int
    """Which of its row's records it is, from 0."""
    length: int
    """Its characters."""
    record: Record | Later
    """Itself."""


class Draw:
    """Draws the sample in one pass; which records it keeps does not depend on the order in which they come."""

    def __init__(self, size: int = SAMPLE, characters: int = CHARACTERS, limit: int = ALL) -> None:
        self.size, self.room = size, characters
        self.of = 0
        self.limit = limit
        self.kept: list[Kept] = []

    def extend(self, keys: Mapping[int, int], some: Batch, at: Sequence[int]) -> None:
        """The records `at` these indices; of those that may be kept, index → place in the draw."""
        self.of += len(at)
        for i in keys if len(at) == len(some.rows) else sorted(keys.keys() & {*at}) if keys else ():
            self._keep(Kept(-keys[i], some.rows[i], some.places[i], some.length(i), some.records[i]))

    def merge(self, other: Draw) -> None:
        """The draw from another part of the file."""
        self.of += other.of
        self.limit = min(self.limit, other.limit)
        while self.kept and -self.kept[0].key >= self.limit:
            self.room += heapq.heappop(self.kept).length
        for kept in other.kept:
            self._keep(kept)

    def _keep(self, one: Kept) -> None:
        """Keep it, and let the largest keys go while there are too many records or too long ones."""
        if -one.key >= self.limit:
            return
        self.room -= one.length
        heapq.heappush(self.kept, one)
        while len(self.kept) > self.size or (self.room < 0 and len(self.kept) > 1):
            gone = heapq.heappop(self.kept)
            self.limit, self.room = -gone.key, self.room + gone.length


def samples(*draws: Draw) -> list[Sample]:
    """The records kept by each, in file order; one that several kept is one view, so that its texts are derived once."""
    views = dict[tuple[int, int], View]()
    for kept in (kept for draw in draws for kept in draw.kept):
        if (at := (kept.row, kept.place)) not in views:
            record = kept.record if isinstance(kept.record, Record) else kept.record.record()
            views[at] = View(record, kept.place)
    return [Sample([views[at] for at in sorted((k.row, k.place) for k in draw.kept)], draw.of) for draw in draws]


def keys(rows: Sequence[int], places: Sequence[int], limit: int) -> dict[int, int]:
    """Index → place in the draw, below this limit: a hash of the row and of the place within it.

    Python hashes tuples of numbers alike in every process, with the rounds of xxHash.
    """
    drawn = enumerate(map(hash, zip(rows, places, repeat(SALT))))
    return {i: key for i, at in drawn if (key := at & MASK) < limit}


def length(record: Record) -> int:
    """Characters of all its texts."""
    sides = len(record.answer or "") + len(record.rejected or "")
    return sides + turns_length(record.prompt) + sum(map(len, record.contexts))


def turns_length(turns: Sequence[Message]) -> int:
    """Characters of a conversation, with a line break between two turns."""
    return sum([len(m.content) for m in turns]) + max(0, len(turns) - 1)
