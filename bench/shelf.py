"""What several runs share: finished units of work in the user's cache, by the hash of all that determines their bits.

An entry is one file: the hash of the rest, then the unit's value and its files. It is written whole or not at all, and one
that is damaged is as good as none. The folder may be deleted at any time.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

from bench.store import cache_folder, dumps, sha256, write_atomic

Json = dict[str, Any]
Files = dict[str, bytes]
LIMIT = 1 << 30
"""Bytes kept; beyond them the entries go that were not used for longest."""


def folder() -> Path:
    """Where entries lie."""
    return cache_folder() / "units"


def take(key: str) -> tuple[Json, Files] | None:
    """The value and the files of an entry; None where there is no sound one."""
    path = folder() / key
    try:
        data = path.read_bytes()
        os.utime(path)  # used now
    except OSError:
        return None
    digest, _, rest = data.partition(b"\n")
    if digest != sha256(rest).encode():
        return None
    head, _, body = rest.partition(b"\n")
    kept: Json = orjson.loads(head)
    files, at = Files(), 0
    for name, size in kept["files"]:
        files[name] = body[at : at + size]
        at += size
    return kept["value"], files


def put(key: str, value: Json, files: Mapping[str, bytes]) -> None:
    """Keep an entry, and let the oldest ones go where there is too much. A cache that cannot be written is done without."""
    head = dumps({"value": value, "files": [[name, len(data)] for name, data in files.items()]})
    rest = b"\n".join([head, b"".join(files.values())])
    try:
        write_atomic(folder() / key, sha256(rest).encode() + b"\n" + rest)
        _prune()
    except OSError:  # a full disk, a read-only home
        return


def _prune() -> None:
    kept = sorted((path.stat().st_mtime, path.stat().st_size, path) for path in folder().iterdir())
    room = LIMIT
    for _, size, path in reversed(kept):
        room -= size
        if room < 0:
            path.unlink(missing_ok=True)
