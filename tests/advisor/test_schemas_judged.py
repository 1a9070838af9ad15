"""How rows that judge become records: pairs, labels, ranks and what annotators left."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest

from advisor import schemas
from advisor.schemas import _fields
from advisor.types import Message, Record
from tests.advisor.layouts import openai, record, records, turns


class TestPreference:
    def test_strings(self):
        made = record({"prompt": "q", "chosen": "good", "rejected": "bad"}, "preference")
        assert (made.prompt, made.answer, made.rejected) == (turns("q"), "good", "bad")

    def test_messages_with_an_explicit_prompt(self):
        side = lambda said: [{"role": "assistant", "content": said}]  # noqa: E731
        made = record(
            {"prompt": openai("q1", "a1", "q2"), "chosen": side("good"), "rejected": side("bad")}, "preference"
        )
        assert (made.prompt, made.answer, made.rejected) == (turns("q1", "a1", "q2"), "good", "bad")

    def test_the_shared_turns_are_the_prompt_where_none_is_given(self):
        made = record(
            {"chosen": openai("q1", "a1", "q2", "good"), "rejected": openai("q1", "a1", "q2", "bad")}, "preference"
        )
        assert (made.prompt, made.answer, made.rejected) == (turns("q1", "a1", "q2"), "good", "bad")

    def test_a_prompt_column_that_repeats_the_shared_turns_counts_once(self):
        made = record({"prompt": "q", "chosen": openai("q", "good"), "rejected": openai("q", "bad")})
        assert made.prompt == turns("q")

    def test_shared_lines_of_two_texts_are_the_prompt_but_a_shared_opening_is_not(self):
        made = record({"chosen": "Question?\nThe sun.", "rejected": "Question?\nThe moon."}, "preference")
        assert (made.prompt, made.answer, made.rejected) == (turns("Question?"), "The sun.", "The moon.")
        assert record({"chosen": "The sun.", "rejected": "The moon."}).prompt == ()

    def test_sides_that_part_early_keep_their_later_turns(self):
        made = record({"chosen": openai("q", "a", "q2", "b"), "rejected": openai("q", "z")})
        assert (made.prompt, made.rejected) == (turns("q"), "z")
        assert made.answer == "assistant: a\n\nHuman: q2\n\nAssistant: b".replace("assistant", "Assistant")

    def test_equal_sides_keep_an_answer(self):
        made = record({"chosen": openai("q", "same"), "rejected": openai("q", "same")})
        assert (made.prompt, made.answer, made.rejected) == (turns("q"), "same", "same")

    def test_openai_and_llama_factory_and_orca(self):
        answer = lambda said: [{"role": "assistant", "content": said}]  # noqa: E731
        row = {
            "input": {"messages": openai("q")},
            "preferred_output": answer("good"),
            "non_preferred_output": answer("bad"),
        }
        single = {"conversations": [{"from": "human", "value": "q"}], "chosen": {"from": "gpt", "value": "good"}}
        single["rejected"] = {"from": "gpt", "value": "bad"}
        orca = {"question": "q", "chosen": "good", "rejected": "bad"}
        for layout in (row, single, orca):
            made = record(layout, "preference")
            assert (made.prompt, made.answer, made.rejected) == (turns("q"), "good", "bad")

    @pytest.mark.parametrize(
        ("scores", "margin"),
        [
            ({"margin": 0.5}, 0.5),
            ({"score_chosen": 4, "score_rejected": "1.5"}, 2.5),
            ({"margin": float("nan")}, None),
            ({"score_chosen": 4}, None),
            ({}, None),
        ],
    )
    def test_scores_become_the_margin(self, scores, margin):
        assert record({"prompt": "q", "chosen": "a", "rejected": "b", **scores}).score == margin

    def test_a_margin_of_four_hundred_digits_is_refused(self):
        with pytest.raises(_fields.WrongRowError, match="margin"):
            records({"prompt": "q", "chosen": "a", "rejected": "b", "margin": 10**400})

    def test_instruction_and_input_and_history_are_the_prompt(self):
        row = {
            "instruction": "q2",
            "input": "more",
            "chosen": "a",
            "rejected": "b",
            "system": "s",
            "history": [["q1", "a1"]],
        }
        assert record(row, "preference").prompt == turns("system: s", "q1", "a1", "q2\n\nmore")

    def test_a_prompt_written_as_transcript_is_read_as_turns(self):
        row = {"prompt": "\n\nHuman: q1\n\nAssistant: a1\n\nHuman: q2\n\nAssistant:", "chosen": "a", "rejected": "b"}
        assert record(row, "preference").prompt == turns("q1", "a1", "q2")


class TestHhTranscript:
    START = "\n\nHuman: q1\n\nAssistant: a1\n\nHuman: q2\n\nAssistant:"

    def test_shared_turns_are_the_prompt_and_the_last_answers_differ(self):
        made = record({"chosen": f"{self.START} good", "rejected": f"{self.START} bad"}, "hh_transcript")
        assert (made.prompt, made.answer, made.rejected) == (turns("q1", "a1", "q2"), "good", "bad")

    def test_an_empty_last_turn_is_an_empty_answer(self):
        made = record({"chosen": f"{self.START} good", "rejected": f"{self.START}"}, "hh_transcript")
        assert (made.prompt, made.rejected) == (turns("q1", "a1", "q2"), "")

    def test_a_prompt_column_that_says_something_else_comes_first(self):
        row = {"chosen": f"{self.START} good", "rejected": f"{self.START} bad"}
        assert record({**row, "prompt": self.START}).prompt == turns("q1", "a1", "q2")
        assert record({**row, "prompt": "Be kind."}).prompt[0] == Message("user", "Be kind.")

    def test_speakers_inside_a_line_are_text(self):
        start = "\n\nHuman: Write Human: and Assistant: twice\n\nAssistant:"
        assert record({"chosen": start + " a", "rejected": start + " b"}).prompt == turns(
            "Write Human: and Assistant: twice"
        )


@pytest.mark.parametrize(
    ("label", "desirable"),
    [
        (True, True),
        (False, False),
        (1, True),
        (0, False),
        (1.0, True),
        ("False", False),
        ("good", True),
        ("rejected", False),
    ],
)
@pytest.mark.parametrize(
    "answered",
    [
        {"prompt": "q", "completion": "a"},
        {"messages": openai("q", "a")},
        {"question": "q", "answer": "a"},
        {"instruction": "q", "output": "a"},
    ],
)
def test_kto_labels_an_answered_row(answered, label, desirable):
    made = record({**answered, "label": label}, "kto")
    assert (made.prompt, made.answer, made.label) == (turns("q"), "a", desirable)


@pytest.mark.parametrize(("value", "desirable"), [("no", True), ("yes", False), (1, False)])
def test_a_verdict_that_blames_is_turned_round(value, desirable):
    assert record({"user_query": "q", "chatgpt_response": "a", "hallucination": value}, "kto").label is desirable


@pytest.mark.parametrize(
    ("row", "desirable"),
    [
        ({"final_label": "1_full_compliance", "type": "homonyms"}, True),
        ({"final_label": "3_partial_refusal", "type": "homonyms"}, False),
        ({"final_label": "2_full_refusal", "type": "contrast_homonyms"}, True),
        ({"response_refusal_label": "compliance", "prompt_harm_label": "harmful"}, False),
        ({"response_refusal_label": "compliance", "prompt_harm_label": "unharmful"}, True),
    ],
)
def test_refusing_is_right_where_the_prompt_is_harmful(row, desirable):
    assert record({"prompt": "q", "completion": "a", **row}, "compliance").label is desirable


@pytest.mark.parametrize(
    ("verdict", "label"),
    [("entailment", True), ("hallucination", False), ("entailment,hallucination", False), ("generic", None)],
)
def test_an_answer_is_as_good_as_its_document_supports_it(verdict, label):
    row = {"knowledge": "d", "history": "q", "some_model": "a", "begin_label": verdict, "vrm_label": "advice"}
    made = record(row, "faithfulness")
    assert (made.contexts, made.prompt, made.answer, made.label) == (("d",), turns("q"), "a", label)


class TestSideBySide:
    ROW: ClassVar = {"prompt": "q", "response_a": "x", "response_b": "y"}

    @pytest.mark.parametrize(
        ("winner", "sides"), [("a", "xy"), ("model_b", "yx"), ("response_a", "xy"), ("B", "yx"), (1, "yx")]
    )
    def test_the_winner_is_chosen(self, winner, sides):
        made = record({**self.ROW, "winner": winner}, "side_by_side")
        assert (made.answer, made.rejected, made.score) == (*sides, None)

    def test_a_tie_has_no_margin_and_no_verdict_is_no_pair(self):
        assert record({**self.ROW, "winner": "tie"}).score == 0
        assert schemas.detect(self.ROW)[0] == "candidates"
        assert schemas.detect({**self.ROW, "winner": "red"})[0] == "candidates"

    def test_numbers_from_one_name_the_first_by_one(self):
        row = {"instruction": "q", "output_1": "x", "output_2": "y", "preference": 1}
        assert record(row, "side_by_side").answer == "x"

    def test_scores_decide_where_there_is_no_winner(self):
        made = record({"prompt": "q", "answer_0": "x", "answer_1": "y", "score_0": -1, "score_1": 0.5}, "side_by_side")
        assert (made.answer, made.rejected, made.score) == ("y", "x", 1.5)


class TestRankedCompletions:
    def test_best_against_worst_and_the_others_are_kept(self):
        answers = [{"answer": text, "rank": rank} for text, rank in (("b", 2), ("a", 1), ("c", 3))]
        made = record({"prompt": "q", "answers": answers}, "ranked_completions")
        assert (made.answer, made.rejected, made.score) == ("a", "c", 2)
        assert made.meta == {"between": [{"answer": "b", "score": -2.0}]}

    def test_one_scored_answer_is_refused(self):
        with pytest.raises(_fields.WrongRowError, match="1 scored"):
            records({"prompt": "q", "responses": ["a"], "scores": [1]}, "ranked_completions")

    def test_as_many_scores_as_answers(self):
        with pytest.raises(_fields.WrongRowError, match="1 scores for 2 answers"):
            records({"prompt": "q", "responses": ["a", "b"], "scores": [1]}, "ranked_completions")


class TestArgilla:
    FIELDS: ClassVar = {"prompt": "q", "response_a": "good", "response_b": "bad"}

    def read(self, *values: Any, **more: Any) -> Record:
        given = [{"value": value, "user_id": f"u{n}"} for n, value in enumerate(values)]
        return record({"fields": self.FIELDS, "responses": {"preference": given, **more}}, "argilla")

    def test_the_field_that_was_named_is_chosen(self):
        made = self.read("response_a")
        assert (made.prompt, made.answer, made.rejected, made.score) == (turns("q"), "good", "bad", None)
        assert self.read("response_b").answer == "bad"

    def test_the_majority_decides_and_a_draw_is_a_tie(self):
        assert self.read("response_a", "response_b", "response_b").answer == "bad"
        assert self.read("response_a", "response_b").score == 0

    def test_answers_to_other_questions_are_no_decision(self):
        made = self.read("response_b", rating=[{"value": 5, "user_id": "u1"}], why=[{"value": "It is right."}])
        assert made.answer == "bad"

    @pytest.mark.parametrize(
        "given",
        [
            {},
            {"preference": []},
            {"why": [{"value": "It is."}]},
            {"best": [{"value": "response_a", "status": "draft"}]},
        ],
    )
    def test_a_row_without_a_decision_says_so(self, given):
        row = {"fields": self.FIELDS, "responses": given, "suggestions": {"preference": {"value": "response_a"}}}
        with pytest.raises(_fields.WrongRowError, match="'responses' does not say which answer is better"):
            records(row, "argilla")

    def test_a_task_of_another_kind_is_not_guessed_at(self):
        row = {"fields": {"text": "t"}, "responses": {"label": [{"value": "spam", "user_id": "u1"}]}}
        assert schemas.detect(row) == ("unknown", {})


class TestLabelStudio:
    DATA: ClassVar = {"prompt": "q", "answer1": "bad", "answer2": "good"}

    def row(self, *selected: str, to: str = "answer1,answer2", **data: Any) -> dict[str, Any]:
        results = [{"type": "pairwise", "from_name": "pw", "to_name": to, "value": {"selected": s}} for s in selected]
        return {"id": 1, "data": data or self.DATA, "annotations": [{"id": 1, "result": [each]} for each in results]}

    def test_the_selected_side_is_chosen(self):
        made = record(self.row("right"), "label_studio")
        assert (made.prompt, made.answer, made.rejected) == (turns("q"), "good", "bad")
        assert record(self.row("left")).answer == "bad"

    def test_the_sides_are_the_columns_that_were_compared(self):
        made = record(self.row("left", to="second,first", prompt="q", first="a", second="b"))
        assert (made.answer, made.rejected) == ("b", "a")

    def test_the_majority_decides_and_a_draw_is_a_tie(self):
        assert record(self.row("right", "left", "right")).answer == "good"
        assert record(self.row("right", "left")).score == 0

    @pytest.mark.parametrize(
        "annotations", [[], [{"result": []}], [{"result": [{"type": "choices", "value": {"choices": ["x"]}}]}]]
    )
    def test_a_row_without_a_decision_says_so(self, annotations):
        with pytest.raises(_fields.WrongRowError, match="'annotations' does not say which answer is better"):
            records({"data": self.DATA, "annotations": annotations}, "label_studio")

    def test_a_cancelled_annotation_is_no_decision(self):
        row = self.row("left")
        row["annotations"][0]["was_cancelled"] = True
        with pytest.raises(_fields.WrongRowError, match="does not say which"):
            records(row, "label_studio")

    def test_what_was_compared_must_be_in_the_data_and_a_prompt_beside_it(self):
        with pytest.raises(_fields.WrongRowError, match="no 'txt-1' and 'txt-2', which were compared"):
            records(self.row("left", to="txt-1,txt-2"), "label_studio")
        with pytest.raises(_fields.WrongRowError, match="no prompt"):
            records(self.row("left", to="a,b", a="x", b="y"), "label_studio")

    def test_data_of_another_task_is_no_conversation(self):
        row = {"data": {"source_url": "https://wiki.example/0", "text": "A river."}, "annotations": []}
        assert schemas.detect(row) == ("unknown", {})
