"""A large JSON document → its elements one after another, in memory that does not grow with the file.

For an array of objects, an object that wraps one under a known name, and one that holds one for each split. Brackets are matched
outside of strings, and what stands between a pair of them is parsed as a line would be. (ijson follows one path through a
document, and stops for good where an element is broken.)
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from advisor import documents, values
from advisor.containers import Container, pieces
from advisor.types import RowError
from advisor.values import Opened, Row

LARGE = 32 << 20
"""Bytes on disk from which a document is read this way; a smaller one is read whole, which tells more where it is odd."""
LONGEST = 64 << 20
"""Bytes of an element: one that has not ended by then lacks a bracket or a quote."""
PIECE = 1 << 20
_TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)|[{}\[\]]', re.DOTALL)
"""A string, also one that the bytes at hand do not finish, or a bracket."""
_NEXT = re.compile(rb'\s*,\s*"((?i:' + "|".join(documents.SPLITS).encode() + rb'))"\s*:\s*\[')
_BETWEEN = b" \t\r\n,\0"


def opened(path: str | Path, container: Container) -> Opened | None:
    """The rows of a large document; None where it is small, or its rows lie otherwise."""
    if Path(path).stat().st_size < LARGE:
        return None
    waiting = pieces(path, container, PIECE)
    head = next(waiting, b"")
    begin = documents.rows_begin(head.decode("utf-8", "replace"))
    return Opened(Elements(chain([head], waiting)).rows(*begin)) if begin else None


class Elements:
    """Draws the rows of a document once."""

    def __init__(self, waiting: Iterator[bytes]) -> None:
        self.waiting = waiting
        self.held = b""
        self.number, self.line = 0, 1

    def rows(self, start: int, split: str) -> Iterator[Row]:
        """The rows of the array that begins after `start` characters, then those of the splits that follow it."""
        self._more()
        self._drop(start)  # what stands before it is ASCII or does not matter by a few bytes
        yield from self._array(split)
        while following := self._follows():
            self._drop(following.end())
            yield from self._array(following[1].decode())
        if left := self.held.strip(b" \t\r\n}\0"):
            self.number += 1
            said = left[:40].decode("utf-8", "replace")
            yield Row(
                self.number, RowError(self.number, f"line {self.line}: what follows the rows is not read: {said}")
            )

    def _array(self, split: str) -> Iterator[Row]:
        """Elements until the bracket that closes the array."""
        depth = begun = at = 0
        while True:
            for token in _TOKEN.finditer(self.held, at):
                if token.end() == len(self.held) and token[0][:1] == b'"':
                    break  # perhaps not all of the string: it is looked at again with more
                at = token.end()
                if token[0] in (b"{", b"["):
                    if not depth:
                        yield from self._between(self.held[begun : token.start()])
                        begun = token.start()
                    depth += 1
                elif token[0] in (b"}", b"]"):
                    depth -= 1
                    if depth < 0:
                        yield from self._between(self.held[begun : token.start()])
                        self._drop(at)
                        return
                    if not depth:
                        yield from self._element(begun, at, split)
                        begun = at
            self._drop(begun)
            at, begun = at - begun, 0
            if len(self.held) > LONGEST or not self._more():
                yield from self._broken()
                return

    def _element(self, begun: int, end: int, split: str) -> Iterator[Row]:
        raw = self.held[begun:end]
        self.number += 1
        try:
            value, odd = values.parse(raw)
        except ValueError:
            # A bracket too few swallows the elements that follow.
            yield from self._recovered(raw, self.number, self.line + self.held.count(b"\n", 0, begun))
            return
        twice = values.repeated_key(raw, value) and "a key twice in one object, the last value counts"
        named = {"split": split, **value} if split and isinstance(value, dict) else value
        yield from values.rows(named, self.number, " and ".join(filter(None, (odd, twice))))

    def _between(self, raw: bytes) -> Iterator[Row]:
        """What stands between two objects or arrays but commas: elements that are neither."""
        for part in filter(None, (piece.strip(_BETWEEN) for piece in raw.split(b","))):
            self.number += 1
            try:
                yield values.row(values.parse(part)[0], self.number)
            except ValueError as error:
                yield Row(self.number, RowError(self.number, str(error)))

    def _broken(self) -> Iterator[Row]:
        """What can still be read where the array has no end."""
        long = len(self.held) > LONGEST
        yield from self._recovered(self.held, self.number + 1, self.line)
        self._drop(len(self.held))
        if long and self._more():
            self.number += 1
            why = f"a bracket or quote is missing within {LONGEST >> 20} MB before line {self.line}: what follows is not read"
            yield Row(self.number, RowError(self.number, why))
            self.held, self.waiting = b"", iter(())

    def _recovered(self, raw: bytes, first: int, line: int) -> Iterator[Row]:
        for row in documents.recovered(raw.decode("utf-8", "replace"), first, line):
            self.number = row.number
            yield row

    def _follows(self) -> re.Match[bytes] | None:
        """The name of a split and its opening bracket, where they come next."""
        while len(self.held) < 200 and self._more():
            pass
        return _NEXT.match(self.held)

    def _more(self) -> bool:
        piece = next(self.waiting, b"")
        self.held += piece
        return bool(piece)

    def _drop(self, n: int) -> None:
        self.line += self.held.count(b"\n", 0, n)
        self.held = self.held[n:]
