"""What the user named → the files to read: one file, or the shards of a folder, a glob or a dataset of the Hugging Face Hub."""

from __future__ import annotations

import hashlib
import os
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from advisor import containers, hub
from advisor.types import AdviceError

_MAGIC = re.compile(r"[*?[]")
_DATA = (".jsonl", ".json", ".ndjson", ".csv", ".tsv", ".psv", ".parquet", ".arrow")
_TEXT = (".txt",)
_TEST = re.compile(
    r"(?:^|[-_.])(?:test|dev|valid|validation|eval|evaluation|heldout|held_out)(?=[-_.\d])", re.IGNORECASE
)
"""The name of a split that is not for training."""


def files(path: str | Path) -> tuple[tuple[Path, ...], tuple[str, ...]]:
    """(files to read, what was left out). Raises AdviceError where a folder, pattern or dataset holds no data file."""
    try:
        if Path(path).is_dir():
            return _inside(Path(path))
        if not Path(path).exists() and _MAGIC.search(str(path)):
            return _matching(str(path))
        name = None if Path(path).exists() else hub.named(str(path))
    except OSError:
        name = None  # too long a name, or not ours to look at: opening the file will say so
    if name:
        return hub.fetch(name)
    return (Path(path),), ()


def _matching(pattern: str) -> tuple[tuple[Path, ...], tuple[str, ...]]:
    # The fixed folders before the first wildcard, then the pattern below them.
    parts = Path(pattern).parts
    fixed = next(i for i, part in enumerate(parts) if _MAGIC.search(part))
    try:
        below = Path(*parts[:fixed]).glob(str(Path(*parts[fixed:])))
        found = tuple(sorted(file for file in below if _filled(file)))
    except ValueError as error:
        raise AdviceError(f"{pattern}: is no pattern ({error}); `**/*.jsonl` looks into folders") from None
    if not found:
        raise AdviceError(f"{pattern}: no file matches; check the pattern")
    return found, held_out(found)


def _inside(folder: Path) -> tuple[tuple[Path, ...], tuple[str, ...]]:
    """Data files of a folder and those below it; text files only where there is nothing else. Links are not followed."""
    every = sorted(Path(root, name) for root, _, names in os.walk(folder) for name in names)
    seen = [file for file in every if not any(part.startswith(".") for part in file.relative_to(folder).parts)]
    data = [file for file in seen if _kind(file) in _DATA and file.name not in hub.ABOUT and _filled(file)]
    chosen = data or [file for file in seen if _kind(file) in _TEXT and _filled(file)]
    if not chosen:
        kinds = ", ".join(kind or "no suffix" for kind, _ in Counter(map(_kind, seen)).most_common(4))
        raise AdviceError(
            f"{folder}: is a directory without a data file (holds: {kinds or 'nothing'}); "
            f"give one with {', '.join((*_DATA, *_TEXT))}"
        )
    return tuple(chosen), held_out(chosen) + _left_out(
        [str(file.relative_to(folder)) for file in seen if file not in chosen]
    )


def held_out(files: Sequence[Path]) -> tuple[str, ...]:
    """A clause on the files that by their names are for testing, where they are read together with others."""
    tests = [file.name for file in files if _TEST.search(file.name)]
    if not tests or len(tests) == len(files):
        return ()
    shown = ", ".join(tests[:4]) + (", …" if len(tests) > 4 else "")
    return (f"reads {shown} with the others, though by name for testing: give the training files alone",)


def fingerprint(paths: tuple[Path, ...]) -> tuple[int, str]:
    """Bytes on disk and SHA-256 (hex): of the one file's bytes, or of the hashes of several, a line each."""
    each = [containers.fingerprint(path) for path in paths]
    if len(each) == 1:
        return each[0]
    lines = "".join(f"{digest}\n" for _, digest in each)
    return sum(size for size, _ in each), hashlib.sha256(lines.encode()).hexdigest()


def _left_out(names: list[str]) -> tuple[str, ...]:
    shown = ", ".join(names[:4]) + (", …" if len(names) > 4 else "")
    several = "1 other file is" if len(names) == 1 else f"{len(names)} other files are"
    return (f"{several} not read: {shown}",) if names else ()


def _filled(file: Path) -> bool:
    """Whether it is a file that holds something: distributed writers leave empty parts."""
    return file.is_file() and file.stat().st_size > 0


def _kind(file: Path) -> str:
    return Path(file.name.lower().removesuffix(".gz")).suffix
