"""Answers that turn a question away, and doubts that are no abstentions."""

from __future__ import annotations

import pytest

from advisor.profiling import profile
from advisor.profiling.abstention import abstains
from advisor.profiling.scope import turns_away
from tests.advisor.build import dataset, gold


@pytest.mark.parametrize(
    "answer",
    [
        "I can only help with questions about the museum.",
        "Sorry, I'm only able to assist with orders placed on our site.",
        "That is outside the scope of this service.",
        "This chatbot is limited to opening hours and tickets.",
        "This assistant covers library services only.",
        "I cannot calculate Danish tax.",
        "Unfortunately, I am unable to process refunds.",
        "That's not a topic I can discuss here.",
    ],
)
def test_it_turns_the_question_away(answer: str) -> None:
    assert turns_away(answer)


@pytest.mark.parametrize(
    "answer",
    [
        "I can only recommend it!",
        "The museum only opens on Sundays.",
        "I can't wait to hear from you.",
        "The car is out of reach.",
        "You are limited to two bags.",
        "I cannot calculate it without the width; please give me the width.",
        "He stood outside the house.",
        "We only serve it hot. It tastes best with bread.",
    ],
)
def test_only_is_a_word_of_plain_answers_too(answer: str) -> None:
    assert not turns_away(answer)


def test_answers_turned_away_count_among_those_that_decline() -> None:
    rows = [gold(n) for n in range(30)]
    rows[:9] = [{**row, "answer": "I can only help with questions about the museum."} for row in rows[:9]]
    found = profile(dataset(rows))
    assert found.answers.refusals.share.count == 9
    assert "values" not in found.axes


@pytest.mark.parametrize(
    "answer", ["I'm not sure.", "I am not certain whether he came.", "I'm not sure about that, sorry."]
)
def test_a_doubt_and_nothing_else_abstains(answer: str) -> None:
    assert abstains(answer)


@pytest.mark.parametrize(
    "answer",
    [
        "I'm not sure what you mean by that.",
        "I'm not sure I follow. Do you mean the mill?",
        "I'm not sure, but I would begin with the roof: take off the broken tiles, lay new felt, and nail on the new tiles from "
        "the gutter upwards.",
    ],
)
def test_a_doubt_with_an_answer_or_a_question_after_it_is_none(answer: str) -> None:
    assert not abstains(answer)
