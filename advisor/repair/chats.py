"""Conversations of which every answer is learnt, as TRL reads them: `messages` whose calls are structured, and `tools`."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Mapping
from typing import Any

from advisor.repair.types import Form
from advisor.schemas import _fields
from advisor.types import Message, Record


@dataclasses.dataclass(frozen=True, slots=True)
class Turn:
    """A turn with its calls apart from its text."""

    said: Message
    """Its text."""
    beside: Mapping[str, Any]
    """`tool_calls` of the assistant, `tool_call_id` and `name` of a tool."""

    def written(self) -> dict[str, Any]:
        """As TRL reads it."""
        return {"role": self.said.role, "content": self.said.content, **self.beside}

    def message(self) -> Message:
        """As a record holds it, once it is read back."""
        calls = self.beside.get("tool_calls")
        called = json.dumps(calls, ensure_ascii=False) if calls else ""
        return Message(self.said.role, "\n".join(filter(None, (self.said.content, called))))


@dataclasses.dataclass(frozen=True, slots=True)
class Chat(Record):
    """A record of which its row says more than a record holds."""

    turns: tuple[Turn, ...] = ()
    """All of the conversation; empty where it cannot be told exactly."""
    tools: tuple[Mapping[str, Any], ...] = ()
    """What may be called."""
    calls: bool = False
    """Whether anything is."""
    muted: bool = False
    """Whether a turn says of itself that it is not to be learnt."""


def armed(record: Record) -> bool:
    """Whether the record is written with tools or with calls apart."""
    return isinstance(record, Chat) and bool(record.tools or record.turns)


def untold(record: Record) -> bool:
    """Whether calls stand in the record as text."""
    return isinstance(record, Chat) and record.calls and not record.turns


def unarmed(record: Record, form: Form) -> bool:
    """Whether the record is written without its tools."""
    return isinstance(record, Chat) and bool(record.tools) and form not in ("messages", "checkable")


def unheeded(record: Record, form: Form) -> bool:
    """Whether a turn is learnt that says it should not be: TRL has no word for that."""
    return isinstance(record, Chat) and record.muted and form == "messages"


def beside(record: Record) -> list[Any]:
    """What of a record is neither text nor column: its calls and tools."""
    return [[turn.beside for turn in record.turns], record.tools] if isinstance(record, Chat) else []


def in_form(record: Record, whole: bool) -> Record:
    """The record with its turns where it is to be a whole conversation, without them otherwise."""
    if not isinstance(record, Chat) or not record.turns:
        return record
    return as_told(record) if whole else dataclasses.replace(record, turns=())


def held(record: Record) -> tuple[Turn, ...]:
    """The turns of a record that has them apart."""
    return record.turns if isinstance(record, Chat) else ()


def each_text(chat: Chat, change: Callable[[str, bool], str], cell: Callable[[Any], Any]) -> Chat:
    """The conversation with every text changed, and what stands beside the texts, tools too, by `cell`."""
    last = len(chat.turns) - 1
    said = tuple(
        Turn(Message(turn.said.role, change(turn.said.content, i < last)), cell(turn.beside))
        for i, turn in enumerate(chat.turns)
    )
    return as_told(dataclasses.replace(chat, turns=said, tools=tuple(cell(list(chat.tools)))))


def as_told(chat: Chat) -> Chat:
    """The record as it will be read back from its turns."""
    if not chat.turns:
        return chat
    prompt, answer = _fields.closed(tuple(turn.message() for turn in chat.turns))
    return dataclasses.replace(chat, prompt=prompt, answer=answer)


def several(record: Record) -> bool:
    """Whether more of a record's conversation is to be learnt than a text at its end.

    Of a pair, or of an answer with a verdict, the end alone was judged.
    """
    if record.rejected is not None or record.label is not None:
        return False
    told = isinstance(record, Chat) and (record.tools or record.calls)
    return bool(told) or any(m.role == "assistant" for m in record.prompt)


def columns(record: Record, tools: bool) -> dict[str, Any]:
    """The row: all turns, and where rows of the file have `tools` its own, as JSON, which TRL reads, `null` for none.

    As text, for `datasets` fits each row to the columns of the first, and no two tools have the same parameters.
    """
    turns = [
        {"role": m.role, "content": m.content} for m in (*record.prompt, Message("assistant", record.answer or ""))
    ]
    given = record.tools if isinstance(record, Chat) else ()
    beside = {"tools": json.dumps(given or None, ensure_ascii=False)} if tools else {}
    return {"messages": [turn.written() for turn in held(record)] or turns, **beside}


def opening(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """The first row of a file, in which a turn that calls nothing says so if rows of the file have tools.

    `datasets` keeps turns as they are, whatever stands beside their text, only if those of the first 10 MB differ in that.
    """
    turns = row.get("messages", ()) if "tools" in row else ()
    silent = next((turn for turn in turns if turn["role"] != "assistant"), None)
    if silent is None:
        return row
    return {**row, "messages": [{**turn, "tool_calls": None} if turn is silent else turn for turn in turns]}
