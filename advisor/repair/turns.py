"""Row → its turns with the calls of tools apart, which a Record holds as text.

They are taken where they say what the record says, word for word; where they do not, the calls stay text and the ledger says so.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from advisor.recognise import Reading
from advisor.repair.chats import Chat, Turn
from advisor.schemas import _fields
from advisor.types import Message, Record

TOOLS = ("tools", "functions")
CALLS = ("tool_calls", "function_call")
ANSWERS = ("answers", "function_calls", "tool_calls", "calls")
"""Columns of xLAM's layout, whose answer is nothing but calls."""
Raw = Mapping[str, Any]


def heard(read: Reading, record: Record) -> Record:
    """The record, as a Chat where its row offers tools, calls them, or mutes a turn."""
    if not any(map(nested, read.cells.values())):  # as most are
        return record
    tools, raw = offered(read.cells), spoken(read)
    calls, mutes = any(map(called, raw)), any(map(muted, raw))
    if not (tools or calls or mutes):
        return record
    turns = exactly(raw, read, record)
    known = {field.name: getattr(record, field.name) for field in dataclasses.fields(Record)}
    # xLAM's tools stand in the prompt as text already, where the calls stay text.
    tools = tools if turns or not by_columns(read) else ()
    return Chat(**known, turns=turns if tools or calls else (), tools=tools, calls=calls, muted=mutes)


def nested(cell: Any) -> bool:
    """Whether a cell may hold turns or tools."""
    return isinstance(cell, (list, dict)) or (isinstance(cell, str) and cell[:1] in "[{ \t\r\n")


def exactly(raw: list[Raw], read: Reading, record: Record) -> tuple[Turn, ...]:
    """The turns, if they say what the record says and name what they call; `()` otherwise."""
    try:
        whole = next((turns for turns in (raw, [*system(read), *raw]) if same(turns, read, record)), [])
        turns = [apart(turn) for turn in whole]
    except _fields.WrongRowError:  # turns for us and not for the row's layout
        return ()
    return tuple(filter(None, turns)) if all(turns) and not record.contexts else ()


def same(raw: list[Raw], read: Reading, record: Record) -> bool:
    """Whether the turns say what the record says; xLAM's record holds its tools as text, and its calls are the answer."""
    return by_columns(read) or _fields.messages(raw, "") == (*record.prompt, Message("assistant", record.answer or ""))


def system(read: Reading) -> list[Raw]:
    """The turn that a system prompt in a column of its own is."""
    column = _fields.present(read.cells, _fields.SYSTEM)
    return [{"role": "system", "content": read.cells[column]}] if read.columns.get(column) == "prompt" else []


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
    return [turn for name in used for turn in listed(cells[name], columns[name])]


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


def muted(raw: Raw) -> bool:
    """Whether a turn says that it is not to be learnt: OpenAI's `weight`, Axolotl's `train` and `training`."""
    return raw.get("weight") == 0 or False in (raw.get("train"), raw.get("training"))


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
    """A call as chat templates read it, its arguments an object; `{}` for none."""
    function = given.get("function", given) if isinstance(given, Mapping) else None
    if not isinstance(function, Mapping) or not isinstance(function.get("name"), str):
        return {}
    arguments = _fields.parsed(function.get("arguments") or {})
    if not isinstance(arguments, Mapping):
        return {}
    outer = given if "function" in given else {}
    return {**outer, "type": "function", "function": {**function, "arguments": arguments}}
