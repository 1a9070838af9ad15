"""Conversations with tools as TRL reads them: `messages` whose calls are structured, and `tools`.

A Record holds a call as text. For training its row is looked at again, and its turns are taken with the calls apart where
they say what the record says, word for word; where they do not, the calls stay text and the ledger says so.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Mapping
from typing import Any

from advisor.recognise import Reading
from advisor.repair.types import Form
from advisor.schemas import _fields
from advisor.types import Message, Record

TOOLS = ("tools", "functions")
CALLS = ("tool_calls", "function_call")
ANSWERS = ("answers", "function_calls", "tool_calls", "calls")
"""Columns of xLAM's layout, whose answer is nothing but calls."""
Raw = Mapping[str, Any]


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
    """A record whose row offers tools or calls them."""

    turns: tuple[Turn, ...] = ()
    """All of the conversation; empty where it cannot be told exactly."""
    tools: tuple[Raw, ...] = ()
    """What may be called."""
    calls: bool = False
    """Whether anything is."""


def heard(read: Reading, record: Record) -> Record:
    """The record, as a Chat where its row offers tools or calls them."""
    tools, raw = offered(read.cells), spoken(read)
    calls = any(called(turn) for turn in raw)
    if not tools and not calls:
        return record
    turns = exactly(raw, read, record)
    known = {field.name: getattr(record, field.name) for field in dataclasses.fields(Record)}
    # xLAM's tools stand in the prompt as text already, where the calls stay text.
    return Chat(**known, turns=turns, tools=tools if turns or not by_columns(read) else (), calls=calls)


def exactly(raw: list[Raw], read: Reading, record: Record) -> tuple[Turn, ...]:
    """The turns, if they say what the record says and name what they call; `()` otherwise."""
    try:
        whole = not record.contexts and same(raw, read, record)
        turns = [apart(turn) for turn in raw] if whole else []
    except _fields.WrongRowError:  # turns for us and not for the row's layout
        return ()
    return tuple(filter(None, turns)) if all(turns) else ()


def same(raw: list[Raw], read: Reading, record: Record) -> bool:
    """Whether the turns say what the record says; xLAM's record holds its tools as text, and its calls are the answer."""
    return by_columns(read) or _fields.messages(raw, "") == (*record.prompt, Message("assistant", record.answer or ""))


def by_columns(read: Reading) -> bool:
    """Whether the row is a request beside its calls."""
    return read.schema == "tool_calls" and "chat" not in read.cells


def offered(cells: Raw) -> tuple[Raw, ...]:
    """The tools of a row, each as TRL takes it; `()` for a column of something else."""
    given = _fields.parsed(cells.get(_fields.present(cells, TOOLS)))
    tools = given if isinstance(given, list) else []
    whole = all(isinstance(tool, dict) and tool.keys() & {"name", "function"} for tool in tools)
    return (
        tuple(tool if "function" in tool else {"type": "function", "function": tool} for tool in tools) if whole else ()
    )


def spoken(read: Reading) -> list[Raw]:
    """The turns of a row as they stand in it, in the order of its columns."""
    cells, columns = read.cells, read.columns
    if by_columns(read):
        asked = next(name for name in columns if name not in (*TOOLS, *ANSWERS))
        calls = _fields.parsed(cells[_fields.present(cells, ANSWERS)])
        return [{"role": "user", "content": cells[asked]}, {"role": "assistant", "content": "", "tool_calls": calls}]
    used = [name for name, field in columns.items() if name not in _fields.SYSTEM and "prompt" in field]
    used += [name for name, field in columns.items() if field == "answer"]
    head = _fields.present(cells, _fields.SYSTEM)
    system = [{"role": "system", "content": cells[head]}] if columns.get(head) == "prompt" and cells[head] else []
    turns = [turn for name in used for turn in listed(cells[name], columns[name])]
    repeated = bool(system) and bool(turns) and _fields.messages(turns[0], "") == _fields.messages(system, "")
    return turns if repeated else [*system, *turns]


def listed(cell: Any, field: str) -> list[Raw]:
    """The turns of a cell; a text is the user's where it is a prompt, and the assistant's where it is an answer."""
    value = _fields.parsed(cell)
    if isinstance(value, list) and all(map(_fields.is_turn, value)):
        return value
    if _fields.is_turn(value):
        return [value]
    return [{"role": "user" if field == "prompt" else "assistant", "content": cell}] if isinstance(cell, str) else []


def called(raw: Raw) -> bool:
    """Whether a turn calls a tool."""
    return any(raw.get(name) for name in CALLS) or named(raw) == "function_call"


def named(raw: Raw) -> Any:
    """The role of a turn as the row names it; ShareGPT has one for calls."""
    return raw.get("from", raw.get("role"))


def apart(raw: Raw) -> Turn | None:
    """A turn with its calls apart; None where they are not told by name."""
    said, calls = _fields.apart(raw, "")
    if not calls and named(raw) == "function_call":
        said, calls = Message("assistant", ""), _fields.parsed(said.content)
    made = [call(each) for each in (calls if isinstance(calls, list) else [calls])] if calls else []
    if made:
        return Turn(said, {"tool_calls": made}) if all(made) else None
    kept = ("tool_call_id", "name") if said.role == "tool" else ()
    return Turn(said, {name: raw[name] for name in kept if raw.get(name)})


def call(given: Any) -> dict[str, Any]:
    """A call as chat templates read it, its arguments an object where they are one written as text; `{}` for none."""
    function = given.get("function", given) if isinstance(given, Mapping) else None
    if not isinstance(function, Mapping) or not isinstance(function.get("name"), str):
        return {}
    arguments = _fields.parsed(function.get("arguments") or {})
    outer = given if "function" in given else {}
    return {**outer, "type": "function", "function": {**function, "arguments": arguments}}


def untold(record: Record) -> bool:
    """Whether calls stand in the record as text."""
    return isinstance(record, Chat) and record.calls and not record.turns


def unarmed(record: Record, form: Form) -> bool:
    """Whether the record is written without its tools."""
    return isinstance(record, Chat) and bool(record.tools) and form not in ("messages", "checkable")


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
    return isinstance(record, Chat) or any(m.role == "assistant" for m in record.prompt)


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
