"""`bench tasks RUN --export DIR`: stock lm-evaluation-harness gives our scores, item by item."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

import pytest

from bench import lmtasks, models, scoring, session, stage
from bench.lmexport import CODE
from tests.bench.command import QUIET
from tests.bench.small_run import Json, bench, items

pytest.importorskip("lm_eval")
pytestmark = QUIET

TASKS = {"own_preference": "preference", "own_rag_faithfulness": "rag_faithfulness"}


@pytest.fixture(scope="module")
def said(place: Path, run: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The export of a finished run, and what the command said."""
    folder = tmp_path_factory.mktemp("exported") / "evals"
    found = bench("tasks", run, "--export", folder, inside=place)
    assert found.code == 0, found.err
    return folder, found


def stock(command: str, **changed: str) -> Json:
    """What the harness gives for the command that we printed, by its own model class; `changed`: other model arguments."""
    import lm_eval
    from lm_eval.tasks import TaskManager

    words = shlex.split(command)
    given = dict(zip(words[1::2], words[2::2], strict=True))
    assert (words[0], given["--model"]) == ("lm_eval", "hf")
    arguments = dict(a.split("=", 1) for a in given["--model_args"].split(",")) | changed
    found: Json = lm_eval.simple_evaluate(
        model="hf",
        model_args=",".join(f"{k}={v}" for k, v in arguments.items()),
        tasks=given["--tasks"].split(","),
        task_manager=TaskManager(include_path=given["--include_path"], include_defaults=False),
        bootstrap_iters=0,
        device="cpu",
    )
    return found


def test_it_writes_yaml_rows_and_the_scores_and_prints_the_command(said: Any) -> None:
    folder, found = said
    assert {p.name for p in folder.iterdir()} >= {CODE, *(f"{t}.{end}" for t in TASKS for end in ("yaml", "jsonl"))}
    assert set(found.out.splitlines()) >= {str(folder / f"{t}.yaml") for t in TASKS}
    assert "left out" not in found.err
    assert "nothing redacted" in found.err


@pytest.fixture(scope="module")
def given(said: Any) -> Json:
    """In float32, so that rounding decides nothing."""
    _, found = said
    line = found.err.splitlines()[-1]
    return stock(line[line.index("lm_eval --model") :], dtype="float32")


@pytest.mark.parametrize("name", TASKS)
def test_the_harness_own_model_gives_our_scores_item_by_item(
    said: Any, place: Path, run: Path, name: str, given: Json
) -> None:
    """Likelihoods against our engine in the same precision; the items are those of the run."""
    folder, _ = said
    rows = {r["id"]: r for r in map(json.loads, (folder / f"{name}.jsonl").read_text().splitlines())}
    ran = {r["item"] for r in items(run, "base") if r["task"] == TASKS[name] and r["logprobs"]}
    assert set(rows) == ran
    ours = engine_scores(place, run, TASKS[name])
    compared = 0
    for sample in given["samples"][name]:
        likelihoods = [value for [(value, _)] in sample["resps"]]
        mine = ours[sample["doc"]["id"]]
        assert likelihoods[:2] == pytest.approx(mine["logprobs"], abs=1e-3)
        for instrument in sample["metrics"]:
            assert sample[instrument] == pytest.approx(mine["scores"][instrument], abs=2e-3)
            compared += 1
    assert compared == len(rows) * (3 if name == "own_preference" else 1)
    assert len({v["scores"][next(iter(v["scores"]))] for v in ours.values()}) > 1


def engine_scores(place: Path, run: Path, task: str) -> dict[str, Json]:
    """Item → log-probabilities and scores of our engine and instruments, in float32."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        plan, tracks, weights, _ = session.reopen(run)
        model, tokenizer = models.load(weights, "float32")
    [planned] = [t for t in plan.tracks[0].tasks if t.name == task]
    chosen, module = stage.items_of(plan, tracks["own"], planned), lmtasks.module(planned)
    outputs = scoring.run(model, tokenizer, [module.request(i) for i in chosen], 1)
    return {
        i.id: {"logprobs": list(o.logprobs), "scores": module.score(i, o)} for i, o in zip(chosen, outputs, strict=True)
    }


def test_a_folder_that_holds_something_is_left_alone(place: Path, run: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("kept")
    said = bench("tasks", run, "--export", tmp_path, inside=place)
    assert (said.code, said.out) == (1, "")
    assert "there already, and nothing is overwritten; give a new folder" in said.err
    assert [p.name for p in tmp_path.iterdir()] == ["mine"]


@pytest.mark.parametrize("words", [["--export", "x"], ["run"]])
def test_half_of_it_is_a_misuse(tmp_path: Path, words: list[str]) -> None:
    said = bench("tasks", *words, inside=tmp_path)
    assert (said.code, said.out) == (2, "")
    assert "give RUN and --export DIR together" in said.err
