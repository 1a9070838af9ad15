"""Pieces of JSON text → a window that moves over them: bounded memory, and whatever is wrong has its line.

Where a value ends is told by the standard library's scanner, whose errors have a place; what it holds is left to the caller.
The window's text is latin-1, a character a byte: JSON's own signs are ASCII, and so the places are the file's.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

LONGEST = 64 << 20
"""Bytes of a value: one that has not ended by then lacks a bracket or a quote."""
PIECE = 1 << 18
"""Bytes read at a time."""
_GROWTH = 1 << 24
_LITTLE = 1 << 12
"""Characters in which a value is looked for at first."""
_LATEST = 16
"""Characters before the end of what is looked at within which an error, or a number's end, may be no more than that end's."""
_DEEP = 500
"""Brackets that a value has at least which the scanner refuses for its depth: what follows within as many is inside of it."""
_FAR = 512
"""Characters that a boundary takes at most."""
_SEPARATORS = re.compile(r"[ \t\r\n\0,]*")


class BrokenError(Exception):
    """What stands here is no JSON value, or one that is too long or too deep."""

    def __init__(self, why: str, at: int, cut_off: bool = False) -> None:
        self.why, self.at, self.cut_off = why, at, cut_off
        super().__init__(why)


class Window:
    """The part of a text that is looked at. It moves forward only."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self.text, self.at = "", 0
        self.ended = False
        """Whether the window reaches to the end of the text."""
        self.broken = ""
        """The first thing that was wrong, `""` for nothing."""
        self.lost = False
        """Whether the text broke off, or nothing was found after a broken value: a row has said so."""
        self._pieces = iter(pieces)
        self._line, self._counted = 1, 0
        self._scan = json.JSONDecoder(parse_int=float).raw_decode  # int refuses to read 5,000 digits

    def line(self, at: int) -> int:
        """The 1-based line on which a place of the window stands."""
        before, after = sorted((self._counted, at))
        lines = self.text.count("\n", before, after)
        self._line += lines if at == after else -lines
        self._counted = at
        return self._line

    def more(self) -> None:
        """Let go of what was passed, and about double what is left."""
        self.line(self.at)
        left = self.text[self.at :]
        taken, wanted = list[bytes](), min(max(len(left), 1), _GROWTH)
        while wanted > 0 and (piece := next(self._pieces, None)) is not None:
            taken.append(piece)
            wanted -= len(piece)
        self.text, self.at, self._counted = left + b"".join(taken).decode("latin-1"), 0, 0
        self.ended = wanted > 0

    def next(self) -> str:
        """Move over blanks and commas; the character that follows, `""` at the end."""
        while True:
            found = _SEPARATORS.match(self.text, self.at)
            self.at = found.end() if found else self.at
            if self.at < len(self.text):
                return self.text[self.at]
            if self.ended:
                return ""
            self.more()

    def value(self) -> tuple[Any, int]:
        """The value that begins here, its text as latin-1, and where it ends. Raises BrokenError."""
        size = _LITTLE  # an error costs as much as the text that it is found in
        while True:
            while len(self.text) - self.at < size and not self.ended:
                self.more()
            part = self.text[self.at : self.at + size]
            value, reach, wrong = self._scanned(part)
            late = reach > len(part) - _LATEST and not (self.ended and self.at + size >= len(self.text))
            if (len(part) - _LATEST + 1 if late else reach) > LONGEST:
                raise BrokenError(f"a bracket or quote is missing within {LONGEST >> 20} MB", self.at)
            if wrong and not late:
                raise wrong
            if not late:
                return value, self.at + reach
            size = min(4 * size, LONGEST + 2 * _LATEST)

    def _scanned(self, part: str) -> tuple[Any, int, BrokenError | None]:
        """(the value that begins here, how far in this part the scanner went, what is wrong)."""
        try:
            return *self._scan(part), None
        except json.JSONDecodeError as error:
            inside = error.msg.startswith("Unterminated")
            reach = len(part) if inside else error.pos
            end = reach > len(part) - _LATEST and "]" not in part[error.pos :]
            return None, reach, BrokenError(error.msg, self.at + error.pos, inside or end)
        except RecursionError:
            raise BrokenError("nested too deeply", self.at + _DEEP) from None

    def take(self) -> bytes:
        """The value that begins here, which is passed. Raises BrokenError."""
        end = self.value()[1]
        return self.passed(end)

    def passed(self, end: int) -> bytes:
        """The bytes up to a place, to which the window moves."""
        raw, self.at = self.text[self.at : end].encode("latin-1"), end
        return raw

    def seek(self, boundary: re.Pattern[str], after: int) -> bool:
        """Move to behind the next boundary that begins there or later; False at the end, where there is none."""
        self.at = after
        while True:
            found = boundary.search(self.text, self.at)
            if found and (self.ended or found.start() <= len(self.text) - _FAR):
                self.at = found.end()
                return True
            self.at = len(self.text) if self.ended else max(self.at, len(self.text) - _FAR)
            if self.ended:
                return False
            self.more()
