"""A JSON document is read a piece at a time, and says the same however small the pieces are, whole or broken."""

from __future__ import annotations

import gzip
import json
import pathlib
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from advisor import elements, reading, window
from advisor.types import AdviceError, RowError
from tests.advisor.build import pair

TEXT = st.text(st.sampled_from('ab"\\{}[],: \n\u00e9\U0001f600'), max_size=6)
VALUE = st.recursive(
    TEXT | st.integers(-(2**63), 2**64 - 1) | st.none(),
    lambda v: st.lists(v, max_size=3) | st.dictionaries(TEXT, v, max_size=3),
)
ROWS = st.lists(st.dictionaries(TEXT, VALUE, max_size=3), min_size=1, max_size=6)
SPACE = st.sampled_from([None, 1, "\t"])
FORMS: dict[str, Callable[[Any], Any]] = {
    "array": lambda rows: rows,
    "wrapped": lambda rows: {"name": "caf\u00e9", "data": rows, "version": "1"},
    "splits": lambda rows: {"train": rows, "meta": {"n": 1}, "test": rows, "other": rows},
    "columns": lambda rows: {"a": [1 for _ in rows], "b": [2 for _ in rows]},
    "one": lambda rows: {"prompt": "a", "turns": rows},
    "turns": lambda rows: [{"role": "user", "content": str(row)} for row in rows],
}
FORM = st.sampled_from(sorted(FORMS))
TOKENS = ["{", "}", "[", "]", ",", ":", '"', "\\", "\n", "\0", '{"a": 1}', '"train": [', "5", "NaN", "\u00e9", "x" * 40]
SPOT = st.floats(0, 1)
EDITS = st.lists(st.tuples(SPOT, st.integers(0, 3), st.sampled_from(["", *TOKENS])), max_size=4)
ANY = st.lists(st.sampled_from(TOKENS), max_size=40).map("".join)
SHARED = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


def told(path: pathlib.Path) -> tuple[list[Any], tuple[str, ...]]:
    """All rows, with what is wrong and odd with them, and the notes or the refusal."""
    rows = list[Any]()
    try:
        opened = reading.read(path)
        rows.extend(opened.rows)
    except AdviceError as error:
        return rows, (str(error),)
    return rows, opened.notes


def read(path: pathlib.Path) -> list[tuple[int, Any]]:
    return [row[:2] for row in told(path)[0]]


def bad(path: pathlib.Path) -> dict[int, str]:
    return {number: value.why for number, value in read(path) if isinstance(value, RowError)}


def good(path: pathlib.Path) -> list[int]:
    return [number for number, value in read(path) if not isinstance(value, RowError)]


def write(folder: pathlib.Path, text: str) -> pathlib.Path:
    (folder / "data.json").write_bytes(text.encode())
    return folder / "data.json"


def check_pieces(path: pathlib.Path, size: int) -> None:
    whole = told(path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(window, "PIECE", size)
        assert told(path) == whole


def edited(text: str, edits: list[tuple[float, int, str]]) -> str:
    for spot, dropped, more in edits:
        at = int(spot * len(text))
        text = text[:at] + more + text[at + dropped :]
    return text


@given(ROWS, SPACE, FORM, EDITS, st.integers(1, 99))
@settings(suppress_health_check=SHARED, max_examples=300, deadline=None)
def test_a_document_read_in_small_pieces_says_the_same(
    tmp_path: pathlib.Path, rows: Any, indent: Any, form: str, edits: Any, size: int
) -> None:
    text = json.dumps(FORMS[form](rows), indent=indent, ensure_ascii=False)
    check_pieces(write(tmp_path, edited(text, edits)), size)


@given(ANY, st.integers(1, 9))
@example('{"data": [{"a": 1}' + " " * 600 + ', {"a" 2}' + " " * 600 + ', {"a": 3}], "x": tru}', 1)
@settings(suppress_health_check=SHARED, max_examples=300, deadline=None)
def test_so_does_what_is_no_document_at_all(tmp_path: pathlib.Path, text: str, size: int) -> None:
    check_pieces(write(tmp_path, "[" + text), size)
    check_pieces(write(tmp_path, '{"data": [' + text), size)


@given(st.lists(st.integers(0, 60), min_size=1, max_size=8), EDITS, st.integers(1, 99))
@settings(suppress_health_check=SHARED, max_examples=100, deadline=None)
def test_and_one_with_elements_beyond_the_longest(
    tmp_path: pathlib.Path, sizes: list[int], edits: Any, size: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(window, "LONGEST", 50)
        check_pieces(write(tmp_path, edited(json.dumps([{"a": "x" * n, "b": {"c": n}} for n in sizes]), edits)), size)


@given(ROWS, SPACE, st.integers(1, 99))
@settings(suppress_health_check=SHARED, deadline=None)
def test_elements_parsed_together_are_those_parsed_one_by_one(
    tmp_path: pathlib.Path, rows: Any, indent: Any, stride: int
) -> None:
    path = write(tmp_path, json.dumps(rows * 9, indent=indent, ensure_ascii=False))
    together = told(path)
    assert [row.value for row in together[0]] == rows * 9
    for most in (0, stride):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(elements, "_STRIDE", most)
            assert told(path) == together


@pytest.fixture
def many() -> list[str]:
    return [json.dumps(pair(n)) for n in range(300)]


def test_a_broken_element_costs_itself(tmp_path: pathlib.Path, many: list[str]) -> None:
    many[7] = many[7].replace(":", " ", 1)
    many[9] = "5"
    many[200] = many[200].replace('"', '"\\x', 1)
    path = write(tmp_path, "[\n" + ",\n".join(many) + "\n]")
    assert [number for number, _ in read(path)] == [*range(1, 301)]
    found = bad(path)
    assert found.keys() == {8, 10, 201}
    assert found[8] == "invalid JSON at line 9: Expecting ':' delimiter"
    assert found[10] == "not an object but a number"
    assert found[201].startswith("invalid JSON at line 202")


def test_an_array_cut_off_or_with_a_bracket_too_few_keeps_its_other_elements(
    tmp_path: pathlib.Path, many: list[str]
) -> None:
    path = write(tmp_path, "[" + ",\n".join(many)[:-5])
    assert good(path) == [*range(1, 300)]
    many[200] = many[200][:-1]
    path = write(tmp_path, "[" + ",\n".join(many) + "]")
    assert len(good(path)) == 299
    assert "line 20" in next(iter(bad(path).values()))


@pytest.mark.parametrize("stray", ["}", "]", "[", '"', "}}", "]]"])
@pytest.mark.parametrize("form", ["[{}]", '{{"data": [{}], "n": 1}}', '{{"train": [{}]}}'])
def test_a_stray_bracket_or_quote_costs_a_row_or_two(
    tmp_path: pathlib.Path, form: str, stray: str, many: list[str]
) -> None:
    many[10] += stray
    path = write(tmp_path, form.format(",\n".join(many)))
    assert len(good(path)) >= 299
    assert 1 <= len(bad(path)) <= 3


def test_what_stands_beside_the_rows_is_no_row(tmp_path: pathlib.Path) -> None:
    for text in ('{"data": [ROW], "version": "1", "licence": {"a": [1]}}', '{"version": "1", "data": [ROW]}'):
        path = write(tmp_path, text.replace("ROW", json.dumps(pair(1))))
        assert told(path) == ([(1, pair(1), "")], ())
    path = write(tmp_path, json.dumps({"data": [pair(1)], "notes": ["x", "y"]}))
    assert told(path) == ([(1, pair(1), "")], ("its list 'notes' of 2 is not read",))


def test_a_split_behind_something_else_is_read(tmp_path: pathlib.Path) -> None:
    path = write(tmp_path, json.dumps({"train": [pair(1)], "meta": {"x": 1}, "test": [pair(2)]}))
    assert [value["split"] for _, value in read(path)] == ["train", "test"]


def test_a_list_that_stands_twice_is_read_twice_and_told(tmp_path: pathlib.Path) -> None:
    path = write(tmp_path, '{"data": [{"a": 1}], "data": [{"a": 2}]}')
    assert read(path) == [(1, {"a": 1}), (2, {"a": 2})]
    assert told(path)[1] == ("holds its list 'data' more than once: all are read",)


def test_strings_with_commas_are_an_element_each(tmp_path: pathlib.Path) -> None:
    path = write(tmp_path, '[{"a": 1}, "x,y,z", null, {"a": 2}]')
    assert good(path) == [1, 4]
    assert bad(path) == {2: "not an object but a string", 3: "not an object but null"}


def test_letters_before_the_rows_do_not_move_their_numbers(tmp_path: pathlib.Path, many: list[str]) -> None:
    path = write(tmp_path, '{"name": "' + "\u00e9" * 5000 + '", "data": [' + ",\n".join(many) + "]}")
    assert [number for number, _ in read(path)] == [*range(1, 301)]


def test_nothing_of_a_broken_text_is_quoted(tmp_path: pathlib.Path) -> None:
    secret = "ghp_" + "abcdefghijklmnopqrstuvwxyz0123456789"
    texts = (f'[{{"a": 1}}, {secret}, {{"a": 2}}]', f'{{"data": [{{"a": 1}}], "t": "{secret}', f'[{{"a": 1}}] {secret}')
    for text in texts:
        path = write(tmp_path, text)
        assert bad(path)
        assert not any(secret[:4] in why for why in bad(path).values())


DEEP = '{"a": ' + "[" * 600 + "]" * 600 + "}"


@pytest.mark.parametrize("odd", ['{"a": ' + "9" * 5000 + "}", DEEP, f'[{{"a": 1}}, {DEEP}]'], ids=len)
def test_what_python_refuses_is_a_bad_row_also_in_a_broken_document(tmp_path: pathlib.Path, odd: str) -> None:
    for text in (f'[{{"a": 0}}, {odd}, {{"a": 2}}]', f'[{{"a": 0}}, {odd}, {{"a" 2}}, {{"a": 3}}]'):
        path = write(tmp_path, text)
        assert good(path)[0] == 1
        assert good(path)[-1] == 3 + ('"a" 2' in text)
        assert 2 in bad(path)


def test_an_element_without_an_end_does_not_fill_the_memory(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(window, "LONGEST", 20_000)
    monkeypatch.setattr(window, "PIECE", 4000)
    path = write(tmp_path, "[" + json.dumps(pair(1)) + ', {"a": "' + "x" * 100_000)
    assert read(path)[0] == (1, pair(1))
    assert bad(path) == {2: "invalid JSON at line 1: a bracket or quote is missing within 0 MB"}


def test_packed_and_marked_documents_too(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(window, "PIECE", 4000)
    rows = [pair(n) for n in range(200)]
    path = tmp_path / "data.json.gz"
    path.write_bytes(gzip.compress(json.dumps(rows).encode("utf-8-sig")))
    assert [value for _, value in read(path)] == rows
    other = tmp_path / "data.json"
    other.write_bytes(json.dumps(rows).encode("utf-16"))
    assert [value for _, value in read(other)] == rows
