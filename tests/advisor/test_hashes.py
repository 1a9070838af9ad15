"""Copies by hash: exact, in parts, on disk and off."""

from __future__ import annotations

import pickle

import numpy  # noqa: F401 - its import is slow, and hypothesis times the first use
import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.profiling import hashes
from advisor.profiling.hashes import Hashes, copies, fold, folds, shared

NUMBERS = st.lists(st.integers(-12, 12), max_size=60)


def made(numbers: list[int], first: int = 1) -> Hashes:
    """Hashes that came one by one from rows counted from `first`."""
    found = Hashes()
    for row, number in enumerate(numbers, first):
        found.extend([number], [row])
    return found


@pytest.fixture(params=[(1 << 20, 200_000), (1 << 20, 0), (4, 0), (4, 200_000)], ids=str, autouse=True)
def sizes(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """In memory or on disk, many or few."""
    monkeypatch.setattr(hashes, "LIMIT", request.param[0])
    monkeypatch.setattr(hashes, "FEW", request.param[1])


@given(NUMBERS)
def test_different_ones_and_copies_are_counted_exactly(numbers: list[int]) -> None:
    found = made(numbers)
    repeats = [row for row, n in enumerate(numbers, 1) if n in numbers[: row - 1]]
    assert len(found) == len(numbers)
    assert found.distinct() == len(set(numbers))
    assert copies(found, 5) == (len(repeats), tuple(repeats[:5]))


@given(NUMBERS, NUMBERS)
def test_those_in_both_are_counted_on_both_sides(a: list[int], b: list[int]) -> None:
    common = [n in set(b) for n in a] + [n in set(a) for n in b]
    rows = [row for row, hit in enumerate(common, 1) if hit]
    assert shared(made(a), made(b, len(a) + 1), 5) == (len(rows), tuple(rows[:5]))


@given(NUMBERS, NUMBERS)
def test_parts_merge_into_the_whole(a: list[int], b: list[int]) -> None:
    one = made(a)
    one.merge(made(b, len(a) + 1))
    assert copies(one, 5) == copies(made(a + b), 5)


@given(NUMBERS)
def test_they_travel_between_processes(numbers: list[int]) -> None:
    arrived = pickle.loads(pickle.dumps(made(numbers)))  # noqa: S301 - our own bytes
    arrived.extend([99], [99])
    assert copies(arrived, 5) == copies(made([*numbers, 99]), 5)


def test_blanks_at_the_ends_make_no_difference() -> None:
    assert fold("an apple") == fold("\tan apple\n") != fold("an  apple") != fold("An apple")


@given(st.lists(st.text(max_size=8) | st.sampled_from(["no text", "None", ""]) | st.none(), max_size=6))
def test_many_at_once_fold_as_one_by_one(texts: list[str | None]) -> None:
    alone = [folds([text])[0] for text in texts]
    assert folds(texts) == alone
    assert [a == b for a in alone for b in alone] == [same(a, b) for a in texts for b in texts]


def same(a: str | None, b: str | None) -> bool:
    """Whether two texts are the same, blanks at their ends aside."""
    return a is b if a is None or b is None else a.strip() == b.strip()


def test_no_part_is_much_larger_than_what_is_compared_at_once() -> None:
    found = made([*range(100)])
    lengths = [len(found.part(n, of)[0]) for of in [hashes.parts(found)] for n in range(of)]
    assert sum(lengths) == 100
    assert max(lengths) <= hashes.LIMIT
