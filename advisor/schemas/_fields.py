"""What layouts read columns with: cells, messages, transcripts, contexts. A wrong type raises WrongRowError."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from advisor.schemas._cells import (
    WrongRowError,
    has_words,
    is_truth,
    parsed,
    present,
    score,
    text,
    texts,
    truth,
    written,
    wrong,
)
from advisor.schemas._documents import CONTEXTS, contexts, documents, may_hold, passages
from advisor.schemas._turns import ROLES, SAID, SPOKE, is_turn, is_turns
from advisor.types import Message, Record, RowError

# Layouts read everything from here.
__all__ = [
    "CONTEXTS", "WrongRowError", "contexts", "documents", "has_words", "is_truth", "is_turn", "is_turns", "may_hold", "parsed",
    "passages", "present", "score", "text", "texts", "truth", "written", "wrong",
]  # fmt: skip

Messages = tuple[Message, ...]

SYSTEM = ("system", "system_prompt", "system_message")
_SPEAKERS = {"Human": "user", "Assistant": "assistant"}
_TURN = re.compile(r"(?:^|\n\n)(Human|Assistant):")


def user(content: str, system: str = "") -> Messages:
    """A one-turn prompt, after a system message where there is one."""
    said = (Message("system", system),) if system else ()
    return (*said, Message("user", content))


def messages(value: Any, column: str) -> Messages:
    """Messages of a list of turns, or of a single turn."""
    value = parsed(value)
    turns = [value] if is_turn(value) else value
    if not isinstance(turns, list) or not all(map(is_turn, turns)):
        raise wrong(column, value, "messages (role and content)")
    return tuple(_message(turn, column) for turn in turns)


def prompt(value: Any, column: str) -> Messages:
    """The prompt side of a row: text, a transcript, messages, or OpenAI's `{"messages": …}`."""
    if isinstance(value, str):
        return transcript(value, open_ended=True) or user(value)
    if isinstance(value, dict) and "messages" in value:
        value = value["messages"]
    return messages(value, column)


def asked(row: Mapping[str, Any], names: Sequence[str]) -> tuple[str, ...]:
    """The columns of a prompt: the first of these names that the row has, and a text `input` that goes with it."""
    first = present(row, names)
    both = first not in ("", "input") and "input" in row
    both = both and isinstance(row[first], str) and isinstance(row["input"], str)
    return (first, "input") if both else (first,) if first else ()


def question(row: Mapping[str, Any], columns: Sequence[str]) -> Messages:
    """The prompt that these columns hold; an input follows after a blank line, unless the prompt already quotes it."""
    if len(columns) < 2:
        return prompt(row[columns[0]], columns[0]) if columns else ()
    first, more = text(row, columns[0]), text(row, columns[1])
    return prompt(first if more in first else "\n\n".join(filter(None, (first, more))), columns[0])


def headed(row: Mapping[str, Any], turns: Messages) -> Messages:
    """The turns after the row's system prompt, unless they begin with it."""
    column = present(row, SYSTEM)
    head = Message("system", text(row, column)) if column else None
    return turns if head is None or not head.content or turns[:1] == (head,) else (head, *turns)


def history(turns: Any) -> Messages:
    """Earlier turns, given as [question, answer] pairs."""
    pairs = isinstance(turns, list) and all(isinstance(turn, list) and len(turn) == 2 for turn in turns)
    if not pairs or not all(isinstance(said, str) for turn in turns for said in turn):
        raise wrong("history", turns, "a list of [question, answer] texts")
    return tuple(Message(role, said) for turn in turns for role, said in zip(("user", "assistant"), turn, strict=True))


def joined(given: Messages, shared: Messages) -> Messages:
    """The prompt column, then the turns both sides share, unless those repeat it (UltraFeedback, binarized)."""
    repeats = given and given in (shared[: len(given)], shared[-len(given) :])
    return shared if repeats else (*given, *shared)


def answer(value: Any, column: str) -> tuple[Messages, str]:
    """The answer side of a row: (turns before the answer, the answer) of text or of messages."""
    if isinstance(value, str):
        return (), value
    turns = messages(value, column)
    return (turns[:-1], turns[-1].content) if turns else ((), "")


def closed(turns: Messages) -> tuple[Messages, str | None]:
    """(prompt, answer) of a conversation; the answer is the last turn if it is the assistant's, else None."""
    if turns and turns[-1].role == "assistant":
        return turns[:-1], turns[-1].content
    return turns, None


def transcript(text: str, open_ended: bool = False) -> Messages:
    """Turns of a `\\n\\nHuman: …\\n\\nAssistant: …` text; `()` if it has no Human turn, or text before the first turn.

    `open_ended` drops the empty Assistant turn that ends a prompt (`…\\n\\nAssistant:`).
    """
    pieces = _TURN.split(text)
    if len(pieces) < 3 or pieces[0].strip() or "Human" not in pieces[1::2]:
        return ()
    turns = [Message(_SPEAKERS[who], said.strip()) for who, said in zip(pieces[1::2], pieces[2::2], strict=True)]
    return tuple(turns[:-1] if open_ended and not turns[-1].content else turns)


def diverge(chosen: Messages, rejected: Messages) -> tuple[Messages, str, str]:
    """(shared prompt, chosen answer, rejected answer) of two conversations; both keep their last turn as answer."""
    shared = alike(chosen[:-1], rejected[:-1])
    return chosen[:shared], _tail(chosen[shared:]), _tail(rejected[shared:])


def alike(a: Sequence[object], b: Sequence[object]) -> int:
    """How many items (or characters) two sequences share from their start."""
    return next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))


def record(number: int, **fields: Any) -> Record:
    """A record whose id is still to be given."""
    return Record(id="", row=number, **fields)


def _message(turn: Mapping[str, Any], column: str) -> Message:
    role, said = turn.get("role"), turn.get("content")
    if len(turn) == 2 and type(role) is str and type(said) is str:  # as most are
        return Message(ROLES.get(role.lower(), role.lower()), said)
    alone, calls = apart(turn, column)
    # A call is what the assistant says when it calls a tool; without it the turn would look empty.
    called = json.dumps(calls, ensure_ascii=False) if calls else ""
    return Message(alone.role, "\n".join(filter(None, (alone.content, called))))


def apart(turn: Mapping[str, Any], column: str) -> tuple[Message, Any]:
    """A message with nothing but its text, and the calls of tools beside it."""
    role, said = turn[present(turn, SPOKE)], turn.get(present(turn, SAID))
    if not isinstance(role, str):
        raise wrong(column, role, "a role name in every message")
    calls = turn.get("tool_calls") or turn.get("function_call")
    if said is None and not calls and not present(turn, SAID):
        keys = ", ".join(sorted(map(str, turn)))
        raise WrongRowError(f"column {column!r} holds a message without text (keys: {keys}), want role and content")
    return Message(ROLES.get(role.lower(), role.lower()), _content(said, column)), calls


def _content(said: Any, column: str) -> str:
    """A message's text; of OpenAI's list of parts the texts, and `[type]` for the others."""
    if said is None or isinstance(said, str):
        return said or ""
    if not isinstance(said, list) or not all(isinstance(part, (str, dict)) for part in said):
        raise wrong(column, said, "text in every message")
    texts = (part if isinstance(part, str) else part.get("text", f"[{part.get('type', 'part')}]") for part in said)
    return "\n".join(str(part) for part in texts)


def _tail(turns: Messages) -> str:
    """One answer as it is; several turns as a transcript, so that nothing of a side is lost."""
    if len(turns) == 1:
        return turns[0].content
    names = {"user": "Human", "assistant": "Assistant"}
    return "".join(f"\n\n{names.get(turn.role, turn.role)}: {turn.content}" for turn in turns).strip()


def labelled(record: Record | RowError, label: bool) -> Record | RowError:
    """The record with a desirable-or-not label."""
    return dataclasses.replace(record, label=label) if isinstance(record, Record) else record
