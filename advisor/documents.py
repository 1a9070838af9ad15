"""JSON text that is not a row a line → its rows: an array, an object around lists, one read in one piece, or values in a row.

Arrays are read element by element, whatever their size. An object is gone through twice: for the lists it has, then for
their rows. What is broken has a place, and the rest is read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import NamedTuple

from advisor import containers, objects, values, window
from advisor.elements import broken, elements, sequence
from advisor.objects import SPLITS, WRAPPERS
from advisor.types import RowError
from advisor.values import Opened, Row
from advisor.window import BrokenError, Window

_NAMES = "|".join((*SPLITS, *WRAPPERS))
_ELEMENT = re.compile(
    rf',[\s\0]{{0,200}}(?=\{{)|(?=\][\s\0]{{0,100}},[\s\0]{{0,100}}"(?i:{_NAMES})"[\s\0]{{0,20}}:[\s\0]{{0,20}}\[)'
)
"""Where, after a broken element, the next may begin, or the array ends and another list of the same object follows."""
_VALUE = re.compile(r"\n(?=\{)")
"""Where the next of values that stand one after another may begin."""
_BEHIND = re.compile(r"(?:\n|,[\s\0]{0,200})(?=\{)")
"""The same behind an array, which may have ended before its time."""
_SCALARS = re.compile(r"\[[ \t\r\n]*[^\s\[\]{]")
_TURNS = 10_000
"""Elements up to which an array that holds nothing but turns may be one conversation."""
Text = Callable[[], Iterator[bytes]]
"""Begins the text anew."""


class _Outline(NamedTuple):
    """What a document that begins with an object holds."""

    lists: Mapping[str, list[tuple[int, bool]]]
    """Key → (elements, whether one is an object) of the lists directly in it that have it."""
    whole: bool
    """Whether the object can be gone through to its end."""
    after: str
    """The first character after it, `""` for none."""


def opened(path: str | Path, container: containers.Container) -> Opened:
    """The rows of a document, numbered by element from 1. AdviceError, at the latest when they were drawn, for one without."""
    text = partial(containers.pieces, path, container, window.PIECE)
    begun = Window(text())
    if begun.next() != "{":
        return Opened(_told(path, text, begun, _arrays(begun)))
    outline = _outline(Window(text()))
    chosen = _chosen(outline.lists)
    rest = Window(text())
    if chosen and outline.after not in ("{", "["):
        return Opened(_told(path, text, rest, _listed(rest, chosen)), _notes(outline.lists, chosen))
    if not outline.whole or outline.after:
        return Opened(_told(path, text, rest, sequence(rest, _VALUE)))
    try:
        return objects.opened(containers.whole(path, container))
    except ValueError as error:
        raise _none(path, text, str(error)) from None


def _none(path: str | Path, text: Text, why: str) -> Exception:
    head = next(text(), b"").strip()
    said = values.python(head) or values.python(head.partition(b"\n")[0].strip()) or why
    return containers.no_rows(path, f"no JSON object a line, and as a whole {said}")


def _told(path: str | Path, text: Text, drawn: Window, rows: Iterable[Row]) -> Iterator[Row]:
    """The same rows; AdviceError for a text in which something is broken and nothing can be read."""
    found = False
    for row in rows:
        found = found or not isinstance(row.value, RowError)
        yield row
    if drawn.broken and not found:
        raise _none(path, text, drawn.broken)


def _arrays(text: Window) -> Iterator[Row]:
    """The rows of an array, or of several; then whatever else the text holds."""
    number = 0
    while text.next() == "[":
        for row in _conversation(_list(text, number + 1)):
            number = row.number
            yield row
    yield from sequence(text, _BEHIND, number + 1)


def _list(text: Window, first: int) -> Iterator[Row]:
    """The rows of the list that begins here, which is passed."""
    text.at += 1
    yield from elements(text, _ELEMENT, first)
    text.at += text.next() == "]"


def _conversation(rows: Iterator[Row]) -> Iterator[Row]:
    """The same rows; where all of them are turns, one row of the turns."""
    held = list[Row]()
    for row in rows:
        held.append(row)
        if not values.is_conversation([row.value]) or len(held) > _TURNS:
            yield from held
            yield from rows
            return
    if held:
        yield Row(held[0].number, {"messages": [row.value for row in held]}, next((r.odd for r in held if r.odd), ""))


def _outline(text: Window) -> _Outline:
    lists = dict[str, list[tuple[int, bool]]]()
    text.next()
    try:
        for key, opening in _members(text):
            if opening == "[":
                lists.setdefault(key, []).append(_counted(text))
            else:
                text.take()
    except BrokenError:
        return _Outline(lists, False, "")
    return _Outline(lists, True, text.next())


def _members(text: Window) -> Iterator[tuple[str, str]]:
    """(name, first character of its value) of the members of an object, the window on the value, which the caller passes."""
    text.at += 1
    while (opening := text.next()) and opening != "}":
        if opening != '"':
            raise BrokenError("Expecting property name enclosed in double quotes", text.at)
        name, _ = values.mended(json.loads(text.take().decode("utf-8", "replace")))
        if text.next() != ":":
            raise BrokenError("Expecting ':' delimiter", text.at)
        text.at += 1
        yield name, text.next()
    if not opening:
        raise BrokenError("it has no end", text.at, cut_off=True)
    text.at += 1


def _counted(text: Window) -> tuple[int, bool]:
    """(elements, whether one is an object) of the list that begins here, which is passed."""
    if _SCALARS.match(text.text, text.at) and (count := _scalars(text)):
        return count, False
    count, found = 0, False
    for row in _list(text, 1):
        count, found = row.number, found or not isinstance(row.value, RowError)
    return count, found


def _scalars(text: Window) -> int:
    """How many elements the list has that begins here, which is passed; 0 where it is broken, or holds more than scalars."""
    try:
        items, end = text.value()
    except BrokenError:
        return 0
    if not {dict, list}.isdisjoint(map(type, items)):
        return 0
    text.at = end
    return len(items)


def _chosen(lists: Mapping[str, list[tuple[int, bool]]]) -> tuple[str, ...]:
    """The lists that hold the rows: the one of a usual name, or the splits."""
    filled = [key for key, counts in lists.items() if any(found for _, found in counts)]
    wrappers = [name for name in WRAPPERS if name in filled]
    return tuple(wrappers[:1]) or tuple(key for key in filled if key.lower() in SPLITS)


def _notes(lists: Mapping[str, list[tuple[int, bool]]], chosen: tuple[str, ...]) -> tuple[str, ...]:
    counts = {key: sum(count for count, _ in found) for key, found in lists.items()}
    twice = tuple(f"holds its list {key!r} more than once: all are read" for key in chosen if len(lists[key]) > 1)
    return *twice, *(objects.unread(key, n) for key, n in counts.items() if n and key not in chosen)


def _listed(text: Window, chosen: tuple[str, ...]) -> Iterator[Row]:
    """The rows of the chosen lists of an object, those of splits with the name of theirs."""
    number, split = 0, chosen[0] not in WRAPPERS
    text.next()
    try:
        for key, opening in _members(text):
            if opening != "[":
                text.take()
            elif key not in chosen:
                _counted(text)
            else:
                for row in _list(text, number + 1):
                    number = row.number
                    yield _of_split(row, key) if split else row
    except BrokenError as error:
        if not (error.cut_off and text.lost):
            number += 1
            kind = "the document is cut off" if error.cut_off else "invalid JSON"
            yield broken(text, number, f"{kind} at line {text.line(error.at)}: {error.why}")
        if text.next() != "{":  # else a row, behind a bracket too many
            text.seek(_ELEMENT, text.at)
    yield from sequence(text, _ELEMENT, number + 1)


def _of_split(row: Row, name: str) -> Row:
    return row._replace(value={"split": name, **row.value}) if isinstance(row.value, dict) else row
