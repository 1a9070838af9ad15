"""What is counted over every record, what is drawn, and that a profile says which."""

from __future__ import annotations

import dataclasses
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from advisor.profiling import profile, sample
from advisor.profiling.measure import DISTINCT, Distribution, auc
from advisor.profiling.sample import Draw, View, keys
from advisor.types import RowError
from tests.advisor.build import dataset, gold, pair, record

MANY = 3000


def test_a_row_with_two_faults_is_one_bad_row() -> None:
    data = dataset([gold(1)])
    bad = dataclasses.replace(data, rows=2, errors=(RowError(2, "no answer"), RowError(2, "no question")))
    assert profile(bad).bad.share.count == 1
    assert profile(bad).bad.rows == (2,)


def test_a_row_that_gave_a_record_is_not_bad_but_partly() -> None:
    data = dataclasses.replace(dataset([gold(1)]), errors=(RowError(1, "no answer"), RowError(1, "no question")))
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


@given(st.permutations(range(30)))
def test_the_draw_does_not_depend_on_the_order(order: list[int]) -> None:
    def drawn(places: list[int]) -> set[str]:
        draw = Draw(size=10)
        for n in places:
            view = View(record(n + 1, answer="a"))
            draw.add(key_of(view.record), view)
        return {v.record.id for v in draw.result().views}

    assert drawn(order) == drawn(list(range(30)))
    assert len(drawn(order)) == 10


def test_long_records_make_the_sample_smaller() -> None:
    draw = Draw(size=100, characters=1000)
    for n in range(50):
        view = View(record(n + 1, answer="a" * 300))
        draw.add(key_of(view.record), view)
    assert (len(draw.result().views), draw.result().of) == (3, 50)


def test_one_record_of_any_length_is_drawn() -> None:
    draw = Draw(size=100, characters=10)
    view = View(record(1, answer="a" * 300))
    draw.add(key_of(view.record), view)
    assert len(draw.result().views) == 1


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
