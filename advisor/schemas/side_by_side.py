"""Two answers to a prompt beside each other, and a column that says which is better.

    {"prompt": "Where is Lyon?", "response_a": "In France.", "response_b": "In Spain.", "winner": "a"}
    {"prompt": "Where is Lyon?", "response_0": "In Spain.", "response_1": "In France.", "better_response_id": 1}
    {"history": "Where is Lyon?", "human_ref_a": "In Spain.", "human_ref_b": "In France.", "labels": 0, "score_a": 2,
     "score_b": 9}
    {"prompt": "Where is Lyon?", "response_1": "In France.", "response_2": "In Spain.", "preference_strength": -2}
    {"context": [{"role": "user", "content": "Where is Lyon?"}], "response1": "In Spain.", "response2": "In France.",
     "overall_preference": 3}
    {"question": {"full_text": "Where is Lyon?"}, "answer_0": "In France.", "answer_1": "In Spain.", "score_0": 1,
     "score_1": -1}
    {"instruction": "Where is Lyon?", "output_1": "In Spain.", "output_2": "In France.", "preference": 2}
    {"winner": "model_b", "conversation_a": [{"role": "user", "content": "Where is Lyon?"}, {"role": "assistant",
     "content": "Spain."}],
     "conversation_b": [{"role": "user", "content": "Where is Lyon?"}, {"role": "assistant", "content": "In France."}]}

A tie is a pair of margin 0. Source: PKU-SafeRLHF (`better_response_id`, arXiv:2406.15513), SHP (`labels`: 1 for A,
Ethayarajh et al. 2022), HelpSteer2 and 3 (`preference_strength`: below 0 for the first), WebGPT comparisons
(arXiv:2112.09332), AlpacaEval (`preference`: 1 or 2), Chatbot Arena (`winner`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from advisor.schemas import _fields
from advisor.types import Message, Record, RowError, Supervision

SUPERVISION: Supervision = "pairs"
_PROMPT = ("prompt", "question", "instruction", "history", "query", "context", "post", "input")
_TWO = (
    ("response_a", "response_b"), ("response_0", "response_1"), ("response_1", "response_2"), ("response1", "response2"),
    ("answer_a", "answer_b"), ("answer_0", "answer_1"), ("answer_1", "answer_2"), ("output_1", "output_2"),
    ("completion_a", "completion_b"), ("human_ref_a", "human_ref_b"), ("conversation_a", "conversation_b"),
    ("output_a", "output_b"), ("comment_1", "comment_2"), ("comment_a", "comment_b"), ("reply_a", "reply_b"),
    ("reply_1", "reply_2"), ("completion_1", "completion_2"),
    ("option_1", "option_2"), ("summary_a", "summary_b"), ("text_a", "text_b"),
    ("generation_1", "generation_2"), ("resp1", "resp2"), ("answer1", "answer2"), ("output1", "output2"),
    ("model_a_response", "model_b_response"), ("assistant_a", "assistant_b"), ("completion1", "completion2"),
)  # fmt: skip
_FIRST = ("a", "model_a", "response_a", "first", "left")
_SECOND = ("b", "model_b", "response_b", "second", "right")
_TIE = ("tie", "both", "both_bad", "tie (bothbad)", "tie_(bothbad)", "equal", "neither")
_CHOICES = (
    "winner", "preferred", "choice", "preference", "label", "labels", "better_response_id", "safer_response_id", "chosen",
    "human_choice", "human_preference", "better", "best", "selected", "annotator_choice", "vote", "chosen_model", "verdict",
    "preferred_generation", "preferred_response", "preferred_answer", "preferred_completion", "winner_model",
)  # fmt: skip
_STRENGTHS = ("preference_strength", "overall_preference")
_SCORES = (("score_a", "score_b"), ("score_0", "score_1"), ("score_1", "score_2"), ("rating_a", "rating_b"))


def match(row: Mapping[str, Any]) -> dict[str, str]:
    """Two answers, and a winner, a strength or a score each."""
    sides, asked = _sides(row), _asked(row)
    verdict = _verdict(row, sides) if sides else ()
    if not verdict or not (asked or sides[0].startswith("conversation")):
        return {}
    scored = "score" if len(verdict) == 2 or verdict[0] in _STRENGTHS else "answer, rejected"
    return {
        **dict.fromkeys(asked, "prompt"),
        **dict.fromkeys(sides, "answer, rejected"),
        **dict.fromkeys(verdict, scored),
    }


def records(row: Mapping[str, Any], number: int) -> list[Record | RowError]:
    """One record; without a winner the first answer stands as chosen and the margin is 0."""
    first, second = _sides(row)
    lead = _lead(row, (first, second))
    chosen, rejected = (first, second) if lead >= 0 else (second, first)
    shared, answer, worse = _fields.diverge(_turns(row, chosen), _turns(row, rejected))
    given = tuple(turn for column in _asked(row) for turn in _prompt(row[column], column))
    margin = (
        abs(lead)
        if len(_verdict(row, (first, second))) == 2 or not lead or _is_strength(row, (first, second))
        else None
    )
    prompt = _fields.headed(row, _fields.joined(given, shared))
    return [_fields.record(number, prompt=prompt, answer=answer, rejected=worse, score=margin)]


def _is_strength(row: Mapping[str, Any], sides: tuple[str, str]) -> bool:
    return _verdict(row, sides)[0] in _STRENGTHS


def _sides(row: Mapping[str, Any]) -> tuple[str, ...]:
    return next((pair for pair in _TWO if pair[0] in row and pair[1] in row), ())


def _asked(row: Mapping[str, Any]) -> tuple[str, ...]:
    return _fields.asked(row, _PROMPT)[:1]


def _verdict(row: Mapping[str, Any], sides: tuple[str, ...]) -> tuple[str, ...]:
    """The column, or the two columns of scores, that say which answer is better."""
    named = next((c for c in (*_CHOICES, *_STRENGTHS) if c in row and _is_verdict(row, c, sides)), "")
    scores = next((pair for pair in _SCORES if pair[0] in row and pair[1] in row), ())
    return (named,) if named else scores or _one_hot(row)


def _is_verdict(row: Mapping[str, Any], column: str, sides: tuple[str, ...]) -> bool:
    return column in _STRENGTHS or _winner(row[column], column, sides) is not None


def _lead(row: Mapping[str, Any], sides: tuple[str, str]) -> float:
    """Above 0 where the first answer is better, below for the second, 0 for a tie."""
    verdict = _verdict(row, sides)
    if len(verdict) == 2:
        return _fields.score(row, verdict[0]) - _fields.score(row, verdict[1])
    if verdict[0] in _STRENGTHS:
        return -_fields.score(row, verdict[0])
    return _winner(row[verdict[0]], verdict[0], sides) or 0.0


def _one_hot(row: Mapping[str, Any]) -> tuple[str, ...]:
    """Columns of which one is 1: the winner's (`winner_model_a`, `winner_model_b`, as LMSYS on Kaggle has them)."""
    return ("winner_model_a", "winner_model_b") if "winner_model_a" in row and "winner_model_b" in row else ()


def _winner(value: Any, column: str, sides: tuple[str, ...]) -> float | None:
    """1 for the first answer, -1 for the second, 0 for a tie, None where the value says none of them."""
    word = str(value).strip().lower()
    if column == "labels":  # SHP: 1 says that A is preferred
        return {"1": 1.0, "0": -1.0}.get(word)
    numbers = {"1": 1.0, "2": -1.0} if sides[0].endswith("1") else {"0": 1.0, "1": -1.0}
    if word in (*_FIRST, *_SECOND, *_TIE, *sides):
        return 0.0 if word in _TIE else 1.0 if word in (*_FIRST, sides[0]) else -1.0
    return numbers.get(word.removesuffix(".0"))


def _turns(row: Mapping[str, Any], column: str) -> _fields.Messages:
    turns = _fields.parsed(row[column])
    if isinstance(turns, list):
        said = _fields.messages(turns, column)
        if said:
            return said
        raise _fields.WrongRowError(f"column {column!r} holds no messages")
    return (Message("assistant", _fields.text(row, column)),)


def _prompt(value: Any, column: str) -> _fields.Messages:
    return _fields.prompt(value["full_text"] if isinstance(value, dict) and "full_text" in value else value, column)
