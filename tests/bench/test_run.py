"""A real run, small: really trained, really scored; every figure recomputed from the files; interrupted anywhere, the same."""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

import tasks
from bench import engine, worker
from bench.methods import dpo, sft
from bench.store import Run, read_journal
from tasks import data
from tests.bench import command
from tests.bench.command import Patch, Said

pytestmark = command.QUIET

Json = dict[str, Any]
GROUPS = 24
COLUMNS = ("id", "group", "contexts", "prompt", "chosen", "rejected", "answerable")
SEEDS = 2
TRAINED = [f"{arm}-s{seed}" for seed in range(SEEDS) for arm in ("sft", "dpo")]
UNITS = [
    "own advice",
    "own evaluate base",
    "own evaluate prompt",
    "own pilot",
    "own reference",
    *(f"own {work} {trial.replace('-', ' ')}" for trial in TRAINED for work in ("train", "evaluate")),
]


def learning(patch: Patch) -> None:
    """Rates high enough that a tiny random model gives other answers after a few steps."""
    patch.setattr(sft, "LEARNING_RATE", 0.02)
    patch.setattr(dpo, "LEARNING_RATE", 0.01)


def bench(*args: str | Path, inside: Path, change: Callable[[Patch], object] = lambda _: None) -> Said:
    def changed(patch: Patch) -> None:
        learning(patch)
        change(patch)

    return command.bench(*args, inside=inside, change=changed)


def make_place(folder: Path, model: Path) -> Path:
    """A folder with a model and the user's own data: pairs on documents, without our columns for scoring."""
    shutil.copytree(model, folder / "model")
    rows = data.rows("rag", "train")
    kept = list(dict.fromkeys(r["group"] for r in rows))[:GROUPS]
    lines = [json.dumps({c: r[c] for c in COLUMNS}) for r in rows if r["group"] in kept]
    (folder / "own.jsonl").write_text("\n".join(lines) + "\n")
    return folder


def run_folder(place: Path) -> Path:
    [folder] = (place / "runs").iterdir()
    return folder


RUN = ("run", "--data", "own.jsonl", "--model", "model", "--budget", "tokens:12k", "--seeds", str(SEEDS))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, tiny_model: Path) -> Path:
    """A finished run, and what it was made from."""
    folder = make_place(tmp_path_factory.mktemp("finished"), tiny_model)
    said = bench(*RUN, inside=folder)
    assert said.code == 0, said.err
    assert said.out == f"runs/{run_folder(folder).name}/report.html\n"
    return folder


@pytest.fixture(scope="module")
def run(place: Path) -> Path:
    return run_folder(place)


@pytest.fixture(scope="module")
def result(run: Path) -> Json:
    found: Json = json.loads((run / "result.json").read_bytes())
    return found


@pytest.fixture(scope="module")
def track(result: Json) -> Json:
    [found] = result["tracks"]
    return dict(found)


@pytest.fixture
def copy(place: Path, tmp_path: Path) -> Path:
    """The finished run, to be harmed."""
    return Path(shutil.copytree(place, tmp_path / "copy"))


def done(run: Path) -> list[str]:
    return [e["unit"] for e in read_journal(run / "journal.jsonl")[0]]


# What is there afterwards


def test_every_unit_of_work_is_journalled_once_in_its_order(run: Path) -> None:
    assert done(run) == UNITS


def test_the_folder_holds_what_the_design_says(run: Path) -> None:
    files = {str(p.relative_to(run)) for p in run.rglob("*") if p.is_file()}
    trials = {
        f"tracks/own/trials/{t}/{f}" for t in TRAINED for f in ("adapter.safetensors", "ledger.json", "items.jsonl")
    }
    assert files - {".lock"} == trials | {
        "plan.json",
        "journal.jsonl",
        "result.json",
        "report.html",
        "tracks/own/advice.json",
        "tracks/own/base/items.jsonl",
        "tracks/own/prompt/items.jsonl",
    }


def test_the_advice_is_stored_before_anything_trains(run: Path, track: Json) -> None:
    units = done(run)
    assert units.index("own advice") < min(n for n, u in enumerate(units) if "train" in u)
    assert json.loads((run / "tracks/own/advice.json").read_bytes()) == track["advice"]
    assert track["advice"]["data"]["records"] == track["data"]["records"]["train"]


def test_the_result_has_the_keys_of_the_contract(result: Json, track: Json, run: Path) -> None:
    assert set(result) >= {
        "schema_version", "run", "created", "tracks", "claims", "certificate", "plan", "limits", "provenance",
    }  # fmt: skip
    assert (result["schema_version"], result["run"]) == (1, run.name)
    assert set(track) >= {
        "id", "data", "advice", "arms", "comparisons", "verdicts", "canaries", "agreement", "flipped_items",
    }  # fmt: skip
    for arm in track["arms"]:
        assert set(arm) >= {"id", "method", "status", "reason", "seeds", "ledger", "scores", "curve", "training"}
        assert set(arm["ledger"]) >= {"train_seconds", "tokens", "flops", "peak_memory_gb", "examples"}
        assert all(
            set(score) >= {"mean", "ci95", "n", "clusters"} for of in arm["scores"].values() for score in of.values()
        )
    for comparison in track["comparisons"]:
        assert set(comparison) >= {
            "task", "instrument", "headline", "a", "b", "difference", "ci95", "p", "p_holm", "mde", "n", "clusters", "seeds",
        }  # fmt: skip
    for verdict in track["verdicts"]:
        assert set(verdict) >= {"task", "leader", "tie_set", "p_best", "advice", "sentence"}
    assert set(result["provenance"]) >= {"model", "model_sha256", "versions", "hardware", "command"}
    assert result["provenance"]["command"] == f"bench {' '.join(RUN)}"


def test_the_report_is_one_page_without_scripts(run: Path, track: Json) -> None:
    page = (run / "report.html").read_text()
    assert page.lower().startswith("<!doctype html>")
    assert "<script" not in page
    assert all(v["task"] in {t["name"] for t in track["tasks"]} for v in track["verdicts"])
    assert run.name in page


def test_no_held_out_record_was_trained_on(run: Path, place: Path, track: Json) -> None:
    rows = {r["id"]: r["group"] for r in map(json.loads, (place / "own.jsonl").read_text().splitlines())}
    held_out = {r["item"] for r in items(run, "base") if r["source"] == "own"}
    [reference] = [e for e in read_journal(run / "journal.jsonl")[0] if e["unit"] == "own reference"]
    trained = set(reference["value"]["logprobs"])
    assert trained
    assert held_out
    assert not {rows[i] for i in trained} & {rows[i] for i in held_out}
    assert track["data"]["split"] == {"by": "group", "leakage": 0}
    assert sum(track["data"]["records"].values()) == len(rows)


def test_both_methods_spent_the_same_budget_and_really_learned(track: Json) -> None:
    arms = {a["id"]: a for a in track["arms"]}
    assert set(arms) == {"base", "prompt", "sft", "dpo"}
    for arm in (arms["sft"], arms["dpo"]):
        assert arm["ledger"]["tokens"] <= 12_000 * 1.1
        assert arm["ledger"]["tokens"] >= 12_000 * 0.6
        assert arm["ledger"]["steps"] * 8 == arm["ledger"]["examples"]
        losses = [line["loss"] for line in arm["training"] if line["seed"] == 0]
        assert losses[-1] < losses[0]
        assert arm["scores"]["forgetting"]["kl"]["mean"] > 0
    assert arms["base"]["ledger"]["tokens"] == 0
    assert arms["base"]["scores"]["forgetting"]["kl"]["mean"] == pytest.approx(0, abs=1e-6)


# Every figure, computed again from the item files


def items(run: Path, trial: str) -> list[Json]:
    folder = run / "tracks/own" / (trial if trial in {"base", "prompt"} else f"trials/{trial}")
    return [json.loads(line) for line in (folder / "items.jsonl").read_text().splitlines()]


def trials_of(arm: Json) -> list[str]:
    return [arm["id"]] if arm["id"] in {"base", "prompt"} else [f"{arm['id']}-s{seed}" for seed in arm["seeds"]]


def average(rows: list[Json], name: str) -> float | None:
    values = [r["scores"][name] for r in rows if r["scores"].get(name) is not None]
    return float(np.mean(values)) if values else None


def both(a: float | None, b: float | None) -> float | None:
    return None if a is None or b is None else (2 * a * b / (a + b) if a + b else 0.0)


COMBINED: dict[str, Callable[[list[Json]], float | None]] = {
    "faithfulness_index": lambda rows: both(average(rows, "answered"), average(rows, "declined")),
    "values_index": lambda rows: both(average(rows, "adherence"), average(rows, "neutral")),
    "kept": lambda rows: math.exp(-max(average(rows, "kl") or 0.0, 0.0)),
}


def figure(rows: list[Json], name: str) -> float | None:
    return COMBINED[name](rows) if name in COMBINED else average(rows, name)


def rows_of(run: Path, arm: Json, task: str) -> list[list[Json]]:
    """Rows of each seed."""
    return [[r for r in items(run, trial) if r["task"] == task] for trial in trials_of(arm)]


def scored_clusters(run: Path, track: Json, task: str, name: str) -> list[str]:
    """In which some arm has the instrument, or for a combined one any of the task's."""
    every = [r for arm in track["arms"] for rows in rows_of(run, arm, task) for r in rows]
    found = [
        r
        for r in every
        if (any(v is not None for v in r["scores"].values()) if name in COMBINED else r["scores"].get(name) is not None)
    ]
    return sorted({r["cluster"] for r in found})


def every_score(track: Json) -> Iterator[tuple[Json, str, str, Json]]:
    for arm in track["arms"]:
        for task, of in arm["scores"].items():
            for name, score in of.items():
                yield arm, task, name, score


def test_every_mean_is_that_of_the_item_files(run: Path, track: Json) -> None:
    seen = set()
    for arm, task, name, score in every_score(track):
        values = [figure(rows, name) for rows in rows_of(run, arm, task)]
        assert None not in values
        assert score["mean"] == pytest.approx(np.mean(np.array(values, float))), (arm["id"], task, name)
        seen.add((task, name))
    expected = {
        (t["name"], name)
        for t in track["tasks"]
        for name in tasks.discover()[t["name"]].INSTRUMENTS
        if name != "support"
    }
    assert seen >= expected


def test_every_count_of_clusters_is_that_of_the_item_files(run: Path, track: Json) -> None:
    for arm, task, name, score in every_score(track):
        assert score["clusters"] == len(scored_clusters(run, track, task, name)), (arm["id"], task, name)


def jackknife(run: Path, a: Json, b: Json, task: str, name: str, clusters: list[str]) -> tuple[float, float, float]:
    """(difference, standard error, degrees of freedom), step by step as bench/compare.py says in its docstring."""

    def table(arm: Json) -> tuple[list[float], list[list[float]]]:
        whole, without = [], []
        for rows in rows_of(run, arm, task):
            value = figure(rows, name)
            assert value is not None
            whole.append(value)
            left = [figure([r for r in rows if r["cluster"] != g], name) for g in clusters]
            without.append([value if v is None else v for v in left])
        return whole, without

    (whole_a, without_a), (whole_b, without_b) = table(a), table(b)
    seeds = max(len(whole_a), len(whole_b))
    differences = [whole_a[s % len(whole_a)] - whole_b[s % len(whole_b)] for s in range(seeds)]
    left_out = [
        np.mean([without_a[s % len(whole_a)][g] - without_b[s % len(whole_b)][g] for s in range(seeds)])
        for g in range(len(clusters))
    ]
    count = len(clusters)
    of_clusters = (count - 1) / count * sum((v - np.mean(left_out)) ** 2 for v in left_out)
    of_seeds = float(np.var(differences, ddof=1)) / seeds if seeds > 1 else 0.0
    below = of_clusters**2 / (count - 1) + (of_seeds**2 / (seeds - 1) if seeds > 1 else 0.0)
    df = (of_clusters + of_seeds) ** 2 / below if below else count - 1
    return float(np.mean(differences)), math.sqrt(of_clusters + of_seeds), df


def test_every_difference_interval_and_p_is_that_of_the_item_files(run: Path, track: Json) -> None:
    arms = {a["id"]: a for a in track["arms"]}
    varied = 0
    for c in track["comparisons"]:
        clusters = scored_clusters(run, track, c["task"], c["instrument"])
        value, se, df = jackknife(run, arms[c["a"]], arms[c["b"]], c["task"], c["instrument"], clusters)
        assert c["difference"] == pytest.approx(value, abs=1e-9)
        assert c["clusters"] == len(clusters)
        half = stats.t.ppf(0.975, df) * se
        assert c["ci95"] == pytest.approx([value - half, value + half], abs=1e-6)
        if se > 1e-9:
            assert c["p"] == pytest.approx(2 * stats.t.sf(abs(value) / se, df), abs=1e-6)
            varied += 1
    assert varied > 20


def test_every_pair_of_arms_is_compared_on_every_instrument_both_have(track: Json) -> None:
    arms = {a["id"]: a for a in track["arms"]}
    expected = {
        (frozenset((x, y)), task, name)
        for x in arms
        for y in arms
        if x != y
        for task, of in arms[x]["scores"].items()
        for name in of
        if name in arms[y]["scores"].get(task, {})
    }
    compared = [(frozenset((c["a"], c["b"])), c["task"], c["instrument"]) for c in track["comparisons"]]
    assert len(compared) == len(set(compared))
    assert set(compared) == expected


def test_holm_is_applied_over_the_headlines_that_decide_and_nowhere_else(track: Json) -> None:
    primary = {t["name"]: t["headline"] for t in track["tasks"] if t["primary"]}
    for c in track["comparisons"]:
        assert c["headline"] == (primary.get(c["task"]) == c["instrument"])
        assert c["headline"] or c["p_holm"] is None
    tested = sorted((c["p"], c["p_holm"]) for c in track["comparisons"] if c["headline"] and c["p"] is not None)
    worst = 0.0
    for rank, (p, adjusted) in enumerate(tested):
        worst = max(worst, min(1.0, (len(tested) - rank) * p))
        assert adjusted == pytest.approx(worst)


def test_the_ledger_is_the_mean_over_the_trials_own_ledgers(run: Path, track: Json) -> None:
    for arm in track["arms"]:
        spent = [
            json.loads((run / "tracks/own/trials" / trial / "ledger.json").read_bytes())
            for trial in trials_of(arm)
            if "-s" in trial
        ]
        for name in ("train_seconds", "tokens", "flops", "examples", "steps"):
            expected = np.mean([s[name] for s in spent]) if spent else 0
            assert arm["ledger"][name] == pytest.approx(expected)


def test_side_by_side_answers_are_those_of_the_first_seed(run: Path, track: Json) -> None:
    assert track["examples"]
    for example in track["examples"]:
        assert set(example["answers"]) == {a["id"] for a in track["arms"]}
        for arm in track["arms"]:
            [row] = [
                r for r in items(run, trials_of(arm)[0]) if (r["task"], r["item"]) == (example["task"], example["item"])
            ]
            assert example["answers"][arm["id"]] == row["text"]


# Interrupted


def at(unit: str) -> Callable[[Patch], None]:
    """Interrupted while the unit's work goes on."""
    once = Run.once

    def stop() -> tuple[Json, dict[str, bytes]]:
        raise KeyboardInterrupt

    def interrupted(self: Run, name: str, inputs: Json, work: Any) -> Json:
        return once(self, name, inputs, stop if name == unit else work)

    return lambda patch: patch.setattr(Run, "once", interrupted)


def before_journal(unit: str) -> Callable[[Patch], None]:
    """Interrupted when the unit's files are written and its journal line is half written."""
    note = Run.note

    def interrupted(self: Run, event: str, **fields: Any) -> None:
        if fields["unit"] == unit:
            with (self.folder / "journal.jsonl").open("ab") as file:
                file.write(b'{"event":"done","unit":"' + unit.encode())
            raise KeyboardInterrupt
        note(self, event, **fields)

    return lambda patch: patch.setattr(Run, "note", interrupted)


def in_training_step(step: int) -> Callable[[Patch], None]:
    """Interrupted inside the trainer's loop, after the pilots."""
    end, train = engine.Meter.on_step_end, worker.train

    def stop(self: engine.Meter, *args: Any, **kwargs: Any) -> None:
        end(self, *args, **kwargs)
        if len(self.seconds) == step:
            raise KeyboardInterrupt

    def armed(*args: Any, **kwargs: Any) -> Any:
        with Patch.context() as patch:
            patch.setattr(engine.Meter, "on_step_end", stop)
            return train(*args, **kwargs)

    return lambda patch: patch.setattr(worker, "train", armed)


INTERRUPTS = {
    "own advice": at("own advice"),
    "own evaluate base": before_journal("own evaluate base"),
    "own pilot": at("own pilot"),
    "own train sft s0": in_training_step(2),
    "own evaluate dpo s0": at("own evaluate dpo s0"),
    "own train dpo s1": before_journal("own train dpo s1"),
}
"""Unit → how it is interrupted, in the order of the run."""


@dataclass(frozen=True)
class Interrupted:
    """A run that was stopped at every one of INTERRUPTS, and resumed in between."""

    place: Path
    stops: dict[str, Said]
    units: dict[str, list[str]]
    """Interrupt → units in the journal then."""
    end: Said


@pytest.fixture(scope="module")
def interrupted(tmp_path_factory: pytest.TempPathFactory, tiny_model: Path) -> Interrupted:
    place = make_place(tmp_path_factory.mktemp("interrupted"), tiny_model)
    stops: dict[str, Said] = {}
    units: dict[str, list[str]] = {}
    asked: tuple[str | Path, ...] = RUN
    for unit, change in INTERRUPTS.items():
        stops[unit] = bench(*asked, inside=place, change=change)
        folder = run_folder(place)
        whole = (folder / "journal.jsonl").read_bytes() if (folder / "journal.jsonl").exists() else b""
        units[unit] = [json.loads(line)["unit"] for line in whole.splitlines(keepends=True) if line.endswith(b"\n")]
        asked = ("resume", f"runs/{folder.name}")
    return Interrupted(place, stops, units, bench(*asked, inside=place))


@pytest.mark.parametrize("unit", INTERRUPTS)
def test_an_interrupt_ends_with_130_and_the_line_that_goes_on(interrupted: Interrupted, unit: str) -> None:
    said, name = interrupted.stops[unit], run_folder(interrupted.place).name
    assert said.code == 130
    assert said.out == ""
    assert said.err.splitlines()[-1] == f"Interrupted. Go on with: bench resume runs/{name}"
    assert "Traceback" not in said.err


@pytest.mark.parametrize("unit", INTERRUPTS)
def test_at_an_interrupt_everything_before_is_journalled_and_nothing_after(interrupted: Interrupted, unit: str) -> None:
    assert interrupted.units[unit] == UNITS[: UNITS.index(unit)]


def test_resuming_repeats_no_finished_unit(interrupted: Interrupted) -> None:
    assert interrupted.end.code == 0
    assert done(run_folder(interrupted.place)) == UNITS


def test_the_resumed_run_gave_every_item_the_same_score_and_answer(interrupted: Interrupted, run: Path) -> None:
    resumed = run_folder(interrupted.place)
    for trial in ("base", "prompt", *TRAINED):
        assert items(resumed, trial) == items(run, trial)


def test_the_resumed_run_took_the_same_steps(interrupted: Interrupted, run: Path) -> None:
    def steps(folder: Path) -> Json:
        [pilot] = [e for e in read_journal(folder / "journal.jsonl")[0] if e["unit"] == "own pilot"]
        return dict(pilot["value"]["steps"])

    assert steps(run_folder(interrupted.place)) == steps(run)


def test_the_resumed_run_came_to_the_same_conclusions(interrupted: Interrupted, result: Json) -> None:
    resumed = json.loads((run_folder(interrupted.place) / "result.json").read_bytes())
    assert set(resumed) == set(result)
    [mine], [theirs] = resumed["tracks"], result["tracks"]
    assert mine["comparisons"] == theirs["comparisons"]
    assert [a["scores"] for a in mine["arms"]] == [a["scores"] for a in theirs["arms"]]
    assert [mine["advice"], mine["canaries"], mine["examples"]] == [
        theirs["advice"],
        theirs["canaries"],
        theirs["examples"],
    ]
    for one, two in zip(mine["verdicts"], theirs["verdicts"], strict=True):
        assert {k: one[k] for k in ("leader", "tie_set", "p_best", "sentence")} == {
            k: two[k] for k in ("leader", "tie_set", "p_best", "sentence")
        }
    assert resumed["limits"] == result["limits"]
    assert resumed["plan"]["steps"] == result["plan"]["steps"]


def test_a_budget_of_seconds_keeps_to_the_steps_its_pilot_journalled(tmp_path: Path, tiny_model: Path) -> None:
    place = make_place(tmp_path, tiny_model)
    quick = ("--budget", "0.2s", "--methods", "sft", "--seeds", "1", "--tasks", "preference")
    assert (
        bench(
            "run", "--data", "own.jsonl", "--model", "model", *quick, inside=place, change=at("own train sft s0")
        ).code
        == 130
    )
    folder = run_folder(place)
    [pilot] = [e for e in read_journal(folder / "journal.jsonl")[0] if e["unit"] == "own pilot"]

    def piloted_again(*_: object) -> None:
        pytest.fail("the pilot ran twice")

    said = bench("resume", folder, inside=place, change=lambda patch: patch.setattr(worker, "pilot", piloted_again))
    assert said.code == 0, said.err
    ledger = json.loads((folder / "tracks/own/trials/sft-s0/ledger.json").read_bytes())
    assert ledger["steps"] == pilot["value"]["steps"]["sft"]
    limits = json.loads((folder / "result.json").read_bytes())["limits"]
    assert any("one seed" in limit for limit in limits)


# Afterwards


def test_resuming_a_finished_run_does_nothing_anew(copy: Path, result: Json) -> None:
    folder = run_folder(copy)
    journal = (folder / "journal.jsonl").read_bytes()
    assert bench("resume", folder, inside=copy).code == 0
    assert (folder / "journal.jsonl").read_bytes() == journal
    again = json.loads((folder / "result.json").read_bytes())
    assert again["tracks"][0]["comparisons"] == result["tracks"][0]["comparisons"]


def test_a_lost_file_is_made_again_and_nothing_else(copy: Path, run: Path) -> None:
    folder = run_folder(copy)
    (folder / "tracks/own/trials/dpo-s1/items.jsonl").unlink()
    assert bench("resume", folder.name, inside=copy).code == 0
    assert done(folder) == [*UNITS, "own evaluate dpo s1"]
    assert items(folder, "dpo-s1") == items(run, "dpo-s1")


def test_changed_data_are_refused(copy: Path) -> None:
    with (copy / "own.jsonl").open("a") as file:
        file.write("\n")
    folder = run_folder(copy)
    before = {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    said = bench("resume", f"runs/{folder.name}", inside=copy)
    assert (said.code, said.out) == (1, "")
    assert said.err == "bench: own.jsonl: changed since the run was planned; restore it, or start a new run\n"
    assert {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()} == before


def test_a_changed_model_is_refused(copy: Path) -> None:
    config = copy / "model" / "config.json"
    config.write_text(config.read_text() + " ")
    said = bench("resume", f"runs/{run_folder(copy).name}", inside=copy)
    assert said.code == 1
    assert said.err.splitlines()[-1] == (
        "bench: model: other weights than the run was planned with; restore them, or start a new run"
    )


def test_a_run_another_process_works_on_is_left_alone(copy: Path) -> None:
    import filelock

    folder = run_folder(copy)
    with filelock.FileLock(folder / ".lock"):
        said = bench("resume", f"runs/{folder.name}", inside=copy)
    assert said.code == 1
    assert said.err.splitlines()[-1] == (
        f"bench: runs/{folder.name}: another process is working on this run; wait for it or stop it"
    )


def test_the_report_is_written_anew_from_the_result(copy: Path) -> None:
    page = run_folder(copy) / "report.html"
    whole = page.read_bytes()
    page.unlink()
    said = bench("report", run_folder(copy).name, inside=copy)
    assert (said.code, said.out) == (0, f"runs/{run_folder(copy).name}/report.html\n")
    assert page.read_bytes() == whole


def test_the_list_names_runs_and_whether_they_are_finished(copy: Path) -> None:
    folder = run_folder(copy)
    unfinished = folder.with_name("00000000-000000-0000")
    unfinished.mkdir()
    shutil.copy(folder / "plan.json", unfinished)
    said = bench("list", inside=copy)
    assert said.out.splitlines() == [
        f"runs/{unfinished.name}  unfinished  tokens:12k per trial  own.jsonl",
        f"runs/{folder.name}  finished  tokens:12k per trial  own.jsonl",
    ]
    said = bench("report", unfinished.name, inside=copy)
    assert (said.code, said.err) == (
        1,
        f"bench: runs/{unfinished.name}: not finished; go on with `bench resume runs/{unfinished.name}`\n",
    )
