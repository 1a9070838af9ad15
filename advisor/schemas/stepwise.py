"""A worked solution whose steps are each marked right or wrong: process supervision.

    {"prompt": "What is 6 times 7?", "completions": ["6 times 7 is 6 + 6 and so on.", "So 42."], "labels": [true, true]}
    {"question": {"problem": "What is 6 times 7?"}, "label": {"steps": [
      {"completions": [{"text": "So 41.", "rating": -1}], "chosen_completion": 0}]}}

The whole solution is one record, desirable if every step is; the steps' marks are kept in meta. Source: TRL
`docs/source/dataset_formats.md` (stepwise supervision); PRM800K (Lightman et al. 2023, arXiv:2305.20050).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from advisor.schemas import _fields
from advisor.types import Record, RowError, Supervision

SUPERVISION: Supervision = "unpaired"
_Step = tuple[str, bool]


def match(row: Mapping[str, Any]) -> dict[str, str]:
    """`prompt`, `completions` and as many true-or-false `labels`; or PRM800K's steps."""
    label = row.get("label")
    if isinstance(row.get("question"), dict) and isinstance(label, dict) and "steps" in label:
        return {"question": "prompt", "label": "answer, label"}
    steps, labels = _fields.parsed(row.get("completions")), _fields.parsed(row.get("labels"))
    marked = isinstance(steps, list) and isinstance(labels, list) and all(map(_fields.is_truth, labels))
    return {"prompt": "prompt", "completions": "answer", "labels": "label"} if marked and "prompt" in row else {}


def records(row: Mapping[str, Any], number: int) -> list[Record | RowError]:
    """One record."""
    if "completions" in row:
        prompt, steps = _fields.prompt(row["prompt"], "prompt"), _marked(row)
    else:
        prompt, steps = _fields.user(_problem(row["question"])), _rated(row["label"]["steps"])
    answer, marks = "\n".join(text for text, _ in steps), [right for _, right in steps]
    return [_fields.record(number, prompt=prompt, answer=answer, label=all(marks), meta={"steps": marks})]


def _marked(row: Mapping[str, Any]) -> list[_Step]:
    texts, labels = _fields.texts(row["completions"], "completions"), _fields.parsed(row["labels"])
    if len(texts) != len(labels) or not texts:
        raise _fields.WrongRowError(
            f"column 'labels' holds {len(labels)} labels for {len(texts)} steps in 'completions'"
        )
    return [(text, bool(_fields.truth(label, "labels"))) for text, label in zip(texts, labels, strict=True)]


def _problem(question: Mapping[str, Any]) -> str:
    if not isinstance(question.get("problem"), str):
        raise _fields.wrong("question", question, "an object with the problem")
    return str(question["problem"])


def _rated(steps: Any) -> list[_Step]:
    made = [_step(step) for step in steps] if isinstance(steps, list) else []
    if not made or None in made:
        raise _fields.wrong("label", steps, "steps with rated completions")
    return [step for step in made if step]


def _step(step: Any) -> _Step | None:
    """The completion that was chosen, else the first."""
    said = step.get("completions") if isinstance(step, dict) else None
    if not isinstance(said, list) or not said:
        return None
    place = step.get("chosen_completion")
    one = said[place if isinstance(place, int) and 0 <= place < len(said) else 0]
    if not isinstance(one, dict) or not isinstance(one.get("text"), str):
        return None
    return one["text"], (one.get("rating") or 0) >= 0 if isinstance(one.get("rating"), (int, type(None))) else False
