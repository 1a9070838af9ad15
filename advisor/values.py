"""One JSON value → one row, with what had to be mended to read it."""

from __future__ import annotations

import ast
import dataclasses
import itertools
import json
import re
import warnings
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

import orjson

from advisor.containers import Container
from advisor.types import RowError

BLANK = b" \t\r\n\0"
DEEPEST = 100  # orjson writes 254 levels and Python recurses to 1,000; training rows have fewer than ten
_ESCAPED = re.compile(rb"\\u00(?:22|3[aA])")
"""A quote or colon that is counted only where it is written plainly."""
_TYPES = {dict: "an object", list: "an array", str: "a string", bool: "true or false", type(None): "null"}
_REPR = re.compile(rb"(?:\[\s*)?\{\s*'")
_LINE = 1 << 20
"""Bytes up to which a text is tried as Python."""
_NO_NUMBER = "NaN or Infinity read as null"
_HALF = "half a surrogate pair read as U+FFFD"


class Row(NamedTuple):
    """A row as it stands in the file."""

    number: int
    """1-based line or element number."""
    value: dict[str, Any] | RowError
    """Its columns, or what is wrong with it."""
    odd: str = ""
    """What was mended to read it, a clause; `""` for nothing."""


@dataclasses.dataclass(frozen=True, slots=True)
class Opened:
    """A file whose container is known: its rows, to be read once, and what is unusual about the container."""

    rows: Iterator[Row]
    """In file order."""
    notes: tuple[str, ...] = ()
    """One clause each."""
    lines: Container | None = None
    """How the file is packed, where each of its lines is a row by itself, which may be read apart from the others."""


def parse(raw: bytes) -> tuple[Any, str]:
    """One JSON value and what was mended in it. ValueError says why there is none."""
    try:
        return orjson.loads(raw), ""
    except orjson.JSONDecodeError as error:
        strict = error
    try:
        return mended(json.loads(raw.decode()))
    except UnicodeDecodeError:
        raise ValueError("not UTF-8") from None
    except RecursionError:
        raise ValueError("nested too deeply") from None
    except ValueError:
        raise ValueError(python(raw) or f"invalid JSON: {strict.msg} (column {strict.colno})") from None


def python(raw: bytes) -> str:
    """What to say of a text that is Python's repr of rows, `""` for any other."""
    if not _REPR.match(raw) or len(raw) > _LINE:
        return ""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of odd escapes
            ast.literal_eval(raw.decode())
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return ""
    return "Python's repr, not JSON: write json.dumps(row)"


def parses(raw: bytes) -> Any:
    """The JSON value of these bytes, None where there is none."""
    try:
        return parse(raw.strip(BLANK))[0]
    except ValueError:
        return None


def rows(value: Any, number: int, odd: str = "") -> Iterator[Row]:
    """The rows of one JSON value: itself, or the objects of an array that stands where a row should.

    A list of turns is a conversation whose column has no name.
    """
    if is_conversation(value):
        value = {"messages": value}
    if isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
        yield from (row(item, number, odd) for item in value)
    else:
        yield row(value, number, odd)


def row(value: Any, number: int, odd: str = "") -> Row:
    """The row of one JSON value, a RowError where it is no object."""
    if not isinstance(value, dict):
        return Row(number, RowError(number, f"not an object but {_TYPES.get(type(value), 'a number')}"))
    if _deep(value):
        return Row(number, RowError(number, "nested too deeply"))
    return Row(number, value, odd)


def is_conversation(value: Any) -> bool:
    """Whether a value is a list of turns and nothing else."""
    marks = ({"role", "content"}, {"from", "value"})
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(turn, dict) and any(mark <= turn.keys() for mark in marks) for turn in value)
    )


def repeated_key(raw: bytes, value: Any) -> str:
    """A key that stands twice in one object of the text, `""` for none: parsers keep the last value in silence.

    Writing and counting are cheap and a mismatch rare, so only then is the text parsed again.
    """
    seen = raw.count(b'":')
    plain = not (apart(raw) or _ESCAPED.search(raw))
    if plain and ((isinstance(value, dict) and seen == len(value)) or seen == _written(value).count(b'":')):
        return ""
    twice: list[str] = []

    def note(pairs: list[tuple[str, Any]]) -> None:
        twice.extend(key for key, times in Counter(key for key, _ in pairs).items() if times > 1)

    try:
        json.loads(raw.decode("utf-8", "replace"), object_pairs_hook=note, parse_int=float)
    except RecursionError:
        return ""  # too deep to look at again; its row is refused for that
    return twice[0] if twice else ""


def apart(raw: bytes) -> bool:
    """Whether a key may stand apart from its colon."""
    return b" :" in raw or b"\t:" in raw or b"\r:" in raw or b"\n:" in raw


def mended(value: Any) -> tuple[Any, str]:
    """The value without lone surrogates (half an emoji, cut by a careless slice: no encoder takes them) and NaN."""
    told: dict[str, None] = {}
    mend = _mend(value, told)
    return mend, " and ".join(told)


def _mend(value: Any, told: dict[str, None]) -> Any:
    if isinstance(value, str):
        whole = value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        told |= {_HALF: None} if whole != value else {}
        return whole
    if isinstance(value, float) and value - value != 0:
        told[_NO_NUMBER] = None
        return None
    if isinstance(value, list):
        return [_mend(item, told) for item in value]
    return {_mend(k, told): _mend(v, told) for k, v in value.items()} if isinstance(value, dict) else value


def _written(value: Any) -> bytes:
    """The value as JSON again, each key of it once; nothing where orjson cannot write it."""
    try:
        return orjson.dumps(value)
    except TypeError:
        return b""


def _deep(value: Any) -> bool:
    """Whether containers nest beyond DEEPEST: level by level, so without recursion, and one pass over a flat row."""
    level = [value]
    for _ in range(DEEPEST):
        level = _inner(level)
        if not level:
            return False
    return True


def _inner(level: list[Any]) -> list[Any]:
    """The containers directly inside those of one level."""
    inner = itertools.chain.from_iterable(v.values() if isinstance(v, dict) else v for v in level)
    return [v for v in inner if isinstance(v, (dict, list))]
