"""A gzip file → its bytes, but for one that unpacks to absurdly more than it holds."""

from __future__ import annotations

import gzip
import io
import zlib
from pathlib import Path

from advisor.types import AdviceError

RATIO = 300
"""JSON shrinks 3 to 50 times, gzip can do 1,032: what unpacks to more than this, beyond HARMLESS, is no dataset."""
HARMLESS = 1 << 28
_STEP = 4096


def check(path: Path) -> None:
    """AdviceError for a file that is a bomb from its first bytes on, before a row of it is read."""
    unpacker, size, fed = zlib.decompressobj(wbits=31), 0, 0
    with path.open("rb") as file:
        while piece := file.read(_STEP):
            fed += _STEP
            try:
                size += len(unpacker.decompress(piece))
            except zlib.error:
                return  # the reading will come to it, and tell it
            if size < RATIO * fed:
                return
            if size > HARMLESS:
                raise _bomb(path)


def opened(path: Path) -> io.BufferedReader:
    """The unpacked bytes; AdviceError where they become absurdly many. Buffered: GzipFile reads lines several times slower."""
    return io.BufferedReader(_Metered(path))


class _Metered(gzip.GzipFile):
    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._path = path
        self._limit = max(HARMLESS, RATIO * path.stat().st_size)

    def read(self, size: int | None = -1) -> bytes:
        """As GzipFile."""
        got = super().read(size)
        if self.tell() > self._limit:
            raise _bomb(self._path)
        return got


def _bomb(path: Path) -> AdviceError:
    return AdviceError(
        f"{path}: a gzip bomb, it unpacks to more than {RATIO} times its size; if it is data all the same, unpack it first"
    )
