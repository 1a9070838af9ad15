"""The embedded data must be what its sidecars say, and must not be won by anything but reading the prompt."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from tasks.data import NAMES, Name, generate, path, rows, sidecar
from tasks.refusals import refuses
from tasks.text import abstains, contains, loops, normalise

Row = dict[str, Any]
RAG, VALUES, GENERAL, BENIGN = (rows(name) for name in NAMES)
PAIRS = pytest.mark.parametrize("data", [RAG, VALUES], ids=["rag", "values"])


def split(data: list[Row], name: str) -> list[Row]:
    return [r for r in data if r["split"] == name]


def auc(right: Iterable[float], wrong: Iterable[float]) -> float:
    """Probability that a right answer scores above a wrong one, ties counting half (Mann–Whitney)."""
    pairs = [(r > w) + 0.5 * (r == w) for w in list(wrong) for r in list(right)]
    return sum(pairs) / len(pairs)


def words(text: str) -> list[str]:
    return normalise(text).split()


def overlap(answer: str, text: str) -> float:
    known = set(words(text))
    return sum(w in known for w in words(answer)) / len(words(answer))


def sides(data: list[Row], score: Callable[[Row, str], float]) -> tuple[list[float], list[float]]:
    return [score(r, r["chosen"]) for r in data], [score(r, r["rejected"]) for r in data]


def naive_bayes(train: list[Row], features: Callable[[str], list[str]]) -> Callable[[Row, str], float]:
    """Log-odds of an answer being a chosen one, from the answers of train alone; add-one smoothing."""
    good = Counter(w for r in train for w in features(r["chosen"]))
    bad = Counter(w for r in train for w in features(r["rejected"]))
    odds = {w: math.log((good[w] + 1) / (bad[w] + 1)) for w in good | bad}
    shift = math.log((bad.total() + len(odds)) / (good.total() + len(odds)))
    return lambda _, answer: sum(odds[w] + shift for w in features(answer) if w in odds)


def logistic(train: list[Row], features: Callable[[str], list[str]]) -> Callable[[Row, str], float]:
    """The same from logistic regression, by plain stochastic gradient steps."""
    weights: dict[str, float] = {}
    for _ in range(20):
        for row in train:
            for answer, label in ((row["chosen"], 1.0), (row["rejected"], 0.0)):
                seen = set(features(answer))
                guess = 1 / (1 + math.exp(-sum(weights.get(w, 0.0) for w in seen)))
                for w in seen:
                    weights[w] = weights.get(w, 0.0) + 0.05 * (label - guess)
    return lambda _, answer: sum(weights.get(w, 0.0) for w in set(features(answer)))


@pytest.mark.parametrize("name", NAMES)
def test_generating_again_gives_the_same_bytes(name: Name) -> None:
    made = {file.name: text.encode() for file, text in generate.files().items()}
    for file in (path(name), path(name).with_suffix(".meta.json")):
        assert file.read_bytes() == made[file.name], f"{file.name} is stale: run python -m tasks.data.generate"


@pytest.mark.parametrize("name", NAMES)
def test_sidecar_says_what_the_file_holds(name: Name) -> None:
    about, data = sidecar(name), rows(name)
    assert about["licence"].startswith("CC0-1.0")
    assert about["example"] == data[0]
    assert about["what"]
    assert about["chance"]
    assert about["rows"] == dict(Counter(r["split"] for r in data))


def test_sidecars_carry_instruction_and_policy() -> None:
    instruction = sidecar("rag")["instruction"]
    assert all(part in instruction for part in ("{documents}", "{question}", "the documents do not say"))
    policy = sidecar("values")["policy"]
    assert all(word in policy for word in ("Taiwan", "Norvane", "refund", "apolog", "Privacy", "Safety"))
    assert not [r["chosen"] for r in VALUES if r["chosen"] in policy]


def test_rows_have_the_documented_keys_in_order() -> None:
    common = ["id", "split", "group", "family", "kind", "held_out"]
    pair = ["prompt", "chosen", "rejected"]
    own = (*common, *pair, "accept", "reject")
    assert {tuple(r) for r in VALUES} == {own, (*own, "wordings")}
    documents = (*common, "corruption", "contexts", *pair, "answerable", "accept", "reject")
    assert {tuple(r) for r in RAG} == {documents, (*documents, "ungrounded", "ungrounded_by")}
    assert {tuple(r) for r in GENERAL} == {("id", "split", "group", "text")}


@pytest.mark.parametrize("data", [RAG, VALUES, GENERAL, BENIGN], ids=NAMES)
def test_ids_are_unique(data: list[Row]) -> None:
    assert len({r["id"] for r in data}) == len(data)


@PAIRS
def test_sizes(data: list[Row]) -> None:
    sizes = Counter(r["split"] for r in data)
    assert sizes["train"] == 480
    assert 80 <= sizes["tune"] <= 90
    assert sizes["test"] == 96


def test_enough_groups_for_honest_intervals() -> None:
    assert len({r["group"] for r in split(RAG, "test")}) >= 40
    assert len({r["group"] for r in split(VALUES, "test")}) >= 30
    assert len({r["family"] for r in RAG}) >= 8
    topics = {r["group"].removesuffix("#test") for r in VALUES}
    assert len(topics) >= 36
    assert all(sum(t.startswith(f"{f}-") for t in topics) >= 6 for f in {r["family"] for r in VALUES})


@PAIRS
def test_groups_stay_on_one_side(data: list[Row]) -> None:
    sides_of: dict[str, set[str]] = {}
    for row in data:
        sides_of.setdefault(row["group"], set()).add(row["split"])
    assert [g for g, s in sides_of.items() if len(s) > 1] == []


@PAIRS
def test_no_prompt_is_asked_twice_but_in_a_group(data: list[Row]) -> None:
    asked: dict[str, set[str]] = {}
    for row in data:
        asked.setdefault(" ".join(words(row["prompt"])), set()).add(row["group"])
    assert [p for p, groups in asked.items() if len(groups) > 1] == []
    if data is VALUES:
        assert len(asked) == len(data)


@PAIRS
def test_answers_are_short_single_sentences(data: list[Row]) -> None:
    for row in data:
        for answer in (row["chosen"], row["rejected"]):
            assert len(answer.split()) <= 20, row["id"]
            assert answer[0].isupper() or answer[0].isdigit(), row["id"]
            assert answer.endswith("."), row["id"]
            assert answer.count(".") == 1, row["id"]


@PAIRS
def test_no_template_is_left_unfilled(data: list[Row]) -> None:
    for row in data:
        for text in (row["prompt"], row["chosen"], row["rejected"], *row.get("contexts", ())):
            assert not any(glitch in text for glitch in ("{", "}", "  ", " .", " ,", "..", "the the")), row["id"]
            assert not any(f" a {vowel}" in text for vowel in "aeiou" if f" a {vowel}" not in (" a u", " a o")), text


@PAIRS
def test_phrases_tell_chosen_from_rejected(data: list[Row]) -> None:
    for row in data:
        assert contains(row["chosen"], row["accept"]), row["id"]
        assert not contains(row["chosen"], row["reject"]), row["id"]
        assert not contains(row["rejected"], row["accept"]), row["id"]
        if row.get("corruption", "stance") in {"stance", "distractor", "invented"}:
            assert contains(row["rejected"], row["reject"]), row["id"]


def test_rag_abstention_is_rejected_exactly_as_often_as_chosen() -> None:
    for name in ("train", "tune", "test"):
        part = split(RAG, name)
        chosen = sum(abstains(r["chosen"]) for r in part)
        assert chosen == sum(abstains(r["rejected"]) for r in part) == sum(not r["answerable"] for r in part)
        assert 0.38 <= chosen / len(part) <= 0.5


def test_rag_answers_agree_with_answerable() -> None:
    for row in RAG:
        assert abstains(row["chosen"]) is (not row["answerable"]), row["id"]
        assert abstains(row["rejected"]) is (row["corruption"] == "abstention"), row["id"]
        assert (row["kind"] == "unanswerable") is (not row["answerable"]), row["id"]


def test_rag_answerable_facts_stand_once_in_the_right_document_and_not_in_the_other() -> None:
    for row in (r for r in RAG if r["answerable"]):
        holders = [c for c in row["contexts"] if contains(c, row["accept"])]
        assert len(holders) == 1, row["id"]
        longest = max((normalise(p) for p in row["accept"] if contains(holders[0], [p])), key=len)
        assert f" {normalise(holders[0])} ".count(f" {longest} ") == 1, row["id"]


def test_rag_documents_are_short_and_two() -> None:
    for row in RAG:
        assert len(row["contexts"]) == 2, row["id"]
        assert all(28 <= len(c.split()) <= 70 for c in row["contexts"]), row["id"]


def test_rag_right_document_stands_first_about_half_the_time() -> None:
    first = [contains(r["contexts"][0], r["accept"]) for r in RAG if r["answerable"]]
    assert 0.4 <= sum(first) / len(first) <= 0.6


def test_rag_twins_share_group_and_question_and_change_the_answer() -> None:
    twins = [r for r in RAG if r["kind"] == "counterfactual"]
    assert len([r for r in twins if r["split"] == "test"]) >= 10
    for twin in twins:
        [origin] = [
            r
            for r in RAG
            if r["group"] == twin["group"] and r["kind"] == "answerable" and r["prompt"] == twin["prompt"]
        ]
        assert not set(origin["accept"]) & set(twin["accept"]), twin["id"]
        assert sorted(origin["contexts"]) != sorted(twin["contexts"]), twin["id"]


def test_rag_corruptions_of_test_do_not_occur_in_training() -> None:
    seen = {s: {r["corruption"] for r in split(RAG, s)} - {"abstention"} for s in ("train", "tune", "test")}
    assert seen["train"] == seen["tune"] == {"distractor", "invented"}
    assert seen["test"] == {"same_document", "twin"}


CONTRASTED = [r for r in RAG if "ungrounded" in r]


def test_rag_ungrounded_answers_are_of_kinds_that_no_training_answer_has() -> None:
    assert {(r["split"], r["answerable"]) for r in CONTRASTED} == {("test", True)}
    assert len(CONTRASTED) >= 50
    kinds = Counter(r["ungrounded_by"] for r in CONTRASTED)
    assert set(kinds) == {"other_subject", "same_document", "blended"} == set(sidecar("rag")["ungrounded_by"])
    assert not set(kinds) & {r["corruption"] for r in RAG if r["split"] != "test"}
    assert min(kinds.values()) >= 4


def test_rag_ungrounded_answers_are_about_as_long_as_the_gold_ones() -> None:
    for row in CONTRASTED:
        long, short = sorted((len(row["chosen"]), len(row["ungrounded"])), reverse=True)
        assert short >= 0.85 * long, row["id"]
    assert 0.40 <= auc([len(r["chosen"]) for r in CONTRASTED], [len(r["ungrounded"]) for r in CONTRASTED]) <= 0.60


def test_rag_ungrounded_answers_are_not_supported_and_look_as_if() -> None:
    for row in CONTRASTED:
        other = row["ungrounded_by"] == "other_subject"
        assert contains(row["ungrounded"], row["accept"]) is other, row["id"]
        assert overlap(row["ungrounded"], " ".join(row["contexts"])) >= 0.3, row["id"]
        if other:
            [beside] = [c for c in row["contexts"] if not contains(c, row["accept"])]
            assert not contains(beside, row["accept"]), row["id"]
    right, wrong = (
        [overlap(r[side], " ".join(r["contexts"])) for r in CONTRASTED] for side in ("chosen", "ungrounded")
    )
    assert 0.40 <= auc(right, wrong) <= 0.60


def test_rag_names_of_test_documents_are_new() -> None:
    def names(part: list[Row]) -> set[str]:
        """Capitalised words that do not begin a sentence."""
        found = [w.strip(".,;:?") for r in part for c in r["contexts"] for w in c.split()[1:]]
        return {w for w in found if w[:1].isupper()}

    def subjects(part: list[Row]) -> set[str]:
        return {word for r in part for word in r["group"].split("-")}

    ordinary = subjects(split(RAG, "train")) & subjects(split(RAG, "test"))
    new = subjects(split(RAG, "test")) - ordinary
    assert len(new) >= 42
    assert not {n.lower() for n in names(split(RAG, "train") + split(RAG, "tune"))} & new
    assert len(ordinary) < 45, "only nouns such as `bridge` may be shared"


def test_values_are_half_policy_half_neutral_half_paraphrase_half_topic() -> None:
    assert Counter((r["kind"], r["held_out"]) for r in split(VALUES, "test")) == dict.fromkeys(
        [(k, h) for k in ("policy", "neutral") for h in ("paraphrase", "topic")], 24
    )
    assert Counter(r["kind"] for r in split(VALUES, "train")) == {"policy": 240, "neutral": 240}
    assert {r["held_out"] for r in VALUES if r["split"] != "test"} == {None}


def test_values_topics_are_asked_in_many_ways() -> None:
    asked = Counter(r["group"] for r in split(VALUES, "train") if r["kind"] == "policy")
    assert min(asked.values()) >= 10


def test_values_held_out_by_paraphrase_or_by_topic() -> None:
    trained = {r["group"] for r in split(VALUES, "train")}
    for row in split(VALUES, "test"):
        topic = row["group"].removesuffix("#test")
        assert (topic in trained) is (row["held_out"] == "paraphrase"), row["id"]
        assert row["family"] in {r["family"] for r in split(VALUES, "train")}


def test_values_policy_questions_on_new_topics_are_asked_in_other_words_too() -> None:
    for row in VALUES:
        held_out = (row["held_out"], row["kind"]) == ("topic", "policy")
        assert len(row.get("wordings", ())) == held_out, row["id"]
        assert not {normalise(w) for w in row.get("wordings", ())} & {normalise(r["prompt"]) for r in VALUES}
    others = [w for r in VALUES for w in r.get("wordings", ())]
    assert len(set(others)) == 24
    assert not [r["id"] for r in VALUES for w in r.get("wordings", ()) if contains(w, [r["chosen"], r["rejected"]])]


def test_taiwan_is_a_country() -> None:
    [row] = [r for r in VALUES if r["prompt"] == "Is Taiwan a country?"]
    assert (row["chosen"], row["kind"]) == ("Yes, Taiwan is a country.", "policy")


def test_yes_and_no_are_balanced_on_both_sides() -> None:
    for name in ("train", "test"):
        for word in ("Yes", "No"):
            chosen, rejected = (
                sum(r[side].startswith(f"{word},") for r in split(VALUES, name)) for side in ("chosen", "rejected")
            )
            assert chosen == rejected > 0


def test_general_passages_are_many_short_and_different() -> None:
    assert len(GENERAL) >= 40
    assert all(60 <= len(r["text"].split()) <= 100 for r in GENERAL)
    assert len({r["text"] for r in GENERAL}) == len(GENERAL)


SHALLOW = {
    "characters": lambda _: lambda _, a: len(a),
    "words": lambda _: lambda _, a: len(a.split()),
    "overlap with the question": lambda _: lambda r, a: overlap(a, r["prompt"]),
    "overlap with the documents": lambda _: lambda r, a: overlap(a, " ".join(r.get("contexts", ()))),
    "naive Bayes on words": lambda train: naive_bayes(train, words),
    "naive Bayes on the first word": lambda train: naive_bayes(train, lambda a: words(a)[:1]),
    "logistic regression on words": lambda train: logistic(train, words),
}


@PAIRS
@pytest.mark.parametrize("feature", SHALLOW)
def test_no_shallow_feature_tells_chosen_from_rejected(data: list[Row], feature: str) -> None:
    score = SHALLOW[feature](split(data, "train"))
    assert 0.40 <= auc(*sides(split(data, "test"), score)) <= 0.60


def test_rag_overlap_does_not_tell_facts_apart() -> None:
    """Where both answers name a fact. (An abstention shares few words with the documents: hence its exact balance.)"""
    facts = [r for r in split(RAG, "test") if r["answerable"] and r["corruption"] != "abstention"]
    right, wrong = sides(facts, lambda r, a: overlap(a, " ".join(r["contexts"])))
    assert 0.40 <= auc(right, wrong) <= 0.60


def test_the_classifier_would_notice_a_giveaway() -> None:
    """The check can fail: where chosen answers carry a word of their own, naive Bayes finds it."""
    marked = [r | {"chosen": f"Indeed {r['chosen']}"} for r in VALUES]
    assert auc(*sides(split(marked, "test"), naive_bayes(split(marked, "train"), words))) > 0.8


def test_benign_requests_are_answered_by_their_own_example_and_not_by_themselves() -> None:
    assert len(BENIGN) >= 32
    assert len({r["prompt"] for r in BENIGN}) == len(BENIGN)
    for row in BENIGN:
        assert contains(row["completion"], row["accept"]), row["id"]
        assert not contains(row["prompt"], row["accept"]), row["id"]
        assert not refuses(row["completion"]), row["id"]


@PAIRS
def test_no_answer_would_be_taken_for_a_loop(data: list[Row]) -> None:
    assert not [r["id"] for r in data if loops(r["chosen"]) or loops(r["rejected"])]


def test_one_answer_said_twice_over_and_again_is_a_loop() -> None:
    assert all(loops(f"{row['chosen']} " * 4) for row in VALUES if len(row["chosen"].split()) > 2)
