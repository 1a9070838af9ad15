"""A model with few positions is asked only what it can read, and what it is not asked is counted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from advisor.types import Message
from bench import encoding, examples, models, stage
from bench import plan as planning
from bench.methods import prompt
from bench.room import MOST_NEW, Room, positions
from bench.session import reopen
from bench.track import SHOTS, Track, items, prepare, unread
from bench.types import BenchError
from tasks.types import Item
from tests.bench.command import QUIET
from tests.bench.small_run import Json, bench, make_place, run_folder

pytestmark = [*QUIET, pytest.mark.filterwarnings("ignore:fan_in_fan_out")]
POSITIONS = 220


def small(folder: Path, tiny_model: Path, count: int = POSITIONS) -> Path:
    """A GPT-2, which has a weight for every position and none beyond."""
    import torch
    from transformers import AutoTokenizer, GPT2Config, GPT2LMHeadModel

    tokenizer = AutoTokenizer.from_pretrained(tiny_model)
    torch.manual_seed(0)
    config = GPT2Config(
        vocab_size=len(tokenizer), n_embd=32, n_layer=2, n_head=4, n_positions=count,
        bos_token_id=None, eos_token_id=tokenizer.eos_token_id, pad_token_id=tokenizer.pad_token_id,
    )  # fmt: skip
    GPT2LMHeadModel(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def question(n: int, words: int) -> Json:
    return {"prompt": f"Question {n}? " + "country " * words, "completion": f"Answer {n}."}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, tiny_model: Path) -> Path:
    """Questions of which every fifth is longer than the model can read."""
    folder = tmp_path_factory.mktemp("room")
    small(folder / "model", tiny_model)
    rows = [question(n, 4 if n % 5 else POSITIONS) for n in range(120)]
    (folder / "own.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows))
    return folder


@pytest.fixture(scope="module")
def result(place: Path) -> Json:
    call = (
        "run",
        "--data",
        "own.jsonl",
        "--model",
        "model",
        "--methods",
        "sft",
        "--budget",
        "tokens:2k",
        "--seeds",
        "1",
    )
    said = bench(*call, inside=place)
    assert said.code == 0, said.err
    (place / "said").write_text(said.err)
    found: Json = json.loads((run_folder(place) / "result.json").read_bytes())
    return found


def test_what_the_model_cannot_read_is_not_asked_and_counted(place: Path, result: Json) -> None:
    [track] = result["tracks"]
    bare = prepare(str(place / "own.jsonl"), ["sft"])
    long = [r for r in bare.split.test if "country " * POSITIONS in r.prompt[-1].content]
    assert long
    assert track["data"]["records"]["test"] == len(bare.split.test) - len(long)
    assert f"not asked: {len(long)} test records that the model has no room for" in (place / "said").read_text()
    [line] = [line for line in result["limits"] if "test records of own were not asked" in line]
    assert line.startswith(f"Track own: {len(long)} test records")
    assert line.endswith(f"take more than the {POSITIONS} tokens that the model can read.")
    rows = (run_folder(place) / "tracks/own/prompt/items.jsonl").read_text().splitlines()
    assert not {json.loads(row)["item"] for row in rows} & {r.id for r in long}


def test_every_arm_can_be_asked_every_item(place: Path, result: Json, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(place)
    plan, tracks, weights, tokenizer = reopen(run_folder(place))
    [track] = tracks.values()
    asked = 0
    for task in plan.tracks[0].tasks:
        for item in stage.items_of(plan, track, task):
            if item.prompt:
                tokens = encoding.encode(tokenizer, prompt.rewrite(item.prompt, track.guide), [item.gold or ""])
                assert len(tokens.prompt) + max(plan.max_new_tokens, len(tokens.continuations[0])) <= POSITIONS
                asked += 1
    assert asked > 10
    assert result["plan"]["max_length"] == POSITIONS == positions(weights)


def test_rows_are_no_longer_than_what_the_model_reads(
    place: Path, result: Json, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(place)
    _, tracks, _, tokenizer = reopen(run_folder(place))
    [track] = tracks.values()
    assert max(examples.measure(tokenizer, "sft", e).tokens for e in examples.of(track.train)) <= POSITIONS
    assert result["tracks"][0]["data"]["unused"]["too long for a row"] > 0


def room(tiny_model: Path, row: int, count: int | None) -> Room:
    return Room(models.tokenizer(models.resolve(str(tiny_model))), row, count)


def test_examples_that_leave_no_room_for_a_row_are_fewer(tiny_model: Path) -> None:
    many = prepare("embedded:rag", ["sft"], room=room(tiny_model, 200, 2048)).guide
    fewer = prepare("embedded:rag", ["sft"], room=room(tiny_model, 200, 400)).guide
    assert len(many.shots) == 2 * SHOTS
    assert fewer.shots == many.shots[: len(fewer.shots)] != many.shots
    assert fewer.system == many.system


def test_embedded_items_are_held_to_the_same_room(tiny_model: Path, tmp_path: Path) -> None:
    path = tmp_path / "d.jsonl"
    path.write_text("".join(json.dumps(question(n, 2)) + "\n" for n in range(60)))
    free = prepare(str(path), ["sft"], room=room(tiny_model, 60, None))
    every = items(free, "rag_faithfulness", "embedded:rag", 1000)
    needs = {i.id: len(encoded(free, i).prompt) + MOST_NEW for i in every}
    limit = sorted(needs.values())[len(needs) // 2]
    bound = prepare(str(path), ["sft"], room=room(tiny_model, 60, limit))
    assert bound.guide == free.guide
    some = items(bound, "rag_faithfulness", "embedded:rag", 1000)
    assert {i.id for i in some} == {i for i, tokens in needs.items() if tokens <= limit}
    assert unread(bound, "embedded:rag") == len(every) - len(some) > 0


def encoded(track: Track, item: Item) -> encoding.Tokens:
    """The item's prompt as the prompted arm asks it."""
    assert track.room
    return encoding.encode(track.room.tokenizer, prompt.rewrite(item.prompt, track.guide), ())


def test_data_of_which_nothing_can_be_asked_are_refused(tiny_model: Path, tmp_path: Path) -> None:
    path = tmp_path / "d.jsonl"
    path.write_text("".join(json.dumps(question(n, 40)) + "\n" for n in range(60)))
    with pytest.raises(BenchError, match=r"has room for none of its \d+ test prompts; shorten them, or give a --model"):
        prepare(str(path), ["sft"], room=room(tiny_model, 60, 80))


def test_prompts_longer_than_any_trained_row_are_told(tmp_path: Path, tiny_model: Path) -> None:
    (tmp_path / "own").mkdir()
    folder = make_place(tmp_path / "own", tiny_model)
    rows = [question(n, 4 if n % 3 else planning.MAX_LENGTH) for n in range(60)]
    (folder / "own.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows))
    call: tuple[Any, ...] = ("run", "--data", "own.jsonl", "--model", "model", "--methods", "sft", "--seeds", "1")
    said = bench(*call, "--budget", "tokens:2k", "--tasks", "answer_quality", inside=folder)
    assert said.code == 0, said.err
    found = json.loads((run_folder(folder) / "result.json").read_bytes())
    n = found["tracks"][0]["tasks"][0]["n"]
    long = sum(1 for r in prepare(str(folder / "own.jsonl"), ["sft"]).split.test if len(r.prompt[-1].content) > 2000)
    assert 0 < long < n
    assert f"Track own: {long} of {n} test prompts are longer than any row trained on (512 tokens)." in found["limits"]


def test_a_model_without_a_limit_is_asked_everything(tiny_model: Path) -> None:
    found = room(tiny_model, 10, None)
    track = prepare("embedded:rag", ["sft"], room=found)
    assert track.unread == 0
    assert all(found.reads(track.guide, r) for r in track.split.test)
    assert found.longer((Message("user", "country " * 11),))
    assert not found.longer((Message("user", "country"),))
