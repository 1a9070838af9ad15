"""Files made to hurt: too long, too wide, too deep, too tightly packed. Each is read in bounded memory, or costs a line."""

from __future__ import annotations

import gzip
import json
import pathlib
import subprocess
import sys
import time
from collections.abc import Callable

import pytest

from advisor import blocks, containers, reading, survey, tables
from advisor.types import AdviceError, RowError
from tests.advisor.test_survey import told, told_of_loaded

ROWS = [{"prompt": f"What is {n}?", "completion": f"It is {n}."} for n in range(1, 4)]
LINES = [json.dumps(row) for row in ROWS]
LIMIT = 1000
LONG = json.dumps({"prompt": "q", "completion": "a" * LIMIT})
AT_LIMIT = '{"prompt": "q", "completion": "' + "a" * (LIMIT - 33) + '"}'
WHY = "a line of more than 0 MB"


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines may have a thousand bytes."""
    monkeypatch.setattr(containers, "LONGEST", LIMIT)


def bad(path: pathlib.Path) -> dict[int, str]:
    """Number → what is wrong, of the bad rows."""
    return {row.number: row.value.why for row in reading.read(path).rows if isinstance(row.value, RowError)}


PACKS: dict[str, Callable[[str], bytes]] = {
    "plain": str.encode,
    "crlf": lambda text: text.replace("\n", "\r\n").encode(),
    "marked": lambda text: text.encode("utf-8-sig"),
    "utf-16": lambda text: text.encode("utf-16"),
    "gzip": lambda text: gzip.compress(text.encode()),
}


@pytest.mark.usefixtures("short")
@pytest.mark.parametrize("block", [1, 7, 100, 5000])
@pytest.mark.parametrize("place", [0, 1, 3])
@pytest.mark.parametrize("pack", PACKS)
def test_a_line_beyond_the_limit_is_one_bad_row_wherever_it_stands(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, pack: str, place: int, block: int
) -> None:
    path = tmp_path / "data.jsonl"
    path.write_bytes(PACKS[pack]("\n".join([*LINES[:place], LONG, *LINES[place:]]) + "\n"))
    monkeypatch.setattr(blocks, "SIZE", block)
    assert bad(path) == {place + 1: WHY}
    read = survey.survey(path).overview
    assert (read.rows, read.bad, read.bad_rows, dict(read.reasons)) == (4, 1, (place + 1,), {WHY: 1})
    assert told(path) == told_of_loaded(path)


@pytest.mark.usefixtures("short")
@pytest.mark.parametrize("ending", ["\n", "\n\n", ""])
def test_the_limit_is_exact(tmp_path: pathlib.Path, ending: str) -> None:
    path = tmp_path / "data.jsonl"
    assert len(AT_LIMIT) == LIMIT
    for line, faults in ((AT_LIMIT, {}), (AT_LIMIT[:-1] + " }", {2: WHY})):
        path.write_text(f"{LINES[0]}\n{line}{ending}")
        assert bad(path) == faults
        assert survey.survey(path).overview.bad == len(faults)


@pytest.mark.usefixtures("short")
def test_a_document_on_one_line_has_no_limit(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "data.json"
    path.write_text(json.dumps(ROWS * 30))
    assert [row.value for row in reading.read(path).rows] == ROWS * 30


@pytest.mark.usefixtures("short")
def test_text_and_tables_have_the_same_limit(tmp_path: pathlib.Path) -> None:
    text, table = tmp_path / "story.txt", tmp_path / "data.csv"
    text.write_text(f"Once upon a time.\n{'x' * 2000}\nThere was.\n")
    table.write_text(f'prompt,completion\na,b\n"{"x" * 2000}",c\nd,e\n')
    assert bad(text) == {2: WHY}
    assert bad(table) == {3: f"malformed csv: {WHY}"}
    for path in (text, table):
        assert survey.survey(path).overview.rows == 3
        assert told(path) == told_of_loaded(path)


@pytest.mark.usefixtures("short")
def test_a_quote_that_is_never_closed_is_looked_for_no_further_than_that(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "data.csv"
    path.write_text('prompt,completion\n"cut,x\n' + "question,answer\n" * 500)
    why = "malformed csv: a quote is not closed within 0 MB or {} lines"
    assert bad(path) == {2: why.format("4,194,304")}
    monkeypatch.setattr(containers, "LONGEST", 1 << 20)
    monkeypatch.setattr(tables, "_LINES", 99)
    assert bad(path) == {2: why.format(99).replace("0 MB", "1 MB")}
    read = survey.survey(path).overview
    assert (read.rows, read.bad) == (501, 1)


def test_a_document_that_must_be_read_whole_has_one(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "data.json"
    path.write_text(json.dumps({name: [row[name] for row in ROWS] for name in ROWS[0]}))
    assert [row.value for row in reading.read(path).rows] == ROWS
    monkeypatch.setattr(containers, "WHOLE", 20)
    with pytest.raises(AdviceError, match=r"data\.json: one document of more than 0 MB .* jq -c"):
        reading.read(path)


@pytest.mark.usefixtures("short")
def test_a_file_of_one_endless_line_is_refused(tmp_path: pathlib.Path) -> None:
    for name in ("data.jsonl", "data.json", "data.csv", "data.txt", "data.jsonl.gz"):
        path = tmp_path / name
        path.write_bytes(gzip.compress(b"x" * 5000) if name.endswith("gz") else b"x" * 5000)
        with pytest.raises(AdviceError, match=r"data\.\w+(\.gz)?: [^\n]+$"):
            list(reading.read(path).rows)
        assert told(path) == told_of_loaded(path)


MEASURED = """
import sys
from advisor.cli import main
code = main()
print(next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1], file=sys.stderr)
sys.exit(code)
"""


def advise(path: pathlib.Path) -> tuple[str, dict[str, int], int]:
    """(the line of refusal, the counts, peak megabytes of its process) of the command."""
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, str(path), "--json"], capture_output=True, text=True, timeout=300, check=False
    )
    *said, peak = done.stderr.splitlines()
    assert "Traceback" not in done.stderr
    assert len(said) == done.returncode <= 1
    return "".join(said), json.loads(done.stdout)["data"] if done.stdout else {}, int(peak) >> 10


proc = pytest.mark.skipif(not pathlib.Path("/proc/self/status").exists(), reason="peak memory is read from /proc")


@proc
@pytest.mark.parametrize("byte", [b" ", b"\n", b"\0", b"x", b'{"a": 1}\n'], ids=repr)
def test_a_gzip_bomb_is_refused_before_it_fills_the_memory(tmp_path: pathlib.Path, byte: bytes) -> None:
    path = tmp_path / "data.jsonl.gz"
    with gzip.open(path, "wb", compresslevel=9) as file:
        for _ in range(400):
            file.write(byte * ((1 << 20) // len(byte)))
    began = time.perf_counter()
    said, _, peak = advise(path)
    assert "a gzip bomb" in said
    assert time.perf_counter() - began < 8  # a second or two where nothing else runs
    assert peak < 250


@proc
def test_a_line_of_hundreds_of_megabytes_is_passed_over(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "data.jsonl"
    with path.open("w") as file:
        file.write(f'{LINES[0]}\n{{"prompt": "')
        for _ in range(300):
            file.write("many words " * 95_000)
        file.write(f'"}}\n{LINES[1]}\n')
    said, data, peak = advise(path)
    assert (said, data["rows"], data["rows_bad"]) == ("", 3, 1)
    assert peak < 400


DEEP = "[" * 100_000 + "]" * 100_000
DEEP_OBJECT = '{"a": ' * 100_000 + "1" + "}" * 100_000


def quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"'


@pytest.mark.parametrize("deep", [DEEP, DEEP_OBJECT, DEEP[:100_000]], ids=["array", "object", "open"])
def test_what_nests_a_hundred_thousand_times_costs_its_row(tmp_path: pathlib.Path, deep: str) -> None:
    turns = json.dumps([{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}])
    holding = f'{{"prompt": "q", "completion": {deep}}}'
    files = {
        "data.jsonl": f"{LINES[0]}\n{holding}\n{LINES[1]}\n",
        "data.json": f"[{LINES[0]},\n{LINES[1]},\n{holding}]",
        "data.csv": f"messages\n{quoted(turns)}\n{quoted(deep)}\n{quoted(turns)}\n",
    }
    for name, text in files.items():
        path = tmp_path / name
        path.write_text(text)
        said, data, _ = advise(path)
        assert (said, data["rows"], data["rows_bad"]) == ("", 3, 1), name


def test_very_many_columns_are_named_briefly(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "data.csv"
    row = ",".join(["x"] * 100_000)
    path.write_text(f"{','.join(f'c{n}' for n in range(100_000))}\n{row}\n{row}\n")
    said, _, _ = advise(path)
    assert "no schema fits (columns: c0, c1, c2" in said
    assert len(said) < 2000


def test_a_million_keys_cost_their_row(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "data.jsonl"
    path.write_text(f"{LINES[0]}\n{json.dumps(dict.fromkeys(map(str, range(1_000_000)), 1))}\n{LINES[1]}\n")
    said, data, _ = advise(path)
    assert (said, data["rows"], data["rows_bad"]) == ("", 3, 1)


def test_a_cell_of_fifty_megabytes_is_read(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "data.csv"
    cell = "A line of a long document, as one writes it.\n" * (50_000_000 // 45)
    path.write_text(f"prompt,completion\na,{quoted(cell)}\nb,c\n")
    rows = [row.value for row in reading.read(path).rows]
    assert rows == [{"prompt": "a", "completion": cell}, {"prompt": "b", "completion": "c"}]
