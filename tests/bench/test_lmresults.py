"""The run's scores in lm-evaluation-harness' layout: its own readers find them, and they say what result.json says."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.bench.command import QUIET
from tests.bench.small_run import Json, items, trials_of

pytest.importorskip("lm_eval")
pytestmark = QUIET


def folder_of(run: Path, trial: str) -> Path:
    return run / "lm_eval/own" / (trial if "-s" in trial else f"{trial}-s0")


def files(run: Path, trial: str) -> list[str]:
    return [str(path) for path in folder_of(run, trial).iterdir()]


def results(run: Path, trial: str) -> Json:
    """Found as the harness' own readers find it."""
    from lm_eval import utils

    found: Json = json.loads(
        Path(utils.get_latest_filename(utils.get_results_filenames(files(run, trial)))).read_bytes()
    )
    return found


def table(found: Json) -> dict[tuple[str, str], tuple[str, str, str]]:
    """(task, metric) → (direction, value, shots), read from the text that the harness prints."""
    from lm_eval.utils import make_table

    cells = [[c.strip() for c in line.strip("|").split("|")] for line in make_table(found).splitlines()[2:]]
    rows, task = {}, ""
    for name, _, _, shots, metric, better, value, *_ in cells:
        task = name or task
        rows[task, metric] = (better, value, shots)
    return rows


def test_every_trial_has_its_folder(run: Path, track: Json) -> None:
    trials = [trial for arm in track["arms"] for trial in trials_of(arm)]
    assert {p.name for p in (run / "lm_eval/own").iterdir()} == {folder_of(run, t).name for t in trials}


def test_the_harness_own_table_shows_the_figures_of_result_json(run: Path, track: Json) -> None:
    titles = {t["name"]: t for t in track["tasks"]}
    compared = 0
    for arm in track["arms"]:
        tables = [table(results(run, trial)) for trial in trials_of(arm)]
        full = [results(run, trial)["results"] for trial in trials_of(arm)]
        for task, scores in arm["scores"].items():
            for name, score in scores.items():
                values = [f[task][f"{name},none"] for f in full]
                assert score["mean"] == pytest.approx(np.mean(values), abs=1e-12)
                assert [t[task, name][1] for t in tables] == [f"{v:.4f}" for v in values]
                better = titles[task]["instruments"][name]["better"]
                assert {t[task, name][0] for t in tables} == {"↑" if better == "higher" else "↓"}
                compared += 1
    assert compared > 40


def test_the_examples_that_the_prompted_arm_shows_are_its_shots(run: Path) -> None:
    assert {shots for _, _, shots in table(results(run, "base")).values()} == {"0"}
    prompted = results(run, "prompt")["n-shot"]
    assert prompted["forgetting"] == 0, "plain text is not asked in a conversation"
    assert {n for task, n in prompted.items() if task != "forgetting"} == {2}


def test_it_says_which_trial_of_which_model_it_is(run: Path) -> None:
    import lm_eval
    from lm_eval.result_schema import EvalResults

    found = results(run, "sft-s1")
    assert set(found) <= set(EvalResults.__annotations__)
    assert set(found) >= {"results", "configs", "versions", "n-shot", "n-samples", "higher_is_better", "config", "date"}
    assert found["config"]["model_args"] == {"pretrained": "model", "track": "own", "arm": "sft", "seed": 1}
    assert found["lm_eval_version"] == lm_eval.__version__


def test_samples_hold_the_scores_of_the_item_files_and_no_text_of_the_data(run: Path) -> None:
    from lm_eval import utils
    from lm_eval.result_schema import SampleResult

    keys = set(SampleResult.__annotations__)
    for path in map(Path, utils.get_sample_results_filenames(files(run, "dpo-s0"))):
        task = path.name.removeprefix("samples_").rpartition("_")[0]
        rows = [r for r in items(run, "dpo-s0") if r["task"] == task]
        lines = [json.loads(line) for line in path.read_text().splitlines()]
        assert [s["doc"]["item"] for s in lines] == [r["item"] for r in rows]
        assert lines
        for sample, row in zip(lines, rows, strict=True):
            assert keys <= set(sample)
            scored = {k: v for k, v in row["scores"].items() if v is not None}
            assert {k: sample[k] for k in sample["metrics"]} == scored
            assert (sample["arguments"], sample["target"]) == ({}, "")
    assert len(files(run, "dpo-s0")) == 1 + len(results(run, "dpo-s0")["results"])
