"""Records → rows to train on, in one pass; every record comes out once, kept or dropped with the reason.

Kept in memory: a hash and a row number for each record kept, and the hashes of contradicted couples.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator

from advisor.repair import records
from advisor.repair.chats import armed, several
from advisor.repair.form import columns, plain
from advisor.repair.types import Dropped, Kept, Plan, Why
from advisor.types import Record, RowError


def contradictions(given: Iterable[Record | RowError], plan: Plan) -> Plan:
    """The plan with the couples of answers that the data prefers both ways round, which only a pass of its own can know."""
    if plan.form != "pairs":
        return plan
    one, other = set[int](), set[int]()
    for record in given:
        if isinstance(record, Record) and not records.unfit(record, plan):
            key, way = records.couple(records.mended(record, plan))
            (one if way else other).add(key)
    return dataclasses.replace(plan, contradicted=frozenset(one & other))


def conversations(given: Iterable[Record | RowError], plan: Plan) -> Plan:
    """The plan, for whole conversations where a record is more than a prompt and its answer: rows of a file have one form."""
    if plan.form != "completion":
        return plan
    fit = (record for record in given if isinstance(record, Record) and not records.unfit(record, plan))
    whole = dataclasses.replace(plan, form="messages")
    found = False
    for record in filter(several, map(plain, fit)):
        if armed(record):
            return dataclasses.replace(whole, tools=True)
        found = True
    return whole if found else plan


def tested(given: Iterable[Record | RowError], plan: Plan) -> dict[int, int]:
    """The hash of each record that is for testing → its row: a copy of it elsewhere is not to be trained on either."""
    if not plan.held and not plan.split:
        return {}
    held = (record for record in given if isinstance(record, Record) and records.held_out(record, plan))
    return {records.key(records.mended(record, plan)): record.row for record in held}


def repair(
    given: Iterable[Record | RowError], plan: Plan, seen: dict[int, int] | None = None
) -> Iterator[Kept | Dropped]:
    """One item out for each item in, in order; `plan` comes from `contradictions`, `seen` from `tested`."""
    seen = {} if seen is None else seen
    for record in given:
        yield unreadable(record) if isinstance(record, RowError) else repaired(record, plan, seen)


def unreadable(error: RowError) -> Dropped:
    """A row, or a part of one, that gave no record."""
    return Dropped(error.row, "", Why("unreadable", error.why))


def repaired(record: Record, plan: Plan, seen: dict[int, int]) -> Kept | Dropped:
    """One record; `seen` takes the hash of each that is kept → its row."""
    if lacking := records.unfit(record, plan):
        return Dropped(record.row, record.id, Why(lacking))
    mended = records.mended(record, plan)
    if wrong := records.fault(mended, plan.form):
        return Dropped(record.row, record.id, Why(wrong))
    if plan.contradicted and records.couple(mended)[0] in plan.contradicted:
        return Dropped(record.row, record.id, Why("contradicted"))
    key = records.key(mended)
    if key in seen:
        return Dropped(record.row, record.id, Why("duplicate", f"row {seen[key]}"))
    seen[key] = record.row
    made = columns(mended, plan)
    return Kept(record.row, record.id, made, records.changes(record, mended, plan), records.spare(record, plan))
