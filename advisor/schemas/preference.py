"""A prompt with a chosen and a rejected answer: text or messages, the prompt given or shared by both sides.

    {"prompt": "Where is Lyon?", "chosen": "In France.", "rejected": "In Spain.", "contexts": ["Lyon is a French city."]}
    {"chosen": [{"role": "user", "content": "Where is Lyon?"}, {"role": "assistant", "content": "In France."}],
     "rejected": [{"role": "user", "content": "Where is Lyon?"}, {"role": "assistant", "content": "In Spain."}]}
    {"input": {"messages": [{"role": "user", "content": "Where is Lyon?"}]},
     "preferred_output": [{"role": "assistant", "content": "In France."}],
     "non_preferred_output": [{"role": "assistant", "content": "In Spain."}]}

Source: TRL `docs/source/dataset_formats.md` (preference, implicit prompt); OpenAI direct preference optimization guide
(`preferred_output`); Orca DPO pairs (`system`, `question`); LLaMA-Factory `data/README.md` (`conversations`, single turns);
Argilla (`chosen_response`); AutoTrain (`rejected_text`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from advisor.schemas import _fields
from advisor.types import Message, Record, RowError, Supervision

SUPERVISION: Supervision = "pairs"
_SIDES = (
    ("chosen", "rejected"),
    ("chosen_response", "rejected_response"),
    ("preferred_output", "non_preferred_output"),
    ("preferred", "dispreferred"),
    ("accepted", "rejected"),
    ("text", "rejected_text"),
    ("win", "lose"),
)
_PROMPT = ("prompt", "messages", "conversations", "question", "instruction", "query", "input")
_SYSTEM = ("system", "system_prompt")
_MARGINS = (
    ("score_chosen", "score_rejected"),
    ("chosen_score", "rejected_score"),
    ("chosen_rating", "rejected_rating"),
)


def match(row: Mapping[str, Any]) -> dict[str, str]:
    """Both sides; prompt, system prompt and scores where there are any."""
    chosen, rejected = _sides(row)
    if not chosen:
        return {}
    prompts = {name: "prompt" for names in (_PROMPT, _SYSTEM) if (name := _fields.present(row, names))}
    scores = dict.fromkeys(_scores(row), "score")
    return {**prompts, chosen: "answer", rejected: "rejected", **scores}


def records(row: Mapping[str, Any], number: int) -> list[Record | RowError]:
    """One record."""
    (better, worse), asked, system = _sides(row), _fields.present(row, _PROMPT), _fields.present(row, _SYSTEM)
    if isinstance(row[better], str) and isinstance(row[worse], str):
        shared, chosen, rejected = _texts(row[better], row[worse], bool(asked))
    else:
        shared, chosen, rejected = _fields.diverge(_turns(row, better), _turns(row, worse))
    given = _fields.prompt(row[asked], asked) if asked else ()
    head = (Message("system", said),) if system and (said := _fields.text(row, system)) else ()
    prompt = (*head, *_joined(given, shared))
    return [_fields.record(number, prompt=prompt, answer=chosen, rejected=rejected, score=_margin(row))]


def _sides(row: Mapping[str, Any]) -> tuple[str, str]:
    return next(((better, worse) for better, worse in _SIDES if better in row and worse in row), ("", ""))


def _turns(row: Mapping[str, Any], column: str) -> tuple[Message, ...]:
    value = row[column]
    turns = (Message("assistant", value),) if isinstance(value, str) else _fields.messages(value, column)
    if not turns:
        raise _fields.WrongRowError(f"column {column!r} holds no messages")
    return turns


def _texts(chosen: str, rejected: str, has_prompt: bool) -> tuple[tuple[Message, ...], str, str]:
    """(prompt, chosen, rejected) of two texts. Without a prompt column the shared lines are the prompt.

    TRL's `extract_prompt` cuts at the first differing character; a prompt ends with its line, and what two answers share
    of one line belongs to them.
    """
    cut = 0 if has_prompt else chosen.rfind("\n", 0, _fields.alike(chosen, rejected)) + 1
    shared = chosen[:cut].strip()
    return (_fields.user(shared) if shared else ()), chosen[cut:], rejected[cut:]


def _joined(given: tuple[Message, ...], shared: tuple[Message, ...]) -> tuple[Message, ...]:
    """The prompt column, then the turns both sides share, unless those repeat it (UltraFeedback, binarized)."""
    return shared if given and given == shared[-len(given) :] else (*given, *shared)


def _scores(row: Mapping[str, Any]) -> tuple[str, ...]:
    if "margin" in row:
        return ("margin",)
    return next((pair for pair in _MARGINS if pair[0] in row and pair[1] in row), ())


def _margin(row: Mapping[str, Any]) -> float | None:
    """Chosen minus rejected, None where the row has no scores or they are not finite."""
    values = [_fields.score(row, column) for column in _scores(row)]
    margin = math.nan if not values else values[0] - sum(values[1:])
    return margin if math.isfinite(margin) else None
