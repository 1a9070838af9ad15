"""File, folder or pattern → Dataset: every record in memory, as training needs them; `advisor.survey` only measures."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from advisor import naming, reading, shards, unknown
from advisor.ledger import Ledger, counted, of_files, whole
from advisor.overview import place
from advisor.recognise import Recogniser
from advisor.recognise import whole as completed
from advisor.types import AdviceError, Dataset, Record, RowError, Shard


def load(path: str | Path, mapping: Mapping[str, str] | None = None) -> Dataset:
    """Read a file, or the files of a folder or pattern; every row ends as one or more records or as a RowError.

    `mapping` says by hand what the columns are (field → column), else each row is recognised by itself. Raises
    AdviceError for a file that cannot be read, or in which no row has a layout known here.
    """
    files, left_out = shards.files(path)
    recognise, ledger = Recogniser(mapping), Ledger()
    parts, clauses, unread = list[Shard](), list[tuple[str, str]](), list[str]()
    records, errors, broken = list[Record](), list[RowError](), list[RowError]()
    for file in files:
        parts.append(Shard(str(file), ledger.last))
        try:
            opened, before = reading.read(file), ledger.last
            for row in opened.rows:
                read = recognise(row, before + row.number)
                ledger.add(read)
                records += [completed(read, i) for i in range(len(read.records))]
                errors += [] if read.records else [whole(read.errors)]
                broken += read.errors if read.records else []
        except AdviceError as error:
            if len(files) == 1:
                raise
            unread.append(f"not read to its end: {error}")
        else:
            clauses += [(clause, file.name) for clause in opened.notes]
    if not ledger.rows:
        raise AdviceError(unread[0].partition(": ")[2])
    named, renamed = naming.unique(records)
    size, sha256 = shards.fingerprint(files)
    several = tuple(parts) if len(parts) > 1 else ()
    seen = ledger.overview(str(path), size, sha256, (*of_files(clauses, len(files)), *left_out, *unread), several)
    if not named:
        raise unknown.refused(seen, reading.read(files[0]).rows, mapping)
    if mapping:
        unknown.check(str(path), mapping, ledger.columns["map"], reading.read(files[0]).rows)
    again = [_renamed(renamed, f"row {renamed[0]}" if not several else place(seen, renamed[0]))] if renamed else []
    return Dataset(
        path=str(path),
        bytes=size,
        sha256=sha256,
        rows=ledger.rows,
        records=named,
        errors=tuple(errors),
        schema=seen.schema,
        notes=(*seen.notes, *again),
        broken=tuple(broken),
        shards=several,
    )


def _renamed(rows: tuple[int, ...], first: str) -> str:
    return f"{counted(len(rows), 'repeated id')} got a suffix (first: {first})"
