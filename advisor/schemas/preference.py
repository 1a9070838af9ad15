"""A prompt with a chosen and a rejected answer: text or messages, the prompt given or shared by both sides.

    {"prompt": "Where is Lyon?", "chosen": "In France.", "rejected": "In Spain.",
     "contexts": ["Lyon is a French city."]}
    {"chosen": [{"role": "user", "content": "Where is Lyon?"}, {"role": "assistant", "content": "In France."}],
     "rejected": [{"role": "user", "content": "Where is Lyon?"}, {"role": "assistant", "content": "In Spain."}]}
    {"input": {"messages": [{"role": "user", "content": "Where is Lyon?"}]},
     "preferred_output": [{"role": "assistant", "content": "In France."}],
     "non_preferred_output": [{"role": "assistant", "content": "In Spain."}]}
    {"instruction": "Where is this?", "input": "Lyon", "chosen": "In France.", "rejected": "In Spain."}
    {"system": "Be brief.", "question": "Where is Lyon?", "chosen": "In France.", "rejected": "In Spain."}
    {"instruction": "Where is Lyon?", "chosen_response": "In France.", "rejected_response": "In Spain."}
    {"conversations": [{"from": "human", "value": "Where is Lyon?"}], "chosen": {"from": "gpt", "value": "In France."},
     "rejected": {"from": "gpt", "value": "In Spain."}}
    {"prompt": "Where is Lyon?", "text": "In France.", "rejected_text": "In Spain."}
    {"question": "Where is Lyon?", "response_j": "In France.", "response_k": "In Spain."}
    {"chosen_conversations": [{"role": "user", "content": "Where is Lyon?"}, {"role": "assistant",
     "content": "In France."}],
     "rejected_conversations": [{"role": "user", "content": "Where is Lyon?"}, {"role": "assistant",
     "content": "In Spain."}]}
    {"messages": [{"role": "user", "content": "Where is Lyon?"}, {"role": "assistant", "content": "In France."}],
     "rejected_message": {"role": "assistant", "content": "In Spain."}}
    {"trajectory": [{"from": "user", "value": "Where is Lyon?"}], "chosen": "In France.", "rejected": "In Spain."}
    {"prompt": "Where is Lyon?", "chosen": "In France.", "rejected": ["In Spain.", "In Italy."]}
    {"prompt": "Where is Lyon?", "chosen": "In France.", "rejected": "In Spain.", "score_chosen": 8,
     "score_rejected": 2}

Source: TRL `docs/source/dataset_formats.md` (preference, implicit prompt); OpenAI direct preference optimization
guide (`preferred_output`); LLaMA-Factory `data/README.md` (`instruction` and `input`; `conversations`, single turns);
Orca DPO pairs (`system`, `question`); Argilla (`chosen_response`); AutoTrain (`rejected_text`); Stack Exchange paired
(`response_j`); OpenPipe (`rejected_message`); UltraInteract (`trajectory`); open-instruct `scripts/data/preferences`
(scores).
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
    ("chosen_response", "rejected_responses"),
    ("chosen_answer", "rejected_answer"),
    ("response_chosen", "response_rejected"),
    ("chosen_conversations", "rejected_conversations"),
    ("chosen_messages", "rejected_messages"),
    ("preferred_output", "non_preferred_output"),
    ("preferred", "dispreferred"),
    ("preferred_response", "dispreferred_response"),
    ("accepted", "rejected"),
    ("text", "rejected_text"),
    ("messages", "rejected_message"),
    ("response_j", "response_k"),
    ("win", "lose"),
    ("winner_response", "loser_response"),
    ("better", "worse"),
    ("better_response", "worse_response"),
    ("good_response", "bad_response"),
)
_PROMPT = (
    "prompt",
    "messages",
    "conversations",
    "conversation",
    "trajectory",
    "question",
    "instruction",
    "query",
    "input",
)
_MARGINS = (
    ("score_chosen", "score_rejected"),
    ("chosen_score", "rejected_score"),
    ("chosen_rating", "rejected_rating"),
)


def match(row: Mapping[str, Any]) -> dict[str, str]:
    """Both sides; prompt, system prompt, earlier turns and scores where there are any."""
    chosen, rejected = _sides(row)
    if not chosen:
        return {}
    beside = (_fields.present(row, _fields.SYSTEM), "history" if isinstance(row.get("history"), list) else "")
    prompts = dict.fromkeys(filter(None, (*_asked(row, chosen), *beside)), "prompt")
    scores = dict.fromkeys(_scores(row), "score")
    return {**prompts, chosen: "answer", rejected: "rejected", **scores}


def records(row: Mapping[str, Any], number: int) -> list[Record | RowError]:
    """One record; one for each of several rejected answers."""
    better, worse = _sides(row)
    if several := _several(row[better], row[worse]):
        return [each for one, other in several for each in records({**row, better: one, worse: other}, number)]
    asked = _asked(row, better)
    if isinstance(row[better], str) and isinstance(row[worse], str):
        shared, chosen, rejected = _texts(row[better], row[worse], bool(asked))
    else:
        shared, chosen, rejected = _fields.diverge(*_both(row, better, worse))
    earlier = _fields.history(row["history"]) if isinstance(row.get("history"), list) else ()
    prompt = _fields.headed(row, (*earlier, *_fields.joined(_fields.question(row, asked), shared)))
    return [_fields.record(number, prompt=prompt, answer=chosen, rejected=rejected, score=_margin(row))]


def _several(better: Any, worse: Any) -> list[tuple[str, str]]:
    """The pairs of lists of texts, each chosen answer against each rejected one; `[]` where neither side is such a list."""
    sides = [side if isinstance(side, list) else [side] for side in (better, worse)]
    texts = all(isinstance(text, str) for side in sides for text in side)
    listed = isinstance(better, list) or isinstance(worse, list)
    return [(one, other) for one in sides[0] for other in sides[1]] if texts and listed else []


def _asked(row: Mapping[str, Any], chosen: str) -> tuple[str, ...]:
    """Columns of the prompt: not the side itself (OpenPipe's `messages` hold prompt and answer)."""
    return _fields.asked(row, tuple(name for name in _PROMPT if name != chosen))


def _both(row: Mapping[str, Any], better: str, worse: str) -> tuple[tuple[Message, ...], tuple[Message, ...]]:
    chosen, rejected = _turns(row, better), _turns(row, worse)
    # A side without its prompt beside one that repeats it.
    return chosen, (*chosen[:-1], *rejected) if worse == "rejected_message" else rejected


def _sides(row: Mapping[str, Any]) -> tuple[str, str]:
    return next(((better, worse) for better, worse in _SIDES if better in row and worse in row), ("", ""))


def _turns(row: Mapping[str, Any], column: str) -> tuple[Message, ...]:
    value = row[column]
    if isinstance(value, dict) and "messages" in value:
        value = value["messages"]
    text = isinstance(value, str) and not isinstance(_fields.parsed(value), list)
    turns = (Message("assistant", value),) if text else _fields.messages(value, column)
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


def _scores(row: Mapping[str, Any]) -> tuple[str, ...]:
    if "margin" in row:
        return ("margin",)
    return next((pair for pair in _MARGINS if pair[0] in row and pair[1] in row), ())


def _margin(row: Mapping[str, Any]) -> float | None:
    """Chosen minus rejected, None where the row has no scores or they are not finite."""
    values = [_fields.score(row, column) for column in _scores(row)]
    margin = math.nan if not values else values[0] - sum(values[1:])
    return margin if math.isfinite(margin) else None
