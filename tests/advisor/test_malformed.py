"""Files as they come: cut off, re-encoded, patched by hand, half downloaded. Each is read to its end or refused in one line."""

from __future__ import annotations

import csv
import gzip
import io
import itertools
import json
import os
import pathlib
import subprocess
import sys
from collections.abc import Callable

import pytest

from advisor import survey
from advisor.load import load
from advisor.types import AdviceError
from tests.advisor.build import pair

ROWS = [{"prompt": f"What is {n}?", "completion": f"It is {n}, as one says."} for n in range(1, 4)]
LINES = [json.dumps(row) for row in ROWS]
ARRAY = json.dumps(ROWS, indent=1)


def table() -> str:
    """The same as csv."""
    text = io.StringIO()
    writer = csv.DictWriter(text, ROWS[0].keys(), quoting=csv.QUOTE_ALL)
    writer.writeheader()
    writer.writerows(ROWS)
    return text.getvalue()


def counts(path: pathlib.Path) -> tuple[int, int]:
    """(good rows, bad rows), as both roads count them; (0, 0) for a file that both refuse in the same line, which names it."""
    try:
        read = survey.survey(path).overview
    except AdviceError as error:
        with pytest.raises(AdviceError) as refusal:
            load(path)
        assert str(refusal.value) == str(error)  # noqa: PT017 - a count is as right
        assert str(path) in str(refusal.value)
        assert "\n" not in str(refusal.value)
        return 0, 0
    data = load(path)
    assert (read.rows - read.bad, read.bad) == (data.rows - len(data.errors), len(data.errors))
    # A row may give several records, and an element of an array may hold several rows.
    rows, records = ({getattr(record, name) for record in data.records} for name in ("row", "id"))
    assert len(rows) <= read.rows - read.bad <= len(records) == len(data.records)
    return read.rows - read.bad, read.bad


CODECS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]
CONTAINERS = {"data.jsonl": "\n".join(LINES) + "\n", "data.json": ARRAY, "data.csv": table()}
PACKS: dict[str, Callable[[bytes], bytes]] = {
    "plain": bytes,
    "gzip": gzip.compress,
    "members": lambda raw: gzip.compress(raw[:50]) + gzip.compress(raw[50:]),
}


@pytest.mark.parametrize("pack", PACKS)
@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["lf", "crlf"])
@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("name", CONTAINERS)
def test_in_whatever_encoding_and_packing(
    tmp_path: pathlib.Path, name: str, codec: str, newline: str, pack: str
) -> None:
    path = tmp_path / name
    path.write_bytes(PACKS[pack](CONTAINERS[name].replace("\r\n", "\n").replace("\n", newline).encode(codec)))
    assert counts(path) == (3, 0)


@pytest.mark.parametrize("kept", range(len(LINES[2]) + 1))
def test_lines_cut_off_anywhere_in_the_last(tmp_path: pathlib.Path, kept: int) -> None:
    path = tmp_path / "data.jsonl"
    path.write_text("\n".join([*LINES[:2], LINES[2][:kept]]))
    whole = kept == len(LINES[2])
    assert counts(path) == (2 + whole, int(kept > 0 and not whole))


ENDS = [n for n in range(len(ARRAY)) if ARRAY[: n + 1].endswith("\n }")]
"""Where each object of the array ends."""


@pytest.mark.parametrize("kept", range(ENDS[0] + 1, len(ARRAY), 3))
def test_an_array_cut_off_anywhere_keeps_its_whole_objects(tmp_path: pathlib.Path, kept: int) -> None:
    path = tmp_path / "data.json"
    path.write_text(ARRAY[:kept])
    good, bad = counts(path)
    assert good == sum(end < kept for end in ENDS)
    assert bad <= 1


BAD_LINES = [
    b"{", b"}", b"[", b"]", b"null", b"true", b"5", b'"text"', b"[1, 2]", b"{'prompt': 'q', 'completion': 'a'}",
    b"{prompt: 1}", b'{"prompt": "q", "completion": "a",}', b'{"prompt": "q" "completion": "a"}', b'{"prompt": "q"',
    b'{"prompt": "q", "completion": "a"}}', b'{"prompt": "q", "completion": "a"} {"prompt": "q"}', b"// a comment",
    b"# a comment", b"NaN", b"\x00\x00", b'{"prompt": "\xff\xfe \xc3\xa9", "completion": "a"}', b"<html><body>404</body></html>",
    b'{"colour": "red"}', b'{"prompt": 5, "completion": {}}', b'{"prompt": "a\nb"', b"---", b",",
    b'{"a": ' * 300 + b"1" + b"}" * 300,
    b"[" * 100_000, b'{"a": ' * 100_000, b'{"input_ids": [1, 2]}', b'{"prompt": "\\x", "completion": "a"}', b"\xef\xbb\xbf{",
    b"2026-01-01 00:00:00 INFO started", b"undefined", b"-", b"{}",
    b"Traceback (most recent call last):", b"\\", b'"',
]  # fmt: skip
GOOD_LINES = [
    b'{"prompt": "q", "completion": "\\ud83d"}', b'{"prompt": "q", "completion": "a", "score": NaN}',
    b'{"prompt": "q", "completion": "a", "n": ' + b"9" * 400 + b"}", b'  {"prompt": "q", "completion": "a"}\t',
    b'{"prompt": "p", "prompt": "q", "completion": "a"}', b'{"prompt": "q", "completion": "a", "x": null}',
    b'{"prompt": "q", "completion": "a\\u0000b"}', b'\x00{"prompt": "q", "completion": "a"}\x00',
]  # fmt: skip


@pytest.mark.parametrize("place", [0, 1, 3])
@pytest.mark.parametrize("line", [*BAD_LINES, *GOOD_LINES], ids=lambda line: repr(line[:30]))
def test_an_odd_line_costs_itself_at_most(tmp_path: pathlib.Path, line: bytes, place: int) -> None:
    lines = [text.encode() for text in LINES]
    path = tmp_path / "data.jsonl"
    path.write_bytes(b"\n".join([*lines[:place], line, *lines[place:]]) + b"\n")
    assert counts(path) == ((3, line.count(b"\n") + 1) if line in BAD_LINES else (4, 0))


REFUSED = {
    "empty": b"",
    "blank": b" \n\n\t",
    "nul": b"\0" * 5000,
    "mark": b"\xef\xbb\xbf",
    "pickle": b"\x80\x04\x95\x10\0\0\0\0\0\0\0",
    "zip": b"PK\x03\x04" + bytes(60),
    "zstd": b"\x28\xb5\x2f\xfd" + bytes(60),
    "xz": b"\xfd7zXZ\0" + bytes(60),
    "bzip2": b"BZh9" + bytes(60),
    "pdf": b"%PDF-1.7\n",
    "sqlite": b"SQLite format 3\0" + bytes(80),
    "gguf": b"GGUF" + bytes(60),
    "png": b"\x89PNG\r\n\x1a\n" + bytes(range(256)),
    "html": b"<!doctype html>\n<html><body><h1>404</h1></body></html>",
    "null": b"null",
    "number": b"5",
    "string": b'"text"',
    "list": b"[]",
    "object": b"{}",
    "objects": b"[{}, {}]",
    "nested": b"[[[[]]]]",
    "gzip cut": gzip.compress(CONTAINERS["data.jsonl"].encode() * 50)[:60],
    "gzip of gzip": gzip.compress(gzip.compress(LINES[0].encode())),
    "gzip head": b"\x1f\x8b\x08",
    "parquet cut": b"PAR1" + bytes(100),
    "arrow cut": b"ARROW1\0\0" + bytes(100),
    "deep": b"[" * 100_000,
    "deep closed": b"[" * 100_000 + b"]" * 100_000,
    "deep object": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "pretokenised": b'{"input_ids": [1, 2], "labels": [1, 2]}\n' * 3,
    "pointer": b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 123456\n",
}


SAID = {
    "empty": "the file is empty", "blank": "the file is empty", "nul": "the file is empty", "mark": "the file is empty",
    "pickle": "a pickle (never loaded", "zip": "zip (or xlsx, docx) is not read yet", "zstd": "zstd -d", "xz": "xz -dk",
    "bzip2": "bunzip2 -k", "pdf": "pdf is not read yet", "sqlite": "export the table as jsonl", "gguf": "not the model",
    "png": "binary, or text that is not UTF-8", "gzip cut": "corrupt gzip", "gzip head": "corrupt gzip",
    "gzip of gzip": "gunzip -k", "parquet cut": "download or export it again", "arrow cut": "download or export it again",
    "deep": "nested too deeply", "deep closed": "nested too deeply", "deep object": "nested too deeply",
    "pretokenised": "token", "pointer": "git lfs pull",
}  # fmt: skip


@pytest.mark.parametrize("what", SAID)
def test_a_refusal_says_what_the_file_is(tmp_path: pathlib.Path, what: str) -> None:
    path = tmp_path / "data.jsonl"
    path.write_bytes(REFUSED[what])
    with pytest.raises(AdviceError) as refusal:
        survey.survey(path)
    assert SAID[what] in str(refusal.value)


@pytest.mark.parametrize("suffix", [".jsonl", ".json", ".csv", ".jsonl.gz", ".parquet"])
@pytest.mark.parametrize("what", REFUSED)
def test_what_holds_no_rows_is_refused_in_one_line(tmp_path: pathlib.Path, what: str, suffix: str) -> None:
    path = tmp_path / f"data{suffix}"
    path.write_bytes(REFUSED[what])
    assert counts(path) == (0, 0)


CSV = {
    'prompt,completion\n"a","b"\n"c","d"\n': (2, 0),
    "prompt,completion\na,b\nc\nd,e\n": (3, 0),  # a prompt without an answer, and the reading tells it
    "prompt,completion\na,b,c\nd,e\n": (1, 1),
    'prompt,completion\n"a\nb","c"\nd,e\n': (2, 0),
    'prompt,completion\n"say ""hi""",b\nc,d\n': (2, 0),
    "prompt;completion\na;b\nc;d\n": (2, 0),
    "prompt\tcompletion\na\tb\nc\td\n": (2, 0),
    "prompt,completion\n\n\na,b\n\nc,d\n": (2, 0),
    'prompt,completion\n"[1, 2]","{""a"": 1}"\nc,d\n': (2, 0),
    "prompt,completion\r\na,b\r\nc,d": (2, 0),
    'prompt,completion\n"cut,b\nc,d\ne,f\n': (2, 1),
    'prompt,completion\na,"b"x\nc,d\n': (1, 1),
    'prompt,completion\na,b\nc,"cut': (1, 1),
    'prompt,completion\na,b "quoted" c\nd,e\n': (2, 0),
    "prompt,completion\na,b\n\0\0\0\nc,d\n": (2, 1),
    "prompt,completion\na,b\n,\nc,d\n": (3, 0),  # texts that are empty are texts, and a finding
    "prompt|completion\na|b\nc|d\n": (2, 0),
    "prompt,completion,\na,b,\nc,d,\n": (2, 0),
    "Prompt , Completion\na,b\nc,d\n": (2, 0),
    '"prompt","completion"\n"a","b"\n"c","d","e"\n': (1, 1),
}


@pytest.mark.parametrize("text", CSV, ids=repr)
def test_tables_patched_by_hand(tmp_path: pathlib.Path, text: str) -> None:
    path = tmp_path / "data.csv"
    path.write_bytes(text.encode())
    assert counts(path) == CSV[text]


def test_there_are_three_hundred_of_them() -> None:
    made = [
        len(CODECS) * len(CONTAINERS) * 2 * len(PACKS), len(LINES[2]) + 1, len(range(ENDS[0] + 1, len(ARRAY), 3)),
        3 * (len(BAD_LINES) + len(GOOD_LINES)), 5 * len(REFUSED), len(CSV),
    ]  # fmt: skip
    assert sum(made) >= 300


def advise(*args: str | pathlib.Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "advisor.cli", *map(str, args)], capture_output=True, text=True, timeout=120, check=False
    )


def refused(path: pathlib.Path) -> str:
    """What the command says of a file that it does not read."""
    done = advise(path)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    return done.stderr


def test_a_pointer_says_where_the_data_is(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "data.parquet"
    path.write_bytes(REFUSED["pointer"])
    assert "git lfs pull" in refused(path)


def test_links_in_a_loop_fifos_devices_and_folders_are_refused(tmp_path: pathlib.Path) -> None:
    loop, fifo = tmp_path / "loop.jsonl", tmp_path / "fifo.jsonl"
    loop.symlink_to(loop)
    os.mkfifo(fifo)
    (tmp_path / "empty").mkdir()
    for path in (loop, fifo, tmp_path / "empty", pathlib.Path("/dev/zero"), tmp_path / "none.jsonl"):
        assert str(path) in refused(path)


def test_a_line_of_fifty_megabytes_is_read(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "data.jsonl"
    long = json.dumps({"prompt": "q", "completion": "a" * (50 << 20)})
    path.write_text("\n".join([LINES[0], long, LINES[1]]))
    assert counts(path) == (3, 0)


@pytest.mark.parametrize("many", [10_000, 200_000])
def test_a_row_with_very_many_columns_is_survived(tmp_path: pathlib.Path, many: int) -> None:
    path = tmp_path / "data.jsonl"
    wide = {**ROWS[0], **{f"c{n}": n for n in range(many)}}
    path.write_text("\n".join([*LINES, json.dumps(wide)]))
    assert counts(path) == (4, 0)


def test_every_row_with_columns_of_its_own_is_survived(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "data.jsonl"
    path.write_text("\n".join(json.dumps({**ROWS[0], f"c{n}": n}) for n in range(15_000)))
    assert counts(path) == (15_000, 0)


def test_pairs_among_broken_lines_are_counted_to_the_last(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "data.jsonl"
    good = (
        json.dumps({"prompt": p["prompt"], "chosen": p["answer"], "rejected": p["rejected"]})
        for p in map(pair, range(2000))
    )
    path.write_bytes(
        b"\n".join(itertools.chain.from_iterable((line.encode(), b"{" + b"x" * (n % 7)) for n, line in enumerate(good)))
    )
    assert counts(path) == (2000, 2000)
