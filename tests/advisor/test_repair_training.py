"""What a trainer gets of `--fix`: rows in TRL's forms and a config that TRL reads."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import pytest

from advisor.repair import files
from advisor.repair.config import SETTINGS, Job, config
from advisor.repair.types import Form, Kept
from advisor.types import Method, Record
from tests.advisor.build import record
from tests.advisor.repairing import (
    Rows,
    answered,
    fixed,
    found,
    one,
    parser,
    passage,
    rows_of,
    sides,
    told,
)
from tests.advisor.test_advise_cli import write


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
