"""`--fix OUT.jsonl`: the rows, a ledger of what was dropped or changed, and a config to train with, written all or none."""

from __future__ import annotations

import contextlib
import dataclasses
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import orjson

from advisor import reading, shards
from advisor.advise import Advice
from advisor.ledger import whole
from advisor.overview import Overview, place
from advisor.privacy import redact
from advisor.recognise import Recogniser
from advisor.repair import contradictions, conversations, repair, tested
from advisor.repair.chats import opening
from advisor.repair.config import Job, config
from advisor.repair.outcome import Counts, Written, counted, notes, told
from advisor.repair.plan import departed, left_aside, plans, unswapped
from advisor.repair.turns import heard
from advisor.repair.types import Dropped, Kept, Plan
from advisor.survey import Held
from advisor.types import AdviceError, Record, RowError


@dataclasses.dataclass(frozen=True, slots=True)
class Fixed:
    """What one `--fix` wrote."""

    written: tuple[Written, ...]
    """The files of rows, in the order of training."""
    configs: tuple[Path, ...]
    """One for each."""
    ledger: Path
    """What was dropped or changed, and why."""
    notes: tuple[str, ...]
    """What the reader should know beside the counts."""


def free(out: Path) -> None:
    """AdviceError unless every file that `--fix` may write is yet to be made, so that nothing is ever overwritten."""
    if out.suffix != ".jsonl":
        raise AdviceError(f"{out}: --fix writes jsonl; give a name that ends in .jsonl")
    if not out.parent.is_dir():
        raise AdviceError(f"{out.parent}: no such folder; make it, or write elsewhere")
    names = (out, beside(out, ".ledger.jsonl"), beside(out, ".trl.yaml"), first(out), beside(first(out), ".trl.yaml"))
    if taken := next((name for name in names if os.path.lexists(name)), None):
        raise AdviceError(f"{taken}: exists, and --fix overwrites nothing; remove it, or give another name")


def beside(out: Path, ending: str) -> Path:
    """OUT.jsonl → OUT with another ending."""
    return out.with_name(out.name.removesuffix(".jsonl") + ending)


def first(out: Path) -> Path:
    """Where the rows of the first of two stages go."""
    return beside(out, ".sft.jsonl")


def fix(advice: Advice, out: Path, mapping: Mapping[str, str] | None = None, *, raw: bool = False) -> Fixed:
    """Write the repaired data for the method advised; `mapping` as the advice was given it.

    AdviceError where there is nothing to train on, no record is left, or the disk refuses.
    """
    free(out)
    steps = [conversations(stream(advice.overview.path, mapping), plan) for plan in plans(advice, raw)]
    paths = (out,) if len(steps) == 1 else (first(out), out)
    configs = tuple(beside(path, ".trl.yaml") for path in paths)
    ledger = beside(out, ".ledger.jsonl")
    # OUT comes last: where it stands, so does the rest.
    with staged((ledger, *configs, *paths)) as (entries, *files):
        texts, rows = files[: len(paths)], files[len(paths) :]
        written = [
            rows_to(file, entries, repaired(advice.overview.path, mapping, plan), advice.overview, path).result(
                path, plan
            )
            for file, path, plan in zip(rows, paths, steps, strict=True)
        ]
        for file, job in zip(texts, jobs(advice, written), strict=True):
            file.write(config(job).encode())
    known = (departed(advice, steps), left_aside(advice), unswapped(advice), *notes(written))
    return Fixed(tuple(written), configs, ledger, tuple(filter(None, known)))


def repaired(data: str, mapping: Mapping[str, str] | None, plan: Plan) -> Iterator[Kept | Dropped]:
    """What becomes of the records of the data; it is read anew for what may come later: contradictions, rows to test by."""
    whole = contradictions(stream(data, mapping), plan)
    return repair(stream(data, mapping), whole, tested(stream(data, mapping), whole))


def rows_to(rows: BinaryIO, ledger: BinaryIO, given: Iterable[Kept | Dropped], read: Overview, path: Path) -> Counts:
    """Write the rows kept, and to the ledger what was done to them and the rest. AdviceError where none is kept."""
    counts = Counts()
    for item in given:
        counts.add(item)
        if isinstance(item, Dropped) or item.changes:
            ledger.write(dumped(entry(item, path, read)))
        if isinstance(item, Kept):
            rows.write(dumped(item.columns if counts.kept > 1 else opening(item.columns)))
    if not counts.kept:
        lost = counted(dict(counts.dropped.most_common()))
        raise AdviceError(f"{read.path}: --fix wrote nothing, for no record is left ({lost})")
    return counts


def stream(path: str, mapping: Mapping[str, str] | None) -> Iterator[Record | RowError]:
    """Records and bad rows, or bad parts of rows, in the order of the data; read anew each time, so that none is kept."""
    files, _ = shards.files(path)
    recognise, last = Recogniser(mapping), 0
    for file in files:
        before = last
        for row in reading.read(file).rows:
            read = recognise(row, before + row.number)
            last = max(last, read.row)
            yield from (heard(read, Held(read, at).record()) for at in range(len(read.records)))
            yield from read.errors if read.records else [whole(read.errors)]


def entry(item: Kept | Dropped, path: Path, read: Overview) -> dict[str, Any]:
    """A line of the ledger."""
    dropped = isinstance(item, Dropped)
    why = (item.why,) if isinstance(item, Dropped) else item.changes
    return {
        "file": path.name,
        "where": place(read, item.row),
        "row": item.row,
        "id": redact(item.id),
        "action": "dropped" if dropped else "changed",
        "why": [{"code": each.code, "rule": each.rule, "detail": each.detail} for each in why],
    }


def dumped(value: Any) -> bytes:
    """One line of JSON."""
    return orjson.dumps(value, option=orjson.OPT_APPEND_NEWLINE)


def jobs(advice: Advice, written: Sequence[Written]) -> Iterator[Job]:
    """What each config is to say; the second run of two starts from the first."""
    named, before = advice.profile.model, ""
    for made in written:
        yield Job(
            method=made.plan.method,
            data=str(made.path),
            model=named.name if named else "",
            tokens=made.longest / max(1.0, advice.profile.tokens.characters_per_token),
            good=made.labels.get(True, 0),
            bad=made.labels.get(False, 0),
            solutions=made.plan.form == "checkable" and advice.profile.supervision != "prompts",
            whole=made.plan.form == "messages",
            after=before,
        )
        before = str(beside(made.path, ""))


@contextlib.contextmanager
def staged(paths: Sequence[Path]) -> Iterator[list[BinaryIO]]:
    """Files under other names, renamed to `paths` in that order once all are whole, or removed."""
    with contextlib.ExitStack() as stack:
        try:
            files = [stack.enter_context(temporary(path)) for path in paths]
            yield [file for file, _ in files]
            for file, _ in files:
                file.flush()
                os.fsync(file.fileno())
            for (_, name), path in zip(files, paths, strict=True):
                name.replace(path)
        except OSError as error:
            why = f"{paths[-1]}: cannot be written ({error.strerror}); look at the disk, or write elsewhere"
            raise AdviceError(why) from error


@contextlib.contextmanager
def temporary(path: Path) -> Iterator[tuple[BinaryIO, Path]]:
    """A file beside `path`, on the same disk, gone at the end unless it was renamed."""
    name = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with name.open("wb") as file:
            yield file, name
    finally:
        name.unlink(missing_ok=True)


def summary(fixed: Fixed) -> Iterator[str]:
    """What was written, line by line."""
    for made, path in zip(fixed.written, fixed.configs, strict=True):
        yield from told(made)
        yield f"  config   {path}"
    yield f"  ledger   {fixed.ledger}"
    yield from (f"  note     {note}" for note in fixed.notes)
