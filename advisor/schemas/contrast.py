"""A right answer and a made-up or unfaithful one to the same question, mostly on a document.

    {"knowledge": "Lyon is a French city.", "question": "Where is Lyon?", "right_answer": "In France.",
     "hallucinated_answer": "In Spain."}
    {"knowledge": "Lyon is a French city.", "dialogue_history": "[Human]: Where is Lyon?",
     "right_response": "In France.",
     "hallucinated_response": "In Spain."}
    {"document": "Lyon is a French city.", "right_summary": "Lyon is in France.",
     "hallucinated_summary": "Lyon is in Spain."}
    {"knowledge": "Lyon is a French city.", "history": ["Where is Lyon?"], "response": "In France.",
     "original_response": "In Spain."}
    {"cf_context": "Lyon is a Spanish city.", "question": "Where is Lyon?", "cf_answer": "Spain",
     "orig_answer": "France"}

Source: HaluEval (Li et al. 2023, arXiv:2305.11747), FaithDial (`original_response` is the one that was rewritten,
Dziri et al. 2022, arXiv:2204.10757), ConFiQA (the answer must follow the counterfactual context, Bi et al. 2024,
arXiv:2412.15280).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from advisor.schemas import _fields
from advisor.types import Message, Record, RowError, Supervision

SUPERVISION: Supervision = "pairs"
_SIDES = (
    ("right_answer", "hallucinated_answer"), ("right_response", "hallucinated_response"),
    ("right_summary", "hallucinated_summary"), ("response", "original_response"), ("cf_answer", "orig_answer"),
    ("correct_answer", "hallucinated_answer"), ("faithful_answer", "unfaithful_answer"), ("best_answer", "worst_answer"),
    ("correct_answer", "incorrect_answer"), ("correct_answer", "wrong_answer"), ("right_answer", "wrong_answer"),
    ("answer", "hallucinated_answer"), ("grounded_answer", "ungrounded_answer"),
)  # fmt: skip
_ASKED = ("question", "dialogue_history", "history", "user_query", "query", "prompt", "instruction")
_DOCUMENT = ("cf_context", *_fields.CONTEXTS)


def match(row: Mapping[str, Any]) -> dict[str, str]:
    """Both answers, and a question, a conversation or a document."""
    sides = _sides(row)
    asked, document = _fields.present(row, _ASKED), _fields.present(row, _DOCUMENT)
    if not sides or not (asked or document):
        return {}
    beside = {asked: "prompt", document: "contexts"}
    return {**{column: field for column, field in beside.items() if column}, sides[0]: "answer", sides[1]: "rejected"}


def records(row: Mapping[str, Any], number: int) -> list[Record | RowError]:
    """One record."""
    better, worse = _sides(row)
    asked, document = _fields.present(row, _ASKED), _fields.present(row, _DOCUMENT)
    prompt = _turns(row[asked], asked) if asked else ()
    contexts = _fields.passages(row[document], document) if document else ()
    answer, rejected = _fields.text(row, better), _fields.text(row, worse)
    return [_fields.record(number, prompt=prompt, contexts=contexts, answer=answer, rejected=rejected)]


def _sides(row: Mapping[str, Any]) -> tuple[str, ...]:
    return next((pair for pair in _SIDES if pair[0] in row and pair[1] in row), ())


def _turns(value: Any, column: str) -> _fields.Messages:
    """A question, or the turns so far as a list of texts whose last is the user's."""
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        return _fields.prompt(value, column)
    roles = ("user", "assistant")
    return tuple(Message(roles[(len(value) - 1 - place) % 2], said) for place, said in enumerate(value))
