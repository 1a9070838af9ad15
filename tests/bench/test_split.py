"""Train, tune and test by document, topic or prompt: never by row, the same every time, and without a leak."""

from __future__ import annotations

import random
from collections import defaultdict
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.load import load
from advisor.types import Record
from bench.split import FEWEST_GROUPS, TEST, TUNE, Split, split
from bench.track import path_of
from bench.types import BenchError
from tests.advisor.build import record


@st.composite
def grouped(draw: st.DrawFn) -> list[Record]:
    """Records of at least FEWEST_GROUPS groups, of one to four records each, every prompt its own."""
    groups = draw(st.lists(st.text(min_size=1), min_size=FEWEST_GROUPS, max_size=40, unique=True))
    named = [g for g in groups for _ in range(draw(st.integers(1, 4)))]
    return [record(n, f"Question {n}?", group=g, answer="Yes.") for n, g in enumerate(named, 1)]


def parts(found: Split) -> dict[str, tuple[Record, ...]]:
    return {"train": found.train, "tune": found.tune, "test": found.test}


def groups(records: tuple[Record, ...]) -> set[str]:
    return {r.group for r in records}


@settings(deadline=None)
@given(records=grouped())
def test_every_record_is_in_one_part_and_no_group_straddles_two(records: list[Record]) -> None:
    found = split(records, "data.jsonl")
    ids = [r.id for part in parts(found).values() for r in part]
    assert sorted(ids) == sorted(r.id for r in records)
    assert not groups(found.train) & groups(found.test)
    assert not groups(found.train) & groups(found.tune)
    assert not groups(found.tune) & groups(found.test)
    assert (found.by, found.leakage, found.shared_groups) == ("document, topic or prompt", 0, 0)


@settings(deadline=None)
@given(records=grouped())
def test_the_shares_are_of_groups_and_no_part_is_empty(records: list[Record]) -> None:
    found, of = split(records, "data.jsonl"), len({r.group for r in records})
    assert len(groups(found.test)) == pytest.approx(TEST * of, abs=0.51)
    assert len(groups(found.tune)) == pytest.approx(TUNE * of, abs=0.51)
    assert all(parts(found).values())


@settings(deadline=None)
@given(records=grouped(), seed=st.integers())
def test_the_same_data_are_split_the_same_way_whatever_the_order_of_rows(records: list[Record], seed: int) -> None:
    shuffled = random.Random(seed).sample(records, len(records))  # noqa: S311
    for name, part in parts(split(shuffled, "other-name.jsonl")).items():
        assert {r.id for r in part} == {r.id for r in parts(split(records, "data.jsonl"))[name]}


@settings(deadline=None)
@given(records=grouped())
def test_within_a_part_records_stay_in_the_order_of_the_file(records: list[Record]) -> None:
    for part in parts(split(records, "data.jsonl")).values():
        assert [r.row for r in part] == sorted(r.row for r in part)


# Leaks


@pytest.mark.parametrize(
    ("kept", "leaked"),
    [
        ("What is it?", "What is it?"),
        ("What is it?", "  what IS\nit? "),
    ],
    ids=["same", "other case and space"],
)
def test_a_test_prompt_that_stands_in_train_under_another_group_is_found(kept: str, leaked: str) -> None:
    records = [record(n, f"Question {n}?", group=f"g{n}") for n in range(1, 31)]
    found = split(records, "data.jsonl")
    train, test = found.train[0], found.test[0]
    replaced = {train.row: kept, test.row: leaked}
    changed = [record(r.row, replaced.get(r.row, f"Question {r.row}?"), group=r.group) for r in records]
    with pytest.raises(BenchError) as caught:
        split(changed, "data.jsonl")
    assert str(caught.value) == (
        f"data.jsonl:{test.row}: test record also in train (1 in all); group or deduplicate them"
    )


def test_the_same_question_on_other_documents_is_no_leak() -> None:
    records = [record(n, "Who built it?", contexts=(f"Document {n}.",), group=f"g{n}") for n in range(1, 31)]
    assert split(records, "data.jsonl").leakage == 0


# The data's own split


def own(parts_of: dict[str, int]) -> list[Record]:
    names = [name for name, count in parts_of.items() for _ in range(count)]
    return [record(n, f"Question {n}?", group=f"g{n}", meta={"split": name}) for n, name in enumerate(names, 1)]


def test_a_split_column_is_obeyed_even_for_few_groups() -> None:
    found = split(own({"train": 3, "tune": 1, "test": 2}), "data.jsonl")
    assert found.by == "its split column"
    assert {name: len(part) for name, part in parts(found).items()} == {"train": 3, "tune": 1, "test": 2}


def test_a_split_column_that_leaks_is_refused() -> None:
    records = own({"train": 3, "tune": 1})
    records.append(record(5, "Question 4?", group="g5", meta={"split": "test"}))
    with pytest.raises(BenchError, match=r"data\.jsonl:5: test record also in train \(1 in all\)"):
        split(records, "data.jsonl")


@pytest.mark.parametrize("missing", ["train", "tune", "test"])
def test_a_split_column_that_leaves_a_part_empty_is_refused(missing: str) -> None:
    records = own({name: 4 for name in ("train", "tune", "test") if name != missing})
    with pytest.raises(BenchError, match=r"data\.jsonl: its `split` column leaves one of .* empty; fill all three"):
        split(records, "data.jsonl")


@pytest.mark.parametrize("name", ["validation", "valid", "val", "dev"])
def test_what_others_call_the_tune_part_is_the_tune_part(name: str) -> None:
    found = split(own({"train": 3, name: 2, "test": 2}), "data.jsonl")
    assert found.by == "its split column"
    assert len(found.tune) == 2


@pytest.mark.parametrize("stray", ["holdout", "", None, 3])
def test_a_split_column_that_says_something_else_in_some_row_is_not_obeyed_and_that_is_said(stray: object) -> None:
    records = [*own({"train": 20, "tune": 5, "test": 5}), record(31, "And this?", group="g31", meta={"split": stray})]
    said = split(records, "data.jsonl").by
    assert said == f"document, topic or prompt (not by its split column: row 31 has {stray!r} there)"


def test_groups_that_the_column_puts_on_both_sides_are_counted() -> None:
    parts_of = ("train", "tune", "test")
    records = [
        record(3 * n + i, f"Question {n} {i}?", group=f"g{n}", meta={"split": name})
        for n in range(4)
        for i, name in enumerate(parts_of, 1)
    ]
    found = split(records, "data.jsonl")
    assert (found.leakage, found.shared_groups) == (0, 4)


def test_too_few_groups_is_one_line_that_names_the_fix() -> None:
    records = [record(n, f"Question {n}?", group=f"g{n % 9}") for n in range(1, 91)]
    with pytest.raises(BenchError) as caught:
        split(records, "data.jsonl")
    assert str(caught.value) == (
        "data.jsonl: 9 distinct prompts or documents, and at least 10 are needed to hold some out; "
        "add data, or give a `split` column with train, tune and test"
    )


# Real data


@pytest.mark.parametrize("name", ["rag", "values"])
def test_the_embedded_data_are_split_as_they_say(name: str) -> None:
    found = split(load(path_of(f"embedded:{name}")).records, name)
    assert (found.by, found.leakage, found.shared_groups) == ("its split column", 0, 0)
    assert not (groups(found.train) | groups(found.tune)) & groups(found.test)


def test_every_paragraph_of_squad_stays_on_one_side(shared: Path) -> None:
    found = split(load(shared / "data" / "squad2_dev.json").records, "squad2_dev.json")
    sides: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for name, part in parts(found).items():
        for r in part:
            sides[r.contexts].add(name)
    assert len(sides) > 500
    assert all(len(names) == 1 for names in sides.values())
    assert sum(map(len, parts(found).values())) == 6078
