"""Everything is decided before a run starts: flags → Plan, bad flags → one line that names the fix."""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tasks
from bench import methods
from bench.flags import parse_budget, parse_harnessed, parse_methods, parse_tasks
from bench.methods import UNTRAINED
from bench.models import Weights
from bench.plan import code_hash, make
from bench.planfile import from_json, to_json
from bench.speed import Attention
from bench.track import Track
from bench.types import BenchError, Budget, Plan
from tests.advisor.build import pair

WEIGHTS = Weights("tiny", Path("tiny"), "0" * 64)


class Words:
    """A tokenizer, as far as planning needs one: a token a word."""

    def __call__(self, text: str) -> dict[str, list[str]]:
        return {"input_ids": text.split()}

    def apply_chat_template(self, turns: list[dict[str, str]], **_: bool) -> list[str]:
        return [word for turn in turns for word in turn["content"].split()]


def planned(*sources: str | Path, **flags: Any) -> tuple[Plan, dict[str, Track]]:
    asked: dict[str, Any] = {
        "trained": ["sft", "dpo"],
        "budget": parse_budget("45s"),
        "seeds": 3,
        "items": 48,
        "only": None,
    }
    asked |= flags
    return make(
        sources=[str(s) for s in sources],
        weights=WEIGHTS,
        dtype="float32",
        attention=Attention("eager", {}),
        tokenizer=Words(),
        command="bench run",
        **asked,
    )


def pairs_file(path: Path, rows: int = 60) -> Path:
    made = [pair(n) for n in range(rows)]
    lines = [{"prompt": r["prompt"], "chosen": r["answer"], "rejected": r["rejected"]} for r in made]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE) for line in lines))
    return path


# Budgets


@pytest.mark.parametrize(
    ("text", "kind", "amount"),
    [
        ("90s", "seconds", 90),
        ("0.5s", "seconds", 0.5),
        ("3m", "seconds", 180),
        ("1h", "seconds", 3600),
        ("1.5h", "seconds", 5400),
        ("tokens:200k", "tokens", 200_000),
        ("tokens:1000", "tokens", 1000),
        ("tokens:1.5M", "tokens", 1.5e6),
        ("flops:2e14", "flops", 2e14),
        ("flops:3G", "flops", 3e9),
        ("FLOPS:2E14", "flops", 2e14),
    ],
)
def test_budgets_are_seconds_tokens_or_flops(text: str, kind: str, amount: float) -> None:
    assert parse_budget(text) == Budget(kind, amount, text)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text",
    ["", "90", "s", "-90s", "90 s", "1e2s", "90x", "1d", "tokens", "tokens:", "tokens:-5", "tokens:5s", "flops:many",
     "steps:10", "90s,3m", "nan", "infs"],
)  # fmt: skip
def test_another_form_is_named_with_the_forms_there_are(text: str) -> None:
    with pytest.raises(BenchError) as caught:
        parse_budget(text)
    assert str(caught.value) == (
        f"--budget {text}: not a budget; write seconds as 90s or 3m, or tokens:200k, or flops:2e14"
    )


@pytest.mark.parametrize("text", ["0s", "0.0m", "0h", "tokens:0", "tokens:0k", "flops:0e5", "flops:1e999"])
def test_nothing_or_without_end_is_no_budget(text: str) -> None:
    with pytest.raises(BenchError, match=re.escape(f"--budget {text}: ")) as caught:
        parse_budget(text)
    assert re.search(r"such as \d+s$", str(caught.value))


@settings(deadline=None)
@given(text=st.text())
def test_any_text_is_a_budget_above_0_or_an_error_of_the_user(text: str) -> None:
    try:
        found = parse_budget(text)
    except BenchError as error:
        assert str(error).startswith(f"--budget {text}: ")  # noqa: PT017  (either may happen)
    else:
        assert found.amount > 0
        assert found.text == text


# Methods and tasks


def test_methods_keep_their_order_and_may_stand_twice() -> None:
    assert parse_methods("dpo,sft") == ["dpo", "sft"]
    assert parse_methods(" sft , sft,") == ["sft", "sft"]


def test_untrained_arms_need_not_be_asked_for() -> None:
    assert parse_methods("base,sft,prompt") == ["sft"]


def test_an_unknown_method_gets_the_nearest_name_and_all_of_them() -> None:
    with pytest.raises(BenchError) as caught:
        parse_methods("sft,dop")
    assert str(caught.value).startswith("--methods sft,dop: unknown method 'dop'; did you mean dpo? there are ")
    assert all(m in str(caught.value) for m in methods.names() if m not in UNTRAINED)


def test_a_method_like_no_other_gets_no_guess() -> None:
    with pytest.raises(BenchError, match="unknown method 'xyzzy'; there are ") as caught:
        parse_methods("xyzzy")
    assert "did you mean" not in str(caught.value)


@pytest.mark.parametrize("text", ["", ",", " , ", "base", "base,prompt"])
def test_nothing_to_train_is_said(text: str) -> None:
    with pytest.raises(BenchError, match=r"nothing to train; there are .*dpo.*sft"):
        parse_methods(text)


def test_tasks_are_all_that_fit_unless_named() -> None:
    assert parse_tasks(None) is None
    assert parse_tasks("values, forgetting") == ["values", "forgetting"]


def test_an_unknown_task_is_named_with_those_there_are() -> None:
    with pytest.raises(BenchError) as caught:
        parse_tasks("values,valuse")
    assert str(caught.value) == (
        f"--tasks values,valuse: unknown task 'valuse'; there are {', '.join(tasks.discover())}; "
        "tasks of lm-evaluation-harness are written lm_eval:NAME"
    )


def test_tasks_of_the_harness_stand_beside_ours_and_choose_none_of_them() -> None:
    assert (parse_tasks("lm_eval:arc_easy"), parse_harnessed("lm_eval:arc_easy")) == (None, ["lm_eval:arc_easy"])
    both = "values, lm_eval:evals/mine"
    assert (parse_tasks(both), parse_harnessed(both)) == (["values"], ["lm_eval:evals/mine"])
    assert parse_harnessed(None) == []
    with pytest.raises(BenchError, match="lm_eval: names no task; write lm_eval:NAME"):
        parse_harnessed("values,lm_eval:")


# The plan


def test_the_default_is_two_embedded_tracks_with_the_untrained_arms(tmp_path: Path) -> None:
    found, ready = planned()
    assert [t.source for t in found.tracks] == ["embedded:rag", "embedded:values"]
    assert [t.id for t in found.tracks] == list(ready) == ["rag", "values"]
    for track in found.tracks:
        assert [a.id for a in track.arms] == ["base", "prompt", "sft", "dpo"]
        assert [a.seeds for a in track.arms] == [(0,), (0,), (0, 1, 2), (0, 1, 2)]
    assert [[t.name for t in track.tasks if t.primary] for track in found.tracks] == [["rag_faithfulness"], ["values"]]
    assert list(tmp_path.iterdir()) == []


def test_a_method_that_stands_twice_gets_seeds_of_its_own() -> None:
    found, _ = planned("embedded:values", trained=["sft", "dpo", "sft"], seeds=2)
    arms = {a.id: a for a in found.tracks[0].arms}
    assert list(arms) == ["base", "prompt", "sft", "dpo", "sft-2"]
    assert arms["sft-2"].method == "sft"
    assert not set(arms["sft"].seeds) & set(arms["sft-2"].seeds)
    assert arms["sft"].seeds == arms["dpo"].seeds == (0, 1)
    assert len(arms["sft-2"].seeds) == 2


@pytest.mark.parametrize("seeds", [0, -1])
def test_without_a_seed_there_is_no_trial(seeds: int) -> None:
    with pytest.raises(BenchError, match=f"--seeds {seeds}: at least 1 is needed; 3 or more for a claim about methods"):
        planned("embedded:values", seeds=seeds)


def test_own_data_are_decided_by_their_own_tasks_and_embedded_ones_stand_beside(tmp_path: Path) -> None:
    found, _ = planned(pairs_file(tmp_path / "pairs.jsonl"))
    decide = {t.name: t.source for t in found.tracks[0].tasks if t.primary}
    beside = {t.name: t.source for t in found.tracks[0].tasks if not t.primary}
    assert decide == {"preference": "own", "answer_quality": "own"}
    assert beside == {
        "rag_faithfulness": "embedded:rag",
        "values": "embedded:values",
        "over_refusal": "embedded:benign",
        "forgetting": "embedded:general",
    }


def test_only_the_named_tasks_are_planned(tmp_path: Path) -> None:
    found, _ = planned(pairs_file(tmp_path / "pairs.jsonl"), only=["preference", "forgetting"])
    assert [t.name for t in found.tracks[0].tasks] == ["preference", "forgetting"]


@pytest.mark.parametrize("only", [["forgetting"], []])
def test_a_choice_of_tasks_that_decides_nothing_names_those_that_would(tmp_path: Path, only: list[str]) -> None:
    with pytest.raises(BenchError, match=r"no chosen task fits .*; those that do: preference, answer_quality"):
        planned(pairs_file(tmp_path / "pairs.jsonl"), only=only)


def test_a_method_whose_rows_the_data_cannot_give_is_refused_before_anything_runs(tmp_path: Path) -> None:
    path = tmp_path / "gold.jsonl"
    rows = [{"prompt": f"Question {n}?", "completion": f"Answer {n}."} for n in range(60)]
    path.write_bytes(b"".join(orjson.dumps(r, option=orjson.OPT_APPEND_NEWLINE) for r in rows))
    with pytest.raises(BenchError, match=r"gold\.jsonl: dpo needs rejected answers.*; run --methods sft, or add a"):
        planned(path)
    assert planned(path, trained=["sft"])[0].tracks[0].id == "gold"


def test_prompts_without_answers_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "prompts.jsonl"
    path.write_bytes(b"".join(orjson.dumps({"prompt": f"Question {n}?"}) + b"\n" for n in range(60)))
    with pytest.raises(BenchError, match=r"prompts\.jsonl: no answers to train on \(supervision: prompts\); give"):
        planned(path)


@pytest.mark.parametrize(
    "name",
    ["Zeilen & Spalten.v2.jsonl", "数据.jsonl", ".jsonl", "a b c.jsonl", "..odd..jsonl", "-x-.jsonl", "n" * 200 + ".jsonl",
     "CON.jsonl", "it's \"quoted\".jsonl"],
)  # fmt: skip
def test_a_tracks_id_is_a_plain_folder_name(name: str, tmp_path: Path) -> None:
    found, _ = planned(pairs_file(tmp_path / name))
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", found.tracks[0].id)
    assert len(found.tracks[0].id) <= 32


def test_files_of_one_name_are_tracks_of_their_own(tmp_path: Path) -> None:
    sources = [pairs_file(tmp_path / folder / "data.jsonl", rows) for folder, rows in (("a", 60), ("b", 70))]
    found, ready = planned(*sources, "embedded:rag", pairs_file(tmp_path / "rag.jsonl"))
    assert [t.id for t in found.tracks] == list(ready) == ["data", "data-2", "rag", "rag-2"]
    assert found.tracks[0].sha256 != found.tracks[1].sha256


def test_every_value_nobody_typed_has_its_reason() -> None:
    found, _ = planned("embedded:values")
    assert {d.name for d in found.derived} >= {
        "model",
        "weights",
        "device",
        "batch",
        "adapter",
        "test items",
        "new tokens",
    }
    assert {d.name for d in found.derived} >= {"learning rate sft", "learning rate dpo"}
    assert all(d.value and d.why for d in found.derived)


def test_items_are_as_many_as_asked_for() -> None:
    found, _ = planned("embedded:values", items=60)
    assert found.items == 60
    assert next(d.value for d in found.derived if d.name == "test items") == "60"


def test_runs_made_in_one_second_have_different_names() -> None:
    names = {planned("embedded:values")[0].run for _ in range(3)}
    assert len(names) == 3
    assert all(re.fullmatch(r"\d{8}-\d{6}-[0-9a-f]{4}", name) for name in names)


def test_a_plan_is_read_back_as_it_was_written() -> None:
    found, _ = planned(trained=["sft", "sft", "dpo"], only=["rag_faithfulness", "values"])
    assert from_json(orjson.loads(orjson.dumps(to_json(found)))) == found
    assert to_json(found)["schema_version"] == 1


def test_the_code_hash_changes_with_any_source_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = tmp_path / "package" / "__init__.py"
    source.parent.mkdir()
    source.write_text("")
    monkeypatch.setattr(importlib, "import_module", lambda _: SimpleNamespace(__file__=str(source)))
    empty = code_hash()
    assert code_hash() == empty
    source.write_text("changed = True")
    changed = code_hash()
    (source.parent / "more.py").write_text("")
    assert len({empty, changed, code_hash()}) == 3
