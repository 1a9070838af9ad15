"""Tables and text: what comes out of csv, tsv, parquet, arrow and txt, and what is said of the crooked ones."""

import gzip
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor import columnar, reading
from advisor.types import AdviceError, RowError


def write(folder: Path, content: bytes | str, name: str = "data.csv") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def read(path: Path) -> list[tuple[int, dict | RowError]]:
    return [(row.number, row.value) for row in reading.read(path).rows]


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_the_delimiter_is_told_from_the_content(tmp_path, delimiter, newline):
    lines = [["prompt", "completion"], ["a, b; c", '"say ""hi"""'], ["d", "e"]]
    text = newline.join(delimiter.join(f'"{c}"' if c == "a, b; c" else c for c in cells) for cells in lines)
    rows = [(2, {"prompt": "a, b; c", "completion": 'say "hi"'}), (3, {"prompt": "d", "completion": "e"})]
    assert read(write(tmp_path, text)) == rows
    assert read(write(tmp_path, gzip.compress(text.encode()), "data.tsv.gz")) == rows


def test_another_delimiter_than_the_name_says_is_noted(tmp_path):
    path = write(tmp_path, "a;b\n1;2\n")
    assert reading.read(path).notes == ("is separated by semicolons though it is named .csv",)


def test_cells_of_several_lines_keep_the_number_of_their_first(tmp_path):
    assert read(write(tmp_path, 'q,a\n"one\ntwo",x\n\nthree,y\n')) == [
        (2, {"q": "one\ntwo", "a": "x"}),
        (5, {"q": "three", "a": "y"}),
    ]


def test_a_stray_quote_costs_its_own_line_only(tmp_path):
    (two, bad), *rows = read(write(tmp_path, 'q,a\n"cut,x\nb,y\nc,z\n'))
    assert (two, isinstance(bad, RowError), "malformed csv" in bad.why) == (2, True, True)
    assert rows == [(3, {"q": "b", "a": "y"}), (4, {"q": "c", "a": "z"})]


def test_a_broken_line_before_the_names_is_told(tmp_path):
    (number, bad), *rows = read(write(tmp_path, '"x" y,z\nq,a\n1,2\n'))
    assert (number, isinstance(bad, RowError)) == (1, True)
    assert rows == [(3, {"q": "1", "a": "2"})]


def test_rows_of_uneven_length(tmp_path):
    path = write(tmp_path, "q,a\n1,2,\n1\n1,2,3\n1,2\n")
    rows = read(path)
    assert [row for _, row in rows if isinstance(row, dict)] == [{"q": "1", "a": "2"}, {"q": "1"}, {"q": "1", "a": "2"}]
    assert rows[2][1] == RowError(4, "3 cells, but the table has 2 columns")
    assert [row.number for row in reading.read(path).rows if row.odd] == [2, 3]


def test_a_column_without_a_name_is_noted_and_kept_where_it_is_filled(tmp_path):
    path = write(tmp_path, "q,a,\n1,2,\n3,4,x\n")
    assert [row for _, row in read(path)] == [{"q": "1", "a": "2"}, {"q": "3", "a": "4", "column 3": "x"}]
    assert reading.read(path).notes == ("has no name for column 3",)


def test_a_table_without_names_gets_numbers(tmp_path):
    path = write(tmp_path, "What is 1+1?,2\n" * 3 + "x,3\n")
    assert read(path)[0] == (1, {"column 1": "What is 1+1?", "column 2": "2"})
    assert reading.read(path).notes == ("has no line of column names: they are called column 1, column 2, …",)


def test_bytes_that_are_not_utf8_are_replaced_and_told(tmp_path):
    path = write(tmp_path, b"q,a\ncaf\xe9,x\n" + b"caf\xc3\xa9 and plain words here,y\n" * 20)
    first, *_ = reading.read(path).rows
    assert first[1:] == ({"q": "caf\ufffd", "a": "x"}, "bytes that are not UTF-8 read as U+FFFD")


@pytest.mark.parametrize("name", ["story.txt", "story.txt.gz"])
def test_text_is_a_row_a_line(tmp_path, name):
    text = b"First, a line.\r\n\nSecond [one]\n"
    path = write(tmp_path, gzip.compress(text) if name.endswith("gz") else text, name)
    assert read(path) == [(1, {"text": "First, a line."}), (3, {"text": "Second [one]"})]


def test_objects_inside_prose_or_cells_make_no_json_lines(tmp_path):
    prose = "Here is one:\n\n{}\n\nand that was it.\nNothing more.\n"
    assert read(write(tmp_path, prose, "story.txt"))[1] == (3, {"text": "{}"})
    assert read(write(tmp_path, 'q,a\n"\n{}\n{}\n",x\n')) == [(2, {"q": "\n{}\n{}\n", "a": "x"})]


def test_prose_with_commas_is_no_table(tmp_path):
    path = write(tmp_path, "One, two\nThree, four\nFive, six, seven\n", "story.txt")
    assert read(path)[0] == (1, {"text": "One, two"})


class TestArrow:
    ROWS = ({"prompt": "a", "n": 1, "f": float("nan"), "turns": [{"role": "user", "content": "x"}]},)

    @pytest.fixture
    def table(self):
        return pytest.importorskip("pyarrow").Table.from_pylist(list(self.ROWS) * 3)

    def check(self, path):
        rows = list(reading.read(path).rows)
        assert [row.number for row in rows] == [1, 2, 3]
        assert rows[0].value == {**self.ROWS[0], "f": None}
        assert rows[0].odd == "NaN or Infinity read as null"

    def test_parquet(self, tmp_path, table):
        from pyarrow import parquet

        parquet.write_table(table, tmp_path / "data.parquet")
        self.check(tmp_path / "data.parquet")

    @pytest.mark.parametrize("kind", ["new_file", "new_stream"])
    def test_arrow(self, tmp_path, table, kind):
        from pyarrow import ipc

        with getattr(ipc, kind)(tmp_path / "data.arrow", table.schema) as writer:
            writer.write_table(table)
        self.check(tmp_path / "data.arrow")

    def rows(self, tmp_path, **columns):
        import pyarrow as pa
        from pyarrow import parquet

        parquet.write_table(pa.table(columns), tmp_path / "data.parquet")
        return read(tmp_path / "data.parquet")

    def test_a_text_that_is_not_utf8_costs_its_row(self, tmp_path):
        import pyarrow as pa

        offsets = pa.array([0, 3, 6, 9], pa.int32()).buffers()[1]
        text = pa.Array.from_buffers(pa.string(), 3, [None, offsets, pa.py_buffer(b"abcd\xfffghi")])
        first, (number, bad), third = self.rows(tmp_path, prompt=["x", "y", "z"], completion=text)
        assert (first, third) == ((1, {"prompt": "x", "completion": "abc"}), (3, {"prompt": "z", "completion": "ghi"}))
        assert number == bad.row == 2
        assert bad.why.startswith("a cell cannot be read (")

    def test_times_that_python_does_not_have_are_read_as_text(self, tmp_path):
        import pyarrow as pa

        unknown = pa.array([1, 10**15], pa.timestamp("us", tz="Mars/Olympus"))
        late = pa.array([10**15, 3 * 10**17], pa.timestamp("us"))
        short = pa.array([10**9, 1], pa.timestamp("ns"))
        (_, first), (_, second) = self.rows(tmp_path, unknown=unknown, late=late, short=short)
        assert [first["unknown"][:19], second["unknown"][:19]] == ["1970-01-01T00:00:00", "2001-09-09T01:46:40"]
        assert [first["late"], first["short"][:19]] == ["2001-09-09T01:46:40", "1970-01-01T00:00:01"]
        assert second["late"].startswith("11476-")
        assert second["short"] == "1970-01-01T00:00:00.000000001"

    def test_columns_of_one_name_are_told(self, tmp_path):
        import pyarrow as pa
        from pyarrow import parquet

        table = pa.table([["a"], ["b"], ["c"]], names=["prompt", "completion", "completion"])
        parquet.write_table(table, tmp_path / "data.parquet")
        assert reading.read(tmp_path / "data.parquet").notes == (
            "holds more than one column called 'completion': the last one counts",
        )
        assert read(tmp_path / "data.parquet") == [(1, {"prompt": "a", "completion": "c"})]

    def test_one_batch_of_very_many_rows_is_read_a_few_at_a_time(self, tmp_path, monkeypatch):
        import pyarrow as pa
        from pyarrow import ipc

        table = pa.table({"n": range(2000)}).combine_chunks()
        with ipc.new_file(tmp_path / "data.arrow", table.schema) as writer:
            writer.write_table(table)
        asked = []
        cells = columnar._cells
        monkeypatch.setattr(columnar, "_cells", lambda batch: asked.append(batch.num_rows) or cells(batch))
        assert [row["n"] for _, row in read(tmp_path / "data.arrow")] == [*range(2000)]
        assert max(asked) == columnar._ROWS

    def test_a_cut_file_is_one_line(self, tmp_path, table):
        from pyarrow import parquet

        path = tmp_path / "data.parquet"
        parquet.write_table(table, path)
        path.write_bytes(path.read_bytes()[:-40])
        with pytest.raises(AdviceError, match="cannot be read") as caught:
            read(path)
        assert "\n" not in str(caught.value)


_CELL = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"], include_characters="\n"), max_size=6)


@settings(deadline=None)  # shared machines stall
@given(st.lists(st.tuples(_CELL, _CELL), min_size=1, max_size=6))
def test_what_a_csv_writer_writes_is_read_back(tmp_path_factory, rows):
    import csv

    path = tmp_path_factory.getbasetemp() / "written.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("prompt", "completion"), *rows])
    assert [tuple(row.values()) for _, row in read(path) if isinstance(row, dict)] == rows


@settings(deadline=None)  # shared machines stall
@given(st.text(alphabet='ab,;"\n\t ', max_size=60))
def test_no_table_makes_it_raise_anything_but_its_own_error(tmp_path_factory, text):
    path = write(tmp_path_factory.getbasetemp(), "q,a\n" + text, "wild.csv")
    try:
        numbers = [row.number for row in reading.read(path).rows]
    except AdviceError:
        return
    assert numbers == sorted(numbers)
