"""Row by row: what a repair changes, what it drops, and that any record comes out once and clean."""

from __future__ import annotations

import time
from pathlib import Path

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor import privacy
from advisor.repair import contradictions, repair
from advisor.repair.plan import FORMS
from advisor.repair.texts import stripped
from advisor.repair.types import Dropped, Form, Kept, Plan
from advisor.types import Message, Record, RowError
from tests.advisor.build import record
from tests.advisor.repairing import (
    MAIL,
    fixed,
    one,
    said,
    sides,
)

# Repairs


def test_template_tokens_go_from_the_ends_of_a_text() -> None:
    text = "<|im_start|>assistant\nIn France.<|im_end|>\n<|im_start|>assistant\n"
    assert said(one(record(1, "Where is Lyon?", answer=text))) == "In France."


def test_headings_of_alpaca_go_from_a_prompt() -> None:
    kept = one(
        record(1, "Below is a task.\n\n### Instruction:\nWhere is Lyon?\n\n### Response:\n", answer="In France.")
    )
    assert isinstance(kept, Kept)
    assert kept.columns["prompt"][0]["content"] == "Below is a task.\n\nWhere is Lyon?"


CONVERSATION = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Where is Lyon?"}]


@pytest.mark.parametrize(
    "prompt",
    [
        "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nWhere is Lyon?<|im_end|>\n<|im_start|>assistant\n",
        "<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\nBe brief.<|eot_id|>"
        "<|start_header_id|>user<|end_header_id|>\n\nWhere is Lyon?<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n",
        "<s>[INST] <<SYS>>\nBe brief.\n<</SYS>>\n\nWhere is Lyon? [/INST]",
    ],
)
def test_a_prompt_written_out_in_a_chat_template_becomes_its_turns(prompt: str) -> None:
    kept = one(record(1, prompt, answer="In France."))
    assert isinstance(kept, Kept)
    assert kept.columns["prompt"] == CONVERSATION


@pytest.mark.parametrize(
    "prompt",
    [
        "Here:<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n",
        "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\nIn Fr",
        "<|im_start|>narrator\nHi<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n",
        "[INST] Hi [/INST] Hello. [INST] And? [/INST]",
    ],
)
def test_a_template_that_leaves_a_doubt_is_dropped(prompt: str) -> None:
    dropped = one(record(1, prompt, answer="In France."))
    assert isinstance(dropped, Dropped)
    assert dropped.why.code == "leftover"


def test_a_question_comes_out_of_its_template_of_headings() -> None:
    given = record(1, "Instruction:\nWhere is Lyon?\n\nResponse:\n", answer="In France.")
    kept = one(given)
    assert isinstance(kept, Kept)
    assert kept.columns["prompt"][0]["content"] == "Where is Lyon?"


def test_annotations_entities_and_markup_go() -> None:
    kept = one(record(1, "Which?", answer="48/2 = <<48/2=24>>24 &amp; more.<br>Salt &amp;amp; pepper"))
    assert said(kept) == "48/2 = 24 & more.\nSalt & pepper"


@pytest.mark.parametrize(
    "text",
    [
        "Use `<|endoftext|>` and `a &amp; b`.",
        "```html\n<p>a &amp; b</p>\n```",
        "import os\nprint('<|endoftext|>')",
        "def f(x):\n    return '&lt;'",
    ],
)
def test_code_is_never_touched(text: str) -> None:
    assert said(one(record(1, "How?", answer=text))) == text


def test_the_indent_of_code_stays() -> None:
    assert said(one(record(1, "Complete: def f(x):", answer="\n    return x\n\n"))) == "    return x"


def test_a_slot_never_filled_is_dropped_for_nobody_can_guess_it() -> None:
    dropped = one(record(1, "Who are you?", answer="I am {{name}}."))
    assert isinstance(dropped, Dropped)
    assert dropped.why.code == "leftover"


def test_a_turn_mark_in_the_middle_is_dropped_for_two_turns_would_run_together() -> None:
    dropped = one(record(1, "Hi", answer="Hello.<|im_end|>\n<|im_start|>user\nAnd you?"))
    assert isinstance(dropped, Dropped)
    assert dropped.why.code == "leftover"


def test_tags_that_a_text_speaks_of_are_not_taken_for_markup() -> None:
    dropped = one(record(1, "Which one breaks a line?", answer="The <br> tag."))
    assert isinstance(dropped, Dropped)
    assert stripped("The <br> tag.") == "The <br> tag."


def test_secrets_are_replaced_and_counted_by_kind() -> None:
    kept = one(record(1, f"Who is {MAIL}?", answer=f"Anna: {MAIL}"))
    assert isinstance(kept, Kept)
    assert said(kept) == "Anna: [redacted e-mail]"
    assert [(why.code, why.rule, why.detail) for why in kept.changes] == [("secret_redacted", "secrets", "2 e-mail")]


def test_sides_lose_the_prompt_that_both_repeat() -> None:
    asked = "In which country is Lyon?"
    kept = one(record(1, asked, answer=f"{asked} In France.", rejected=f"{asked} In Spain."), "pairs")
    assert (said(kept, "chosen"), said(kept, "rejected")) == ("In France.", "In Spain.")


def test_a_prompt_that_one_side_repeats_stays() -> None:
    asked = "In which country is Lyon?"
    kept = one(record(1, asked, answer=f"{asked} In France.", rejected="In Spain."), "pairs")
    assert said(kept, "chosen") == f"{asked} In France."


def test_a_greeting_returned_is_no_prompt_repeated() -> None:
    kept = one(record(1, "Hello", answer="Hello there!", rejected="Hello friend."), "pairs")
    assert (said(kept, "chosen"), said(kept, "rejected")) == ("Hello there!", "Hello friend.")


@pytest.mark.parametrize(
    "piece",
    ["<|im_end|>", "<|im_end|> ", "amp;", "&amp;", "Task:", "### Input:\n", "[INST]", "<<1=1>>", "`<",
     "In which country is Lyon? ", "<|im_start|>user\n", "\n", " ", "{{x}}", "&lt;", "<p>"],
)  # fmt: skip
def test_a_text_of_nothing_but_leftovers_takes_no_time(piece: str) -> None:
    """The same pieces over and over, at the ends and in the middle of a long text."""
    text = piece * (100_000 // len(piece))
    began = time.perf_counter()
    for prompt in (text, f"&{text}", f"Task: {text}\nAnswer:", f"a{text}a"):
        one(record(1, prompt, answer=prompt, rejected=f"{prompt} b"), "pairs")
    assert time.perf_counter() - began < 10


def test_sides_are_swapped_where_their_scores_say_so(tmp_path: Path) -> None:
    scored = [sides(n, score_chosen=9, score_rejected=2) for n in range(1200)]
    scored[3] |= {"score_chosen": 1, "score_rejected": 8}
    rows, ledger, _ = fixed(tmp_path, scored)
    assert rows[3]["chosen"][0]["content"] == scored[3]["rejected"]
    assert rows[4]["chosen"][0]["content"] == scored[4]["chosen"]
    assert [(entry["row"], entry["why"][0]["code"]) for entry in ledger] == [(4, "sides_swapped")]


def test_scores_that_mostly_prefer_the_rejected_side_swap_nothing(tmp_path: Path) -> None:
    scored = [sides(n, score_chosen=1, score_rejected=8) for n in range(1200)]
    rows, _, shown = fixed(tmp_path, scored)
    chosen = [(row.get("chosen") or row.get("completion"))[0]["content"] for row in rows]
    assert chosen == [row["chosen"] for row in scored]
    assert "100% of scored pairs prefer the rejected one" in shown


# Drops


@pytest.mark.parametrize(
    ("given", "form", "code"),
    [
        (RowError(1, "invalid JSON"), "completion", "unreadable"),
        (record(1, "", answer="Yes."), "completion", "no_prompt"),
        (record(1, "  ", answer="Yes."), "completion", "no_prompt"),
        (record(1, "Hi"), "completion", "no_answer"),
        (record(1, "Hi", answer=" \n"), "completion", "no_answer"),
        (record(1, "Hi", answer="<|im_end|>"), "completion", "no_answer"),
        (record(1, "When?", contexts=("No date.",), answerable=False), "completion", "unanswerable"),
        (record(1, "Hi", answer="No.", label=False), "completion", "bad_label"),
        (record(1, "Hi", answer="Yes."), "labelled", "no_label"),
        (record(1, "Hi", answer="Yes."), "pairs", "no_rejected"),
        (record(1, "Hi", answer="Yes.", rejected=" "), "pairs", "empty_rejected"),
        (record(1, "Hi", answer="Yes.", rejected="Yes. "), "pairs", "identical_sides"),
        (record(1, "Hi", answer="Yes."), "checkable", "no_reference"),
        (record(1, "Hi"), "checkable", "no_reference"),
    ],
)
def test_what_cannot_be_trained_on_is_dropped_with_its_reason(given: Record | RowError, form: Form, code: str) -> None:
    dropped = one(given, form)
    assert isinstance(dropped, Dropped)
    assert dropped.why.code == code


def test_a_conversation_with_a_blank_turn_is_dropped() -> None:
    turns = (Message("user", "Hi"), Message("assistant", " "), Message("user", "Well?"))
    dropped = one(Record("a", 1, turns, answer="Hello."))
    assert isinstance(dropped, Dropped)
    assert dropped.why.code == "blank_turn"


def test_a_tie_is_dropped_only_where_the_sides_were_made_from_scores() -> None:
    tied = record(1, "Hi", answer="Yes.", rejected="No.", score=0.0)
    assert isinstance(one(tied, "pairs", ranked=True), Dropped)
    assert isinstance(one(tied, "pairs"), Kept)


def test_of_copies_the_first_is_kept_and_named() -> None:
    copies = [record(1, "Hi", answer="Yes."), record(2, " Hi", answer="Yes.\n"), record(3, "Hi", answer="No.")]
    out = list(repair(copies, Plan("sft", "completion")))
    assert [type(item) for item in out] == [Kept, Dropped, Kept]
    assert isinstance(out[1], Dropped)
    assert (out[1].why.code, out[1].why.detail) == ("duplicate", "row 1")


def test_copies_that_a_repair_makes_are_dropped_too() -> None:
    copies = [record(1, "Hi", answer="Yes."), record(2, "Hi", answer="Yes.<|im_end|>")]
    assert [type(item) for item in repair(copies, Plan("sft", "completion"))] == [Kept, Dropped]


def test_pairs_that_contradict_each_other_all_go() -> None:
    there, back = {"answer": "Yes.", "rejected": "No."}, {"answer": "No.", "rejected": "Yes."}
    rows = [record(1, "Hi", **there), record(2, "Bye", **there), record(3, "Hi", **back)]
    out = list(repair(rows, contradictions(rows, Plan("dpo", "pairs"))))
    assert [type(item) for item in out] == [Dropped, Kept, Dropped]


def test_scores_settle_a_contradiction_before_it_is_looked_for() -> None:
    rows = [
        record(1, "Hi", answer="Yes.", rejected="No.", score=2.0),
        record(2, "Hi", answer="No.", rejected="Yes.", score=-2.0),
    ]
    plan = Plan("dpo", "pairs", swap=True)
    out = list(repair(rows, contradictions(rows, plan)))
    assert [type(item) for item in out] == [Kept, Dropped]
    assert isinstance(out[1], Dropped)
    assert out[1].why.code == "duplicate"


# Any records


TEXTS = st.text(max_size=60) | st.sampled_from(
    [
        "Yes.",
        " yes. ",
        "<|im_end|>",
        "a &amp;lt;br&amp;gt; b",
        "<<1+1=2>>2",
        "```\n<p>\n```",
        MAIL,
        f"<|{MAIL}|>",
        "{{x}}",
        "### Input:",
    ]
)
RECORDS = st.builds(
    lambda asked, contexts, answer, rejected, label, score: Record(
        "", 1, tuple(Message("user", text) for text in asked), tuple(contexts), answer, rejected, label, score
    ),
    st.lists(TEXTS, max_size=2),
    st.lists(TEXTS, max_size=2),
    st.none() | TEXTS,
    st.none() | TEXTS,
    st.none() | st.booleans(),
    st.none() | st.sampled_from([-1.0, 0.0, 1.0]),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(RECORDS, max_size=8), st.sampled_from(sorted(set(FORMS.values()))))
def test_every_record_comes_out_once_and_clean(records: list[Record], form: Form) -> None:
    plan = contradictions(records, Plan("sft", form, swap=True))
    out = list(repair(records, plan))
    assert len(out) == len(records)
    kept = [item.columns for item in out if isinstance(item, Kept)]
    # Nothing that could be read as a copy, a secret or an empty side is left.
    assert len({orjson.dumps(columns) for columns in kept}) == len(kept)
    assert not any(privacy.count(orjson.dumps(columns).decode()) for columns in kept)
    assert all(
        columns[side][0]["content"].strip()
        for columns in kept
        for side in ("completion", "chosen", "rejected")
        if side in columns
    )


@settings(max_examples=300, deadline=None)
@given(st.lists(RECORDS, max_size=8), st.sampled_from(["completion", "pairs", "labelled", "text"]))
def test_what_a_repair_writes_another_leaves_alone(records: list[Record], form: Form) -> None:
    kept = [i for i in repair(records, contradictions(records, Plan("sft", form, swap=True))) if isinstance(i, Kept)]
    again = [reread(item) for item in kept]
    out = list(repair(again, contradictions(again, Plan("sft", form, swap=True))))
    assert [(type(item), item.columns, item.changes) for item in out if isinstance(item, Kept)] == [
        (Kept, item.columns, ()) for item in kept
    ]


def reread(item: Kept) -> Record:
    """The record that a row written gives."""
    columns = item.columns
    prompt = tuple(Message(turn["role"], turn["content"]) for turn in columns.get("prompt", ()))
    texts = {name: columns[name][0]["content"] for name in ("completion", "chosen", "rejected") if name in columns}
    answer = texts.get("completion", texts.get("chosen", columns.get("text")))
    return Record("", 1, prompt, answer=answer, rejected=texts.get("rejected"), label=columns.get("label"))
