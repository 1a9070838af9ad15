"""Judge-free measures: who abstains, which phrases stand in an answer, how close and how supported it is."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.prompting import ABSTENTION
from tasks.text import abstains, contains, exact, normalise, support, token_f1

WORDS = st.lists(st.sampled_from("the mill stands by an old bridge of Ull since 1912 not".split()), max_size=8).map(
    " ".join
)
ANY = st.text() | WORDS

ABSTENTIONS = """
The documents do not say.
The documents don't say.
The documents don’t say.
The document does not mention the number of lamps.
The documents do not state who built the bridge.
The documents do not actually say how many lamps there are.
The documents do not say how many lamps the Corrmere Bridge has.
The passage doesn't specify a date.
The text does not provide that information.
The context does not contain the answer.
The provided documents do not contain this information.
The documents do not give a height for the tower.
The documents did not include its height.
The documents do not tell us.
The sources do not indicate when it opened.
It is not stated in the documents.
It’s not stated in the documents.
It isn't mentioned anywhere in the text.
It is not mentioned.
This is not specified.
That information is not provided.
That is not available in the documents.
The information is not available.
The height of the tower is not mentioned in the documents.
The name of the keeper is not given in the passage.
The answer is not included in the text.
Not stated.
Not mentioned in the context.
There is no mention of lamps in the documents.
There is no information about the toll.
No information is given.
The documents give no answer.
The documents give no indication of its age.
The answer cannot be determined from the documents.
This cannot be answered with the documents given.
I cannot answer that from the documents.
I can't find the answer in the documents.
I could not find it in the passage.
I don't know.
I do not know.
I do not have enough information to answer.
I don't have that information.
The year is unknown.
Unknown.
Unanswerable.
NOT STATED
None of the documents says who built it.
Neither document mentions the toll.
The documents say nothing about the toll.
The documents never mention the toll.
The documents are silent on this.
It is unclear from the documents.
We are not told.
I am not sure.
I'm unable to answer that question.
It is impossible to say.
It is not possible to determine the year.
The passage makes no reference to a toll.
""".strip().splitlines()

ANSWERS = """
Breakfast is not included.
The bridge is not included in the tour.
The stone was not found until 1912.
The prize was not given in 1943.
The mill is not available for weddings in winter.
It is not known for its beaches.
It does not contain alcohol.
This does not include Sundays.
It was built by an unknown mason.
The tomb of the Unknown Soldier stands there.
You cannot find a taller tower in the valley.
They did not give the land away.
There are no details on the facade; it is plain.
The toll is not given to the town but to the crown.
No.
No, it is not.
No, it isn't.
No, the ferry does not run on Sundays.
No, the museum is not open on Mondays.
Yes, and no other bridge does.
The museum is not known for its paintings but for its clocks.
The bridge has thirteen arches.
The lighthouse keeper does not say a word in the legend.
The king did not say goodbye.
The museum does not contain any paintings.
The well does not provide water in summer.
The town is not mentioned on the oldest map, for it was founded later.
The source of the river is the Ull spring.
The information board stands at the gate.
The text on the stone reads: stay not, wanderer.
It is a document of 1732.
It tells of no king.
The answer is forty-two.
There is no toll on Sundays.
Not the miller but the baker owns it.
It was not Dora Stead but Ilsa Quill who drew the plans.
Nobody knows him as Odo; he is called Wren.
The road cannot be used by wagons.
Nothing grows there.
Mara Ames says the toll is two coins.
I can't tell you how happy I am!
I cannot say enough good things of the miller.
""".strip().splitlines()


# Abstention


@pytest.mark.parametrize("text", ABSTENTIONS)
def test_an_answer_that_says_it_cannot_be_given_abstains(text: str) -> None:
    assert abstains(text)


@pytest.mark.parametrize("text", ANSWERS)
def test_an_answer_that_negates_something_else_does_not_abstain(text: str) -> None:
    assert not abstains(text)


@pytest.mark.parametrize("text", ["", "  ", "\n\t"])
def test_silence_abstains(text: str) -> None:
    assert abstains(text)


def test_the_abstention_taught_is_recognised() -> None:
    assert abstains(ABSTENTION)


@given(before=st.sampled_from(["", " ", "\n\n"]), between=st.sampled_from([" ", "  ", "\n", "\t "]))
def test_space_and_line_breaks_do_not_hide_an_abstention(before: str, between: str) -> None:
    assert abstains(before + ABSTENTION.replace(" ", between))


# Phrases


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("The bridge has thirteen arches.", "thirteen"),
        ("THIRTEEN arches", "Thirteen arches"),
        ("It costs 1,200 coins.", "1,200"),
        ("It is Ada Bright's mill.", "ada bright"),
        ('"Norvane", of course!', "norvane"),
        ("It stands by the mill", "by mill"),
    ],
)
def test_a_phrase_is_found_whatever_its_case_articles_and_punctuation(text: str, phrase: str) -> None:
    assert contains(text, [phrase])


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("It has 113 arches.", "13"),
        ("It has 130 arches.", "13"),
        ("A yesterday's no.", "yes"),
        ("North of it", "no"),
        ("The mills of Ull", "mill"),
        ("thir teen", "thirteen"),
        ("by the old mill", "by mill"),
    ],
)
def test_a_phrase_inside_a_word_or_taken_apart_is_not_found(text: str, phrase: str) -> None:
    assert not contains(text, [phrase])


def test_any_phrase_suffices_and_an_empty_one_is_none() -> None:
    assert contains("It is 13.", ["thirteen", "13"])
    assert not contains("It is 13.", [])
    assert not contains("It is 13.", ["", "the", "..."])
    assert not contains("", ["13"])


@settings(deadline=None)
@given(before=WORDS, phrase=WORDS.filter(normalise), after=WORDS)
def test_a_phrase_is_found_wherever_it_stands(before: str, phrase: str, after: str) -> None:
    assert contains(f"{before} {phrase} {after}", [phrase])


@settings(deadline=None)
@given(text=ANY)
def test_normalising_twice_changes_nothing_more(text: str) -> None:
    assert normalise(" ".join(normalise(text).split())) == normalise(text)


# Likeness to gold answers


def test_token_f1_by_hand() -> None:
    assert token_f1("the old mill", ["old mill"]) == 1
    assert token_f1("old mill", ["old bridge"]) == pytest.approx(0.5)
    assert token_f1("mill mill mill", ["mill"]) == pytest.approx(0.5)
    assert token_f1("in the year 1912", ["1912"]) == pytest.approx(0.5)
    assert token_f1("bridge", ["mill"]) == 0


def test_the_best_reference_counts_and_without_one_nothing_does() -> None:
    assert token_f1("1912", ["in 1912", "1912", "the year"]) == 1
    assert token_f1("1912", []) == 0
    assert exact("The  Mill!", ["a bridge", "mill"]) == 1
    assert exact("The mill by the bridge", ["mill"]) == 0
    assert exact("mill", []) == 0


@settings(deadline=None)
@given(answer=ANY, reference=ANY)
def test_token_f1_is_a_share_symmetric_and_1_for_equal_texts(answer: str, reference: str) -> None:
    assert 0 <= token_f1(answer, [reference]) <= 1
    assert token_f1(answer, [reference]) == pytest.approx(token_f1(reference, [answer]))
    assert token_f1(answer, [answer]) == exact(answer, [answer]) == 1
    assert token_f1(answer, [reference]) >= exact(answer, [reference])


# Support


def test_support_by_hand() -> None:
    contexts = ["The mill stands by the bridge.", "Ada Bright built it in 1912."]
    assert support("Ada Bright built the mill.", contexts) == 1
    assert support("Odo Wren built the mill.", contexts) == pytest.approx(0.5)
    assert support("Nothing known here", ["mill"]) == 0
    assert support("Mill!", contexts) == 1


def test_function_words_alone_are_neither_supported_nor_not() -> None:
    assert support("It is not.", ["It is not."]) is None
    assert support("", ["mill"]) is None


@settings(deadline=None)
@given(answer=ANY, contexts=st.lists(ANY, max_size=3))
def test_support_is_a_share_or_unknown(answer: str, contexts: list[str]) -> None:
    found = support(answer, contexts)
    assert found is None or 0 <= found <= 1
    assert support(answer, [*contexts, answer]) in (None, 1.0)


@settings(deadline=None)
@given(answer=WORDS, contexts=st.lists(WORDS, max_size=2), more=WORDS)
def test_more_documents_never_support_less(answer: str, contexts: list[str], more: str) -> None:
    assert (support(answer, [*contexts, more]) or 0) >= (support(answer, contexts) or 0)
