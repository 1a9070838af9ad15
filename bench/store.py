"""The run directory: atomic files, an fsynced journal, content-addressed units of work, one owner.

A unit is a name, the inputs that determine its result, and the work. Its key is the hash of the inputs; once the journal
holds a `done` line with that key and its files are intact, the work is never done again. A long unit may journal what it
has so far (`kept`), and goes on from there. A torn last line of the journal (the machine died while writing) is cut off; a
damaged line before the last is reported, not guessed at.
Not covered: two machines on one network file system whose locks do not work.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import math
import os
import tempfile
import time
from collections.abc import Callable, Container, Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson

from bench.types import BenchError

Json = dict[str, Any]


UNFINISHED = ".part"
"""How a file ends that is being written."""


def cache_folder() -> Path:
    """Of what several runs share: `$XDG_CACHE_HOME/tune-advisor`, by default under ~/.cache."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tune-advisor"


def finite(value: float | None) -> float | None:
    """A number that JSON can hold: what is not finite is unscored."""
    return value if value is not None and math.isfinite(value) else None


def sha256(data: bytes) -> str:
    """Hex digest of bytes."""
    return hashlib.sha256(data).hexdigest()


def dumps(value: Any) -> bytes:
    """JSON with sorted keys, so that equal values are equal bytes; tuples as lists, NaN refused."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def content_key(inputs: Mapping[str, Any]) -> str:
    """Hash of what determines a unit's result."""
    return sha256(dumps(inputs))


def write_atomic(path: Path, data: bytes) -> None:
    """Write so that a reader sees the old file or the whole new one, and the new one survives power loss."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=UNFINISHED)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def read_object(path: Path, remedy: str) -> Json:
    """The JSON object in a file.

    Raises:
        BenchError: it cannot be read, or holds something else; the message ends with the remedy.
    """
    try:
        value = orjson.loads(path.read_bytes())
    except OSError as error:
        raise BenchError(f"{path}: {error.strerror or error}; {remedy}") from error
    except orjson.JSONDecodeError as error:
        raise BenchError(f"{path}: damaged, not whole JSON; {remedy}") from error
    if not isinstance(value, dict):
        raise BenchError(f"{path}: damaged, no JSON object; {remedy}")
    return value


def read_journal(path: Path) -> tuple[list[Json], int]:
    """The events of a journal and the length in bytes of its valid part.

    Raises:
        BenchError: a line before the last is damaged.
    """
    data = path.read_bytes() if path.exists() else b""
    events: list[Json] = []
    valid = 0
    for number, line in enumerate(data.splitlines(keepends=True), 1):
        try:
            event = orjson.loads(line)
        except orjson.JSONDecodeError:
            event = None
        if not isinstance(event, dict) or not line.endswith(b"\n"):
            if valid + len(line) < len(data):
                raise BenchError(f"{path}:{number}: damaged line in the journal; restore the file or start a new run")
            break
        events.append(event)
        valid += len(line)
    return events, valid


class Run:
    """An open run directory, owned by this process."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._journal = folder / "journal.jsonl"
        events, valid = read_journal(self._journal)
        if self._journal.exists():
            os.truncate(self._journal, valid)
        self._done = {(e["unit"], e["key"]): e for e in events if e.get("event") == "done"}
        self._kept: dict[tuple[str, str], Json] = {}
        for event in events:  # a session that was killed may have left what it was about to remove
            if event.get("event") == "kept":
                self._supersede(event)
            elif event.get("event") == "done":
                self._forget(event["unit"], event["key"])
        self._began = 0.0

    def note(self, event: str, **fields: Any) -> None:
        """Append one event to the journal and wait until it is on disk."""
        with self._journal.open("ab") as file:
            file.write(dumps({"event": event, **fields}) + b"\n")
            file.flush()
            os.fsync(file.fileno())

    def finished(self, unit: str, inputs: Mapping[str, Any]) -> Json | None:
        """The journalled value of a finished unit whose files are intact, else None."""
        event = self._done.get((unit, content_key(inputs)))
        return event["value"] if event and self._intact(event["files"]) else None

    def once(self, unit: str, inputs: Mapping[str, Any], work: Callable[[], tuple[Json, dict[str, bytes]]]) -> Json:
        """The value of a unit: from the journal when finished, else worked out now.

        `work` returns the value (JSON) and the unit's files (path inside the run folder → bytes).
        """
        key = content_key(inputs)
        value = self.finished(unit, inputs)
        if value is None:
            # Seconds of what an interrupted session kept are this unit's too.
            self._began = time.perf_counter() - self._kept.get((unit, key), {"seconds": 0.0})["seconds"]
            value, files = work()
            self._done[unit, key] = event = self._record("done", unit, key, value, files)
            self._forget(unit, key)
            # What was journalled is what later code sees, in this run as in a resumed one.
            value = event["value"]
        return value

    def keep(self, unit: str, inputs: Mapping[str, Any], value: Json, files: Mapping[str, bytes]) -> None:
        """Journal, from inside the unit's work, how far it has come; what it had kept before is dropped.

        `files` are gone once the unit is done, and share their folders with no others.
        """
        key = content_key(inputs)
        self._supersede(self._record("kept", unit, key, value, files))

    def kept(self, unit: str, inputs: Mapping[str, Any]) -> tuple[Json, dict[str, bytes]] | None:
        """What an interrupted session kept of a unit, if its files are intact."""
        event = self._kept.get((unit, content_key(inputs)))
        if event is None or not self._intact(event["files"]):
            return None
        return event["value"], {name: (self.folder / name).read_bytes() for name in event["files"]}

    def _record(self, event: str, unit: str, key: str, value: Json, files: Mapping[str, bytes]) -> Json:
        """Write the files, then the line that makes them count; returns that line as a reader of the journal sees it."""
        for name, data in files.items():
            write_atomic(self.folder / name, data)
        hashes = {name: sha256(data) for name, data in files.items()}
        seconds = time.perf_counter() - self._began
        line: Json = {"unit": unit, "key": key, "value": value, "files": hashes, "seconds": seconds}
        self.note(event, **line)
        return orjson.loads(dumps(line))  # type: ignore[no-any-return]

    def _supersede(self, event: Json) -> None:
        """What is kept of a unit is this, and nothing older."""
        unit, key = event["unit"], event["key"]
        self._forget(unit, key, but=event["files"])
        self._kept[unit, key] = event

    def _forget(self, unit: str, key: str, but: Container[str] = ()) -> None:
        """Remove the files kept of a unit."""
        kept = self._kept.pop((unit, key), {"files": {}})["files"]
        paths = [self.folder / name for name in kept if name not in but]
        for path in paths:
            path.unlink(missing_ok=True)
        for folder in {path.parent for path in paths}:
            if folder.exists() and not any(folder.iterdir()):
                folder.rmdir()

    @property
    def seconds(self) -> float:
        """Wall-clock seconds of all finished units, over every session that worked on the run."""
        return float(sum(event["seconds"] for event in self._done.values()))

    def _intact(self, files: Mapping[str, str]) -> bool:
        paths = ((self.folder / name, digest) for name, digest in files.items())
        return all(path.exists() and sha256(path.read_bytes()) == digest for path, digest in paths)


@contextlib.contextmanager
def own(folder: Path) -> Iterator[Run]:
    """The run in `folder`, locked for this process.

    Raises:
        BenchError: another process owns it.
    """
    import filelock

    folder.mkdir(parents=True, exist_ok=True)
    lock = filelock.FileLock(folder / ".lock", timeout=0)
    try:
        lock.acquire()
    except filelock.Timeout as error:
        raise BenchError(f"{folder}: another process is working on this run; wait for it or stop it") from error
    try:
        for left in folder.rglob(f".*{UNFINISHED}"):  # by an owner that was killed while writing
            left.unlink()
        yield Run(folder)
    finally:
        lock.release()
