"""A file of lines → blocks of whole lines, each with the number of its first, so that several processes can read one file."""

from __future__ import annotations

import codecs
import dataclasses
import io
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from advisor import containers
from advisor.types import AdviceError

SIZE = 8 << 20
"""Bytes of a block, and up to a line more."""


@dataclasses.dataclass(frozen=True, slots=True)
class Block:
    """Whole lines of a file."""

    first: int
    """Number of its first line, from 1."""
    offset: int
    """Where it begins on disk; -1 where `data` holds it."""
    size: int
    """Its bytes."""
    data: bytes = b""
    """The lines themselves, of a file that has to be unpacked or decoded."""


def blocks(path: Path, container: containers.Container) -> Iterator[Block]:
    """The blocks of a text file, in order. AdviceError where it cannot be read to its end."""
    if container.gzipped or container.encoding not in ("utf-8", "utf-8-sig"):
        yield from _decoded(containers.lines(path, container))
    else:
        with path.open("rb") as file:
            yield from _on_disk(file)


def _on_disk(file: IO[bytes]) -> Iterator[Block]:
    first, offset = 1, 0
    while data := file.read(SIZE):
        rest = file.readline(containers.LONGEST + 1) if not data.endswith(b"\n") else b""
        yield Block(first, offset, len(data) + len(rest))
        # Replacing a character is the fastest way to count it: it is sought by memchr.
        first += len(data) - len(data.replace(b"\n", b"")) + (rest != b"")
        _end_line(file, rest)
        offset = file.tell()


def _end_line(file: IO[bytes], part: bytes) -> None:
    """Pass over what follows a part of a line that is too long."""
    more = len(part) > containers.LONGEST and not part.endswith(b"\n")
    while more:
        part = file.readline(1 << 20)
        more = part != b"" and not part.endswith(b"\n")


def _decoded(lines: Iterator[bytes]) -> Iterator[Block]:
    first, held, size = 1, list[bytes](), 0
    try:
        for line in lines:
            held.append(line)
            size += len(line)
            if size >= SIZE:
                yield Block(first, -1, size, b"".join(held))
                first, held, size = first + len(held), [], 0
    except AdviceError:
        # The file breaks off: what came before stands.
        yield from _rest(first, held)
        raise
    yield from _rest(first, held)


def _rest(first: int, held: list[bytes]) -> Iterator[Block]:
    if held:
        data = b"".join(held)
        yield Block(first, -1, len(data), data)


def lines(path: Path, block: Block) -> list[bytes]:
    """The block's lines, their ends kept, without the file's byte-order mark; as `containers.lines` where one is too long."""
    data = block.data
    if block.offset >= 0:
        with path.open("rb") as file:
            file.seek(block.offset)
            data = file.read(block.size)
    found = io.BytesIO(data).readlines()
    if len(data) > containers.LONGEST:
        found = [*map(containers.bounded, found)]
    if found and not block.offset:
        found[0] = found[0].removeprefix(codecs.BOM_UTF8)
    return found
