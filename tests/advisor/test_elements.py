"""A large document read element by element says what it says read whole."""

from __future__ import annotations

import gzip
import json
import pathlib
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from advisor import elements, reading
from advisor.types import AdviceError, RowError
from tests.advisor.build import pair

TEXT = st.text(st.sampled_from('ab"\\{}[],: \n\u00e9\U0001f600'), max_size=6)
VALUE = st.recursive(
    TEXT | st.integers() | st.none(), lambda v: st.lists(v, max_size=3) | st.dictionaries(TEXT, v, max_size=3)
)
ROWS = st.lists(st.dictionaries(TEXT, VALUE, max_size=3), min_size=1, max_size=6)
SPACE = st.sampled_from([None, 1, "\t"])


def read(path: pathlib.Path) -> list[tuple[int, Any]]:
    """(number, value or what is wrong) of all rows."""
    try:
        return [(row.number, row.value) for row in reading.read(path).rows]
    except AdviceError as error:
        return [(0, str(error))]


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every document is large, and comes in small pieces."""
    monkeypatch.setattr(elements, "LARGE", 0)
    monkeypatch.setattr(elements, "PIECE", 4000)


@given(ROWS, SPACE, st.sampled_from(["array", "data", "splits"]), st.integers(1, 9))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_row_is_the_same(
    tmp_path: pathlib.Path, rows: list[dict[str, Any]], indent: Any, form: str, piece: int
) -> None:
    wrapped = {"array": rows, "data": {"version": "1", "data": rows}, "splits": {"train": rows, "test": rows}}[form]
    path = tmp_path / "data.json"
    path.write_text(json.dumps(wrapped, indent=indent, ensure_ascii=False))
    whole = read(path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(elements, "LARGE", 0)
        assert read(path) == whole
        head = elements.documents.rows_begin(path.read_text())
        if head:
            data = path.read_bytes()
            start = len(path.read_text()[: head[0]].encode())
            parts = iter([data[:start], *(data[i : i + piece] for i in range(start, len(data), piece))])
            drawn = [(row.number, row.value) for row in elements.Elements(parts).rows(*head)]
            assert drawn == whole


@pytest.mark.usefixtures("small")
def test_a_broken_element_costs_itself(tmp_path: pathlib.Path) -> None:
    rows = [json.dumps(pair(n)) for n in range(300)]
    rows[7] = rows[7].replace(":", " ", 1)
    rows[9] = "5"
    path = tmp_path / "data.json"
    path.write_text("[\n" + ",\n".join(rows) + "\n]")
    found = read(path)
    assert [number for number, _ in found] == [*range(1, 301)]
    bad = {number: value.why for number, value in found if isinstance(value, RowError)}
    assert bad.keys() == {8, 10}
    assert bad[8].startswith("invalid JSON at line 9")
    assert bad[10] == "not an object but a number"


@pytest.mark.usefixtures("small")
def test_an_array_cut_off_or_with_a_bracket_too_few_keeps_its_other_elements(tmp_path: pathlib.Path) -> None:
    rows = [json.dumps(pair(n)) for n in range(300)]
    path = tmp_path / "data.json"
    path.write_text("[" + ",\n".join(rows)[:-5])
    assert [number for number, value in read(path) if not isinstance(value, RowError)] == [*range(1, 300)]
    rows[200] = rows[200][:-1]
    path.write_text("[" + ",\n".join(rows) + "]")
    found = read(path)
    assert len([1 for _, value in found if not isinstance(value, RowError)]) >= 298
    assert any(isinstance(value, RowError) and "line 20" in value.why for _, value in found)


@pytest.mark.usefixtures("small")
def test_what_follows_the_rows_is_told(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "data.json"
    path.write_text(json.dumps({"data": [pair(1)], "notes": ["x"]}))
    (_, row), (_, told) = read(path)
    assert row == pair(1)
    assert told.why == 'line 1: what follows the rows is not read: , "notes": ["x"]'


@pytest.mark.usefixtures("small")
def test_an_element_without_an_end_does_not_fill_the_memory(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(elements, "LONGEST", 20_000)
    path = tmp_path / "data.json"
    path.write_text("[" + json.dumps(pair(1)) + ', {"a": "' + "x" * 100_000)
    found = read(path)
    assert found[0] == (1, pair(1))
    assert "is missing within" in found[-1][1].why


@pytest.mark.usefixtures("small")
def test_packed_and_marked_documents_too(tmp_path: pathlib.Path) -> None:
    rows = [pair(n) for n in range(200)]
    path = tmp_path / "data.json.gz"
    path.write_bytes(gzip.compress(json.dumps(rows).encode("utf-8-sig")))
    assert [value for _, value in read(path)] == rows
    other = tmp_path / "data.json"
    other.write_bytes(json.dumps(rows).encode("utf-16"))
    assert [value for _, value in read(other)] == rows
