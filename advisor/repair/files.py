"""`--fix OUT.jsonl`: the rows, a ledger of what was dropped or changed, and a config to train with, written all or none."""

from __future__ import annotations

import contextlib
import dataclasses
import heapq
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import orjson

from advisor.advise import Advice
from advisor.privacy import redact
from advisor.repair import contradictions, repair
from advisor.repair.config import Job, config
from advisor.repair.outcome import Counts, Written, counted, silenced, told
from advisor.repair.plan import departed, plans, unswapped
from advisor.repair.types import Dropped, Kept, Plan
from advisor.types import AdviceError, Dataset, Record, RowError, place


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


def fix(advice: Advice, out: Path, *, raw: bool = False) -> Fixed:
    """Write the repaired data for the method advised. AdviceError where there is none, or no record is left."""
    free(out)
    steps = plans(advice, raw)
    paths = (out,) if len(steps) == 1 else (first(out), out)
    configs = tuple(beside(path, ".trl.yaml") for path in paths)
    ledger = beside(out, ".ledger.jsonl")
    # OUT comes last: where it stands, so does the rest.
    with staged((ledger, *configs, *paths)) as (entries, *files):
        texts, rows = files[: len(paths)], files[len(paths) :]
        made = zip(rows, paths, steps, strict=True)
        written = [rows_to(file, entries, advice.dataset, path, plan) for file, path, plan in made]
        for file, job in zip(texts, jobs(advice, written), strict=True):
            file.write(config(job).encode())
    notes = (departed(advice, steps), unswapped(advice), silenced(written[0]))
    return Fixed(tuple(written), configs, ledger, tuple(filter(None, notes)))


def rows_to(rows: BinaryIO, ledger: BinaryIO, data: Dataset, path: Path, plan: Plan) -> Written:
    """Repair the dataset into one file, and add to the ledger."""
    counts = Counts()
    for item in repair(stream(data), contradictions(stream(data), plan)):
        counts.add(item)
        if isinstance(item, Dropped) or item.changes:
            ledger.write(dumped(entry(item, path, data)))
        if isinstance(item, Kept):
            rows.write(dumped(item.columns))
    made = counts.result(path, plan)
    if not made.kept:
        raise AdviceError(f"{data.path}: --fix wrote nothing, for no record is left ({counted(made.dropped)})")
    return made


def stream(data: Dataset) -> Iterator[Record | RowError]:
    """Records and bad rows in the order of the file."""
    return heapq.merge(data.records, sorted((*data.errors, *data.broken), key=row), key=row)


def row(item: Record | RowError) -> int:
    """Where an item stood."""
    return item.row


def entry(item: Kept | Dropped, path: Path, data: Dataset) -> dict[str, Any]:
    """A line of the ledger."""
    dropped = isinstance(item, Dropped)
    why = (item.why,) if isinstance(item, Dropped) else item.changes
    return {
        "file": path.name,
        "where": place(data, item.row),
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
