"""One answer a row with a verdict on it: desirable or not.

    {"prompt": "Where is Lyon?", "completion": "In Spain.", "label": false}
    {"messages": [{"role": "user", "content": "Where is Lyon?"}, {"role": "assistant", "content": "In France."}],
     "kto_tag": true}
    {"question": "Where is Lyon?", "answer": "In Spain.", "is_correct": "False"}
    {"prompt": "Where is Lyon?", "response": "In France.", "is_safe": true}
    {"user_query": "Where is Lyon?", "chatgpt_response": "In Spain.", "hallucination": "yes"}
    {"user_message": "Where is Lyon?", "bot_reply": "In Spain.", "feedback": "thumbs_down"}

Source: TRL `docs/source/dataset_formats.md` (unpaired preference); LLaMA-Factory `data/README.md` (`kto_tag`);
BeaverTails (`is_safe`, Ji et al. 2023, arXiv:2307.04657); HaluEval, general (`hallucination`, Li et al. 2023,
arXiv:2305.11747).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from advisor.schemas import _fields, alpaca, messages, prompt_completion, question_answer, sharegpt
from advisor.types import Record, RowError, Supervision

SUPERVISION: Supervision = "unpaired"
_GOOD = (
    "label", "kto_tag", "desirable", "is_desirable", "is_correct", "correct", "is_safe", "is_good", "is_chosen",
    "is_acceptable", "accepted", "thumbs_up", "liked", "upvoted", "is_faithful", "faithful", "is_helpful", "helpful", "feedback",
    "user_feedback", "human_feedback", "thumb", "thumbs", "vote", "verdict", "reaction", "judgment", "judgement",
    "rating", "is_preferred", "correctness", "human_label", "quality_label", "toxicity_label",
    "safety_label", "is_grounded", "grounded", "is_supported", "safe", "is_relevant",
)  # fmt: skip
_BAD = (
    "hallucination",
    "is_hallucination",
    "is_hallucinated",
    "hallucinated",
    "is_toxic",
    "is_harmful",
    "is_unsafe",
    "is_bad",
    "thumbs_down",
)
_WORDS = {
    **dict.fromkeys(
        (
            "good", "chosen", "desirable", "desired", "correct", "accept", "accepted", "thumbs_up", "up", "like", "liked",
            "upvote", "upvoted", "positive", "helpful", "pass", "passed", "acceptable", "faithful", "safe",
            "non_toxic", "+1", "👍",
        ),
        True,
    ),
    **dict.fromkeys(
        (
            "bad", "rejected", "undesirable", "incorrect", "wrong", "reject", "thumbs_down", "down", "dislike", "disliked",
            "downvote", "downvoted", "negative", "unhelpful", "not_helpful", "fail", "failed", "unacceptable",
            "unfaithful", "hallucinated", "unsafe",
            "toxic", "-1", "👎",
        ),
        False,
    ),
}  # fmt: skip
_ANSWERED = (prompt_completion, messages, sharegpt, alpaca, question_answer)
_REPLIES = ("response", "completion", "answer", "output")


def match(row: Mapping[str, Any]) -> dict[str, str]:
    """A row of any answered layout with a verdict that is true or false."""
    label = _label(row)
    answered = _answered(row)[1] if label else {}
    return {**answered, label: "label"} if answered else {}


def records(row: Mapping[str, Any], number: int) -> list[Record | RowError]:
    """One record."""
    column, (layout, _) = _label(row), _answered(row)
    verdict = _verdict(row[column], column)
    return [_fields.labelled(record, verdict) for record in layout.records(_plain(row), number)]


def _label(row: Mapping[str, Any]) -> str:
    """The first column that holds a verdict."""
    return next((name for name in (*_GOOD, *_BAD) if name in row and _is_verdict(row[name])), "")


def _is_verdict(value: Any) -> bool:
    return _fields.is_truth(value) or _word(value) in _WORDS


def _word(value: Any) -> str:
    """In lower case, `Thumbs up` as `thumbs_up` and `-1.0` as `-1`."""
    word = str(value).strip().lower().removesuffix(".0")
    return word if word in _WORDS else word.replace(" ", "_").replace("-", "_")


def _verdict(value: Any, column: str) -> bool:
    word = _word(value)
    said = _WORDS[word] if word in _WORDS else bool(_fields.truth(value, column))
    return said != (column in _BAD)


def _answered(row: Mapping[str, Any]) -> tuple[Any, dict[str, str]]:
    """(layout, columns) of the row without its verdict: the layout that explains most columns."""
    called = {name: column for column, name in _names(row).items()}
    found = ((layout, layout.match(_plain(row))) for layout in _ANSWERED)
    layout, columns = max(found, key=lambda each: len(each[1]))
    return layout, {called[name]: field for name, field in columns.items()}


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: row[column] for column, name in _names(row).items()}


def _names(row: Mapping[str, Any]) -> dict[str, str]:
    """Column → its name without the model it came from: HaluEval's `chatgpt_response` is a `response`."""
    verdicts = {*_GOOD, *_BAD}
    plain = {column: column for column in row if column not in verdicts}
    for reply in _REPLIES:
        spoken = [column for column in plain if column.endswith(f"_{reply}")]
        if len(spoken) == 1 and not any(name in row for name in _REPLIES):
            plain[spoken[0]] = reply
    return plain
