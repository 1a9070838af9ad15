"""Numbers and names of an answer: which there are, and whether the contexts state them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks import data
from tasks.support import entity_support, names, number_support, numbers
from tasks.text import support

MILL = "Ada Bright built the mill in 1912. It has twenty-one sails. Odo Wren keeps it; he pays 1,250.50 a year."
PIECES = st.lists(
    st.sampled_from("Ada Bright built in 1912 twenty - one , . and hundred 3,5 the Mill’s é 字 ٣ ß İ 's".split()),
    max_size=9,
).map(" ".join)
ANY = st.text() | PIECES


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("It has 21 sails.", [21]),
        ("It has twenty-one sails.", [21]),
        ("It has twenty one sails.", [21]),
        ("Two hundred and five men", [205]),
        ("three thousand two hundred", [3200]),
        ("a million, or 1,000,000", [1_000_000, 1_000_000]),
        ("3.5 of 7.", [3.5, 7]),
        ("between 3 and 4", [3, 4]),
        ("two and three", [5]),
        ("the 3rd", [3]),
        ("one of them", []),
        ("often, tenacious, weighty", []),
        ("", []),
    ],
)
def test_numbers_are_read_by_their_value(text: str, values: list[float]) -> None:
    assert numbers(text) == values


@pytest.mark.parametrize(
    ("answer", "share"),
    [
        ("It has 21 sails.", 1),
        ("In 1912.", 1),
        ("He pays 1250.5 a year.", 1),
        ("In 1913.", 0),
        ("It has 21 sails and is 19 metres high.", 0.5),
        ("One of them.", None),
        ("Ada Bright did.", None),
    ],
)
def test_a_number_is_supported_when_the_contexts_state_its_value(answer: str, share: float | None) -> None:
    assert number_support(answer, [MILL]) == share


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ("Ada Bright built the Old Mill of Ull.", ["Ada Bright", "Old Mill", "Ull"]),
        ("The Old Mill is in Ull's north.", ["Old Mill", "Ull"]),
        ("It was the Abbess's Green Door.", ["Abbess", "Green Door"]),
        ("Permits are granted by Ada.", ["Ada"]),
        ("Ada, Odo and Kit did.", ["Odo", "Kit"]),
        ("Wren.", ["Wren"]),
        ("Yes. Wren!", ["Wren"]),
        ("I do not know.", []),
        ("Then I'm told it was Will.", ["Will"]),
        ("Mr Wren (Odo) of “Ull”", ["Mr Wren", "Odo", "Ull"]),
        ("In May I saw Jean-Luc.", ["May", "Jean-Luc"]),
        ("", []),
    ],
)
def test_names_are_runs_of_capitalised_words(answer: str, found: list[str]) -> None:
    assert names(answer, []) == found


def test_one_word_that_begins_a_sentence_is_a_name_where_the_contexts_write_it_so_within_one() -> None:
    assert names("Bright did.", ["It was built by Bright."]) == ["Bright"]
    assert names("Bright did.", ["Bright it was."]) == []


@pytest.mark.parametrize(
    ("answer", "share"),
    [
        ("Ada Bright built it.", 1),
        ("ADA BRIGHT", 1),
        ("It was Ada Wren.", 0),
        ("It was Kit Ebner.", 0),
        ("Ada Bright and Kit Ebner built it.", 0.5),
        ("The mill has sails.", None),
    ],
)
def test_a_name_is_supported_when_it_stands_in_the_contexts_as_a_whole(answer: str, share: float | None) -> None:
    assert entity_support(answer, [MILL]) == share


def test_what_the_question_gives_counts_neither_way() -> None:
    question = "Who built the Red Mill in 1900?"
    assert entity_support("The Red Mill was built by Ada Bright.", [MILL], question) == 1
    assert entity_support("It was the Red Mill.", [MILL], question) is None
    assert number_support("In 1900, and again in 1912.", [MILL], question) == 1
    assert number_support("In 1900.", [MILL], question) is None


def test_a_blended_name_deceives_words_and_not_names() -> None:
    assert support("Ada Wren built the mill.", [MILL]) == 1
    assert entity_support("It was Ada Wren who built the mill.", [MILL]) == 0


@given(ANY, st.lists(ANY, max_size=3), ANY)
@settings(deadline=None)
def test_shares_stay_in_their_bounds_and_a_text_supports_itself(
    answer: str, contexts: list[str], question: str
) -> None:
    for measure in (number_support, entity_support):
        share = measure(answer, contexts, question)
        assert share is None or 0 <= share <= 1
        assert measure(answer, [answer]) in (None, 1)
        assert measure(answer, [answer], answer) is None
    assert all(any(c.isupper() for c in name) for name in names(answer, contexts))


@given(st.integers(0, 99_999))
def test_digits_are_read_as_they_stand(n: int) -> None:
    assert numbers(f"{n:,} or {n}") == [n, n]


def test_the_facts_of_gold_answers_are_supported_and_invented_ones_are_not() -> None:
    """Other documents' facts stand in the contexts too: no measure of this kind can tell them apart."""
    rows = data.rows("rag")
    for measure in (number_support, entity_support):
        gold = [measure(r["chosen"], r["contexts"], r["prompt"]) for r in rows if r["answerable"]]
        assert {s for s in gold if s is not None} == {1}
        made_up = [measure(r["rejected"], r["contexts"], r["prompt"]) for r in rows if r["corruption"] == "invented"]
        assert {s for s in made_up if s is not None} == {0}
        assert sum(s is not None for s in made_up) >= 30
