"""`advise DATA --fix OUT.jsonl`: what is kept, dropped and changed, and that advice and trainers read the result."""

from __future__ import annotations

import dataclasses
import importlib
import re
import time
from collections import Counter
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor import privacy
from advisor.advise import Advice, advise_file
from advisor.repair import contradictions, files, repair
from advisor.repair.config import COMMANDS, SETTINGS, TRAINERS, Job, config
from advisor.repair.plan import FORMS, for_testing
from advisor.repair.texts import stripped
from advisor.repair.types import RULES, Dropped, Form, Kept, Plan
from advisor.rules import check_all
from advisor.types import AdviceError, Message, Method, Record, RowError
from tests.advisor.build import gold, pair, record
from tests.advisor.test_advise_cli import run, write

MAIL = "anna.roth@mill.example.org"
Rows = list[dict[str, Any]]


def sides(n: int, **columns: Any) -> dict[str, Any]:
    """A pair about number n, as a file holds it."""
    row = pair(n)
    return {"prompt": row["prompt"], "chosen": row["answer"], "rejected": row["rejected"], **columns}


def answered(n: int, **columns: Any) -> dict[str, Any]:
    """A prompt and its answer about number n, as a file holds them."""
    row = gold(n)
    return {"prompt": row["prompt"], "completion": row["answer"], **columns}


def passage(n: int) -> str:
    """A long text about number n."""
    return " ".join(f"In {1000 + n + k} the mill {n * k} by the river {k} was sold to Anna." for k in range(20))


def rows_of(path: Path) -> Rows:
    return [orjson.loads(line) for line in path.read_bytes().splitlines()]


def fixed(tmp_path: Path, rows: Rows, *options: str) -> tuple[Rows, list[dict[str, Any]], str]:
    """(rows written, ledger, what was printed) of a file of these rows."""
    data, out = write(tmp_path / "data.jsonl", rows), tmp_path / "out.jsonl"
    done = run(data, "--fix", out, *options)
    assert done.returncode == 0, done.stderr
    return rows_of(out), rows_of(tmp_path / "out.ledger.jsonl"), done.stdout


def one(given: Record | RowError, form: Form = "completion", **plan: Any) -> Kept | Dropped:
    """What becomes of a single record."""
    made = contradictions([given], Plan("sft", form, **plan))
    return next(repair([given], made))


def said(kept: Kept | Dropped, side: str = "completion") -> str:
    """The text of one side of a record that is kept."""
    assert isinstance(kept, Kept)
    return str(kept.columns[side][0]["content"])


def codes(ledger: list[dict[str, Any]], action: str) -> Counter[str]:
    return Counter(why["code"] for entry in ledger if entry["action"] == action for why in entry["why"])


def found(path: Path) -> Advice:
    return advise_file(str(path))


def told(advice: Advice, method: Method) -> Advice:
    """The advice, had it been another."""
    return dataclasses.replace(advice, recommendation=dataclasses.replace(advice.recommendation, method=method))


# What a trainer gets


def test_gold_answers_become_prompts_with_completions(tmp_path: Path) -> None:
    rows, _, _ = fixed(tmp_path, [answered(n) for n in range(60)])
    first = answered(0)
    assert rows[0] == {
        "prompt": [{"role": "user", "content": first["prompt"]}],
        "completion": [{"role": "assistant", "content": first["completion"]}],
    }
    assert len(rows) == 60


def test_pairs_become_a_prompt_and_two_sides(tmp_path: Path) -> None:
    rows, _, shown = fixed(tmp_path, [sides(n) for n in range(1200)])
    assert "Repaired for dpo" in shown
    assert set(rows[0]) == {"prompt", "chosen", "rejected"}
    assert rows[0]["rejected"] == [{"role": "assistant", "content": sides(0)["rejected"]}]


def test_labelled_answers_keep_their_label(tmp_path: Path) -> None:
    rows, _, shown = fixed(tmp_path, [answered(n, label=n % 2 == 0) for n in range(100)])
    assert "Repaired for kto" in shown
    assert [row["label"] for row in rows] == [n % 2 == 0 for n in range(100)]
    assert all(set(row) == {"prompt", "completion", "label"} for row in rows)


def test_raw_text_stays_text(tmp_path: Path) -> None:
    texts = [passage(n) for n in range(30)]
    advice = found(write(tmp_path / "data.jsonl", [{"text": text} for text in texts]))
    # Continued pre-training is advised from ten million tokens on, which a test need not read.
    files.fix(told(advice, "cpt"), tmp_path / "out.jsonl")
    assert rows_of(tmp_path / "out.jsonl") == [{"text": text} for text in texts]


def test_sft_then_dpo_are_two_files_and_the_second_run_starts_from_the_first(tmp_path: Path) -> None:
    _, ledger, shown = fixed(tmp_path, [*(sides(n) for n in range(60)), sides(0)])
    assert "Repaired for sft: " in shown
    assert "Repaired for dpo: " in shown
    first, second = rows_of(tmp_path / "out.sft.jsonl"), rows_of(tmp_path / "out.jsonl")
    assert [row["completion"] for row in first] == [row["chosen"] for row in second]
    assert [entry["file"] for entry in ledger] == ["out.sft.jsonl", "out.jsonl"]
    assert "out.sft-merged" in (tmp_path / "out.trl.yaml").read_text()


def test_documents_stand_numbered_before_the_question() -> None:
    given = record(1, "When?", contexts=("Built in 1820.", "Burnt in 1850."), answer="In 1820.")
    kept = one(given)
    assert isinstance(kept, Kept)
    assert kept.columns["prompt"][0]["content"] == "[1] Built in 1820.\n\n[2] Burnt in 1850.\n\nWhen?"


def test_a_document_that_the_prompt_quotes_is_not_put_in_twice() -> None:
    kept = one(record(1, "Built in 1820.\n\nWhen?", contexts=("Built in 1820.",), answer="In 1820."))
    assert isinstance(kept, Kept)
    assert kept.columns["prompt"][0]["content"] == "Built in 1820.\n\nWhen?"


def test_checkable_answers_bring_the_columns_that_a_reward_reads() -> None:
    kept = one(record(1, "6 times 7?", answer="6 * 7 = <<6*7=42>>42\n#### 42"), "checkable")
    assert isinstance(kept, Kept)
    assert kept.columns["solution"] == "6 * 7 = 42\n#### 42"
    assert kept.columns["ground_truth"] == "42"


def test_prompts_with_a_key_keep_all_that_a_checker_may_need(tmp_path: Path) -> None:
    given = {"test": "def check(c):\n    assert c(1) == '&amp;'\n", "entry_point": "f"}
    tasks = [{"prompt": f"Write f, which adds {n}.", "task_id": f"t/{n}", **given} for n in range(60)]
    rows, ledger, shown = fixed(tmp_path, tasks)
    assert "Repaired for grpo" in shown
    assert rows[3] == {**tasks[3], "prompt": [{"role": "user", "content": tasks[3]["prompt"]}]}
    assert ledger == []


def test_an_answer_that_can_be_checked_keeps_the_columns_beside_it() -> None:
    kept = one(record(1, "6 times 7?", answer="So\n#### 42", meta={"level": 3, "solution": "x"}), "checkable")
    assert isinstance(kept, Kept)
    assert kept.columns["level"] == 3
    assert (kept.columns["solution"], kept.columns["row_solution"]) == ("So\n#### 42", "x")


def test_a_column_named_as_trl_names_its_own_gets_another_name() -> None:
    kept = one(
        record(1, "Sort a list.", meta={"tests": "assert f", "completions": "3", "password": "hunter2abc!"}),
        "checkable",
    )
    assert isinstance(kept, Kept)
    beside = {name: value for name, value in kept.columns.items() if name != "prompt"}
    assert beside == {"tests": "assert f", "row_completions": "3", "password": "[redacted password]"}
    assert [(why.code, why.detail) for why in kept.changes] == [
        ("column_renamed", "completions"), ("secret_redacted", "1 password"),
    ]  # fmt: skip


# Repairs


def test_template_tokens_go_from_the_ends_of_a_text() -> None:
    text = "<|im_start|>assistant\nIn France.<|im_end|>\n<|im_start|>assistant\n"
    assert said(one(record(1, "Where is Lyon?", answer=text))) == "In France."


def test_headings_of_alpaca_go_from_a_prompt() -> None:
    kept = one(
        record(1, "Below is a task.\n\n### Instruction:\nWhere is Lyon?\n\n### Response:\n", answer="In France.")
    )
    assert isinstance(kept, Kept)
    assert kept.columns["prompt"][0]["content"] == "Below is a task.\n\nWhere is Lyon?"


CONVERSATION = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Where is Lyon?"}]


@pytest.mark.parametrize(
    "prompt",
    [
        "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nWhere is Lyon?<|im_end|>\n<|im_start|>assistant\n",
        "<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\nBe brief.<|eot_id|>"
        "<|start_header_id|>user<|end_header_id|>\n\nWhere is Lyon?<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n",
        "<s>[INST] <<SYS>>\nBe brief.\n<</SYS>>\n\nWhere is Lyon? [/INST]",
    ],
)
def test_a_prompt_written_out_in_a_chat_template_becomes_its_turns(prompt: str) -> None:
    kept = one(record(1, prompt, answer="In France."))
    assert isinstance(kept, Kept)
    assert kept.columns["prompt"] == CONVERSATION


@pytest.mark.parametrize(
    "prompt",
    [
        "Here:<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n",
        "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\nIn Fr",
        "<|im_start|>narrator\nHi<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n",
        "[INST] Hi [/INST] Hello. [INST] And? [/INST]",
    ],
)
def test_a_template_that_leaves_a_doubt_is_dropped(prompt: str) -> None:
    dropped = one(record(1, prompt, answer="In France."))
    assert isinstance(dropped, Dropped)
    assert dropped.why.code == "leftover"


def test_a_question_comes_out_of_its_template_of_headings() -> None:
    given = record(1, "Instruction:\nWhere is Lyon?\n\nResponse:\n", answer="In France.")
    kept = one(given)
    assert isinstance(kept, Kept)
    assert kept.columns["prompt"][0]["content"] == "Where is Lyon?"


def test_annotations_entities_and_markup_go() -> None:
    kept = one(record(1, "Which?", answer="48/2 = <<48/2=24>>24 &amp; more.<br>Salt &amp;amp; pepper"))
    assert said(kept) == "48/2 = 24 & more.\nSalt & pepper"


@pytest.mark.parametrize(
    "text",
    [
        "Use `<|endoftext|>` and `a &amp; b`.",
        "```html\n<p>a &amp; b</p>\n```",
        "import os\nprint('<|endoftext|>')",
        "def f(x):\n    return '&lt;'",
    ],
)
def test_code_is_never_touched(text: str) -> None:
    assert said(one(record(1, "How?", answer=text))) == text


def test_the_indent_of_code_stays() -> None:
    assert said(one(record(1, "Complete: def f(x):", answer="\n    return x\n\n"))) == "    return x"


def test_a_slot_never_filled_is_dropped_for_nobody_can_guess_it() -> None:
    dropped = one(record(1, "Who are you?", answer="I am {{name}}."))
    assert isinstance(dropped, Dropped)
    assert dropped.why.code == "leftover"


def test_a_turn_mark_in_the_middle_is_dropped_for_two_turns_would_run_together() -> None:
    dropped = one(record(1, "Hi", answer="Hello.<|im_end|>\n<|im_start|>user\nAnd you?"))
    assert isinstance(dropped, Dropped)
    assert dropped.why.code == "leftover"


def test_tags_that_a_text_speaks_of_are_not_taken_for_markup() -> None:
    dropped = one(record(1, "Which one breaks a line?", answer="The <br> tag."))
    assert isinstance(dropped, Dropped)
    assert stripped("The <br> tag.") == "The <br> tag."


def test_secrets_are_replaced_and_counted_by_kind() -> None:
    kept = one(record(1, f"Who is {MAIL}?", answer=f"Anna: {MAIL}"))
    assert isinstance(kept, Kept)
    assert said(kept) == "Anna: [redacted e-mail]"
    assert [(why.code, why.rule, why.detail) for why in kept.changes] == [("secret_redacted", "secrets", "2 e-mail")]


def test_sides_lose_the_prompt_that_both_repeat() -> None:
    asked = "In which country is Lyon?"
    kept = one(record(1, asked, answer=f"{asked} In France.", rejected=f"{asked} In Spain."), "pairs")
    assert (said(kept, "chosen"), said(kept, "rejected")) == ("In France.", "In Spain.")


def test_a_prompt_that_one_side_repeats_stays() -> None:
    asked = "In which country is Lyon?"
    kept = one(record(1, asked, answer=f"{asked} In France.", rejected="In Spain."), "pairs")
    assert said(kept, "chosen") == f"{asked} In France."


def test_a_greeting_returned_is_no_prompt_repeated() -> None:
    kept = one(record(1, "Hello", answer="Hello there!", rejected="Hello friend."), "pairs")
    assert (said(kept, "chosen"), said(kept, "rejected")) == ("Hello there!", "Hello friend.")


@pytest.mark.parametrize(
    "piece",
    ["<|im_end|>", "<|im_end|> ", "amp;", "&amp;", "Task:", "### Input:\n", "[INST]", "<<1=1>>", "`<",
     "In which country is Lyon? ", "<|im_start|>user\n", "\n", " ", "{{x}}", "&lt;", "<p>"],
)  # fmt: skip
def test_a_text_of_nothing_but_leftovers_takes_no_time(piece: str) -> None:
    """The same pieces over and over, at the ends and in the middle of a long text."""
    text = piece * (100_000 // len(piece))
    began = time.perf_counter()
    for said in (text, f"&{text}", f"Task: {text}\nAnswer:", f"a{text}a"):
        one(record(1, said, answer=said, rejected=f"{said} b"), "pairs")
    assert time.perf_counter() - began < 10


def test_sides_are_swapped_where_their_scores_say_so(tmp_path: Path) -> None:
    scored = [sides(n, score_chosen=9, score_rejected=2) for n in range(1200)]
    scored[3] |= {"score_chosen": 1, "score_rejected": 8}
    rows, ledger, _ = fixed(tmp_path, scored)
    assert rows[3]["chosen"][0]["content"] == scored[3]["rejected"]
    assert rows[4]["chosen"][0]["content"] == scored[4]["chosen"]
    assert [(entry["row"], entry["why"][0]["code"]) for entry in ledger] == [(4, "sides_swapped")]


def test_scores_that_mostly_prefer_the_rejected_side_swap_nothing(tmp_path: Path) -> None:
    scored = [sides(n, score_chosen=1, score_rejected=8) for n in range(1200)]
    rows, _, shown = fixed(tmp_path, scored)
    chosen = [(row.get("chosen") or row.get("completion"))[0]["content"] for row in rows]
    assert chosen == [row["chosen"] for row in scored]
    assert "100% of scored pairs prefer the rejected one" in shown


# Drops


@pytest.mark.parametrize(
    ("given", "form", "code"),
    [
        (RowError(1, "invalid JSON"), "completion", "unreadable"),
        (record(1, "", answer="Yes."), "completion", "no_prompt"),
        (record(1, "  ", answer="Yes."), "completion", "no_prompt"),
        (record(1, "Hi"), "completion", "no_answer"),
        (record(1, "Hi", answer=" \n"), "completion", "no_answer"),
        (record(1, "Hi", answer="<|im_end|>"), "completion", "no_answer"),
        (record(1, "When?", contexts=("No date.",), answerable=False), "completion", "unanswerable"),
        (record(1, "Hi", answer="No.", label=False), "completion", "bad_label"),
        (record(1, "Hi", answer="Yes."), "labelled", "no_label"),
        (record(1, "Hi", answer="Yes."), "pairs", "no_rejected"),
        (record(1, "Hi", answer="Yes.", rejected=" "), "pairs", "empty_rejected"),
        (record(1, "Hi", answer="Yes.", rejected="Yes. "), "pairs", "identical_sides"),
        (record(1, "Hi", answer="Yes."), "checkable", "no_reference"),
        (record(1, "Hi"), "checkable", "no_reference"),
    ],
)
def test_what_cannot_be_trained_on_is_dropped_with_its_reason(given: Record | RowError, form: Form, code: str) -> None:
    dropped = one(given, form)
    assert isinstance(dropped, Dropped)
    assert dropped.why.code == code


def test_a_conversation_with_a_blank_turn_is_dropped() -> None:
    turns = (Message("user", "Hi"), Message("assistant", " "), Message("user", "Well?"))
    dropped = one(Record("a", 1, turns, answer="Hello."))
    assert isinstance(dropped, Dropped)
    assert dropped.why.code == "blank_turn"


def test_a_tie_is_dropped_only_where_the_sides_were_made_from_scores() -> None:
    tied = record(1, "Hi", answer="Yes.", rejected="No.", score=0.0)
    assert isinstance(one(tied, "pairs", ranked=True), Dropped)
    assert isinstance(one(tied, "pairs"), Kept)


def test_of_copies_the_first_is_kept_and_named() -> None:
    copies = [record(1, "Hi", answer="Yes."), record(2, " Hi", answer="Yes.\n"), record(3, "Hi", answer="No.")]
    out = list(repair(copies, Plan("sft", "completion")))
    assert [type(item) for item in out] == [Kept, Dropped, Kept]
    assert isinstance(out[1], Dropped)
    assert (out[1].why.code, out[1].why.detail) == ("duplicate", "row 1")


def test_copies_that_a_repair_makes_are_dropped_too() -> None:
    copies = [record(1, "Hi", answer="Yes."), record(2, "Hi", answer="Yes.<|im_end|>")]
    assert [type(item) for item in repair(copies, Plan("sft", "completion"))] == [Kept, Dropped]


def test_pairs_that_contradict_each_other_all_go() -> None:
    there, back = {"answer": "Yes.", "rejected": "No."}, {"answer": "No.", "rejected": "Yes."}
    rows = [record(1, "Hi", **there), record(2, "Bye", **there), record(3, "Hi", **back)]
    out = list(repair(rows, contradictions(rows, Plan("dpo", "pairs"))))
    assert [type(item) for item in out] == [Dropped, Kept, Dropped]


def test_scores_settle_a_contradiction_before_it_is_looked_for() -> None:
    rows = [
        record(1, "Hi", answer="Yes.", rejected="No.", score=2.0),
        record(2, "Hi", answer="No.", rejected="Yes.", score=-2.0),
    ]
    plan = Plan("dpo", "pairs", swap=True)
    out = list(repair(rows, contradictions(rows, plan)))
    assert [type(item) for item in out] == [Kept, Dropped]
    assert isinstance(out[1], Dropped)
    assert out[1].why.code == "duplicate"


# The whole, through the command


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


# Any records


TEXTS = st.text(max_size=60) | st.sampled_from(
    [
        "Yes.",
        " yes. ",
        "<|im_end|>",
        "a &amp;lt;br&amp;gt; b",
        "<<1+1=2>>2",
        "```\n<p>\n```",
        MAIL,
        f"<|{MAIL}|>",
        "{{x}}",
        "### Input:",
    ]
)
RECORDS = st.builds(
    lambda asked, contexts, answer, rejected, label, score: Record(
        "", 1, tuple(Message("user", text) for text in asked), tuple(contexts), answer, rejected, label, score
    ),
    st.lists(TEXTS, max_size=2),
    st.lists(TEXTS, max_size=2),
    st.none() | TEXTS,
    st.none() | TEXTS,
    st.none() | st.booleans(),
    st.none() | st.sampled_from([-1.0, 0.0, 1.0]),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(RECORDS, max_size=8), st.sampled_from(sorted(set(FORMS.values()))))
def test_every_record_comes_out_once_and_clean(records: list[Record], form: Form) -> None:
    plan = contradictions(records, Plan("sft", form, swap=True))
    out = list(repair(records, plan))
    assert len(out) == len(records)
    kept = [item.columns for item in out if isinstance(item, Kept)]
    # Nothing that could be read as a copy, a secret or an empty side is left.
    assert len({orjson.dumps(columns) for columns in kept}) == len(kept)
    assert not any(privacy.count(orjson.dumps(columns).decode()) for columns in kept)
    assert all(
        columns[side][0]["content"].strip()
        for columns in kept
        for side in ("completion", "chosen", "rejected")
        if side in columns
    )


@settings(max_examples=300, deadline=None)
@given(st.lists(RECORDS, max_size=8), st.sampled_from(["completion", "pairs", "labelled", "text"]))
def test_what_a_repair_writes_another_leaves_alone(records: list[Record], form: Form) -> None:
    kept = [i for i in repair(records, contradictions(records, Plan("sft", form, swap=True))) if isinstance(i, Kept)]
    again = [reread(item) for item in kept]
    out = list(repair(again, contradictions(again, Plan("sft", form, swap=True))))
    assert [(type(item), item.columns, item.changes) for item in out if isinstance(item, Kept)] == [
        (Kept, item.columns, ()) for item in kept
    ]


def reread(item: Kept) -> Record:
    """The record that a row written gives."""
    columns = item.columns
    prompt = tuple(Message(turn["role"], turn["content"]) for turn in columns.get("prompt", ()))
    texts = {name: columns[name][0]["content"] for name in ("completion", "chosen", "rejected") if name in columns}
    answer = texts.get("completion", texts.get("chosen", columns.get("text")))
    return Record("", 1, prompt, answer=answer, rejected=texts.get("rejected"), label=columns.get("label"))


# What the tools of training make of it


def job(method: Method, **fields: Any) -> Job:
    return Job(**{"method": method, "data": "out.jsonl", "model": "org/model-1B", "tokens": 100.0, **fields})


def test_a_config_asks_for_a_model_where_none_was_named() -> None:
    assert 'model_name_or_path: "FILL IN' in config(job("sft", model=""))


def test_long_rows_get_a_longer_limit() -> None:
    assert "max_length" not in config(job("sft"))
    assert "max_length: 2816  #" in config(job("sft", tokens=2000.0))
    assert "still cut" in config(job("sft", tokens=99_000.0))


@pytest.mark.parametrize(
    ("good", "bad", "weight"), [(90, 10, "undesirable_weight: 9.0"), (10, 90, "desirable_weight: 9.0")]
)
def test_weights_even_out_the_labels(good: int, bad: int, weight: str) -> None:
    assert f"\n{weight}  #" in config(job("kto", good=good, bad=bad))


def test_balanced_labels_need_no_weight() -> None:
    assert "_weight" not in config(job("kto", good=55, bad=45))


@pytest.mark.parametrize("method", sorted(SETTINGS))
def test_trl_reads_every_key_of_a_config(tmp_path: Path, method: Method, monkeypatch: pytest.MonkeyPatch) -> None:
    trl = pytest.importorskip("trl", reason="TRL comes with the bench extra")
    (path := tmp_path / "out.trl.yaml").write_text(config(job(method, good=90, bad=10, tokens=2000.0, solutions=True)))
    monkeypatch.setenv("TRL_EXPERIMENTAL_SILENCE", "1")
    # A machine without an accelerator has no bf16, TRL's default.
    here = ["--config", str(path), "--use_cpu", "True", "--bf16", "False"]
    arguments, trainer, model, mixture = parser(trl, method).parse_args_and_config(here, fail_with_unknown_args=True)
    assert arguments.dataset_name is None
    assert trainer.learning_rate == {key: value for key, value, _ in SETTINGS[method]}["learning_rate"]
    assert (model.model_name_or_path, model.use_peft) == ("org/model-1B", True)
    assert mixture.datasets[0].data_files == "out.jsonl"


STAGES: dict[Method, Rows] = {
    "sft": [answered(n) for n in range(60)],
    "dpo": [sides(n) for n in range(1200)],
    "kto": [answered(n, label=n % 2 == 0) for n in range(100)],
}


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("method", STAGES)
def test_trl_trains_on_what_was_written_as_it_stands(
    tmp_path: Path, tiny_model: Path, method: Method, monkeypatch: pytest.MonkeyPatch
) -> None:
    trl = pytest.importorskip("trl", reason="TRL comes with the bench extra")
    monkeypatch.setenv("HF_DATASETS_CACHE", str(tmp_path / "cache"))
    fixed(tmp_path, STAGES[method], "--model", str(tiny_model))
    here = "--use_cpu True --bf16 False --max_steps 1 --report_to none --gradient_accumulation_steps 1".split()
    read = parser(trl, method).parse_args_and_config(["--config", str(tmp_path / "out.trl.yaml"), *here])
    importlib.import_module(f"trl.scripts.{method}").main(*read)
    assert (tmp_path / "out" / "adapter_model.safetensors").exists()


def parser(trl: Any, method: Method) -> Any:
    """TRL's own parser of `trl <command>`, or of the trainer that has none."""
    if method in COMMANDS:
        return importlib.import_module(f"trl.scripts.{COMMANDS[method]}").make_parser()
    module, _, trainer = TRAINERS[method].rpartition(".")
    own = getattr(importlib.import_module(module), trainer.replace("Trainer", "Config"))
    return trl.TrlParser((trl.ScriptArguments, own, trl.ModelConfig, trl.DatasetMixtureConfig))


ROWS: dict[Form, Record] = {
    "completion": record(1, "Hi", answer="Yes."),
    "pairs": record(1, "Hi", answer="Yes.", rejected="No."),
    "labelled": record(1, "Hi", answer="Yes.", label=True),
    "checkable": record(1, "Hi", answer="So\n#### 42"),
    "text": Record("a", 1, answer="Lyon lies where the Saone meets the Rhone."),
}


@pytest.mark.parametrize(
    ("form", "kind"),
    [
        ("completion", "prompt-completion"),
        ("pairs", "preference"),
        ("labelled", "unpaired preference"),
        ("checkable", "prompt-only"),
        ("text", "language modeling"),
    ],
)
def test_datasets_and_trl_read_the_rows_for_what_they_are(tmp_path: Path, form: Form, kind: str) -> None:
    """By the columns that TRL's data utilities and trainers look for."""
    datasets = pytest.importorskip("datasets", reason="datasets comes with the bench extra")
    utilities = pytest.importorskip("trl.data_utils", reason="TRL comes with the bench extra")
    kept = one(ROWS[form], form)
    assert isinstance(kept, Kept)
    write(tmp_path / "out.jsonl", [dict(kept.columns)])
    loaded = datasets.load_dataset(
        "json", data_files=str(tmp_path / "out.jsonl"), split="train", cache_dir=str(tmp_path / "cache")
    )
    assert utilities.is_conversational(loaded[0]) == (form != "text")
    assert set(loaded.column_names) >= READ[kind]


READ = {
    "prompt-completion": {"prompt", "completion"},
    "preference": {"prompt", "chosen", "rejected"},
    "unpaired preference": {"prompt", "completion", "label"},
    "prompt-only": {"prompt", "solution"},
    "language modeling": {"text"},
}
"""Type of data set → its columns (TRL `docs/source/dataset_formats.md`)."""
