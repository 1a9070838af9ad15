"""Rejected answers come from the data itself, are wrong, and keep abstention in balance."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.load import load
from advisor.types import Record
from bench.negatives import complete
from tasks.prompting import ABSTENTION, target
from tasks.text import normalise
from tests.advisor.build import record

WORDS = ("1912", "the mill", "Mill", "Ada Bright", "three arches", "in 1912")


def question(n: int, document: int, answer: str | None, negatives: tuple[str, ...] = ()) -> Record:
    """SQuAD's shape: an answer where the document holds one, else plausible answers."""
    return record(
        n,
        f"Question {n}?",
        contexts=(f"Document {document}.",),
        group=f"document-{document}",
        answer=answer,
        answerable=answer is not None,
        negatives=negatives,
    )


@st.composite
def squads(draw: st.DrawFn) -> list[Record]:
    """Questions on a few documents, in any mixture of answerable and not, with 0 to 2 plausible answers."""
    made = []
    for n in range(1, draw(st.integers(1, 40)) + 1):
        document = draw(st.integers(1, 5))
        if draw(st.booleans()):
            made.append(question(n, document, draw(st.sampled_from(WORDS))))
        else:
            plausible = draw(st.lists(st.sampled_from(WORDS), max_size=2))
            made.append(question(n, document, None, tuple(plausible)))
    return made


@settings(deadline=None)
@given(records=squads())
def test_abstaining_is_rejected_exactly_as_often_as_it_is_chosen(records: list[Record]) -> None:
    made = complete(records).records
    chosen = sum(target(r) == ABSTENTION for r in made)
    rejected = sum(r.rejected == ABSTENTION for r in made)
    assert chosen == rejected


@settings(deadline=None)
@given(records=squads())
def test_no_rejected_answer_is_the_gold_one(records: list[Record]) -> None:
    for r in complete(records).records:
        assert r.rejected
        assert normalise(r.rejected) != normalise(target(r) or "")


@settings(deadline=None)
@given(records=squads())
def test_nothing_is_invented_and_nothing_else_is_changed(records: list[Record]) -> None:
    given_, answers = {r.id: r for r in records}, {(r.group, r.answer) for r in records}
    for r in complete(records).records:
        before = given_[r.id]
        assert (r.prompt, r.contexts, r.answer, r.answerable) == (
            before.prompt,
            before.contexts,
            before.answer,
            before.answerable,
        )
        assert r.rejected == ABSTENTION or r.rejected in before.negatives or (r.group, r.rejected) in answers


@settings(deadline=None)
@given(records=squads())
def test_every_record_is_a_pair_in_the_order_given_or_counted_as_left_out(records: list[Record]) -> None:
    made = complete(records)
    rows = [r.row for r in made.records]
    assert rows == sorted(set(rows))
    assert len(made.records) + made.unpaired == len(records)
    assert sum(made.counts.values()) == len(made.records)


@settings(deadline=None)
@given(records=squads())
def test_half_of_the_answerable_questions_teach_which_answer_is_right(records: list[Record]) -> None:
    answerable = sum(r.answerable is True for r in records)
    assert complete(records).counts.get("abstention", 0) <= answerable / 2


def test_each_negative_has_its_source_and_the_sentence_says_how_many() -> None:
    answered = [question(n, 1, f"Answer {n}") for n in range(1, 5)]
    made = complete([*answered, question(5, 1, None, ("Answer 9",)), question(6, 1, None)])
    assert made.counts == {"abstention": 1, "same_document": 3, "plausible_answer": 1}
    assert {r.id: r.rejected for r in made.records}["row-5"] == "Answer 9"
    assert set(made.sentence.removeprefix("Rejected answers taken from the data: ").partition("; ")[0].split(", ")) == {
        "1 abstentions where the documents do answer",
        "3 answers to other questions on the same document",
        "1 plausible wrong answers to unanswerable questions",
    }
    assert made.sentence.endswith("; 1 records without one in balance are not used.")


def test_without_leftovers_the_sentence_speaks_of_none() -> None:
    made = complete([question(1, 1, "1912"), question(2, 1, "the mill")])
    assert made.sentence == "Rejected answers taken from the data: 2 answers to other questions on the same document."


def test_data_that_offer_no_wrong_answer_give_no_pair() -> None:
    alone = [record(n, f"Question {n}?", answer=f"Answer {n}", group=f"g{n}") for n in range(1, 6)]
    made = complete(alone)
    assert (made.records, made.counts, made.unpaired) == ((), {}, 5)


def test_unanswerable_questions_alone_give_no_pair_for_they_would_teach_silence() -> None:
    assert complete([question(n, 1, None, ("a guess",)) for n in range(1, 6)]).records == ()


def test_squad_gives_pairs_in_balance(shared: Path) -> None:
    records = load(shared / "data" / "squad2_dev.json").records
    made = complete(records)
    sources = Counter(
        "abstention" if r.rejected == ABSTENTION else "plausible_answer" if r.answer is None else "same_document"
        for r in made.records
    )
    assert dict(sources) == made.counts
    assert sources["abstention"] == sources["plausible_answer"] > 1000
    assert sources["same_document"] > 1000
    assert f"{sources['abstention']:,} abstentions" in made.sentence
    assert len(made.records) + made.unpaired == len(records) == 6078
    assert all(normalise(r.rejected or "") != normalise(target(r) or "") for r in made.records)
