"""Which columns are suggested for `--map` where no layout fits."""

from __future__ import annotations

from typing import Any

import pytest

from advisor import suggestion

ASKED, TOLD = "Where does the river rise?", "It rises in the hills to the north of the town, and so it always did."


def rows(**cells: Any) -> list[dict[str, Any]]:
    """Thirty rows, a text numbered in each, another value as it is."""
    numbered = [{c: f"{v} {n}" if isinstance(v, str) and " " in v else v for c, v in cells.items()} for n in range(30)]
    return [{"row": n, **row} for n, row in enumerate(numbered)]


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ({"instuction": ASKED, "input": "", "ouput": TOLD}, "prompt=instuction,answer=ouput"),
        ({"promt": ASKED, "choosen": TOLD, "rejeted": TOLD}, "prompt=promt,chosen=choosen,rejected=rejeted"),
        ({"ouput": TOLD, "instuction": ASKED}, "prompt=instuction,answer=ouput"),
        ({"subject": ASKED, "description": TOLD, "agent_reply": TOLD}, "prompt=subject+description,answer=agent_reply"),
        ({"Ticket ID": "A 7", "bodyText": TOLD, "supportReply": TOLD}, "prompt=bodyText,answer=supportReply"),
        ({"ask": ASKED, "tell": TOLD}, "prompt=ask,answer=tell"),
        ({"tell": TOLD, "promt": ASKED}, "prompt=promt,answer=tell"),
        ({"lay": TOLD}, "text=lay"),
    ],
)
def test_columns_of_text_are_suggested_by_names_near_the_known_ones(cells: dict[str, Any], said: str) -> None:
    assert ",".join(f"{field}={column}" for field, column in suggestion.mapping(rows(**cells)).items()) == said


@pytest.mark.parametrize(
    "cells",
    [
        {"id": "a17", "status": "completed", "fields": {"prompt": ASKED}},
        {"Name": "Doe, J.", "Sex": "male", "Age": "20"},
        {"answer_id": "0a1b", "response": 3, "output": ["a"]},
        {"prompt": "", "answer": None},
    ],
)
def test_ids_numbers_and_short_cells_are_not_suggested(cells: dict[str, Any]) -> None:
    assert suggestion.mapping(rows(**cells)) == {}


def test_a_few_values_over_and_over_are_classes_and_not_answers() -> None:
    said = [{"query": f"{ASKED} {n}", "answer": ("not sure", "very sure")[n % 2]} for n in range(100)]
    assert suggestion.mapping(said) == {"prompt": "query"}
