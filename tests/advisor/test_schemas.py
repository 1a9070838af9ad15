"""The contract every layout keeps, and how the rows of each become records."""

from __future__ import annotations

from typing import Any, ClassVar, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor import schemas
from advisor.schemas import _fields
from advisor.types import Message, Record, RowError, Supervision

LAYOUTS = schemas.layouts()
EXAMPLES = [(name, row) for name, layout in LAYOUTS.items() for row in schemas.examples(layout)]
FIELDS = set(Record.__dataclass_fields__)


def records(row: dict[str, Any], name: str = "") -> list[Record | RowError]:
    found, _ = schemas.detect(row)
    assert found == name or not name
    return LAYOUTS[found].records(row, 1)


def record(row: dict[str, Any], name: str = "") -> Record:
    (only,) = records(row, name)
    assert isinstance(only, Record)
    return only


def turns(*said: str) -> tuple[Message, ...]:
    """Messages of alternating user and assistant turns; `system: …` is a system turn."""
    systems = [Message("system", s.removeprefix("system: ")) for s in said if s.startswith("system: ")]
    others = [s for s in said if not s.startswith("system: ")]
    return (*systems, *(Message(("user", "assistant")[i % 2], s) for i, s in enumerate(others)))


def openai(*said: str) -> list[dict[str, str]]:
    return [{"role": m.role, "content": m.content} for m in turns(*said)]


@pytest.mark.parametrize("name", LAYOUTS)
def test_every_layout_declares_a_supervision_and_shows_examples(name):
    assert LAYOUTS[name].SUPERVISION in get_args(Supervision)
    assert schemas.examples(LAYOUTS[name])
    assert "Source: " in (LAYOUTS[name].__doc__ or "")


@pytest.mark.parametrize(("name", "row"), EXAMPLES)
def test_every_example_is_recognised_as_its_own_layout_and_becomes_records(name, row):
    found, columns = schemas.detect(row)
    assert found == name
    assert columns.keys() <= row.keys()
    assert {field for fields in columns.values() for field in fields.split(", ")} <= FIELDS
    made = LAYOUTS[name].records(row, 7)
    assert made
    assert all(isinstance(r, Record) and r.row == 7 for r in made)


@pytest.mark.parametrize(("name", "row"), EXAMPLES)
@pytest.mark.parametrize("wrong", [3, [3], {"x": 3}, True])
def test_a_wrong_type_in_any_column_is_refused_by_name_or_the_row_is_another_layouts(name, row, wrong):
    for column in LAYOUTS[name].match(row):
        spoilt = {**row, column: wrong}
        if schemas.detect(spoilt)[0] != name:
            continue
        if LAYOUTS[name].match(row)[column] != "label":  # true is of the right type there
            with pytest.raises(_fields.WrongRowError, match=column):
                LAYOUTS[name].records(spoilt, 1)


_NAMES = sorted(
    {column for _, row in EXAMPLES for column in row} | {"margin", "system", "context", "label", "messages"}
)
_WILD = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.just("\n\nHuman: a\n\nAssistant: b"),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["role", "content", "from", "value", "text", "qas", "messages"]), inner, max_size=3
        )
    ),
    max_leaves=6,
)


@settings(deadline=None)  # shared machines stall
@given(st.dictionaries(st.sampled_from(_NAMES), _WILD, max_size=6))
def test_no_row_makes_a_layout_raise_anything_but_its_own_error(row):
    name, columns = schemas.detect(row)
    if not columns:
        assert name == "unknown"
        return
    try:
        made: list[object] = list(LAYOUTS[name].records(row, 1))
    except _fields.WrongRowError as error:
        made = [RowError(1, str(error))]
    assert all(isinstance(r, (Record, RowError)) for r in made)
    assert not any(isinstance(r, RowError) and "\n" in r.why for r in made)


def test_the_layout_that_explains_more_columns_wins():
    assert schemas.detect({"prompt": "a"})[0] == "prompts"
    assert schemas.detect({"prompt": "a", "completion": "b"})[0] == "prompt_completion"
    assert schemas.detect({"prompt": "a", "completion": "b", "label": True})[0] == "kto"
    assert schemas.detect({"prompt": "a", "completion": "b", "chosen": "b", "rejected": "c"})[0] == "preference"
    assert schemas.detect({"colour": "red"}) == ("unknown", {})


def test_a_class_label_makes_neither_kto_nor_raw_text():
    assert schemas.detect({"text": "a fine film", "label": 1})[0] == "unknown"
    assert schemas.detect({"prompt": "a", "completion": "b", "label": "spam"})[0] == "prompt_completion"


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

    def test_speakers_inside_a_line_are_text(self):
        start = "\n\nHuman: Write Human: and Assistant: twice\n\nAssistant:"
        assert record({"chosen": start + " a", "rejected": start + " b"}).prompt == turns(
            "Write Human: and Assistant: twice"
        )


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


@pytest.mark.parametrize(("label", "desirable"), [(True, True), (False, False), (1, True), (0, False)])
@pytest.mark.parametrize("answered", [{"prompt": "q", "completion": "a"}, {"messages": openai("q", "a")}])
def test_kto_labels_an_answered_row(answered, label, desirable):
    made = record({**answered, "label": label}, "kto")
    assert (made.prompt, made.answer, made.label) == (turns("q"), "a", desirable)


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
