"""ROUGE-L and chrF are those of the libraries that ragas' own model-free metrics stand on, in every script."""

from __future__ import annotations

import warnings

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks import data
from tasks.answer_quality import chrf, rouge_l

WORDS = st.lists(st.sampled_from("the mill stands by an old bridge of Ull since 1912".split()), max_size=8).map(
    " ".join
)
ANY = st.text() | WORDS


def test_both_equal_the_metrics_of_ragas() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from ragas.metrics.collections import CHRFScore, RougeScore

        rouge, likeness = RougeScore(rouge_type="rougeL", mode="fmeasure"), CHRFScore()
        for row in data.rows("rag", "test")[:20]:
            pair = {"reference": row["chosen"], "response": row["rejected"]}
            assert rouge_l(row["rejected"], [row["chosen"]]) == pytest.approx(rouge.score(**pair).value)
            assert chrf(row["rejected"], [row["chosen"]]) == pytest.approx(likeness.score(**pair).value)


def test_rouge_l_is_the_longest_common_subsequence() -> None:
    # "the mill by the river", of 5 and 6 words: P = 5/5, R = 5/6
    assert rouge_l("The mill by the river", ["The mill stands by the river"]) == pytest.approx(2 * 5 / 11)
    assert rouge_l("River the by mill the", ["The mill stands by the river"]) == pytest.approx(2 * 3 / 11), "the by the"
    assert rouge_l("It has windmills", ["it has a windmill."]) == pytest.approx(6 / 7), "stems are compared"


@pytest.mark.parametrize("text", ["Über die Brücke führt ein Weg", "Дорога через мост", "橋の道"])
def test_no_script_is_dropped(text: str) -> None:
    assert rouge_l(text, [text]) == 1
    assert chrf(text, [text]) == pytest.approx(1)
    assert rouge_l(text, ["A mill."]) == 0


@given(ANY, st.lists(ANY, max_size=3))
@settings(deadline=None, max_examples=50)
def test_likeness_is_a_share_and_another_reference_never_lowers_it(answer: str, references: list[str]) -> None:
    for measure in (rouge_l, chrf):
        assert 0 <= measure(answer, references) <= 1 + 1e-9
        assert measure(answer, [*references, "the mill"]) >= measure(answer, references) - 1e-9
        assert measure("", references) == 0
