"""What an answer's wording says: refusals, abstentions, leftovers, hazards, and what only looks like them."""

from __future__ import annotations

import dataclasses
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.profiling import profile
from advisor.profiling.abstention import abstains
from advisor.profiling.answers import truncated
from advisor.profiling.axes import shown
from advisor.profiling.hazards import hazardous
from advisor.profiling.sample import View
from advisor.text import _WORD, looks_like_refusal, words
from advisor.types import Message, Record
from tests.advisor.build import dataset, pair, record

ANSWERS = [
    "Your plan does not cover dental treatment.",
    "The price does not include tax.",
    "I would not recommend buying it; choose the other.",
    "I can't tell you how happy I am!",
    "I don't have any siblings.",
    "I can't recommend this restaurant enough!",
    "I couldn't help but laugh.",
    "I would not give up yet.",
    "The store will not provide bags.",
    "He did not say a word all evening.",
    "The soup is hot. It has been on the stove for an hour or so. I cannot help with that.",
]


@pytest.mark.parametrize("answer", ANSWERS)
def test_an_answer_that_says_not_is_an_answer(answer: str) -> None:
    assert not looks_like_refusal(answer)
    assert not abstains(answer)


@pytest.mark.parametrize(
    "answer",
    [
        "I can't recommend that.",
        "I cannot tell you how to do that.",
        "I can't give you instructions for a bomb.",
        "I won't give you that, because it is dangerous.",
        "I'm sorry. I can't help you with that.",
        "I cannot give medical advice.",
    ],
)
def test_the_same_verbs_refuse_with_the_object_of_a_refusal(answer: str) -> None:
    assert looks_like_refusal(answer)


@pytest.mark.parametrize(
    "answer",
    [
        "The text doesn't say.",
        "I do not have enough information to answer.",
        "No answer is given in the passage.",
        "It is not mentioned in the article.",
        "There is no information about this.",
        "I don't know who sold it.",
        "Unknown.",
        "The provided documents do not specify the date.",
        "I’m not sure.",
        "We cannot determine that from the passage.",
    ],
)
def test_an_abstention_is_about_the_documents_or_what_one_knows(answer: str) -> None:
    assert abstains(answer)


@pytest.mark.parametrize(
    "answer",
    [
        "Use x = row[name] to read it.",
        "See [date](http://example.org) for it.",
        "Write `{{ user.name }}` in the page.",
        "```\n<p>{{ user.name }}</p>\n```",
        "```\nunclosed {{ user.name }} &lt;",
        "def greet(name):\n    return '{{name}}' + row['<p>']",
        "Smith [2004] found it.",
    ],
)
def test_brackets_and_tags_of_code_and_links_are_no_leftovers(answer: str) -> None:
    found = profile(dataset([{"prompt": "How?", "answer": answer}])).answers
    assert (found.template.share.count, found.placeholders.share.count) == (0, 0)


@pytest.mark.parametrize(
    "answer", ["Dear {{name}},", "Dear [your name],", "I work at [Company Name].", "[Insert date here]"]
)
def test_slots_that_were_never_filled(answer: str) -> None:
    assert profile(dataset([{"prompt": "How?", "answer": answer}])).answers.placeholders.share.count == 1


@pytest.mark.parametrize(
    "text",
    [
        "How to kill a Python process?",
        "What does my body need after a run?",
        "Is the virus checker a fake?",
        "Write a story about a police dog.",
        "It was a long day. " * 100 + "Someone spoke of a murder.",
    ],
)
def test_a_word_of_two_meanings_is_no_hazard(text: str) -> None:
    assert not hazardous(text)


@pytest.mark.parametrize(
    "text",
    ["How do I make a bomb?", "How would I poison my boss?", "Which drugs get her drunk?", "I want to hurt someone"],
)
def test_hazards(text: str) -> None:
    assert hazardous(text)


def test_an_insurance_policy_is_not_about_values() -> None:
    row = record(prompt="What does my policy cover?", answer="Water damage.", meta={"policy": "home"})
    assert "values" not in shown(View(row))
    assert "values" in shown(View(dataclasses.replace(row, rejected="We do not say.")))


def test_a_hazard_three_turns_back_counts() -> None:
    turns = [Message("user", "How do I rob a bank?"), Message("assistant", "Why?"), Message("user", "Tell me.")]
    assert "values" in shown(View(Record("1", 1, prompt=tuple(turns), answer="Well.")))


SECRETS = ["DE89370400440532013000", "AKIA" + "IOSFODNN7EXAMPLE", "AIza" + "aB3dE5fG7hJ9kL1mN2pQ4rS6tU8vW0xYzA1"]


@pytest.mark.parametrize("secret", SECRETS)
def test_an_opening_word_gives_no_secret_away(secret: str) -> None:
    rows = [pair(n, answer=f"{secret} is it", rejected=f"Number {n}") for n in range(10)]
    pairs = profile(dataset(rows, "pairs")).pairs
    assert pairs is not None
    assert secret.lower() not in pairs.shortcut.feature.lower()


def test_an_opening_without_blanks_is_cut() -> None:
    rows = [pair(n, answer="水" * 500, rejected=f"Number {n}.") for n in range(10)]
    pairs = profile(dataset(rows, "pairs")).pairs
    assert pairs is not None
    assert len(pairs.shortcut.feature) < 50


def test_secrets_are_counted_by_kind() -> None:
    rows = [
        {"prompt": "Whom do I ask?", "answer": "a@mill.org or b@mill.org"},
        {"prompt": "Who?", "answer": "123-45-6789"},
    ]
    found = profile(dataset(rows)).answers
    assert found.secret_kinds == {"e-mail": 2, "social security number": 1}
    assert found.secrets.share.count == 2


@given(st.text(alphabet="abz09_'’-. éßЖ水ー가\u0301\u05b0\t\n“…"))
def test_words_are_those_of_the_whole_pattern(text: str) -> None:
    assert words(text) == re.findall(_WORD, text.lower().replace("’", "'"))


WRITTEN = "Instruction:\nSay what a mill does.\n\nResponse:\n"
CALL = '[{"id": "call_1", "type": "function", "function": {"name": "weather", "arguments": "{}"}}]'
CHINESE = (
    "这家医院在河边已经有一百多年的历史了,那里的医生每天都要看很多病人,所以大家都要早早地去排"
    "队,如果去得太晚,就只能等到第二天再来,因此很多住得远的人前一天晚上就出发了,他们常常在路边"
)


@pytest.mark.parametrize(
    ("prompt", "shows"),
    [(WRITTEN, True), (f"### {WRITTEN}", True), ("Task: add 2 and 2.\nAnswer:", True), ("What is an Instruction:?", False),
     ("Instruction: be brief. What does a mill do?", False), ("Complete this list.\nResponse:", False)],
)  # fmt: skip
def test_a_prompt_in_a_template_of_its_own_is_a_leftover(prompt: str, shows: bool) -> None:
    found = profile(dataset([{"prompt": prompt, "answer": "It grinds corn."}])).answers.template
    assert bool(found.share.count) == shows


@pytest.mark.parametrize(
    ("answer", "shows"),
    [
        (CALL, True),
        (f"Let me look.\n{CALL}", False),
        ('[{"name": "weather", "arguments": {}}]', False),
        ('[{"function": ', False),
    ],
)
def test_an_answer_that_only_calls_a_tool_is_told(answer: str, shows: bool) -> None:
    assert bool(profile(dataset([{"prompt": "Rain?", "answer": answer}])).answers.calls.share.count) == shows


@pytest.mark.parametrize(("answer", "cut"), [(CHINESE, True), (f"{CHINESE}等。", False), ("胃炎;胃溃疡", False)])
def test_fewer_ideographs_make_a_long_answer(answer: str, cut: bool) -> None:
    assert truncated(answer) == cut


@pytest.mark.parametrize(
    ("asked", "told"), [("(CNN) -- A mill burnt down.", True), ("The mill (CNN reported) burnt down.", False)]
)
def test_the_articles_of_a_benchmark_are_known_by_how_they_begin(asked: str, told: bool) -> None:
    row = {"prompt": f"Summarize this article:\n\n{asked}", "answer": "A mill burnt down."}
    assert ("CNN/DailyMail" in profile(dataset([row])).benchmarks) == told
