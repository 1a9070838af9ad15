"""Bytes on disk → lines of UTF-8 bytes: gzip, encoding, and a plain word for whatever else the user may have given."""

from __future__ import annotations

import codecs
import contextlib
import dataclasses
import functools
import gzip
import hashlib
import io
import re
import zlib
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import IO, Literal, TypeVar

from advisor import encodings, gzips
from advisor.types import AdviceError

_HEAD = 1 << 16
_BEGINNING = 1 << 20
"""Bytes that tell Windows-1252 from UTF-8."""
Binary = Literal["parquet", "arrow"]
_Item = TypeVar("_Item", bytes, str)
_UNPACK = "unpack it first"
_MAGIC = (
    (b"PK\x03\x04", "zip (or xlsx, docx)", f"{_UNPACK}, or export it as jsonl"),
    (b"\x28\xb5\x2f\xfd", "zstd", f"{_UNPACK}: zstd -d {{0}}"),
    (b"\xfd7zXZ\x00", "xz", f"{_UNPACK}: xz -dk {{0}}"),
    (b"\x1f\x8b", "gzip inside gzip", f"{_UNPACK}: gunzip -k {{0}}"),
    (b"BZh", "bzip2", f"{_UNPACK}: bunzip2 -k {{0}}"),
    (b"7z\xbc\xaf", "7z", _UNPACK),
    (b"SQLite format 3\x00", "sqlite", "export the table as jsonl"),
    (b"%PDF", "pdf", "extract the examples as jsonl"),
    (b"GGUF", "gguf (model weights)", "give the dataset, not the model"),
)
_PICKLE = re.compile(rb"\x80[\x02-\x05][\x95}\](cX\x8c]")
_BINARY: tuple[tuple[bytes, Binary], ...] = (
    (b"PAR1", "parquet"),
    (b"ARROW1", "arrow"),
    (b"\xff\xff\xff\xff", "arrow"),
)
LONGEST = 64 << 20
"""Bytes of a line: a longer one was never ended, and its row is bad without its being held."""
WHOLE = 1 << 29
"""Bytes of a document that has to be read whole, which takes several times as much memory."""
_KEPT = 200
CUT = b"\x18(cut)\n"
"""How the beginning of such a line ends, here as in no text."""


@dataclasses.dataclass(frozen=True, slots=True)
class Container:
    """How a file is packed, told from its content."""

    encoding: str
    """A Python codec name; `utf-8-sig` where a byte-order mark comes first."""
    gzipped: bool
    """Whether the bytes are gzip's."""
    binary: Binary | None = None
    """The format of a file that is no text and is read all the same."""


def fingerprint(path: str | Path) -> tuple[int, str]:
    """Size in bytes and SHA-256 (hex) of the file as it lies on disk."""
    with Path(path).open("rb") as file:
        return Path(path).stat().st_size, hashlib.file_digest(file, "sha256").hexdigest()


def sniff(path: str | Path) -> Container:
    """Tell gzip and encoding from the first bytes; AdviceError for what is no text, or cannot be opened."""
    path = Path(path)
    try:
        _check_is_file(path)
    except OSError as error:
        raise AdviceError(f"{path}: cannot be opened ({error.strerror}); check path and permissions") from None
    gzipped = _head(path, gzipped=False)[:2] == b"\x1f\x8b"
    if gzipped:
        gzips.check(path)
    head = _head(path, gzipped)
    if not head.strip(b" \t\r\n\0" + codecs.BOM_UTF8):
        raise AdviceError(f"{path}: the file is empty; give one with a JSON object a line")
    binary = next((kind for magic, kind in _BINARY if head.startswith(magic)), None)
    if binary and gzipped:
        raise AdviceError(f"{path}: {binary} inside gzip; {_UNPACK}: gunzip -k {path}")
    if binary:
        return Container("utf-8", gzipped, binary)
    encoding = encodings.of(head)
    if encoding == "utf-8":
        _check_is_text(path, head)
        encoding = "cp1252" if encodings.is_windows(_beginning(path, gzipped)) else encoding
    return Container(encoding, gzipped)


def lines(path: str | Path, container: Container) -> Iterator[bytes]:
    """Yield the file's lines as UTF-8 bytes without byte-order mark, line ends kept; AdviceError where gzip breaks off.

    Of a line beyond LONGEST comes its beginning, which ends with CUT.
    """
    with _open(Path(path), container.gzipped) as stream:
        if container.encoding.startswith("utf-8"):
            parts = iter(functools.partial(stream.readline, LONGEST + 1), b"")
            for number, line in enumerate(_ended(_guarded(path, parts))):
                yield line if number else line.removeprefix(codecs.BOM_UTF8)
        else:
            # A half character at the very end becomes U+FFFD; its line is then reported as broken JSON.
            decoded = io.TextIOWrapper(stream, container.encoding, errors="replace", newline="\n")
            texts = _guarded(path, iter(functools.partial(decoded.readline, LONGEST + 1), ""))
            yield from _ended(text.encode("utf-8", "replace") for text in texts)


def bounded(line: bytes) -> bytes:
    """The line, or the beginning of one that is too long."""
    return line if len(line) - line.endswith(b"\n") <= LONGEST else line[:_KEPT] + CUT


def too_long() -> str:
    """What is wrong with a row in such a line."""
    return f"a line of more than {LONGEST >> 20} MB"


def _ended(parts: Iterator[bytes]) -> Iterator[bytes]:
    """Lines, of parts none of which holds more than one; what follows the first part of a line is passed over."""
    for part in parts:
        yield (line := bounded(part))
        ended = line is part or part.endswith(b"\n")
        while not ended:
            part = b""  # so that one part is held, not two
            part = next(parts, b"\n")
            ended = part.endswith(b"\n")


def pieces(path: str | Path, container: Container, size: int) -> Iterator[bytes]:
    """Yield the file as UTF-8 bytes without byte-order mark, about `size` at a time; AdviceError where gzip breaks off."""
    with _open(Path(path), container.gzipped) as stream:
        if container.encoding.startswith("utf-8"):
            for number, piece in enumerate(_guarded(path, iter(lambda: stream.read(size), b""))):
                yield piece if number else piece.removeprefix(codecs.BOM_UTF8)
        else:
            decoded = io.TextIOWrapper(stream, container.encoding, errors="replace", newline="\n")
            texts = _guarded(path, iter(lambda: decoded.read(size), ""))
            yield from (text.encode("utf-8", "replace") for text in texts)


def whole(path: str | Path, container: Container) -> bytes:
    """All of the file as `pieces` gives it; AdviceError beyond WHOLE."""
    held, size = list[bytes](), 0
    for piece in pieces(path, container, 1 << 20):
        held.append(piece)
        size += len(piece)
        if size > WHOLE:
            raise AdviceError(
                f"{path}: one document of more than {WHOLE >> 20} MB that is no array of objects; "
                "write a JSON object a line, such as by: jq -c '.[]'"
            )
    return b"".join(held)


def no_rows(path: str | Path, why: str) -> AdviceError:
    """The error for a text file that holds no rows."""
    return AdviceError(
        f"{path}: {why}; give JSON lines (one object a line), a JSON array of objects, csv, tsv, parquet or .txt"
    )


def _check_is_file(path: Path) -> None:
    if not path.exists():
        raise AdviceError(f"{path}: no such file; check the path{_similar(path)}")
    if not path.is_file():
        raise AdviceError(f"{path}: not a regular file; save the data to a file first")
    if not path.stat().st_size:
        raise AdviceError(f"{path}: the file is empty; give one with a JSON object a line")


def _similar(path: Path) -> str:
    beside = path.parent.glob("*") if path.parent.is_dir() else ()
    near = sorted(p.name for p in beside if p.name.split(".")[0] == path.name.split(".")[0] and p.is_file())
    return f" (beside it: {', '.join(near[:3])})" if near else ""


def _check_is_text(path: Path, head: bytes) -> None:
    for magic, kind, fix in _MAGIC:
        if head.startswith(magic):
            raise AdviceError(f"{path}: {kind} is not read yet; {fix.format(path, path.stem)}")
    if head.startswith(b"version https://git-lfs.github.com/spec/"):
        raise AdviceError(f"{path}: a git-lfs pointer, not the data; fetch it: git lfs pull")
    if _PICKLE.match(head):
        raise AdviceError(f"{path}: a pickle (never loaded: it can run code); export the data as jsonl")
    if head[257:262] == b"ustar":
        raise AdviceError(f"{path}: a tar archive; {_UNPACK} and give one file")
    text = head.decode("utf-8", "replace")
    # NULs alone are forgiven: a crashed writer leaves blocks of them between good lines.
    odd = sum(c == "\ufffd" or (c < " " and c not in "\0\t\n\r\f\b\x1b") for c in text)
    if odd > 0.1 * len(text):
        raise AdviceError(
            f"{path}: binary, or text that is not UTF-8; give jsonl or json in UTF-8 (iconv -t UTF-8 converts)"
        )


def _open(path: Path, gzipped: bool) -> IO[bytes]:
    try:
        return gzips.opened(path) if gzipped else path.open("rb")
    except OSError as error:
        raise AdviceError(f"{path}: cannot be opened ({error.strerror}); check its permissions") from None


def _head(path: Path, gzipped: bool) -> bytes:
    with _open(path, gzipped) as stream:
        return next(_guarded(path, iter(lambda: stream.read(_HEAD), b"")), b"")


def _beginning(path: Path, gzipped: bool) -> bytes:
    """As much of the first bytes as can be read; what is wrong with the others the reading will tell."""
    held = list[bytes]()
    with _open(path, gzipped) as stream, contextlib.suppress(AdviceError):
        held.extend(islice(_guarded(path, iter(lambda: stream.read(_HEAD), b"")), _BEGINNING // _HEAD))
    return b"".join(held)


def _guarded(path: str | Path, items: Iterator[_Item]) -> Iterator[_Item]:
    try:
        yield from items
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise AdviceError(f"{path}: corrupt gzip ({error}); download or compress it again") from None
    except OSError as error:
        raise AdviceError(f"{path}: cannot be read ({error.strerror})") from None
