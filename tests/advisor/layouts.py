"""Every layout, its examples, and the records of one row: what the tests of schemas share."""

from __future__ import annotations

from typing import Any

from advisor import schemas
from advisor.types import Message, Record, RowError

LAYOUTS = schemas.layouts()
EXAMPLES = [(name, row) for name, layout in LAYOUTS.items() for row in schemas.examples(layout)]
FIELDS = set(Record.__dataclass_fields__)


def records(row: dict[str, Any], name: str = "") -> list[Record | RowError]:
    found, _ = schemas.detect(row)
    assert found == name or not name
    return LAYOUTS[found].records(row, 1)


def record(row: dict[str, Any], name: str = "") -> Record:
    (only,) = records(row, name)
    assert isinstance(only, Record)
    return only


def turns(*said: str) -> tuple[Message, ...]:
    """Messages of alternating user and assistant turns; `system: …` is a system turn."""
    systems = [Message("system", s.removeprefix("system: ")) for s in said if s.startswith("system: ")]
    others = [s for s in said if not s.startswith("system: ")]
    return (*systems, *(Message(("user", "assistant")[i % 2], s) for i, s in enumerate(others)))


def openai(*said: str) -> list[dict[str, str]]:
    return [{"role": m.role, "content": m.content} for m in turns(*said)]
