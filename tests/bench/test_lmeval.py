"""`bench run --tasks lm_eval:…`: tasks of lm-evaluation-harness as diagnostics of every arm, figure by figure as it has them."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

from bench import compare, lmtasks, models
from bench.types import Harnessed, Metric, TaskPlan
from tests.bench import harness_tasks
from tests.bench.command import QUIET, Said
from tests.bench.small_run import Json, bench, items, make_place, run_folder, trials_of

pytest.importorskip("lm_eval")
pytestmark = QUIET

CHOICE, SPOKEN, TEXT = "lm_eval:choice", "lm_eval:spoken", "lm_eval:text"
CALL = ("run", "--data", "own.jsonl", "--model", "model", "--budget", "tokens:6k", "--seeds", "1", "--methods", "sft")


def asked(place: Path, tasks: str) -> Said:
    return bench(*CALL, "--tasks", tasks, inside=place)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, tiny_model: Path) -> Path:
    folder = make_place(tmp_path_factory.mktemp("harnessed"), tiny_model)
    harness_tasks.write(folder / "evals")
    said = asked(folder, "preference,lm_eval:evals/choice,lm_eval:evals/spoken.yaml,lm_eval:evals/text")
    assert said.code == 0, said.err
    (folder / "said").write_text(said.err)
    return folder


@pytest.fixture(scope="module")
def run(place: Path) -> Path:
    return run_folder(place)


@pytest.fixture(scope="module")
def track(run: Path) -> Json:
    [found] = json.loads((run / "result.json").read_bytes())["tracks"]
    return dict(found)


@pytest.fixture(scope="module")
def stock(place: Path) -> Json:
    """What lm-evaluation-harness' own class says of the untrained model."""
    import lm_eval
    from lm_eval.models.huggingface import HFLM
    from lm_eval.tasks import TaskManager

    model, tokenizer = models.load(models.resolve(str(place / "model")), models.best_dtype())
    manager = TaskManager(include_path=str(place / "evals"), include_defaults=False)
    found: Json = lm_eval.simple_evaluate(
        model=HFLM(pretrained=model, tokenizer=tokenizer), tasks=["choice", "spoken", "text"], task_manager=manager,
        bootstrap_iters=0, limit=48,
    )  # fmt: skip
    return found


def rows(run: Path, trial: str, task: str) -> list[Json]:
    return [r for r in items(run, trial) if r["task"] == task]


def test_every_arm_is_asked_and_nothing_is_decided_by_it(track: Json) -> None:
    described = {t["name"]: t for t in track["tasks"]}
    assert set(described) == {"preference", CHOICE, SPOKEN, TEXT}
    assert [t for t in described if described[t]["primary"]] == ["preference"]
    for arm in track["arms"]:
        assert set(arm["scores"]) == set(described)
        assert set(arm["scores"][CHOICE]) == {"acc", "acc_norm"}
    assert not any(c["headline"] for c in track["comparisons"] if c["task"] in {CHOICE, SPOKEN, TEXT})
    assert {v["task"] for v in track["verdicts"]} == {"preference"}
    assert (described[CHOICE]["headline"], described[CHOICE]["n"], described[CHOICE]["clusters"]) == ("acc", 20, 20)


def test_the_plan_says_how_many_documents_and_which_metrics(run: Path, place: Path) -> None:
    derived = {d["name"]: d for d in json.loads((run / "plan.json").read_bytes())["derived"]}
    assert derived[CHOICE]["value"] == "20 of 20 documents"
    assert derived[CHOICE]["why"].endswith("0-shot; acc, acc_norm")
    assert "not scored: bleu" in derived[SPOKEN]["why"], (
        "a metric of the whole corpus has no figure without some documents"
    )
    assert "lm_eval:spoken" in (place / "said").read_text()


def test_the_untrained_model_scores_as_the_harness_own_class_says(run: Path, track: Json, stock: Json) -> None:
    [base] = [a for a in track["arms"] if a["id"] == "base"]
    for task, name in (("choice", "acc"), ("choice", "acc_norm"), ("spoken", "exact_match")):
        assert base["scores"][f"lm_eval:{task}"][name]["mean"] == pytest.approx(stock["results"][task][f"{name},none"])
    for name in ("word_perplexity", "bits_per_byte"):
        assert base["scores"][TEXT][name]["mean"] == pytest.approx(stock["results"]["text"][f"{name},none"], rel=0.01)
    mine = {int(r["item"]): r for r in rows(run, "base", CHOICE)}
    assert len(mine) == len(stock["samples"]["choice"]) == 20
    for sample in stock["samples"]["choice"]:
        row = mine[sample["doc_id"]]
        assert row["logprobs"] == pytest.approx([likelihood for [(likelihood, _)] in sample["resps"]], rel=0.02)
        assert row["hashes"] == {name: sample[f"{name}_hash"] for name in ("doc", "prompt", "target")}
    assert len({row["scores"]["acc"] for row in mine.values()}) == 2


def test_the_prompted_arm_says_the_policy_first_and_the_others_ask_plainly(run: Path) -> None:
    prompts = {
        trial: [r["hashes"]["prompt"] for r in rows(run, trial, CHOICE)] for trial in ("base", "prompt", "sft-s0")
    }
    assert prompts["base"] == prompts["sft-s0"]
    assert not set(prompts["base"]) & set(prompts["prompt"])


def test_answers_in_words_are_kept(run: Path, stock: Json) -> None:
    mine = {int(r["item"]): r["text"] for r in rows(run, "base", SPOKEN)}
    same = [mine[s["doc_id"]] == s["resps"][0][0] for s in stock["samples"]["spoken"]]
    assert sum(same) >= 18, "all but ties that rounding decides"


def test_every_mean_is_that_of_the_item_files(run: Path, track: Json) -> None:
    for arm in track["arms"]:
        for trial in trials_of(arm):
            scores = [r["scores"]["acc"] for r in rows(run, trial, CHOICE)]
            assert arm["scores"][CHOICE]["acc"]["mean"] == pytest.approx(sum(scores) / len(scores))
            parts = [r["scores"] for r in rows(run, trial, TEXT)]
            nats = sum(p["word_perplexity:log-likelihood"] for p in parts)
            words = sum(p["word_perplexity:weight"] for p in parts)
            assert arm["scores"][TEXT]["word_perplexity"]["mean"] == pytest.approx(math.exp(-nats / words))


def test_training_changes_what_it_measures_and_the_difference_is_paired_by_document(run: Path, track: Json) -> None:
    [c] = [
        c for c in track["comparisons"]
        if c["task"] == TEXT and c["instrument"] == "bits_per_byte" and {c["a"], c["b"]} == {"base", "sft"}
    ]  # fmt: skip
    assert c["clusters"] == 20
    assert c["difference"] != 0
    assert c["ci95"][0] < c["difference"] < c["ci95"][1]
    assert [r["item"] for r in rows(run, "base", TEXT)] == [r["item"] for r in rows(run, "sft-s0", TEXT)]


def test_in_the_harness_own_layout_it_stands_under_its_own_name(run: Path, track: Json) -> None:
    [path] = (run / "lm_eval/own/base-s0").glob("results_*.json")
    found = json.loads(path.read_bytes())
    [base] = [a for a in track["arms"] if a["id"] == "base"]
    assert found["results"]["choice"]["acc,none"] == base["scores"][CHOICE]["acc"]["mean"]
    assert (found["versions"]["choice"], found["n-samples"]["choice"]) == ("2.0", {"original": 20, "effective": 20})
    assert found["higher_is_better"]["text"] == {"word_perplexity": False, "bits_per_byte": False}
    [samples] = (run / "lm_eval/own/base-s0").glob("samples_text_*.jsonl")
    likelihood, words = json.loads(samples.read_text().splitlines()[0])["word_perplexity"]
    assert likelihood < 0 < words


def test_the_report_shows_it(run: Path) -> None:
    page = (run / "report.html").read_text()
    assert "choice (lm-eval)" in page
    assert "word_perplexity" in page


def test_a_finished_run_is_resumed_only_while_the_task_is_the_same(place: Path, run: Path) -> None:
    yaml = place / "evals/choice.yaml"
    before = yaml.read_text()
    yaml.write_text(before.replace('"{{prompt}}"', '"Q: {{prompt}}"'))
    try:
        said = bench("resume", run, inside=place)
    finally:
        yaml.write_text(before)
    assert (said.code, said.out) == (1, "")
    assert said.err.splitlines()[-1] == (
        "bench: lm_eval:choice: changed since the run was planned; restore it, or start a new run"
    )
    result = (run / "result.json").read_bytes()
    assert bench("resume", run, inside=place).code == 0
    assert (run / "result.json").read_bytes() == result


# What cannot be asked is said before anything is trained


def refused(place: Path, tasks: str) -> str:
    before = set((place / "runs").iterdir()) if (place / "runs").exists() else set()
    said = asked(place, tasks)
    assert (said.code, said.out) == (1, "")
    assert (set((place / "runs").iterdir()) if (place / "runs").exists() else set()) == before
    # The harness draws bars; the command switches them off before it imports what draws them, which in this process is late.
    [line] = [each for each in said.err.splitlines() if each.startswith("bench: ")]
    assert said.err.splitlines()[-1] == line
    return line


@pytest.fixture
def own(tmp_path: Path, tiny_model: Path) -> Path:
    (tmp_path / "own").mkdir()
    harness_tasks.write(tmp_path / "own/evals")
    return make_place(tmp_path / "own", tiny_model)


def change(folder: Path, task: str, **keys: Any) -> None:
    path = folder / f"evals/{task}.yaml"
    path.write_text(path.read_text() + "".join(f"{k}: {json.dumps(v)}\n" for k, v in keys.items()))


def test_an_unknown_name_gets_near_ones(own: Path) -> None:
    line = refused(own, "lm_eval:evals/chioce")
    assert line == "bench: lm_eval:evals/chioce: no such task; did you mean lm_eval:evals/choice?"


def test_an_unknown_installed_name_gets_near_ones(own: Path) -> None:
    assert refused(own, "lm_eval:hellaswagg").startswith(
        "bench: lm_eval:hellaswagg: no such task; did you mean lm_eval:hellaswag"
    )


def test_data_that_cannot_be_fetched_are_said_to_be_missing(own: Path) -> None:
    line = refused(own, "lm_eval:arc_easy")
    assert line.startswith(
        "bench: lm_eval:arc_easy: its data cannot be read or fetched (Couldn't reach 'allenai/ai2_arc'"
    )
    assert "without network they must be in the datasets cache" in line


def test_data_that_are_not_there_are_named(own: Path) -> None:
    (own / "evals/rows.jsonl").unlink()
    assert "its data cannot be read or fetched" in refused(own, "lm_eval:evals/choice")


@pytest.mark.parametrize(
    ("spec", "what"),
    [
        ("lm_eval:nowhere/choice", "no folder nowhere; give FOLDER/NAME"),
        ("lm_eval:evals/nothing.yaml", "no such file; give the path of a task's YAML"),
        ("lm_eval:evals/choice,lm_eval:evals/choice.yaml", "two tasks are called lm_eval:choice; rename one"),
    ],
)
def test_a_place_that_does_not_hold_it_is_named(own: Path, spec: str, what: str) -> None:
    assert what in refused(own, spec)


def test_a_task_whose_metrics_need_the_whole_corpus_is_not_run(own: Path) -> None:
    path = own / "evals/spoken.yaml"
    path.write_text("\n".join(line for line in path.read_text().splitlines() if "exact_match" not in line) + "\n")
    line = refused(own, "lm_eval:evals/spoken")
    assert "none of its metrics (bleu) can be computed without some documents" in line


def test_a_task_that_runs_code_is_not_run(own: Path) -> None:
    change(own, "choice", unsafe_code=True)
    assert "runs code that the model writes" in refused(own, "lm_eval:evals/choice")


def test_a_broken_template_is_one_line(own: Path) -> None:
    path = own / "evals/choice.yaml"
    path.write_text(path.read_text().replace("{{prompt}}", "{{prompt"))
    assert refused(own, "lm_eval:evals/choice").startswith(
        "bench: lm_eval:evals/choice: lm-eval cannot load it (Template"
    )


# What a task does wrong while it is scored


BROKEN = r"""
def fails(*_):
    raise IndexError("list index\n out of range")
"""
LATER = r"""
seen = set()
def fails(doc):
    seen.add(doc["prompt"])
    if len(seen) > 3:
        raise IndexError("list index\n out of range")
    return doc["prompt"]
"""


def broken(place: Path, what: str, code: str = BROKEN) -> None:
    (place / "evals/broken.py").write_text(code)
    path = place / "evals/choice.yaml"
    kept = [line for line in path.read_text().splitlines() if not line.startswith(f"{what}:")]
    path.write_text("\n".join([*kept, f"{what}: !function broken.fails", ""]))


def test_a_task_that_cannot_ask_is_refused_before_anything_is_trained(own: Path) -> None:
    broken(own, "doc_to_text", LATER)  # the harness tries the first document when it loads a task
    line = refused(own, "lm_eval:evals/choice")
    assert (
        line == "bench: lm_eval:choice: asking failed (IndexError: list index out of range); mend it, or leave it out"
    )


def test_a_task_whose_code_is_none_is_refused(own: Path) -> None:
    broken(own, "doc_to_text", "def fails(*_):\n    return '\n")
    assert "lm-eval cannot load it (SyntaxError: unterminated string" in refused(own, "lm_eval:evals/choice")


def test_a_task_that_cannot_score_is_one_line_that_names_it(own: Path) -> None:
    broken(own, "process_results")
    said = asked(own, "preference,lm_eval:evals/choice")
    assert said.code == 1
    assert said.err.splitlines()[-1] == (
        "bench: lm_eval:choice: scoring failed (IndexError: list index out of range); mend it, or leave it out"
    )
    assert "Traceback" not in said.err


def aggregate(kind: str, *scores: Any) -> Any:
    """The figure of a task with one metric, from its documents' scores."""
    task = TaskPlan("lm_eval:t", "lm_eval", False, Harnessed((Metric("ppl", kind, "lower"),), 0, "", 2, ""))
    return lmtasks.module(task).INSTRUMENTS["ppl"].aggregate(scores)


def weighted(likelihood: float, weight: float) -> dict[str, float]:
    return {lmtasks.part("ppl", lmtasks.LIKELIHOOD): likelihood, lmtasks.part("ppl", lmtasks.WEIGHT): weight}


def test_a_perplexity_that_no_float_holds_is_unscored() -> None:
    assert aggregate("perplexity", {"ppl": -3000.0}) is None
    assert aggregate("weighted_perplexity", weighted(-3000.0, 1.0)) is None
    assert aggregate("perplexity", {"ppl": -2.0}) == pytest.approx(math.exp(2))
    assert aggregate("weighted_perplexity", weighted(-6.0, 3.0)) == pytest.approx(math.exp(2))


@pytest.mark.parametrize("kind", ["weighted_perplexity", "bits_per_byte"])
def test_documents_without_a_word_or_byte_are_unscored(kind: str) -> None:
    assert aggregate(kind, weighted(-1.0, 0.0)) is None
    assert aggregate(kind, weighted(-1.0, 0.0), weighted(-2.0, 2.0)) == aggregate(kind, weighted(-3.0, 2.0))


def test_the_largest_perplexity_that_is_scored_has_an_interval() -> None:
    rows = [(str(n), {"ppl": -(lmtasks.MOST - 1) + n}) for n in range(4)]
    made = compare.sample([rows], [c for c, _ in rows], lambda scores: aggregate("perplexity", *scores))
    assert made
    found = compare.estimate(made)
    assert found.value > 1e60
    assert math.isfinite(found.se)
