"""The small text helpers."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.text import looks_like_refusal, normalise, wilson, words


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("Don't STOP, it's 3.14!", ["don't", "stop", "it's", "3", "14"]),
        ("snake_case — naïve café", ["snake", "case", "naïve", "café"]),
        ("cafe\u0301", ["cafe\u0301"]),
        ("你好,世界 ok", ["你", "好", "世", "界", "ok"]),
        ("これはペン", list("これはペン")),
        ("한국어 단어", ["한국어", "단어"]),
        ("हिन्दी भाषा", ["हिन्दी", "भाषा"]),
        ("Ünïcode’s", ["ünïcode's"]),
        ("", []),
        ("…!?", []),
    ],
)
def test_words(text, tokens):
    assert words(text) == tokens


def test_normalise_compares_what_reads_alike():
    assert normalise("  Straße\n\tNo. １ ") == normalise("STRASSE no. 1") == "strasse no. 1"


@given(st.text())
def test_normalising_collapses_all_whitespace(text):
    assert normalise(text) == " ".join(normalise(text).split())


@pytest.mark.parametrize(
    ("count", "of", "low", "high"),
    [(0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (5, 10, 0.2366, 0.7634), (81, 263, 0.2553, 0.3662)],
    # the last: Newcombe 1998, Statistics in Medicine 17:857, table I, method 3
)
def test_wilson_gives_the_published_intervals(count, of, low, high):
    share = wilson(count, of)
    assert (share.count, share.of, share.value) == (count, of, count / of)
    assert share.ci95 == pytest.approx((low, high), abs=5e-5)


@given(st.integers(0, 10**6).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))))
def test_wilson_holds_its_share_within_0_and_1(pair):
    share = wilson(*pair)
    low, high = share.ci95
    assert 0 <= low <= share.value <= high <= 1
    assert math.isfinite(low + high)


@pytest.mark.parametrize(("count", "of"), [(-1, 3), (4, 3)])
def test_wilson_refuses_what_is_no_share(count, of):
    with pytest.raises(ValueError, match="must lie in"):
        wilson(count, of)


@pytest.mark.parametrize(
    "text",
    [
        "I'm sorry, but I can't help with that.",
        "I’m sorry, but I cannot assist with this request.",
        "I cannot provide instructions for that.",
        "Unfortunately, I am not able to answer that question.",
        "As an AI language model, I don't have personal opinions.",
        "I must respectfully decline.",
        "I'm not comfortable writing that.",
        "Sorry, I can't do that.",
        "I won't help you hurt anyone.",
        "It is not appropriate to share someone's address.",
        "That would violate my guidelines, and it goes against my programming.",
        "I apologize, but that is nothing I do.",
        "抱歉,我不能提供这些信息。",
        "作为一个人工智能,我没有感情。",
    ],
)
def test_refusals(text):
    assert looks_like_refusal(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "I can't wait to hear about it!",
        "I'm sorry to hear that. Here is what helps:",
        "Sorry for the mix-up: the answer is 42.",
        "You cannot divide by zero.",
        "The document does not say.",
        "An AI assistant answers questions.",
        "Sure! First, preheat the oven." + " Stir." * 60 + " I cannot help with that.",
        "我不知道他叫什么名字,不过他很好。",
    ],
)
def test_answers_that_only_sound_alike(text):
    assert not looks_like_refusal(text)
