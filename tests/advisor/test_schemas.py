"""The contract every layout keeps."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor import schemas
from advisor.schemas import _fields
from advisor.types import Record, RowError, Supervision
from tests.advisor.layouts import EXAMPLES, FIELDS, LAYOUTS


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
