"""Several answers to a prompt, each with a score or a rank: the best and the worst become the pair.

    {"instruction": "Where is Lyon?", "completions": [{"response": "In France.", "overall_score": 8.5},
      {"response": "In Spain.", "overall_score": 2}]}
    {"instruction": "Where is Lyon?", "completions": [
      {"response": "In France.", "annotations": {"honesty": {"Rating": "5"}, "truthfulness": {"Rating": "4"}}},
      {"response": "In Spain.", "annotations": {"honesty": {"Rating": "1"}, "truthfulness": {"Rating": "N/A"}}}]}
    {"prompt": "Where is Lyon?", "answers": [{"answer": "In France.", "rank": 1}, {"answer": "In Spain.", "rank": 2}]}
    {"prompt": "Where is Lyon?", "responses": ["In France.", "In Spain."], "scores": [0.9, 0.1]}
    {"instruction": "Where is Lyon?", "input": "", "output": ["In France.", "In Spain."]}

Answers that all score alike give a pair of margin 0. The answers between are kept in meta. Source: UltraFeedback (Cui
et al. 2023, arXiv:2310.01377), Nectar (berkeley-nest, 2023), LLaMA-Factory `data/README.md` (older ranking format:
best first).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from advisor.schemas import _fields
from advisor.types import Record, RowError, Supervision

SUPERVISION: Supervision = "ranked"
_PROMPT = ("prompt", "instruction", "question", "query", "input", "body", "post", "title")
_LISTS = (
    "completions",
    "responses",
    "answers",
    "candidates",
    "comments",
    "generations",
    "outputs",
    "replies",
    "output",
)
_SCORES = ("scores", "ratings", "rewards", "rating", "reward_scores")
_RANKS = ("ranks", "ranking", "rankings", "rank")
_TEXT = ("response", "completion", "answer", "text", "output", "content", "generation", "body", "comment")
_SCORE = (
    "overall_score",
    "score",
    "rating",
    "reward",
    "fine_grained_score",
    "fine-grained_score",
    "final_score",
    "votes",
    "upvotes",
    "likes",
    "value",
)
_Scored = tuple[str, float]


def match(row: Mapping[str, Any]) -> dict[str, str]:
    """A prompt with a list of answers that are scored, ranked, or written best first."""
    asked, answers = _fields.asked(row, _PROMPT), _fields.present(row, _LISTS)
    beside = _beside(row)
    if not asked or asked[0] == answers or not _is_scored(_fields.parsed(row.get(answers)), answers, beside):
        return {}
    scores = {beside: "score"} if beside else {}
    return {**dict.fromkeys(asked, "prompt"), answers: "answer, rejected, score", **scores}


def records(row: Mapping[str, Any], number: int) -> list[Record | RowError]:
    """One record: the best against the worst."""
    asked, column = _fields.asked(row, _PROMPT), _fields.present(row, _LISTS)
    scored = _scored(row, column)
    if len(scored) < 2:
        raise _fields.WrongRowError(f"column {column!r} holds {len(scored)} scored answers, want two or more")
    scored.sort(key=lambda each: -each[1])
    (best, high), *between, (worst, low) = scored
    prompt = _fields.headed(row, _fields.question(row, asked))
    meta = {"between": [{"answer": text, "score": score} for text, score in between]} if between else {}
    return [_fields.record(number, prompt=prompt, answer=best, rejected=worst, score=high - low, meta=meta)]


def _beside(row: Mapping[str, Any]) -> str:
    """The column of scores or ranks that goes with a list of answers."""
    column = _fields.present(row, (*_SCORES, *_RANKS))
    return column if isinstance(_fields.parsed(row.get(column)), list) else ""


def _is_scored(answers: Any, column: str, beside: str) -> bool:
    if not isinstance(answers, list) or not answers:
        return False
    if column == "output":
        return len(answers) > 1 and all(isinstance(item, str) for item in answers)
    if isinstance(answers[0], dict):
        return bool(_fields.present(answers[0], (*_SCORE, "rank", "annotations")) or beside)
    return bool(beside) and isinstance(answers[0], str)


def _scored(row: Mapping[str, Any], column: str) -> list[_Scored]:
    answers, beside = _fields.parsed(row[column]), _beside(row)
    if not beside:
        return [each for place, item in enumerate(answers) if (each := _own(item, column, place))]
    scores = _fields.parsed(row[beside])
    if len(scores) != len(answers):
        raise _fields.WrongRowError(f"column {beside!r} holds {len(scores)} scores for {len(answers)} answers")
    sign = -1 if beside in _RANKS else 1
    given = [_fields.score({beside: score}, beside) * sign for score in scores]
    return [(_text(item, column), score) for item, score in zip(answers, given, strict=True)]


def _own(item: Any, column: str, place: int) -> _Scored | None:
    """An answer with its own score, None where it has none (UltraFeedback has `N/A`); a bare text counts by its place."""
    if not isinstance(item, dict):
        return _text(item, column), float(-place)
    if "rank" in item:
        return _text(item, column), -_fields.score(item, "rank")
    if name := _fields.present(item, _SCORE):
        return _text(item, column), _fields.score(item, name)
    ratings = [value.get("Rating", value.get("rating")) for value in _aspects(item) if isinstance(value, dict)]
    known = [float(str(rating)) for rating in ratings if str(rating).replace(".", "", 1).isdigit()]
    return (_text(item, column), sum(known) / len(known)) if known else None


def _aspects(item: Mapping[str, Any]) -> list[Any]:
    rated = item.get("annotations")
    return list(rated.values()) if isinstance(rated, dict) else []


def _text(item: Any, column: str) -> str:
    text = item.get(_fields.present(item, _TEXT)) if isinstance(item, dict) else item
    if not isinstance(text, str):
        raise _fields.wrong(column, item, "answers that are text")
    return text
