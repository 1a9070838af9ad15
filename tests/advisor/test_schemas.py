"""The contract every layout keeps, and how the rows of each become records."""

from __future__ import annotations

import json
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


def test_at_least_45_layouts_are_recognised():
    assert len(EXAMPLES) >= 45
    assert len({tuple(sorted(row)) for _, row in EXAMPLES}) >= 45


def spoilt_rows(name: str, row: dict[str, Any], values: list[Any]) -> list[tuple[str, Any, dict[str, Any]]]:
    """(column, its field, the row with another value there) where the row is of the same layout still."""
    found = [(c, f, {**row, c: v}) for c, f in LAYOUTS[name].match(row).items() for v in values]
    return [(c, f, r) for c, f, r in found if schemas.detect(r)[0] == name and c in LAYOUTS[name].match(r)]


# A choice or a checked answer may be a number, a verdict may be many things, and side effects of a prompt may be anything.
_NUMBERS = {"multiple_choice", "reference_answers", "verifiable", "rated", "classification"}
_STRUCTURED = {"alpaca", "extraction"}
"""Layouts whose answer may be an object."""


@pytest.mark.parametrize(("name", "row"), EXAMPLES)
def test_a_wrong_type_in_any_column_is_refused_or_the_row_is_another_layouts(name, row):
    for column, field, spoilt in spoilt_rows(name, row, [3, [3], {"x": 3}, True]):
        if field in ("label", "score") or (name in _NUMBERS and spoilt[column] != {"x": 3}):
            continue
        if field == "answer" and name in _STRUCTURED and spoilt[column] == {"x": 3}:
            continue
        try:
            made = LAYOUTS[name].records(spoilt, 1)
        except _fields.WrongRowError as error:
            assert column in str(error) or column.endswith("_response")  # noqa: PT017 - kto calls it a response
        else:
            assert any(isinstance(r, RowError) for r in made) or field == "score", (column, spoilt)


def changed(value: Any) -> Any:
    """The value with every text and number in it changed, but for roles."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, (int, float)):
        return value + 1
    if isinstance(value, str):
        return f"{value[:-1]}x{value[-1:]}"
    if isinstance(value, list):
        return [changed(item) for item in value]
    return {k: v if k in ("role", "from", "name") else changed(v) for k, v in value.items()}


@pytest.mark.parametrize(("name", "row"), EXAMPLES)
def test_every_column_that_a_layout_claims_enters_the_record(name, row):
    made = LAYOUTS[name].records(row, 1)
    for column in LAYOUTS[name].match(row):
        other = {**row, column: changed(row[column])}
        if schemas.detect(other)[0] != name:
            continue
        try:
            assert LAYOUTS[name].records(other, 1) != made, column
        except _fields.WrongRowError:
            continue


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


def test_the_richer_signal_wins_then_the_layout_that_explains_more_columns():
    assert schemas.detect({"prompt": "a"})[0] == "prompts"
    assert schemas.detect({"prompt": "a", "completion": "b"})[0] == "prompt_completion"
    assert schemas.detect({"prompt": "a", "completion": "b", "label": True})[0] == "kto"
    assert schemas.detect({"prompt": "a", "completion": "b", "chosen": "b", "rejected": "c"})[0] == "preference"
    alpaca = {"instruction": "a", "input": "b", "output": "c", "system": "d", "history": []}
    assert schemas.detect({**alpaca, "chosen": "e", "rejected": "f"})[0] == "preference"
    assert schemas.detect({"colour": "red"}) == ("unknown", {})


def test_a_class_label_makes_neither_kto_nor_raw_text():
    assert schemas.detect({"text": "a fine film", "label": 1})[0] == "classification"
    assert schemas.detect({"text": "a fine film", "label": "good fun"})[0] == "classification"
    assert schemas.detect({"prompt": "a", "completion": "b", "label": "spam"})[0] == "prompt_completion"


def test_answers_of_choices_and_marks_beside_gold_are_not_taken_for_tests():
    assert schemas.detect({"question": "q", "answer": "x", "answers": ["x", "y"]})[0] == "question_answer"
    assert schemas.detect({"question": "q", "answer": "x", "reference": "page 3"})[0] == "question_answer"
    assert schemas.detect({"instruction": "q", "output": "x", "score": 3})[0] == "alpaca"


@pytest.mark.parametrize(
    ("row", "layout"),
    [
        ({"customer_message": "q", "support_reply": "a"}, "prompt_completion"),
        ({"user_query": "q", "final_answer_text": "a"}, "prompt_completion"),
        ({"user_question": "q", "best_answer": "a", "worst_answer": "b"}, "named_sides"),
        ({"student_question": "q", "better_reply": "a", "worse_reply": "b"}, "named_sides"),
        ({"user_message": "q", "bot_reply": "a", "feedback": "👎"}, "kto"),
        ({"customer_query": "q", "agent_response": "a", "user_feedback": "Thumbs up"}, "kto"),
        ({"user_query": "q", "response": "a", "stars": 3}, "rated"),
        ({"bot_reply": "a", "agent_reply": "b", "user_message": "q"}, "prompts"),
        ({"user_prompt": "q", "bot_reply": "a", "feedback": "Please say more about the roof."}, "prompt_completion"),
    ],
)
def test_names_of_ones_own_are_read_by_their_words(row: dict[str, Any], layout: str) -> None:
    assert schemas.detect(row)[0] == layout


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
