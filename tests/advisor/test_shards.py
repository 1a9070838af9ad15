"""Folders and patterns: which files are read, and where their rows stand."""

import json
from pathlib import Path

import pytest

from advisor import shards
from advisor.load import load
from advisor.survey import survey
from advisor.types import AdviceError, place


@pytest.fixture
def folder(tmp_path):
    def fill(**files):
        for name, rows in files.items():
            path = tmp_path / name.replace("__", "/").replace("_j", ".j").replace("_t", ".t")
            path.parent.mkdir(exist_ok=True)
            path.write_text("".join(json.dumps(row) + "\n" for row in rows))
        return tmp_path

    return fill


def qa(i):
    return {"prompt": f"q{i}", "completion": f"a{i}"}


def test_rows_of_a_folder_are_numbered_on_and_placed_by_file_and_line(folder):
    path = folder(sub__b_jsonl=[qa(3), {"colour": "red"}], a_jsonl=[qa(1), qa(2)], dataset_info_json=[{"splits": 1}])
    data = load(path)
    assert [r.row for r in data.records] == [1, 2, 3]
    assert [place(data, row) for row in (1, 2, 3, 4)] == [
        f"{path}/a.jsonl:1", f"{path}/a.jsonl:2", f"{path}/sub/b.jsonl:1", f"{path}/sub/b.jsonl:2",
    ]  # fmt: skip
    assert [e.row for e in data.errors] == [4]
    assert (data.rows, data.path) == (4, str(path))
    assert data.bytes == sum(file.stat().st_size for file in path.rglob("*.jsonl"))
    assert any("1 other file is not read" in note for note in data.notes)


def test_files_that_are_for_testing_by_name_are_told_where_others_are_not(folder):
    mixed = folder(train_jsonl=[qa(1)], test_jsonl=[qa(2)], contest_jsonl=[qa(3)], val_1_jsonl=[qa(4)])
    assert "reads test.jsonl with the others, though by name for testing" in " ".join(load(mixed).notes)
    assert "testing" not in " ".join(load(mixed / "test.jsonl").notes)


def test_a_pattern_that_is_none_is_told(folder):
    path = folder(a_jsonl=[qa(1)])
    with pytest.raises(AdviceError, match="is no pattern"):
        load(f"{path}/**.jsonl")


def test_a_pattern_reads_what_it_matches(folder):
    path = folder(a_jsonl=[qa(1)], b_jsonl=[qa(2)], c_json=[qa(3)])
    assert len(load(f"{path}/*.jsonl").records) == 2
    assert load(f"{path}/a*").shards == ()
    with pytest.raises(AdviceError, match="no file matches"):
        load(f"{path}/*.parquet")


def test_the_same_note_of_many_files_is_one_note(folder):
    path = folder(a_json=[qa(1), qa(2)], b_json=[qa(3), qa(4)])
    assert load(path).notes == ("2 files: holds JSON lines though it is named .json (first: a.json)",)


def test_text_files_are_read_only_where_nothing_else_is(folder):
    path = folder(a_txt=["x"])
    assert [file.name for file in shards.files(path)[0]] == ["a.txt"]
    folder(b_jsonl=[qa(1)])
    assert [file.name for file in shards.files(path)[0]] == ["b.jsonl"]


def test_empty_parts_hidden_files_and_links_back_are_left_out(folder):
    path = folder(a_jsonl=[qa(1)], b_jsonl=[])
    (path / ".cache").mkdir()
    (path / ".cache" / "c.jsonl").write_text("{}")
    (path / "loop").symlink_to(path)
    assert [file.name for file in shards.files(path)[0]] == ["a.jsonl"]


def test_a_folder_without_data_says_what_it_holds(tmp_path):
    (tmp_path / "readme.md").write_text("x")
    with pytest.raises(AdviceError, match=r"is a directory without a data file \(holds: .md\)"):
        load(tmp_path)


def test_the_hash_of_one_file_is_the_files(folder):
    path = folder(a_jsonl=[qa(1)])
    assert load(path).sha256 == load(path / "a.jsonl").sha256


@pytest.mark.parametrize("odd", ["[]", "", "{broken", "\x1f\x8b\x08"])
def test_a_file_of_a_folder_that_cannot_be_read_is_told_and_the_others_stand(tmp_path: Path, odd: str) -> None:
    (tmp_path / "a.jsonl").write_text('{"prompt": "q", "completion": "a"}\n' * 3)
    (tmp_path / "b.json").write_text(odd or "null", "latin-1")
    (tmp_path / "c.jsonl").write_text('{"prompt": "r", "completion": "b"}\n' * 2)
    data, seen = load(tmp_path), survey(tmp_path).overview
    assert len(data.records) == seen.records == 5
    (note,) = (note for note in seen.notes if "b.json" in note)
    assert note.startswith("not read to its end: ")
    assert note in data.notes


def test_a_folder_of_which_no_file_can_be_read_is_refused_by_the_first(tmp_path: Path) -> None:
    for name in ("a.json", "b.json"):
        (tmp_path / name).write_text("[]")
    for road in (load, survey):
        with pytest.raises(AdviceError, match=r"a\.json: no JSON object in it"):
            road(tmp_path)
