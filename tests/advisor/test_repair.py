"""`advise DATA --fix OUT.jsonl` as a command: summary, ledger, files held out, and what goes wrong."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any

import orjson
import pytest

from advisor.repair import files
from advisor.repair.plan import for_testing
from advisor.repair.types import RULES
from advisor.rules import check_all
from advisor.types import AdviceError
from tests.advisor.repairing import (
    MAIL,
    Rows,
    answered,
    codes,
    fixed,
    found,
    passage,
    rows_of,
    sides,
)
from tests.advisor.test_advise_cli import run, write


@pytest.fixture
def dirty() -> Rows:
    """Pairs with every fault that a repair answers to."""
    rows = [sides(n, score_chosen=9, score_rejected=1) for n in range(1200)]
    rows[10] |= {"chosen": "In France.<|im_end|>"}
    rows[11] |= {"prompt": f"Write to {MAIL}, please."}
    rows[12] |= {"chosen": rows[12]["rejected"]}
    rows[13] |= {"rejected": "  "}
    rows[14] |= {"chosen": ""}
    rows[15] |= {"score_chosen": 0}
    rows[16] |= {"chosen": " spaced "}
    rows[17] |= {"chosen": "I am {{name}}."}
    flipped = {**rows[18], "chosen": rows[18]["rejected"], "rejected": rows[18]["chosen"]}
    return [*rows, dict(rows[0]), flipped, {"prompt": 5}]


def test_the_summary_adds_up_and_agrees_with_the_ledger_and_the_file(tmp_path: Path, dirty: Rows) -> None:
    rows, ledger, shown = fixed(tmp_path, dirty)
    figures = {
        name: int(n.replace(",", "")) for name, n in re.findall(r"^  (in|out|dropped|changed) +([\d,]+)", shown, re.M)
    }
    assert figures["in"] == len(dirty) == figures["out"] + figures["dropped"]
    assert figures["out"] == len(rows)
    acted = Counter(entry["action"] for entry in ledger)
    assert (acted["dropped"], acted["changed"]) == (figures["dropped"], figures["changed"])
    reasons = re.search(r"dropped .*: (.*)", shown)
    assert reasons
    assert sum(int(part.split()[0]) for part in reasons[1].split(", ")) == figures["dropped"]


def test_the_ledger_says_what_was_done_to_each_row_and_where(tmp_path: Path, dirty: Rows) -> None:
    _, ledger, _ = fixed(tmp_path, dirty)
    assert codes(ledger, "dropped") == {
        "contradicted": 2, "duplicate": 1, "identical_sides": 1, "empty_rejected": 1, "no_answer": 1, "leftover": 1,
        "unreadable": 1,
    }  # fmt: skip
    assert codes(ledger, "changed") == {
        "leftover_stripped": 1, "secret_redacted": 1, "sides_swapped": 1, "whitespace": 1,
    }  # fmt: skip
    assert all(entry["where"] == f"{tmp_path / 'data.jsonl'}:{entry['row']}" for entry in ledger)
    assert [entry["row"] for entry in ledger] == sorted(entry["row"] for entry in ledger)
    assert next(e for e in ledger if e["why"][0]["code"] == "sides_swapped")["row"] == 16


def test_no_file_and_no_line_printed_holds_a_secret(tmp_path: Path, dirty: Rows) -> None:
    dirty[20] |= {"id": MAIL, "chosen": " spaced"}
    _, _, shown = fixed(tmp_path, dirty)
    written = [path.read_text() for path in tmp_path.iterdir() if path.name != "data.jsonl"]
    assert len(written) == 3
    assert not any(MAIL in text for text in (*written, shown))


def test_show_raw_keeps_secrets_in_the_rows_but_not_in_the_ledger(tmp_path: Path, dirty: Rows) -> None:
    rows, ledger, _ = fixed(tmp_path, dirty, "--show-raw")
    assert any(MAIL in str(row) for row in rows)
    assert MAIL not in str(ledger)


def test_advice_on_the_repaired_file_has_none_of_the_problems(tmp_path: Path, dirty: Rows) -> None:
    fixed(tmp_path, dirty)
    before, after = found(tmp_path / "data.jsonl"), found(tmp_path / "out.jsonl")
    answered_to = {rule for rule in RULES.values() if rule}
    assert not answered_to & {finding.rule for finding in check_all(after.profile)}
    assert after.profile.supervision == before.profile.supervision == "pairs"
    assert (after.recommendation.method, after.overview.bad) == (before.recommendation.method, 0)


def grounded(n: int) -> dict[str, Any]:
    return {"question": f"When was mill {n} built?", "context": f"Mill {n} dates from {n}.", "answer": f"In {n}."}


KINDS: dict[str, Rows] = {
    "gold": [answered(n) for n in range(60)] + [answered(3), answered(70, completion=f"{MAIL}<|im_end|> ")],
    "pairs": [sides(n) for n in range(1200)] + [sides(3), sides(1300, chosen="a &amp; b")],
    "labels": [answered(n, label=n % 2 == 0) for n in range(100)] + [answered(2, label=True)],
    "documents": [grounded(n) for n in range(99)] + [grounded(5)],
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_second_repair_changes_nothing(tmp_path: Path, kind: str) -> None:
    rows = KINDS[kind]
    fixed(tmp_path, rows)
    once, twice = tmp_path / "out.jsonl", tmp_path / "again.jsonl"
    assert run(once, "--fix", twice).returncode == 0
    assert twice.read_bytes() == once.read_bytes()
    assert (tmp_path / "again.ledger.jsonl").read_bytes() == b""
    assert found(once).profile.supervision == found(tmp_path / "data.jsonl").profile.supervision


def test_two_runs_write_the_same_bytes(tmp_path: Path, dirty: Rows) -> None:
    data = write(tmp_path / "data.jsonl", dirty)
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        assert run(data, "--fix", tmp_path / name / "out.jsonl", PYTHONHASHSEED=str(ord(name))).returncode == 0
    for path in (tmp_path / "a").iterdir():
        other = (tmp_path / "b" / path.name).read_text()
        assert path.read_text() == other.replace(f"{tmp_path}/b/", f"{tmp_path}/a/")


def test_beside_json_the_summary_goes_to_stderr(tmp_path: Path) -> None:
    data = write(tmp_path / "data.jsonl", [answered(n) for n in range(60)])
    done = run(data, "--json", "--fix", tmp_path / "out.jsonl")
    assert orjson.loads(done.stdout)["schema_version"] == 1
    assert "Repaired for sft" in done.stderr


def test_a_row_of_a_shard_is_named_by_its_file_and_line(tmp_path: Path) -> None:
    (folder := tmp_path / "shards").mkdir()
    write(folder / "a.jsonl", [answered(n) for n in range(30)])
    write(folder / "b.jsonl", [answered(n) for n in range(29, 60)])
    assert run(folder, "--fix", tmp_path / "out.jsonl").returncode == 0
    (entry,) = rows_of(tmp_path / "out.ledger.jsonl")
    assert (entry["where"], entry["why"][0]["detail"]) == (f"{folder / 'b.jsonl'}:1", "row 30")


def test_a_file_that_is_for_testing_is_left_out_and_so_are_copies_of_its_rows(tmp_path: Path) -> None:
    (folder := tmp_path / "shards").mkdir()
    write(folder / "train.jsonl", [answered(n) for n in range(60)])
    write(folder / "validation.jsonl", [answered(n) for n in range(50, 70)])
    done = run(folder, "--fix", tmp_path / "out.jsonl")
    rows, ledger = rows_of(tmp_path / "out.jsonl"), rows_of(tmp_path / "out.ledger.jsonl")
    assert [row["prompt"][0]["content"] for row in rows] == [answered(n)["prompt"] for n in range(50)]
    assert codes(ledger, "dropped") == {"held_out": 20, "duplicate": 10}
    assert {entry["where"].split("/")[-1] for entry in ledger if entry["why"][0]["code"] == "held_out"} == {
        f"validation.jsonl:{n}" for n in range(1, 21)
    }
    assert "dropped  30: 20 held_out, 10 duplicate" in done.stdout
    assert "validation.jsonl: left out (held_out)" in done.stdout


@pytest.mark.parametrize(("others", "left"), [("train", {"held_out": 10, "duplicate": 1}), ("test", {"duplicate": 1})])
def test_rows_that_are_for_testing_by_their_split_are_left_out_where_others_are_not(
    tmp_path: Path, others: str, left: dict[str, int]
) -> None:
    rows = [answered(n, split="test" if n < 10 else others) for n in range(60)]
    kept, ledger, _ = fixed(tmp_path, [*rows, answered(3, split=others)])
    assert len(kept) == 61 - sum(left.values())
    assert codes(ledger, "dropped") == left


def test_files_that_are_all_for_testing_are_what_there_is_to_train_on(tmp_path: Path) -> None:
    (folder := tmp_path / "test").mkdir()
    for name, numbers in (("test-0", range(30)), ("test-1", range(30, 60))):
        write(folder / f"{name}.jsonl", [answered(n) for n in numbers])
    done = run(folder, "--fix", tmp_path / "out.jsonl")
    assert "dropped  0" in done.stdout
    assert "note" not in done.stdout


@pytest.mark.parametrize(
    "name",
    ["test.jsonl", "dev.json", "test-00000-of-00001.parquet", "test_sft.jsonl.gz", "squad_dev-v2.0.json", "eval/a.csv"],
)
def test_names_that_say_testing(name: str) -> None:
    assert for_testing(Path(name))


@pytest.mark.parametrize(
    "name",
    ["train.jsonl", "unit_test_generation.jsonl", "contest.json", "device.csv", "train/tests.jsonl", "00000.parquet"],
)
def test_names_that_do_not_say_testing(name: str) -> None:
    assert not for_testing(Path(name))


def test_unanswerable_questions_are_missed_aloud(tmp_path: Path) -> None:
    rows = [answered(n, context=f"Document {n}.") for n in range(60)]
    rows += [{"prompt": "Who?", "completion": None, "context": "None.", "answerable": False}]
    _, ledger, shown = fixed(tmp_path, rows)
    assert codes(ledger, "dropped") == {"unanswerable": 1}
    assert "1 unanswerable questions have no answer to learn" in shown


def test_rejected_sides_that_sft_does_not_use_are_missed_aloud(tmp_path: Path) -> None:
    rows = [sides(n) if n % 3 == 0 else {**sides(n), "rejected": sides(n)["chosen"]} for n in range(600)]
    kept, _, shown = fixed(tmp_path, rows)
    assert len(kept) == 600
    assert "the rejected sides of 600 pairs are not used, for sft trains on one side (400 of them repeat" in shown


def test_rejected_sides_of_the_second_stage_are_not_missed(tmp_path: Path) -> None:
    _, _, shown = fixed(tmp_path, [sides(n) for n in range(60)])
    assert "Repaired for dpo" in shown
    assert "not used" not in shown


def test_rows_of_text_among_answers_are_told_where_to_go(tmp_path: Path) -> None:
    _, ledger, shown = fixed(tmp_path, [*(answered(n) for n in range(60)), *({"text": passage(n)} for n in range(20))])
    assert codes(ledger, "dropped") == {"no_prompt": 20}
    assert "20 have no prompt (no_prompt): give each one, or put raw text in a file of its own" in shown


def test_data_of_which_most_is_dropped_is_called_broken(tmp_path: Path) -> None:
    rows = [answered(n) for n in range(40)] + [answered(n % 3, completion="Same.") for n in range(60)]
    _, _, shown = fixed(tmp_path, rows)
    assert "57 of 100 were dropped, most of them for `duplicate`" in shown


# What goes wrong


@pytest.mark.parametrize(
    ("out", "why"),
    [
        ("data.jsonl", "overwrites nothing"),
        ("taken.jsonl", "overwrites nothing"),
        ("half.jsonl", "half.ledger.jsonl: exists"),
        ("out.csv", "ends in .jsonl"),
        ("nowhere/out.jsonl", "no such folder"),
    ],
)
def test_an_output_that_would_do_harm_is_refused_before_anything_is_read(tmp_path: Path, out: str, why: str) -> None:
    data = write(tmp_path / "data.jsonl", [answered(n) for n in range(60)])
    (tmp_path / "taken.jsonl").write_text("mine")
    (tmp_path / "half.ledger.jsonl").write_text("mine")
    before = data.read_bytes()
    done = run(data, "--fix", tmp_path / out)
    assert (done.returncode, done.stdout) == (1, "")
    assert why in done.stderr
    assert done.stderr.count("\n") == 1
    assert (data.read_bytes(), (tmp_path / "taken.jsonl").read_text()) == (before, "mine")


def test_data_that_is_not_for_training_is_not_written(tmp_path: Path) -> None:
    data = write(tmp_path / "data.jsonl", [{"question": f"Who is {n}?", "expected_answer": "Anna"} for n in range(60)])
    done = run(data, "--fix", tmp_path / "out.jsonl")
    assert done.returncode == 1
    assert "the advice is not to train on it" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["data.jsonl"]


def test_prompts_alone_are_not_given_answers(tmp_path: Path) -> None:
    data = write(tmp_path / "data.jsonl", [{"prompt": f"Who is number {n}?"} for n in range(60)])
    done = run(data, "--fix", tmp_path / "out.jsonl")
    assert done.returncode == 1
    assert "--fix wrote nothing" in done.stderr


def test_where_no_record_is_left_nothing_is_written(tmp_path: Path) -> None:
    data = write(tmp_path / "data.jsonl", [answered(n, completion=f"I am {{{{name}}}}, {n}.") for n in range(60)])
    done = run(data, "--fix", tmp_path / "out.jsonl")
    assert done.returncode == 1
    assert "no record is left (60 leftover)" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["data.jsonl"]


def test_a_disk_that_refuses_leaves_nothing_half_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    data = write(tmp_path / "data.jsonl", [answered(n) for n in range(60)])
    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(AdviceError, match="No space left on device"):
        files.fix(found(data), tmp_path / "out.jsonl")
    assert [path.name for path in tmp_path.iterdir()] == ["data.jsonl"]
