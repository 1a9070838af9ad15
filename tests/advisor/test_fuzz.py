"""Rows and bytes that nobody would write: whatever comes, it is counted exactly, told in one line, or refused in one."""

from __future__ import annotations

import dataclasses
import gzip
import json
import pathlib
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from advisor.advise import advice_json, advise_file
from advisor.load import load
from advisor.schemas import examples, layouts
from advisor.types import AdviceError
from tests.advisor.build import pair
from tests.advisor.test_malformed import counts
from tests.advisor.test_survey import told

ROWS, EXAMPLES = 40, 250
"""Rows of an example, and examples: ten thousand rows."""
KNOWN = sorted({column for layout in layouts().values() for row in examples(layout) for column in row})
SAID = ["user", "assistant", "yes", "A", "0.5"]
NAME = st.sampled_from(KNOWN) | st.text(max_size=5)
CELL = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12) | st.sampled_from(SAID),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAME, inner, max_size=3),
    max_leaves=6,
)  # fmt: skip
ROW = st.dictionaries(NAME, CELL, max_size=5)
EXAMPLE = st.sampled_from([row for layout in layouts().values() for row in examples(layout)])
SLOW = [
    HealthCheck.function_scoped_fixture,
    HealthCheck.too_slow,
    HealthCheck.data_too_large,
    HealthCheck.large_base_example,
]


def changed(row: dict[str, Any], column: str, cell: Any) -> dict[str, Any]:
    """A row of a known layout with one cell that does not belong there."""
    return {**row, column: cell}


ANY_ROW = ROW | st.builds(changed, EXAMPLE, st.sampled_from(KNOWN), CELL) | EXAMPLE


@given(st.lists(ANY_ROW, min_size=ROWS, max_size=ROWS))
@settings(suppress_health_check=SLOW, max_examples=EXAMPLES)
def test_ten_thousand_rows_of_any_json_are_counted_to_the_last(
    tmp_path: pathlib.Path, rows: list[dict[str, Any]]
) -> None:
    path = tmp_path / "data.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    good, bad = counts(path)
    assert good + bad in (0, ROWS)  # none where no row could be used, which is told


@given(st.lists(ANY_ROW, min_size=1, max_size=8))
@settings(suppress_health_check=SLOW, max_examples=80)
def test_any_rows_get_advice_that_is_json_or_are_refused(tmp_path: pathlib.Path, rows: list[dict[str, Any]]) -> None:
    path = tmp_path / "data.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    try:
        advice = advise_file(str(path))
    except AdviceError as error:
        assert "\n" not in str(error)  # noqa: PT017 - either is right
        return
    told = json.dumps(advice_json(advice), allow_nan=False)
    assert json.loads(told)["data"]["rows"] == len(rows)


PAIRS = [{"prompt": p["prompt"], "chosen": p["answer"], "rejected": p["rejected"]} for p in map(pair, range(30))]


def container(name: str, folder: pathlib.Path) -> bytes:
    """Thirty pairs in a container."""
    lines = "".join(json.dumps(row) + "\n" for row in PAIRS).encode()
    if name == "parquet":
        pq.write_table(pa.Table.from_pylist(PAIRS), folder / "x.parquet")
        return (folder / "x.parquet").read_bytes()
    cells = "prompt,chosen,rejected\n" + "".join(",".join(f'"{cell}"' for cell in row.values()) + "\n" for row in PAIRS)
    return {
        "jsonl": lines,
        "json": json.dumps(PAIRS).encode(),
        "csv": cells.encode(),
        "jsonl.gz": gzip.compress(lines),
    }[name]


WHOLE = [json.dumps(row).encode() for row in PAIRS]
SPOT = st.floats(0, 1)
EDIT = st.tuples(st.sampled_from(["flip", "cut", "splice", "drop", "repeat"]), SPOT, SPOT, st.binary(max_size=6))


def edited(raw: bytes, edit: tuple[str, float, float, bytes]) -> bytes:
    """The bytes after one accident."""
    what, a, b, more = edit
    at, end = sorted((int(a * len(raw)), int(b * len(raw))))
    match what:
        case "flip":
            return raw[:at] + bytes([(raw[at] if at < len(raw) else 0) ^ 0x41]) + raw[at + 1 :]
        case "cut":
            return raw[:at]
        case "splice":
            return raw[:at] + more + raw[at:]
        case "drop":
            return raw[:at] + raw[end:]
    return raw[:end] + raw[at:end] + raw[end:]


@pytest.mark.parametrize("name", ["jsonl", "json", "csv", "jsonl.gz", "parquet"])
@given(edits=st.lists(EDIT, min_size=1, max_size=4))
@example(edits=[("splice", 0.0, 0.0, b"[")])  # all rows in one element of an array without an end
@settings(suppress_health_check=SLOW, max_examples=120)
def test_accidents_cost_what_they_hit_and_never_a_traceback(
    tmp_path: pathlib.Path, name: str, edits: list[tuple[str, float, float, bytes]]
) -> None:
    raw = container(name, tmp_path)
    for edit in edits:
        raw = edited(raw, edit)
    path = tmp_path / f"data.{name}"
    path.write_bytes(raw)
    assert told(path) == told(path)  # the same bytes, the same words
    good, bad = counts(path)
    if name == "jsonl" and raw.startswith(WHOLE[0]):
        lines = raw.split(b"\n")
        assert good + bad == sum(bool(line.strip(b" \t\r\0")) or b"\0" in line for line in lines)
        assert good >= sum(line in WHOLE for line in lines)


@pytest.mark.parametrize("name", ["json", "csv"])
@given(spot=SPOT, byte=st.integers(1, 255))
@example(spot=0.6513337530747884, byte=ord("}") ^ ord(","))  # an object that ends early leaves a string and a colon
@example(spot=0.1276668776244694, byte=ord("{") ^ ord("]"))  # so does an array
@settings(suppress_health_check=SLOW, max_examples=150)
def test_one_wrong_byte_costs_two_rows_at_most(tmp_path: pathlib.Path, name: str, spot: float, byte: int) -> None:
    raw = bytearray(container(name, tmp_path))
    first = raw.index(b"What")  # what comes before is the form, or the names
    raw[first + int(spot * (len(raw) - first - 1))] ^= byte
    path = tmp_path / f"data.{name}"
    path.write_bytes(raw)
    good, bad = counts(path)
    assert good >= len(PAIRS) - 2
    assert good + bad <= len(PAIRS) + 2


@given(
    st.lists(
        st.builds(dict, prompt=st.text(max_size=9), chosen=st.text(max_size=9), rejected=st.text(max_size=9)),
        min_size=1,
    )
)
@settings(suppress_health_check=SLOW, max_examples=60)
def test_every_container_gives_the_same_rows(tmp_path: pathlib.Path, rows: list[dict[str, str]]) -> None:
    lines = "".join(json.dumps(row) + "\n" for row in rows).encode()
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "d.parquet")
    (tmp_path / "b.json").write_text(json.dumps(rows))
    (tmp_path / "a.jsonl").write_bytes(lines)
    (tmp_path / "c.jsonl.gz").write_bytes(gzip.compress(lines))
    names = ("a.jsonl", "b.json", "c.jsonl.gz", "d.parquet")
    assert {counts(tmp_path / name) for name in names} == {(len(rows), 0)}
    lines_read, *others = (
        [dataclasses.replace(r, row=n) for n, r in enumerate(load(tmp_path / name).records)] for name in names
    )
    assert all(other == lines_read for other in others)
