"""Label Studio's export of a pairwise comparison: the task's data, and the side that each annotator selected.

    {"id": 1, "data": {"prompt": "Where is Lyon?", "answer1": "In Spain.", "answer2": "In France."}, "annotations": [
      {"completed_by": 1, "result": [{"type": "pairwise", "from_name": "pw", "to_name": "answer1,answer2",
       "value": {"selected": "right"}}]}]}
    {"data": {"question": "Where is Lyon?", "text1": "In France.", "text2": "In Spain."}, "annotations": [
      {"was_cancelled": false, "result": [{"type": "pairwise", "to_name": "text1,text2", "value": {"selected": "left"}}]}]}

The majority decides; as many for each side are a tie. Source: labelstud.io `guide/task_format`, `tags/pairwise`,
`templates/generative-pairwise-human-preference`; Data-Juicer `human_preference_annotation_mapper` (`selected`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from advisor.naming import canonical
from advisor.schemas import _fields, _votes, side_by_side
from advisor.types import Record, RowError, Supervision

SUPERVISION: Supervision = "pairs"
_SIDES = ("left", "right")


def match(row: Mapping[str, Any]) -> dict[str, str]:
    """A task's data and its annotations, one of them a comparison, or none yet of what looks like one."""
    data, annotations = row.get("data"), row.get("annotations")
    if not isinstance(data, dict) or not isinstance(annotations, list):
        return {}
    if not _results(annotations) and not side_by_side.match({**canonical(data)[0], "preference": _votes.TIE}):
        return {}
    return {"data": "prompt, answer, rejected", "annotations": "answer, rejected"}


def records(row: Mapping[str, Any], number: int) -> list[Record | RowError]:
    """One record."""
    results = _results(row["annotations"])
    votes = [str(result["value"].get("selected")) for result in results]
    vote = _votes.majority([vote for vote in votes if vote in _SIDES])
    if not vote:
        raise _fields.WrongRowError("column 'annotations' does not say which answer is better")
    left, right = _compared(row["data"], str(results[0].get("to_name")))
    flat = {**canonical(row["data"])[0], "response_a": left, "response_b": right, "preference": vote}
    if not side_by_side.match(flat):
        raise _fields.WrongRowError("column 'data' holds no prompt")
    return side_by_side.records(flat, number)


def _results(annotations: list[Any]) -> list[dict[str, Any]]:
    """The comparisons in annotations that were not cancelled."""
    held = [a.get("result") for a in annotations if isinstance(a, dict) and not a.get("was_cancelled")]
    found = [result for results in held if isinstance(results, list) for result in results if isinstance(result, dict)]
    return [each for each in found if each.get("type") == "pairwise" and isinstance(each.get("value"), dict)]


def _compared(data: Mapping[str, Any], names: str) -> list[Any]:
    """What stands left and right: the tags' names are those of the data in the tool's own templates."""
    sides = [name.strip() for name in names.split(",")]
    if len(sides) != 2 or not all(name in data for name in sides):
        raise _fields.WrongRowError(f"column 'data' has no {' and '.join(map(repr, sides))}, which were compared")
    return [data[name] for name in sides]
