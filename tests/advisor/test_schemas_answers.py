"""How rows with an answer become records: prompts and completions, conversations, documents, choices, texts."""

from __future__ import annotations

import json
from typing import Any, ClassVar

import pytest

from advisor import schemas
from advisor.schemas import _fields
from advisor.types import Record, RowError
from tests.advisor.layouts import openai, record, records, turns


class TestPromptCompletion:
    @pytest.mark.parametrize("asked", ["q", openai("q")])
    @pytest.mark.parametrize("completed", ["a", [{"role": "assistant", "content": "a"}]])
    def test_each_side_is_text_or_messages(self, asked, completed):
        made = record({"prompt": asked, "completion": completed}, "prompt_completion")
        assert (made.prompt, made.answer) == (turns("q"), "a")

    @pytest.mark.parametrize(
        ("question", "answer"),
        [("instruction", "response"), ("input", "output"), ("inputs", "targets"), ("article", "highlights")],
    )
    def test_other_usual_names(self, question, answer):
        made = record({question: "q", answer: "a"}, "prompt_completion")
        assert (made.prompt, made.answer) == (turns("q"), "a")

    def test_a_system_prompt_comes_first(self):
        made = record({"system_prompt": "s", "question": "q", "response": "a"}, "prompt_completion")
        assert made.prompt == turns("system: s", "q")

    def test_an_input_belongs_to_the_instruction_unless_it_is_quoted_there(self):
        row = {"instruction": "Translate.", "input": "bread", "response": "pain"}
        assert record(row, "prompt_completion").prompt == turns("Translate.\n\nbread")
        assert record({**row, "instruction": "Translate: bread"}).prompt == turns("Translate: bread")

    def test_an_empty_answer_stays_a_record(self):
        assert record({"prompt": "q", "completion": ""}).answer == ""


class TestMessages:
    def test_the_last_assistant_turn_is_the_answer_and_the_rest_is_prompt(self):
        made = record({"messages": openai("system: s", "q1", "a1", "q2", "a2")}, "messages")
        assert made.prompt == turns("system: s", "q1", "a1", "q2")
        assert made.answer == "a2"

    def test_a_row_that_ends_with_the_user_has_no_answer(self):
        made = record({"messages": openai("q1", "a1", "q2")})
        assert made.prompt == turns("q1", "a1", "q2")
        assert made.answer is None

    def test_content_in_parts_is_joined_and_other_parts_are_named(self):
        parts = [
            {"type": "text", "text": "What is"},
            {"type": "image_url", "image_url": {}},
            {"type": "text", "text": "this?"},
        ]
        made = record({"messages": [{"role": "user", "content": parts}]})
        assert made.prompt == turns("What is\n[image_url]\nthis?")

    def test_a_tool_call_is_what_the_assistant_says(self):
        call = {"role": "assistant", "content": None, "tool_calls": [{"function": {"name": "price"}}]}
        assert record({"messages": [*openai("q"), call]}).answer == '[{"function": {"name": "price"}}]'

    def test_a_system_column_comes_first_unless_it_is_there_already(self):
        assert record({"system": "s", "messages": openai("q", "a")}, "messages").prompt == turns("system: s", "q")
        assert record({"system": "s", "messages": openai("system: s", "q", "a")}).prompt == turns("system: s", "q")

    @pytest.mark.parametrize("keys", [("role", "text"), ("from", "content"), ("role", "value")])
    def test_a_text_under_another_usual_key_is_read(self, keys):
        said = [dict(zip(keys, turn, strict=True)) for turn in (("user", "q"), ("assistant", "a"))]
        assert record({"messages": said}).answer == "a"

    def test_turns_without_any_text_are_refused_by_their_keys(self):
        with pytest.raises(_fields.WrongRowError, match=r"without text \(keys: role, said\)"):
            records({"messages": [{"role": "user", "said": "q"}]}, "messages")

    def test_messages_written_as_json_text_are_read(self):
        assert record({"messages": json.dumps(openai("q", "a"))}, "messages").answer == "a"

    def test_developer_is_system_and_observation_is_tool(self):
        said = [{"role": "developer", "content": "s"}, {"role": "observation", "content": "o"}]
        assert [m.role for m in record({"messages": said}).prompt] == ["system", "tool"]

    @pytest.mark.parametrize(
        "value", [[], "text", [{"role": "user"}, "x"], [{"role": 3, "content": "x"}], [{"role": "user", "content": 3}]]
    )
    def test_no_messages_are_refused(self, value):
        with pytest.raises(_fields.WrongRowError, match="messages"):
            records({"messages": value}, "messages")


class TestSharegpt:
    def test_from_and_value_with_a_system_column(self):
        said = [{"from": "human", "value": "q"}, {"from": "gpt", "value": "a"}]
        made = record({"conversations": said, "system": "s"}, "sharegpt")
        assert (made.prompt, made.answer) == (turns("system: s", "q"), "a")

    def test_a_function_call_is_the_assistants_and_its_result_the_tools(self):
        said = [{"from": who, "value": who} for who in ("human", "function_call", "observation", "gpt")]
        assert [m.role for m in record({"conversations": said}).prompt] == ["user", "assistant", "tool"]

    def test_conversations_with_roles_are_messages(self):
        assert record({"conversations": openai("q", "a")}, "messages").answer == "a"


class TestAlpaca:
    def test_the_input_follows_the_instruction(self):
        row = {"instruction": "Translate.", "input": "bread", "output": "pain"}
        assert record(row, "alpaca").prompt == turns("Translate.\n\nbread")
        assert record({**row, "input": ""}).prompt == turns("Translate.")

    def test_system_and_history_come_before(self):
        row = {"instruction": "q2", "input": "", "output": "a2", "system": "s", "history": [["q1", "a1"]]}
        assert record(row, "alpaca").prompt == turns("system: s", "q1", "a1", "q2")

    @pytest.mark.parametrize("history", ["text", [["only one"]], [[1, 2]], [3]])
    def test_a_malformed_history_is_refused(self, history):
        with pytest.raises(_fields.WrongRowError, match="history"):
            records({"instruction": "q", "output": "a", "history": history}, "alpaca")


class TestSquad:
    PASSAGE = "Lyon is a French city."
    ANSWER: ClassVar = {"text": "a French city", "answer_start": 8}

    def nested(self, *questions: dict[str, Any]) -> dict[str, Any]:
        return {"title": "Lyon", "paragraphs": [{"context": self.PASSAGE, "qas": list(questions)}]}

    def test_an_answered_question(self):
        qa = {
            "id": "1",
            "question": "q",
            "answers": [self.ANSWER, self.ANSWER, {"text": "French"}],
            "is_impossible": False,
        }
        made = record(self.nested(qa), "squad")
        assert (made.id, made.prompt, made.contexts) == ("1", turns("q"), (self.PASSAGE,))
        assert (made.answer, made.references, made.answerable) == ("a French city", ("French",), True)

    def test_an_unanswerable_question_has_no_answer_but_plausible_ones(self):
        qa = {"id": "1", "question": "q", "answers": [], "plausible_answers": [self.ANSWER], "is_impossible": True}
        made = record(self.nested(qa))
        assert (made.answer, made.answerable, made.negatives) == (None, False, ("a French city",))

    def test_a_broken_question_costs_only_itself(self):
        good, bad = {"id": "1", "question": "q", "answers": [self.ANSWER]}, {"id": "2", "answers": []}
        first, second = records(self.nested(good, bad))
        assert isinstance(first, Record)
        assert second == RowError(1, "question '2': column 'question' is missing")

    @pytest.mark.parametrize(
        "spoilt", [{"is_impossible": "false"}, {"answers": {"x": 3}}, {"answers": [3]}, {"question": 3}]
    )
    def test_a_question_of_wrong_types_is_refused(self, spoilt):
        qa = {"question": "q", "answers": [self.ANSWER], **spoilt}
        (only,) = records(self.nested(qa))
        assert isinstance(only, RowError)
        assert next(iter(spoilt)) in only.why

    @pytest.mark.parametrize("answers", [{"text": ["a"], "answer_start": [0]}, [{"text": "a"}], ["a"]])
    def test_flat_rows(self, answers):
        made = record({"id": "x", "context": "c", "question": "q", "answers": answers}, "squad")
        assert (made.contexts, made.answer, made.answerable) == (("c",), "a", True)

    def test_flat_rows_without_answers_are_unanswerable(self):
        made = record({"context": "c", "question": "q", "answers": {"text": [], "answer_start": []}})
        assert (made.answer, made.answerable) == (None, False)

    @pytest.mark.parametrize("paragraphs", ["text", [3], [{"context": "c", "qas": "x"}], [{"context": "c"}]])
    def test_a_malformed_article_is_refused(self, paragraphs):
        with pytest.raises(_fields.WrongRowError):
            records({"paragraphs": paragraphs}, "squad")


class TestMultipleChoice:
    @pytest.mark.parametrize("key", [1, "1", "B", "b", "Rome", 1.0])
    def test_the_key_is_an_index_a_letter_or_the_text(self, key):
        made = record({"question": "q", "choices": ["Lyon", "Rome"], "answer": key}, "multiple_choice")
        assert (made.answer, made.negatives) == ("Rome", ("Lyon",))

    def test_a_key_that_names_no_choice_makes_another_layout(self):
        assert schemas.detect({"question": "q", "choices": ["Lyon", "Rome"], "answer": "Oslo"})[0] != "multiple_choice"

    def test_options_numbered_from_one_are_named_from_one(self):
        row = {"sentence": "s _", "option1": "x", "option2": "y", "answer": "2"}
        assert record(row, "multiple_choice").answer == "y"


@pytest.mark.parametrize(
    "text",
    [
        "<|im_start|>system\ns<|im_end|>\n<|im_start|>user\nq<|im_end|>\n<|im_start|>assistant\na<|im_end|>\n",
        "<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\ns<|eot_id|><|start_header_id|>user<|end_header_id|>\n\n"
        "q<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\na<|eot_id|>",
        "### System:\ns\n\n### Instruction:\nq\n\n### Response:\na",
    ],
)
def test_a_rendered_chat_is_turns_again(text):
    made = record({"text": text}, "rendered_chat")
    assert (made.prompt, made.answer) == (turns("system: s", "q"), "a")


def test_llama_2_instructions_are_turns_again():
    made = record({"text": "<s>[INST] q1 [/INST] a1 </s><s>[INST] q2 [/INST] a2 </s>"}, "rendered_chat")
    assert (made.prompt, made.answer) == (turns("q1", "a1", "q2"), "a2")


@pytest.mark.parametrize("text", ["Lyon is a city.", "### Instruction: alone", "a list:\n### Heading\n[INST] once", ""])
def test_other_text_is_raw(text):
    assert record({"text": text}, "text").answer == text


def test_gsm8k_and_prompts():
    made = record({"question": "1+1?", "answer": "1+1=2\n#### 2"}, "question_answer")
    assert (made.prompt, made.answer) == (turns("1+1?"), "1+1=2\n#### 2")
    assert record({"prompt": "q"}, "prompts").answer is None
