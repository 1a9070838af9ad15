"""One answer a row, rated: a reward, or a mark for each of several qualities.

    {"prompt": "Where is Lyon?", "response": "In France.", "helpfulness": 4, "correctness": 4, "coherence": 4,
     "complexity": 1,
     "verbosity": 1}
    {"instruction": "Where is Lyon?", "output": "In France.", "human_score": 5}
    {"user_query": "Where is Lyon?", "response": "In France.", "rating": 4}
    {"instruction": "Judge this answer: Lyon is in France.", "gpt4_score": [5, 4], "gpt4_feedback": ["Correct.",
     "Correct, but brief."]}

The score is the overall one where there is one, else helpfulness, else the mean; all marks stay in meta.

Source: HelpSteer (Wang et al. 2023, arXiv:2311.09528); Prometheus (Kim et al. 2023, arXiv:2310.08491) for scores with
feedback and no answer of its own.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from advisor.schemas import _fields, alpaca, messages, prompt_completion, question_answer
from advisor.types import Record, RowError, Supervision

SUPERVISION: Supervision = "ranked"
_MARKS = (
    "helpfulness",
    "correctness",
    "coherence",
    "complexity",
    "verbosity",
    "truthfulness",
    "honesty",
    "relevance",
    "safety",
)
_OVERALL = (
    "human_score", "overall_score", "overall_rating", "human_rating", "user_rating", "star_rating", "rating", "stars", "reward",
    "helpfulness",
)  # fmt: skip
_ANSWERED = (prompt_completion, messages, alpaca, question_answer)


def match(row: Mapping[str, Any]) -> dict[str, str]:
    """An answered row with an overall score or two marks; or an instruction whose `…_score` has a `…_feedback`."""
    scores = _scores(row)
    answered = max((layout.match(row) for layout in _ANSWERED), key=len) if scores else {}
    if answered:
        return {**answered, **dict.fromkeys(scores, "score")}
    judged = _judged(row)
    return {"instruction": "prompt", judged: "score"} if judged and "instruction" in row else {}


def records(row: Mapping[str, Any], number: int) -> list[Record | RowError]:
    """One record; without an answer of its own the row is a prompt with a score."""
    scores = _scores(row)
    if not scores:
        prompt, judged = _fields.user(_fields.text(row, "instruction")), _judged(row)
        marks = _marks(row[judged], judged)
        return [_fields.record(number, prompt=prompt, score=sum(marks) / len(marks), meta={judged: row[judged]})]
    layout = max(_ANSWERED, key=lambda candidate: len(candidate.match(row)))
    given = {column: _fields.score(row, column) for column in scores}
    overall = _fields.present(row, _OVERALL)
    score = given[overall] if overall in given else sum(given.values()) / len(given)
    made = layout.records(row, number)
    return [dataclasses.replace(r, score=score, meta={**r.meta, **given}) if isinstance(r, Record) else r for r in made]


def _scores(row: Mapping[str, Any]) -> tuple[str, ...]:
    marks = tuple(name for name in _MARKS if name in row and _is_number(row[name]))
    overall = tuple(name for name in _OVERALL if name != "helpfulness" and name in row and _is_number(row[name]))
    return tuple(dict.fromkeys((*overall, *marks))) if overall or len(marks) > 1 else ()


def _is_number(value: Any) -> bool:
    return not isinstance(value, bool) and str(value).replace(".", "", 1).removeprefix("-").isdigit()


def _judged(row: Mapping[str, Any]) -> str:
    """A column of scores beside one of feedback by the same judge."""
    return next((c for c in row if c.endswith("_score") and f"{c.removesuffix('_score')}_feedback" in row), "")


def _marks(value: Any, column: str) -> list[float]:
    items = value if isinstance(value, list) else [value]
    if not items:
        raise _fields.wrong(column, value, "one or more scores")
    return [_fields.score({column: item}, column) for item in items]
