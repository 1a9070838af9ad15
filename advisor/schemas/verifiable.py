"""A prompt whose answer a program can check: for reinforcement with a verifiable reward.

    {"prompt": [{"role": "user", "content": "What is 6 times 7?"}], "reward_model": {"style": "rule",
     "ground_truth": "42"}}
    {"prompt": "What is 6 times 7?", "ground_truth": "42"}
    {"prompt": "What is 6 times 7?", "solution": "6 times 7 is 42.", "reward_model": {"ground_truth": "42"}}
    {"problem": "What is 6 times 7?", "final_answer": 42}

The answer is the worked solution where there is one, else what the check expects. Source: verl data preparation
(`reward_model`, `ground_truth`); DeepScaleR and DAPO data.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from advisor.schemas import _fields
from advisor.types import Record, RowError, Supervision

SUPERVISION: Supervision = "gold"
_ASKED = ("prompt", "problem", "question", "query", "instruction", "messages")
_SOLUTION = ("solution", "generated_solution", "response", "completion", "output", "answer")
_TRUTH = ("ground_truth", "final_answer", "numerical_answer", "gold_solution", "ground_truths", "ground_truth_answer")


def match(row: Mapping[str, Any]) -> dict[str, str]:
    """A prompt with what a check expects: `ground_truth`, or `reward_model` that holds one."""
    asked, truth = _fields.present(row, _ASKED), _truth(row)
    if not asked or not truth:
        return {}
    solution = _solution(row)
    field = "references" if solution else "answer"
    return {asked: "prompt", truth: field, **({solution: "answer"} if solution else {})}


def records(row: Mapping[str, Any], number: int) -> list[Record | RowError]:
    """One record."""
    asked, truth, solution = _fields.present(row, _ASKED), _truth(row), _solution(row)
    expected = _expected(row[truth], truth)
    answer = _fields.text(row, solution) if solution else expected
    references = (expected,) if solution else ()
    return [_fields.record(number, prompt=_fields.prompt(row[asked], asked), answer=answer, references=references)]


def _solution(row: Mapping[str, Any]) -> str:
    column = _fields.present(row, _SOLUTION)
    return column if isinstance(row.get(column), str) else ""


def _truth(row: Mapping[str, Any]) -> str:
    reward = _fields.parsed(row.get("reward_model"))
    if isinstance(reward, dict) and "ground_truth" in reward:
        return "reward_model"
    return _fields.present(row, _TRUTH)


def _expected(value: Any, column: str) -> str:
    value = _fields.parsed(value) if column == "reward_model" else value
    value = value["ground_truth"] if isinstance(value, dict) and "ground_truth" in value else value
    value = value[0] if isinstance(value, list) and value else value
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise _fields.wrong(column, value, "text or a number")
    return _fields.written(value, column)
