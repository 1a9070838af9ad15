"""What is counted over every record, what is drawn, and that a profile says which."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from advisor.profiling import profile, sample
from advisor.profiling.batch import batch
from advisor.profiling.measure import DISTINCT, Distribution, auc
from advisor.profiling.sample import Draw, keys
from advisor.types import RowError
from tests.advisor.build import dataset, gold, pair, record

MANY = 3000


def test_a_row_that_gave_a_record_is_not_bad_but_partly() -> None:
    data = dataclasses.replace(dataset([gold(1)]), broken=(RowError(1, "no answer"), RowError(1, "no question")))
    p = profile(data)
    assert (p.bad.share.count, p.partly_bad.share.count, p.partly_bad.rows) == (0, 1, (1,))


def test_more_bad_rows_than_rows_are_survived() -> None:
    data = dataclasses.replace(dataset([gold(1)]), errors=tuple(RowError(n, "blank") for n in range(5, 9)))
    assert profile(data).bad.share.count == 4


def test_a_small_file_is_looked_at_whole() -> None:
    p = profile(dataset([pair(n) for n in range(50)], "pairs"))
    assert p.sample == 50
    assert p.answers.refusals.sampled_from == 0
    assert p.tokens.per_record.sampled_from == 0


def test_of_a_large_file_costly_measures_see_a_sample_and_say_so() -> None:
    p = profile(dataset([pair(n) for n in range(MANY)], "pairs"))
    assert p.pairs is not None
    assert p.sample == p.pairs.refusal_chosen.share.of == sample.SAMPLE
    assert p.pairs.refusal_chosen.sampled_from == p.answers.template.sampled_from == MANY
    assert p.tokens.per_pair.sampled_from == MANY
    assert p.duplicates.near_sample <= sample.SAMPLE


def test_of_a_large_file_counts_stay_exact() -> None:
    rows = [pair(n) for n in range(MANY)]
    rows[-2:] = [dict(rows[0]), {**rows[1], "answer": " "}]
    p = profile(dataset(rows, "pairs", errors=7))
    assert p.pairs is not None
    assert (p.duplicates.exact.rows, p.answers.empty.rows, p.bad.share.count) == ((MANY - 1,), (MANY,), 7)
    assert p.pairs.n == p.pairs.identical.share.of == p.lengths["answer"].n == MANY


def test_few_pairs_among_many_records_are_all_looked_at() -> None:
    p = profile(dataset([gold(n) for n in range(MANY)] + [pair(n) for n in range(5)], "mixed"))
    assert p.pairs is not None
    assert p.pairs.refusal_chosen.share.of == 5
    assert p.pairs.refusal_chosen.sampled_from == 0


def drawn(rows: Sequence[int], size: int = 10, characters: int = 10**6, length: int = 1) -> Draw:
    """A draw from records of these rows, each by itself."""
    draw = Draw(size, characters)
    for row in rows:
        some = batch([record(row, answer="a" * length)])
        draw.extend(keys(some.rows, some.places, draw.limit), some, [0])
    return draw


def kept(draw: Draw) -> set[int]:
    """Rows of the records kept."""
    return {one.row for one in draw.kept}


@given(st.permutations(range(30)))
def test_the_draw_does_not_depend_on_the_order(order: list[int]) -> None:
    assert kept(drawn(order)) == kept(drawn(range(30)))
    assert len(drawn(order).kept) == 10


@given(st.lists(st.booleans(), min_size=40, max_size=40), st.integers(1, 12), st.integers(1, 60))
def test_draws_from_two_parts_merge_into_the_draw_from_both(sides: list[bool], size: int, room: int) -> None:
    one = drawn([n for n, first in enumerate(sides) if first], size, room, 7)
    one.merge(drawn([n for n, first in enumerate(sides) if not first], size, room, 7))
    whole = drawn(range(40), size, room, 7)
    assert (kept(one), one.of, one.limit) == (kept(whole), whole.of, whole.limit)


def test_the_draw_favours_no_place_in_the_file() -> None:
    rows = kept(drawn(range(20_000), size=2000))
    for step in (2, 3, 4, 5, 7, 8, 10, 16, 64, 100):
        for rest in range(min(step, 8)):
            share = len([row for row in rows if row % step == rest]) / len(rows)
            assert abs(share - 1 / step) < 4.5 * (1 / step / len(rows)) ** 0.5
    assert abs(sum(rows) / len(rows) / 10_000 - 1) < 0.05


def test_long_records_make_the_sample_smaller() -> None:
    draw = drawn(range(50), size=100, characters=1000, length=300)
    assert (len(draw.kept), draw.of) == (3, 50)


def test_one_record_of_any_length_is_drawn() -> None:
    assert len(drawn([1], size=100, characters=10, length=300).kept) == 1


def test_tokens_of_a_record_and_of_a_pair() -> None:
    row = {"prompt": "How? " * 100, "contexts": ("Mill. " * 100,), "answer": "Yes. " * 100, "rejected": "No. " * 100}
    t = profile(dataset([row], "pairs")).tokens
    assert t.per_record.mean == t.per_record.max == t.prompt + t.answer
    assert t.per_pair.mean == t.per_pair.p95 == 2 * t.prompt + t.answer + t.rejected
    assert profile(dataset([gold(1)])).tokens.per_pair.n == 0


def test_the_95th_percentile() -> None:
    assert Distribution(range(1, 101)).result().p95 == 95


def test_a_distribution_of_many_values_stays_small() -> None:
    found = Distribution(n + 0.5 for n in range(2 * DISTINCT))
    assert len(found.counts) < DISTINCT
    assert found.result().n == 2 * DISTINCT
    assert found.result().mean == DISTINCT
    assert abs(found.result().median / DISTINCT - 1) < 0.01


def test_auc_of_histograms_weighs_by_count() -> None:
    assert auc(Counter([1, 1, 3]), Counter([2])) == 1 / 3


def test_records_about_other_documents_are_no_near_copies() -> None:
    row = {"prompt": "Is the mill mentioned in the text?", "answer": "Yes, it is."}
    rows = [{**row, "contexts": (f"{pair(n)['answer']} {pair(n + 50)['answer']}",)} for n in range(40)]
    assert profile(dataset(rows)).duplicates.near.share.count == 0


def test_questions_about_one_document_are_no_near_copies() -> None:
    story = ("Once there was a miller who ground the corn of three villages and slept by the river every night. " * 3,)
    rows = [{**gold(n), "contexts": story} for n in range(40)]
    assert profile(dataset(rows)).duplicates.near.share.count == 0


def test_the_same_question_about_nearly_the_same_document_is_a_near_copy() -> None:
    story = (
        "Once there was a miller who ground the corn of three villages and slept by the river every night of the year"
    )
    row = {"prompt": "Who ground the corn of the villages?", "answer": "A miller who slept by the river."}
    rows = [{**row, "contexts": (story,)}, {**row, "contexts": (story.replace("year", "week"),)}]
    assert profile(dataset(rows)).duplicates.near.rows == (2,)


def test_pairs_that_differ_in_the_rejected_side_are_no_near_copies() -> None:
    rows = [{"prompt": "Who?", "answer": "A miller.", "rejected": str(pair(n)["answer"])} for n in range(40)]
    assert profile(dataset(rows, "pairs")).duplicates.near.share.count == 0
