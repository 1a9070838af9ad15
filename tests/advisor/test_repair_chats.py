"""`advise DATA --fix OUT.jsonl` on conversations: every answer is learnt, and calls of tools are calls."""

from __future__ import annotations

import importlib
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

from advisor.repair.config import Job, config
from tests.advisor.repairing import answered, codes, fixed, parser, rows_of, sides
from tests.advisor.test_advise_cli import run

TOOL = {"type": "function", "function": {"name": "weather", "parameters": {"type": "object", "properties": {}}}}
SHORT = {"role": "assistant", "content": "It rains."}


def call(n: int, **beside: Any) -> dict[str, Any]:
    """A call about number n as TRL reads it."""
    return {"type": "function", "function": {"name": "weather", "arguments": {"city": f"Lyon {n}"}}, **beside}


def asked(n: int) -> dict[str, Any]:
    return {"role": "user", "content": f"How is the weather in Lyon {n}?"}


def done(n: int, turn: dict[str, Any]) -> list[dict[str, Any]]:
    """A conversation in which the assistant calls and then speaks."""
    return [asked(n), turn, {"role": "tool", "content": f"rain {n}", "tool_call_id": "a1"}, SHORT]


def openai(n: int) -> dict[str, Any]:
    """Arguments are JSON written as text, and no content is null."""
    given = {"id": "a1", "type": "function", "function": {"name": "weather", "arguments": f'{{"city": "Lyon {n}"}}'}}
    return {"messages": done(n, {"role": "assistant", "content": None, "tool_calls": [given]}), "tools": [TOOL]}


def older(n: int) -> dict[str, Any]:
    """OpenAI's `function_call` and `functions`."""
    given = {"name": "weather", "arguments": f'{{"city": "Lyon {n}"}}'}
    return {
        "messages": done(n, {"role": "assistant", "content": None, "function_call": given}),
        "functions": [TOOL["function"]],
    }


def sharegpt(n: int) -> dict[str, Any]:
    """A role for calls, which are text, as the tools are (LLaMA-Factory)."""
    turns = [
        ("human", asked(n)["content"]),
        ("function_call", f'{{"name": "weather", "arguments": {{"city": "Lyon {n}"}}}}'),
    ]
    turns += [("observation", f"rain {n}"), ("gpt", "It rains.")]
    return {"conversations": [{"from": who, "value": text} for who, text in turns], "tools": '[{"name": "weather"}]'}


def parted(n: int) -> dict[str, Any]:
    """TRL's prompt and completion."""
    turns = done(n, {"role": "assistant", "content": "", "tool_calls": [call(n, id="a1")]})
    return {"prompt": turns[:1], "completion": turns[1:], "tools": [TOOL]}


LAYOUTS: list[Callable[[int], dict[str, Any]]] = [openai, older, sharegpt, parted]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_call_is_a_turn_of_its_own_to_learn_with_its_tools_beside(
    tmp_path: Path, layout: Callable[[int], dict[str, Any]]
) -> None:
    rows, ledger, shown = fixed(tmp_path, [layout(n) for n in range(60)])
    user, called, tool, answer = rows[3]["messages"]
    assert (user, answer) == (asked(3), SHORT)
    assert [{**each, "id": "a1"} for each in called["tool_calls"]] == [call(3, id="a1")]
    assert (called["role"], called["content"]) == ("assistant", "")
    assert (tool["role"], tool["content"]) == ("tool", "rain 3")
    assert orjson.loads(rows[3]["tools"])[0]["function"]["name"] == "weather"
    assert (len(rows), ledger) == (60, [])
    assert "every turn of the assistant is learnt" in shown
    assert "assistant_only_loss: true" in (tmp_path / "out.trl.yaml").read_text()
    assert "completion_only_loss" not in (tmp_path / "out.trl.yaml").read_text()


def test_a_request_beside_its_calls_becomes_a_call(tmp_path: Path) -> None:
    """xLAM: the tools leave the prompt's text, where a chat template would show them again."""
    given = [
        {
            "query": f"How is the weather in Lyon {n}?",
            "tools": '[{"name": "weather", "description": "Says the weather."}]',
            "answers": f'[{{"name": "weather", "arguments": {{"city": "Lyon {n}"}}}}]',
        }
        for n in range(60)
    ]
    rows, _, _ = fixed(tmp_path, given)
    assert rows[3]["messages"] == [asked(3), {"role": "assistant", "content": "", "tool_calls": [call(3)]}]
    assert orjson.loads(rows[3]["tools"]) == [
        {"type": "function", "function": {"name": "weather", "description": "Says the weather."}}
    ]


def test_every_answer_of_a_conversation_is_learnt(tmp_path: Path) -> None:
    turns = [("human", "Where is Lyon {}?"), ("gpt", "In France, {}."), ("human", "And {}?"), ("gpt", "Also {}.")]
    given = [{"conversations": [{"from": who, "value": text.format(n)} for who, text in turns]} for n in range(60)]
    rows, _, shown = fixed(tmp_path, given)
    assert [turn["role"] for turn in rows[3]["messages"]] == ["user", "assistant", "user", "assistant"]
    assert rows[3]["messages"][1]["content"] == "In France, 3."
    assert "every turn of the assistant is learnt" in shown


def test_all_rows_of_a_file_have_one_form(tmp_path: Path) -> None:
    longer = [{"role": "user", "content": "Hi"}, SHORT, asked(1), SHORT]
    rows, _, _ = fixed(tmp_path, [*({"messages": [asked(n), SHORT]} for n in range(60)), {"messages": longer}])
    assert {*map(tuple, rows)} == {("messages",)}
    assert rows[0]["messages"] == [asked(0), SHORT]


def test_a_row_without_tools_among_rows_with_them_says_so(tmp_path: Path) -> None:
    rows, _, _ = fixed(tmp_path, [*(openai(n) for n in range(60)), {"messages": [asked(70), SHORT]}])
    assert rows[60] == {"messages": [asked(70), SHORT], "tools": "null"}


def test_of_a_pair_the_end_alone_is_learnt_for_it_alone_was_judged(tmp_path: Path) -> None:
    before = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello."}]
    given = [{**sides(n), "prompt": [*before, {"role": "user", "content": sides(n)["prompt"]}]} for n in range(60)]
    _, _, shown = fixed(tmp_path, given)
    assert {*map(tuple, rows_of(tmp_path / "out.sft.jsonl"))} == {("prompt", "completion")}
    assert "of 60 conversations only the last turn is learnt" in shown


def test_calls_that_stay_text_are_named(tmp_path: Path) -> None:
    given = [openai(n) for n in range(60)]
    del given[7]["messages"][1]["tool_calls"][0]["function"]["name"]
    rows, ledger, shown = fixed(tmp_path, given)
    assert "Lyon 7" in rows[7]["messages"][1]["content"]
    assert [(entry["row"], entry["why"][0]["code"]) for entry in ledger] == [(8, "calls_as_text")]
    assert "out.jsonl: calls of tools are text in 1 rows; the ledger names them" in shown


def test_calls_of_pairs_stay_text_and_their_tools_are_missed_aloud(tmp_path: Path) -> None:
    given = [{**sides(n), "tools": [TOOL]} for n in range(1200)]
    given[3]["chosen"] = [{"role": "assistant", "content": "", "tool_calls": [call(3)]}]
    given[3]["rejected"] = [SHORT]
    _, ledger, shown = fixed(tmp_path, given)
    assert codes(ledger, "changed") == {"calls_as_text": 1, "tools_left_out": 1200}
    assert "calls of tools are text in 1 rows, `tools` is left out in 1,200 rows" in shown


def test_tools_beside_a_key_are_handed_to_the_reward_as_they_are(tmp_path: Path) -> None:
    given = [{"prompt": f"How is the weather in Lyon {n}?", "tests": "assert rain", "tools": [TOOL]} for n in range(60)]
    rows, ledger, shown = fixed(tmp_path, given)
    assert "Repaired for grpo" in shown
    assert (rows[3]["tools"], ledger) == ([TOOL], [])


def test_a_turn_that_is_not_to_be_learnt_is_missed_aloud(tmp_path: Path) -> None:
    """TRL learns all turns of the assistant or none."""
    longer = [{"role": "user", "content": "Hi"}, SHORT]
    given = [{"messages": [*longer, asked(n), SHORT]} for n in range(60)]
    given[3]["messages"][1] = {**SHORT, "weight": 0}
    rows, ledger, shown = fixed(tmp_path, given)
    assert rows[3] == {"messages": [*longer, asked(3), SHORT]}
    assert [(entry["row"], entry["why"][0]["code"]) for entry in ledger] == [(4, "weight_ignored")]
    assert "turns are learnt that say they are not to be in 1 rows" in shown


def test_calls_lose_their_secrets_and_nothing_else(tmp_path: Path) -> None:
    given = [openai(n) for n in range(60)]
    arguments = given[5]["messages"][1]["tool_calls"][0]["function"]
    arguments["arguments"] = (
        '{"to": "anna.roth@mill.example.org", "password": "S3cretPass!word9", "body": " <p>Hi</p>\\n"}'
    )
    given[6]["tools"] = [{"type": "function", "function": {"name": "mail", "description": "For ben@mill.example.org"}}]
    rows, ledger, _ = fixed(tmp_path, given)
    assert rows[5]["messages"][1]["tool_calls"][0]["function"]["arguments"] == {
        "to": "[redacted e-mail]",
        "password": "[redacted password]",
        "body": " <p>Hi</p>\n",
    }
    assert orjson.loads(rows[6]["tools"])[0]["function"]["description"] == "For [redacted e-mail]"
    assert [why["detail"] for entry in ledger for why in entry["why"]] == ["1 e-mail, 1 password", "1 e-mail"]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_second_repair_of_chats_changes_nothing(tmp_path: Path, layout: Callable[[int], dict[str, Any]]) -> None:
    fixed(tmp_path, [*(layout(n) for n in range(60)), layout(3), {"messages": [asked(70), SHORT]}])
    once, twice = tmp_path / "out.jsonl", tmp_path / "again.jsonl"
    assert run(once, "--fix", twice).returncode == 0
    assert twice.read_bytes() == once.read_bytes()
    assert (tmp_path / "again.ledger.jsonl").read_bytes() == b""


def test_a_prompt_with_one_answer_stays_a_prompt_with_its_completion(tmp_path: Path) -> None:
    rows, _, shown = fixed(tmp_path, [answered(n) for n in range(60)])
    assert {*map(tuple, rows)} == {("prompt", "completion")}
    assert "note" not in shown


# What the tools of training make of it


def test_trl_reads_the_config_of_whole_conversations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trl = pytest.importorskip("trl", reason="TRL comes with the bench extra")
    (path := tmp_path / "out.trl.yaml").write_text(config(Job("sft", "out.jsonl", "org/model-1B", 100.0, whole=True)))
    monkeypatch.setenv("TRL_EXPERIMENTAL_SILENCE", "1")
    here = ["--config", str(path), "--use_cpu", "True", "--bf16", "False"]
    _, trainer, *_ = parser(trl, "sft").parse_args_and_config(here, fail_with_unknown_args=True)
    assert (trainer.assistant_only_loss, trainer.completion_only_loss) == (True, None)


@pytest.mark.slow
def test_tools_that_come_late_are_loaded_as_they_are(tmp_path: Path) -> None:
    """`datasets` tells the columns from the first 10 MB."""
    datasets = pytest.importorskip("datasets", reason="datasets comes with the bench extra")
    long = {"role": "assistant", "content": "It rains in Lyon. " * 20_000}
    fixed(tmp_path, [*({"messages": [asked(n), long]} for n in range(40)), *(openai(n) for n in range(40, 60))])
    loaded = datasets.load_dataset(
        "json", data_files=str(tmp_path / "out.jsonl"), split="train", cache_dir=str(tmp_path / "cache")
    )
    assert (tmp_path / "out.jsonl").stat().st_size > 12 << 20
    assert loaded[50] == rows_of(tmp_path / "out.jsonl")[50]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_trl_learns_calls_and_answers_and_nothing_else(
    tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a template that TRL knows, as the config says that it must be; the rows do not all have the same arguments."""
    trl = pytest.importorskip("trl", reason="TRL comes with the bench extra")
    monkeypatch.setenv("HF_DATASETS_CACHE", str(tmp_path / "cache"))
    model, learnt = spelling(tiny_model, tmp_path / "model"), list[str]()
    prepare = trl.SFTTrainer._prepare_dataset

    def watched(*given: Any, **named: Any) -> Any:
        prepared = prepare(*given, **named)
        learnt.extend(model.decode([token for token in row["labels"] if token >= 0]) for row in prepared)
        return prepared

    monkeypatch.setattr(trl.SFTTrainer, "_prepare_dataset", watched)
    rows = [*({"messages": [asked(n), SHORT]} for n in range(58)), openai(58), openai(59)]
    rows[59]["messages"][1]["tool_calls"][0]["function"]["arguments"] = '{"days": 2}'
    fixed(tmp_path, rows, "--model", str(tmp_path / "model"))
    here = "--use_cpu True --bf16 False --max_steps 1 --report_to none --gradient_accumulation_steps 1".split()
    read = parser(trl, "sft").parse_args_and_config(["--config", str(tmp_path / "out.trl.yaml"), *here])
    importlib.import_module("trl.scripts.sft").main(*read)
    assert learnt[0] == "\nIt rains.<|im_end|>\n"
    ends = "\n</tool_call><|im_end|>\n\nIt rains.<|im_end|>\n"
    assert learnt[58] == '\n<tool_call>\n{"name": "weather", "arguments": {"city": "Lyon 58"}}' + ends
    assert learnt[59] == '\n<tool_call>\n{"name": "weather", "arguments": {"days": 2}}' + ends


def spelling(model: Path, folder: Path) -> Any:
    """The tokenizer of a copy of a model that now reads byte by byte, so that all text comes back, with Qwen2.5's template."""
    import trl
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    shutil.copytree(model, folder)
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    reads = Tokenizer(models.BPE({letter: i for i, letter in enumerate(letters)}, []))
    reads.pre_tokenizer, reads.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
    marks = {"pad_token": "<|endoftext|>", "eos_token": "<|im_end|>", "additional_special_tokens": ["<|im_start|>"]}
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=reads, **marks)
    tokenizer.chat_template = (Path(trl.__file__).parent / "chat_templates" / "qwen2_5.jinja").read_text()
    tokenizer.save_pretrained(folder)
    return tokenizer
