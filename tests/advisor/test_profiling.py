"""What a profile measures, and what it makes of odd input."""

from __future__ import annotations

import dataclasses
import itertools
import time
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor import duplicates
from advisor.profiling import profile
from advisor.profiling.abstention import abstains
from advisor.profiling.answers import truncated
from advisor.profiling.axes import shown
from advisor.profiling.languages import language
from advisor.profiling.measure import auc, spread
from advisor.profiling.models import model_of
from advisor.profiling.sample import View
from advisor.profiling.tokens import estimate
from advisor.text import words
from advisor.types import Dataset, Message, Record, to_json
from tests.advisor.build import dataset, gold, pair, record

SHARED = Path(__file__).parents[2] / ".." / "shared" / "data"
MILL = ("The mill was built in 1820 by Anna Roth.", "It stands by the river Fen.")


def shared(name: str) -> Dataset:
    from advisor.load import load

    if not (SHARED / name).exists():
        pytest.skip(f"shared/data/{name} is not here")
    return load(str(SHARED / name))


# Figures


def test_percentiles_are_nearest_rank() -> None:
    assert spread(range(1, 11)) == spread(reversed(range(1, 11)))
    measured = spread(range(1, 11))
    assert (measured.n, measured.mean, measured.p10, measured.median, measured.p90, measured.max) == (
        10,
        5.5,
        1,
        5,
        9,
        10,
    )


def test_no_values_spread_to_zeros() -> None:
    assert spread([]).n == 0
    assert spread([]).max == 0


@given(st.lists(st.integers(0, 9), min_size=1, max_size=30), st.lists(st.integers(0, 9), min_size=1, max_size=30))
def test_auc_counts_ordered_pairs(a: list[int], b: list[int]) -> None:
    wins = sum((x > y) + (x == y) / 2 for x, y in itertools.product(a, b))
    assert auc(Counter(a), Counter(b)) == pytest.approx(wins / len(a) / len(b))


def test_token_estimate_follows_the_kind_of_text() -> None:
    prose = "The quick brown fox jumps over the lazy dog near the river bank. " * 20
    assert 3.5 < len(prose) / estimate(prose) < 5.5
    assert 0.4 < 100 / estimate("水" * 100) < 0.7
    assert estimate("1234567890" * 10) == pytest.approx(100)


# Duplicates


def test_exact_copies_are_those_after_the_first() -> None:
    copies = profile(dataset([{"prompt": "Hi", "answer": answer} for answer in "abaa"])).duplicates.exact
    assert (copies.share.count, copies.rows) == (2, (3, 4))


def test_near_copies_share_most_of_their_shingles() -> None:
    story = (
        "once there was a miller who ground the corn of three villages and slept by the river every night of the year"
    )
    texts = [story, story.replace("year", "week"), "an entirely different text about the weather in the mountains"]
    assert duplicates.near([words(t) for t in texts]) == [1]


@given(st.lists(st.text(max_size=40), max_size=20))
def test_near_finds_every_repeat_of_words(texts: list[str]) -> None:
    found = set(duplicates.near([words(t) for t in texts]))
    seen: set[frozenset[str]] = set()
    for i, text in enumerate(texts):
        shingled = frozenset(duplicates.shingles(words(text)))
        if shingled and shingled in seen:
            assert i in found
        seen.add(shingled)


def test_a_template_repeated_often_stays_fast() -> None:
    texts = [f"please translate the following sentence into french for me today: {n}" for n in range(3000)]
    began = time.perf_counter()
    assert len(duplicates.near([words(t) for t in texts])) > 2900
    assert time.perf_counter() - began < 5


def test_conversations_that_part_their_turns_elsewhere_are_no_copies() -> None:
    asked = (("a\nb", "c"), ("a", "b\nc"))
    turns = [tuple(Message("user", text) for text in texts) for texts in asked]
    rows = [dataclasses.replace(record(n, answer="Yes."), prompt=turn) for n, turn in enumerate(turns, 1)]
    assert profile(dataclasses.replace(dataset([]), records=tuple(rows))).duplicates.exact.share.count == 0


def test_blanks_at_the_ends_do_not_hide_a_copy() -> None:
    p = profile(dataset([{"prompt": "Hello there ", "answer": "Hi!"}, {"prompt": "Hello there", "answer": "\nHi!"}]))
    assert (p.duplicates.exact.rows, p.duplicates.near.share.count) == ((2,), 0)


def test_a_copy_in_another_case_is_a_near_one() -> None:
    p = profile(dataset([{"prompt": "Hello  there", "answer": "Hi!"}, {"prompt": "hello there", "answer": "hi!"}]))
    assert (p.duplicates.exact.share.count, p.duplicates.near.rows) == (0, (2,))


def test_another_label_is_no_copy() -> None:
    rows = [{"prompt": "Hello", "answer": "Hi!", "label": label} for label in (True, False)]
    assert profile(dataset(rows, "unpaired")).duplicates.exact.share.count == 0


# Answers


def test_an_unanswerable_question_lacks_no_answer() -> None:
    rows = [{"prompt": "When?", "contexts": MILL, "answerable": False}, {"prompt": "When?", "answer": " "}]
    empty = profile(dataset(rows)).answers.empty
    assert (empty.share.count, empty.share.of, empty.rows) == (1, 1, (2,))


@pytest.mark.parametrize(
    "answer", ["6 times 7 is 42.\n#### 42", r"Thus \boxed{42}.", " 42 ", "-3.5", "B", "(C)", "The answer is 42."]
)
def test_checkable_answers(answer: str) -> None:
    assert profile(dataset([{"prompt": "?", "answer": answer}])).answers.verifiable.share.count == 1


@pytest.mark.parametrize("answer", ["It was built in 1820.", "I like it a lot", "A good question", "#### none"])
def test_uncheckable_answers(answer: str) -> None:
    assert profile(dataset([{"prompt": "?", "answer": answer}])).answers.verifiable.share.count == 0


def test_cut_off_answers_are_long_and_stop_in_a_sentence() -> None:
    cut = "The mill stands by the river and " * 10 + "its wheel"
    assert truncated(cut)
    assert not truncated(cut + ".")
    assert not truncated("its wheel")
    assert not truncated(cut + "\n- a list item")
    assert not truncated("```\n" + cut + "\n```")


@pytest.mark.parametrize(
    "text", ["I am {{name}}", "<|im_start|>user", "[INST] hi [/INST]", "5 * 2 = <<5*2=10>>10", "a&nbsp;b"]
)
def test_leftovers_of_templates(text: str) -> None:
    assert profile(dataset([{"prompt": "?", "answer": text}])).answers.template.share.count == 1


def test_secrets_are_counted_and_appear_nowhere_in_the_profile() -> None:
    rows = [
        {"prompt": "Whom do I ask?", "answer": f"anna.roth{n}@mill.example.org", "rejected": "Nobody."}
        for n in range(1)
    ] * 5
    p = profile(dataset(rows, "pairs"))
    assert p.answers.secrets.share.count == 5
    assert "anna.roth" not in str(to_json(p))


# Documents


def test_support_is_the_share_of_content_words_in_the_documents() -> None:
    rows = [{"prompt": "When?", "contexts": MILL, "answer": "Built in 1820 by Peter Roth."}]
    g = profile(dataset(rows)).grounding
    assert g is not None
    assert g.support.mean == pytest.approx(3 / 4)
    assert g.facts.mean == pytest.approx(2 / 3)
    assert g.unsupported.share.count == 0


def test_support_of_pairs_is_chosen_minus_rejected() -> None:
    rows = [{"prompt": "When?", "contexts": MILL, "answer": "1820", "rejected": "1790"}]
    g = profile(dataset(rows, "pairs")).grounding
    assert g is not None
    assert (g.gap.mean, g.rejected_support.mean) == (1, 0)


def test_abstentions_are_not_unsupported() -> None:
    rows = [{"prompt": "Who sold it?", "contexts": MILL, "answer": "The documents do not say who sold it."}]
    g = profile(dataset(rows)).grounding
    assert g is not None
    assert (g.unanswerable.share.count, g.unsupported.share.of) == (1, 0)


@pytest.mark.parametrize(
    "answer", ["I don't know.", "The context does not mention it.", "This cannot be answered.", "Not stated."]
)
def test_abstentions(answer: str) -> None:
    assert abstains(answer)


@pytest.mark.parametrize("answer", ["In 1820.", "He could not swim.", "It is known for its mill."])
def test_answers_are_no_abstentions(answer: str) -> None:
    assert not abstains(answer)


# Pairs


def test_pairs_without_fault_look_so() -> None:
    pairs = profile(dataset([pair(n) for n in range(200)], "pairs")).pairs
    assert pairs is not None
    assert pairs.n == 200
    assert pairs.longer.share.value == 0.5
    assert pairs.identical.share.count == pairs.near_identical.share.count == pairs.reversed.share.count == 0


def test_a_pair_and_its_reverse_contradict() -> None:
    one, other = (
        {"prompt": "Hi", "answer": "Hello!", "rejected": "What?"},
        {"prompt": "Hi", "answer": "What?", "rejected": "Hello!"},
    )
    pairs = profile(dataset([one, pair(1), other], "pairs")).pairs
    assert pairs is not None
    assert pairs.reversed.rows == (1, 3)


def test_the_best_shortcut_is_named() -> None:
    rows = [pair(n, answer=f"Answer {n}", rejected=f"Surely {n}.") for n in range(20)]
    pairs = profile(dataset(rows, "pairs")).pairs
    assert pairs is not None
    assert pairs.shortcut.auc == 1
    assert pairs.shortcut.feature in {"ends with a sentence mark", "opens with 'answer'", "opens with 'surely'"}


def test_scores_say_which_pairs_are_inverted_or_tied() -> None:
    rows = [pair(1, score=-1.0), pair(2, score=0.0), pair(3, score=2.0), pair(4)]
    pairs = profile(dataset(rows, "pairs")).pairs
    assert pairs is not None
    assert (pairs.score_inverted.rows, pairs.score_tied.rows, pairs.score_tied.share.of) == ((1,), (2,), 3)


# Axes and languages


@pytest.mark.parametrize(
    ("row", "axis"),
    [
        (record(prompt="When?", contexts=MILL, answer="1820"), "rag"),
        (record(prompt="How do I steal a car?", answer="Break a window."), "values"),
        (
            record(
                prompt="Is Taiwan a country?", answer="Yes.", rejected="No.", meta={"accept": ["yes"], "reject": ["no"]}
            ),
            "values",
        ),
        (record(prompt="Reverse a list", answer="```python\nx[::-1]\n```"), "code"),
        (record(prompt="What is 6 times 7?", answer="#### 42"), "reasoning"),
        (record(prompt="Summarise this article: …", answer="A mill."), "summarisation"),
        (record(prompt="Rewrite it in a formal tone", answer="Dear Sir"), "style"),
        (record(prompt="When was the mill built?", answer="In 1820."), "knowledge"),
        (record(prompt="Weather?", answer='{"tool_calls": [{"name": "weather"}]}'), "tools"),
        (record(prompt="Hello", answer="Hi!"), "general"),
    ],
)
def test_axes(row: Record, axis: str) -> None:
    assert axis in shown(View(row))


def test_declining_for_want_of_documents_is_not_about_values() -> None:
    row = record(prompt="Who sold it?", contexts=MILL, answer="I cannot answer that.", meta={"accept": ["cannot"]})
    assert shown(View(row)) == ["rag"]


def test_a_policy_in_the_system_prompt_is_about_values() -> None:
    turns = (Message("system", "Deployment policy: never promise refunds."), Message("user", "Can I return it?"))
    assert "values" in shown(View(Record("1", 1, prompt=turns, answer="Let me check.")))


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("Who are you and what do you do?", "en"),
        ("Der Müller ist nicht zu Hause, und die Mühle steht.", "de"),
        ("Le moulin est dans la vallée avec les autres.", "fr"),
        ("你是谁?我是磨坊主。", "zh"),
        ("こんにちは、元気ですか", "ja"),
        ("안녕하세요", "ko"),
        ("Здравствуйте! Я хочу написать письмо другу.", "ru"),
        ("Привет, как дела", "und-Cyrl"),
        ("Write a poem about a dog.", "en"),
        ("I do as you do, no more.", "en"),
        ("Escreva um poema sobre um cachorro.", "pt"),
        ("Napisz wiersz o psie, który lubi biegać.", "pl"),
        ("Skriv en vers om en hund som gärna springer i skogen på kvällen.", "sv"),
        ("Der Müller\x00 ist nicht zu Hause,\x01 und die Mühle steht. \udc80", "de"),
        ("Xyzzy plugh", "und-Latn"),
        ("1234 !!", None),
    ],
)
def test_languages(text: str, tag: str | None) -> None:
    assert language(text) == tag


# Models by name


@pytest.mark.parametrize(
    ("name", "parameters", "tuned"),
    [
        ("HuggingFaceTB/SmolLM2-135M-Instruct", 135e6, True),
        ("Qwen/Qwen2.5-0.5B", 0.5e9, False),
        ("meta-llama/Llama-3.1-8B-Instruct", 8e9, True),
        ("mistralai/Mixtral-8x7B-v0.1", 56e9, False),
        ("Qwen3-8B", 8e9, True),
        ("Qwen3-8B-Base", 8e9, False),
        ("gemma-2-9b-it", 9e9, True),
        ("8B", 8e9, None),
        ("my-own-7b", 7e9, None),
        ("lmsys/vicuna-7b-v1.5", 7e9, True),
        ("teknium/OpenHermes-2.5-Mistral-7B", 7e9, True),
        ("HuggingFaceTB/SmolLM3-3B", 3e9, True),
        ("HuggingFaceTB/SmolLM3-3B-Base", 3e9, False),
        ("./my-model", None, None),
    ],
)
def test_a_models_name_tells_size_and_tuning(name: str, parameters: float | None, tuned: bool | None) -> None:
    model = model_of(name)
    assert model is not None
    assert model.parameters == parameters
    assert model.tuned is tuned


# Whatever the records, a profile comes out

wild = st.text(max_size=30)
rows = st.fixed_dictionaries(
    {"prompt": wild},
    optional={
        "answer": wild,
        "rejected": wild,
        "contexts": st.lists(wild, max_size=2).map(tuple),
        "label": st.booleans(),
        "score": st.floats(-5, 5),
        "answerable": st.booleans(),
        "negatives": st.lists(wild, max_size=2).map(tuple),
    },
)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(rows, min_size=1, max_size=6),
    st.sampled_from(["gold", "pairs", "unpaired", "prompts", "text", "eval", "mixed"]),
)
def test_any_records_have_a_profile(found: list[dict[str, object]], supervision: str) -> None:
    p = profile(dataset(found, supervision))  # type: ignore[arg-type]
    assert p.records == len(found)
    assert all(0 <= share <= 1 for share in (*p.axes.values(), *p.languages.values()))
    assert p == profile(dataset(found, supervision))  # type: ignore[arg-type]


# Real data


def test_red_team_pairs_are_about_values_first() -> None:
    data = shared("hh_harmless_test.jsonl.gz")
    p = profile(data)
    assert p.records == 2312
    assert next(iter(p.axes)) == "values"
    assert p.pairs is not None
    assert 0.4 < p.pairs.longer.share.value < 0.5


def test_questions_with_documents_are_about_rag_first() -> None:
    p = profile(shared("squad2_dev.json"))
    assert p.records == 6078
    assert next(iter(p.axes)) == "rag"
    assert p.grounding is not None
    assert p.grounding.unanswerable.share.value == pytest.approx(0.52, abs=0.005)
    assert p.grounding.support.mean > 0.9


@pytest.mark.parametrize("name", ["hh_harmless_test.jsonl.gz", "squad2_dev.json"])
def test_profiling_thousands_of_records_takes_seconds(name: str) -> None:
    data = shared(name)
    began = time.process_time()
    profile(data)
    assert time.process_time() - began < 4, "about 1.5 s when measured; twice that is noise, more is a regression"


def test_gold_has_no_pairs_and_no_labels() -> None:
    p = profile(dataset([gold(n) for n in range(5)]))
    assert p.pairs is None
    assert p.labels is None
    assert p.grounding is None
