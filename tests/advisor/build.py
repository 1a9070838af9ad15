"""Small datasets by hand, for tests of what lies above reading."""

from __future__ import annotations

from typing import Any

from advisor.types import Dataset, Message, Record, RowError, Schema, Supervision


def record(n: int = 1, prompt: str = "", **fields: Any) -> Record:
    """A record whose prompt is one user turn."""
    said = (Message("user", prompt),) if prompt else ()
    return Record(id=f"row-{n}", row=n, prompt=said, **fields)


def dataset(
    rows: list[dict[str, Any]], supervision: Supervision = "gold", errors: int = 0, share: float = 1.0
) -> Dataset:
    """A dataset of `record` keyword arguments, rows numbered from 1, bad rows after the good."""
    records = tuple(record(n, **row) for n, row in enumerate(rows, 1))
    bad = tuple(RowError(len(rows) + n, "invalid JSON") for n in range(1, errors + 1))
    schema = Schema("example", supervision, {}, share)
    return Dataset("example.jsonl", 1, "0" * 64, len(rows) + errors, records, bad, schema)


def pair(n: int, **fields: Any) -> dict[str, Any]:
    """A pair about number n, of varying lengths, without a fault."""
    words = ["amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "heath", "inlet", "jetty"]
    this, that = " ".join(words[int(d)] for d in f"{n * 7919:06}"), " ".join(words[int(d)] for d in f"{n * 104729:06}")
    long, short = f"It is {this} by the {that}, as one says there.", f"Ask {that} about it."
    chosen, rejected = (long, short) if n % 2 else (short, long)
    return {"prompt": f"What stands at {this} {n}?", "answer": chosen, "rejected": rejected, **fields}


def gold(n: int, **fields: Any) -> dict[str, Any]:
    """A gold record about number n."""
    row = pair(n, **fields)
    del row["rejected"]
    return row
