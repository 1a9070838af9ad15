"""One pass over a file says what loading it whole would say, in whatever blocks and processes it is read."""

from __future__ import annotations

import dataclasses
import gzip
import importlib
import itertools
import json
import pathlib
import random
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from advisor import blocks, processes, reading, survey
from advisor.load import load
from advisor.naming import canonical
from advisor.overview import of_dataset
from advisor.profiling import profile
from advisor.recognise import Recogniser
from advisor.schemas import detect, examples, layouts
from advisor.types import AdviceError, Message, Record
from advisor.values import Row
from tests.advisor.build import pair

EXAMPLES = [row for layout in layouts().values() for row in examples(layout)]
PAIRED_NAMES = [
    ("prompt", "chosen", "rejected"), ("question", "response_j", "response_k"), ("prompt", "completion"),
    ("instruction", "output"), ("question", "answer"), ("text",), ("prompt",), ("prompt", "chosen", "rejected", "source"),
    ("prompt", "chosen", "rejected", "id"), ("question", "answer", "context"),
]  # fmt: skip
TEXTS = st.sampled_from(
    [
        "Yes.", "no", "A longer answer, as one says there. " * 3, "", " ", "\n\nHuman: Hi\n\nAssistant: Hello", "[1]", "{",
        "Ä ö", "5", "a\0b",
    ]
)  # fmt: skip
PLAIN = st.fixed_dictionaries({"prompt": TEXTS, "chosen": TEXTS, "rejected": TEXTS})
OTHER = st.sampled_from(EXAMPLES) | st.fixed_dictionaries(
    {},
    optional={
        "prompt": TEXTS,
        "completion": TEXTS,
        "id": st.integers(1, 3),
        "label": st.booleans(),
        "n": st.none(),
        "chunk_1": TEXTS,
        "ouput": TEXTS,
        "chunk_2": TEXTS,
    },
)
LINES = st.lists(
    (PLAIN | OTHER).map(json.dumps)
    | st.lists(PLAIN | OTHER, max_size=4).map(json.dumps)
    | st.sampled_from(["", "{broken", "[]", '{"prompt": "a", "prompt": "b"}'])
)


def told(path: pathlib.Path) -> tuple[Any, ...]:
    """What a survey says, or why it says nothing."""
    try:
        seen = survey.survey(path)
    except AdviceError as error:
        return (str(error),)
    return seen.overview, seen.profiler.result(seen.overview)


def told_of_loaded(path: pathlib.Path) -> tuple[Any, ...]:
    """The same of the file loaded whole; only loading gives new ids, and tells it."""
    try:
        data = load(path)
    except AdviceError as error:
        return (str(error),)
    data = dataclasses.replace(data, notes=tuple(note for note in data.notes if "repeated id" not in note))
    read = of_dataset(data)
    # Loading counts one reason for each bad row; a survey leaves out where in the line it was.
    reasons = Counter(why.partition(" (column")[0] for why, n in read.reasons.items() for _ in range(n))
    return dataclasses.replace(read, reasons=dict(reasons)), profile(data)


@pytest.fixture
def write(tmp_path: pathlib.Path) -> Callable[..., pathlib.Path]:
    def written(lines: list[str], name: str = "data.jsonl") -> pathlib.Path:
        path = tmp_path / name
        path.write_text("".join(f"{line}\n" for line in lines))
        return path

    return written


@given(LINES)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
def test_a_survey_says_what_the_loaded_file_says(write: Callable[..., pathlib.Path], lines: list[str]) -> None:
    path = write(lines)
    assert told(path) == told_of_loaded(path)


@given(LINES, st.integers(1, 400), st.integers(1, 9))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100)
def test_the_cut_into_blocks_and_batches_makes_no_difference(
    write: Callable[..., pathlib.Path], lines: list[str], block: int, batch: int
) -> None:
    path = write(lines)
    whole = told(path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "SIZE", block)
        patch.setattr(survey, "SIZE", batch)
        patch.setattr(importlib.import_module("advisor.profiling.batch"), "SIZE", batch)
        assert told(path) == whole


@given(st.lists(PLAIN | OTHER, min_size=1))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
def test_so_it_does_of_a_document_and_of_a_table(
    write: Callable[..., pathlib.Path], rows: list[dict[str, Any]]
) -> None:
    document = write([json.dumps(rows)], "data.json")
    assert told(document) == told_of_loaded(document)
    names = list(dict.fromkeys(name for row in rows for name in row))
    cells = [names, *([str(row.get(name, "")) for name in names] for row in rows)]
    quoted = (",".join('"' + cell.replace('"', '""') + '"' for cell in line) for line in cells)
    table = write([*quoted], "data.csv")
    assert told(table) == told_of_loaded(table)


def test_objects_of_one_row_are_never_taken_for_each_other(write: Callable[..., pathlib.Path]) -> None:
    rows = [{"prompt": f"Question {n}?", "completion": f"Answer {n}."} for n in range(2500)]
    for path in (write([json.dumps([rows])], "data.json"), write([json.dumps(rows), json.dumps(rows[0])])):
        seen = survey.survey(path)
        drawn = {view.prompt for view in seen.profiler.samples[0].views}
        assert len(drawn) >= 1999
        assert told(path) == told_of_loaded(path)


def many(n: int) -> list[str]:
    """Pairs, some copied, reversed, broken or of another layout."""
    draw = random.Random(7)  # noqa: S311 - data, not secrets
    lines = []
    for i in range(n):
        made = pair(draw.randrange(n) if i % 5 == 0 else i)
        row = {"prompt": made["prompt"], "chosen": made["answer"], "rejected": made["rejected"]}
        if i % 97 == 3:
            row["chosen"], row["rejected"] = row["rejected"], row["chosen"]
        lines.append("{broken" if i % 50 == 49 else json.dumps(row if i % 11 else {**row, "id": i, "tags": ["a"]}))
    return lines


@pytest.mark.parametrize("name", ["data.jsonl", "data.jsonl.gz", "data.utf16.jsonl"])
def test_several_processes_count_what_one_does(
    write: Callable[..., pathlib.Path], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    path = write(many(5000))
    if name.endswith(".gz"):
        path.write_bytes(gzip.compress(path.read_bytes()))
    if "utf16" in name:
        path.write_text(path.read_text(), "utf-16")
    alone = told(path)
    monkeypatch.setattr(blocks, "SIZE", 50_000)
    monkeypatch.setattr(processes, "LARGE", 0)
    monkeypatch.setattr(processes, "MOST", 3)
    assert told(path) == alone
    read, seen = alone
    assert (read.rows, read.bad, read.records, seen.sample) == (5000, 100, 4900, 2000)
    assert seen.duplicates.exact.share.count > 500
    assert seen.pairs.reversed.share.count > 20


def test_a_mapping_reaches_every_process(write: Callable[..., pathlib.Path], monkeypatch: pytest.MonkeyPatch) -> None:
    path = write([json.dumps({"frage": f"Was ist {n}?", "antwort": f"Es ist {n}."}) for n in range(300)])
    monkeypatch.setattr(blocks, "SIZE", 1000)
    monkeypatch.setattr(processes, "LARGE", 0)
    seen = survey.survey(path, {"prompt": "frage", "answer": "antwort"})
    assert (seen.overview.records, seen.overview.schema.name) == (300, "map")


def test_a_file_that_breaks_off_is_told_by_the_process_that_reads_it(
    write: Callable[..., pathlib.Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(many(3000), "data.jsonl.gz")
    packed = gzip.compress(path.read_bytes())
    path.write_bytes(packed[: len(packed) // 2])
    monkeypatch.setattr(processes, "LARGE", 0)
    monkeypatch.setattr(blocks, "SIZE", 50_000)
    with pytest.raises(AdviceError, match="corrupt gzip"):
        survey.survey(path)


@pytest.mark.parametrize("large", [0, 1 << 40])
def test_what_stands_before_a_broken_end_counts_however_it_is_read(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, large: int
) -> None:
    lines = "".join(f"{line}\n" for line in many(3000)).encode()
    (tmp_path / "a.jsonl").write_bytes(lines)
    packed = gzip.compress(lines)
    (tmp_path / "b.jsonl.gz").write_bytes(packed[: len(packed) // 2])
    monkeypatch.setattr(processes, "LARGE", large)
    monkeypatch.setattr(blocks, "SIZE", 50_000)
    assert told(tmp_path) == told_of_loaded(tmp_path)


@pytest.mark.parametrize("large", [0, 1 << 40])
def test_reasons_stay_few_however_the_file_is_read(
    write: Callable[..., pathlib.Path], monkeypatch: pytest.MonkeyPatch, large: int
) -> None:
    asked = [{"id": f"q{n}", "question": 5, "answers": []} for n in range(900)]
    bad = [json.dumps({"data": "x", "paragraphs": [{"context": "A mill.", "qas": [one]}]}) for one in asked]
    path = write([json.dumps({"prompt": "Hi", "completion": "Hello!"}), *bad])
    monkeypatch.setattr(processes, "LARGE", large)
    monkeypatch.setattr(blocks, "SIZE", 2000)
    read = survey.survey(path).overview
    assert (read.bad, sum(read.reasons.values()), len(read.reasons)) == (900, 900, 101)


EXTRA: list[dict[str, Any]] = [
    {},
    {"id": "x7"},
    {"source": "web"},
    {"label": "good"},
    {"score": 3},
    {"context": "It is."},
    {"chunk_1": "It is.", "chunk_2": "It was."},
]


def test_a_file_that_vanishes_meanwhile_is_told(
    write: Callable[..., pathlib.Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(many(300))

    def gone(file: pathlib.Path, block: blocks.Block) -> list[bytes]:
        path.unlink()
        return lines(file, block)

    lines = blocks.lines
    monkeypatch.setattr(blocks, "lines", gone)
    with pytest.raises(AdviceError, match=r"data\.jsonl: cannot be read \(No such file"):
        survey.survey(path)


@pytest.mark.parametrize("row", EXAMPLES, ids=str)
def test_a_layout_is_recognised_as_it_is_defined(row: dict[str, Any]) -> None:
    recognise = Recogniser()
    for extra, text in itertools.product(EXTRA, ["Plain words here.", "yes", "5", "true", "Human: Hi"]):
        changed = {column: text if isinstance(value, str) else value for column, value in row.items()} | extra
        for cells in (
            row,
            {**row, **extra},
            changed,
            {**row, **extra},
            row,
        ):  # what is remembered of one serves the next
            present = {column: value for column, value in cells.items() if value is not None}
            name, columns = detect(canonical(present)[0])
            read = recognise(Row(1, cells), 1)
            assert read.schema in (name, "unknown")
            assert not read.records or dict(read.columns) == columns


@given(st.lists(PLAIN, min_size=1, max_size=8), st.sampled_from(PAIRED_NAMES))
def test_rows_read_a_column_at_a_time_are_read_as_one_by_one(
    rows: list[dict[str, str]], names: tuple[str, ...]
) -> None:
    recognise = Recogniser()
    cells = [dict(zip(names, row.values(), strict=False)) for row in rows]
    copied, fit = recognise.copied(cells) or (None, [])
    for number, row in enumerate(itertools.compress(cells, fit), 1):
        assert copied is not None
        (found,) = recognise(Row(number, row), number).records
        asked, answer, rejected, context = (name and row[name] for name in copied)
        prompt = (Message("user", asked),) if asked else ()
        assert found == Record("", number, prompt, (context,) if context else (), answer=answer, rejected=rejected)


@pytest.mark.parametrize("names", PAIRED_NAMES, ids=str)
def test_plain_texts_under_known_names_are_read_that_way(names: tuple[str, ...]) -> None:
    text = "Words as one says them, at some length, so that they are no label."
    rows = [{name: f"{text} {name} {n}" for name in names} for n in range(3)]
    odd = {**rows[0], names[0]: "\n\nHuman: Hello"}
    assert (Recogniser().copied([*rows, odd]) or (None, []))[1] == [True, True, True, False]


def test_lines_are_alike_where_each_is_a_flat_object_with_the_columns_of_most() -> None:
    good = [b'{"a": "x", "b": "y"}\n', b'{"a": "z", "b": "w"}\n']
    other = [
        b'{"a": "x"}',
        b'{"a": "x", "b": ["y"]}',
        b'{"a": "x", "a": "x", "b": "y"}',
        b"{broken",
        b'"a"',
        b"[]",
        b"",
    ]
    rows = {1: {"a": "x", "b": "y"}, 2: {"a": "z", "b": "w"}}
    for odd in [line + b"\n" for line in other]:
        assert reading.alike_lines([odd, *good]) == rows
    assert reading.alike_lines(other[3:]) == {}
