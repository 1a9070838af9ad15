"""A real run, small: really trained, really scored, and every figure recomputed from its files."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

import tasks
from bench.plan import BATCH
from bench.store import read_journal
from tests.bench import command
from tests.bench.small_run import RUN, TRAINED, UNITS, Json, done, items, trials_of

pytestmark = command.QUIET

# What is there afterwards


def test_every_unit_of_work_is_journalled_once_in_its_order(run: Path) -> None:
    assert done(run) == UNITS


def test_the_folder_holds_what_the_design_says(run: Path) -> None:
    files = {str(p.relative_to(run)) for p in run.rglob("*") if p.is_file()}
    trials = {
        f"tracks/own/trials/{t}/{f}" for t in TRAINED for f in ("adapter.safetensors", "ledger.json", "items.jsonl")
    }
    trials |= {
        f"tracks/own/trials/{t}/checkpoints/{fraction}/{f}"
        for t in TRAINED
        for fraction in (0.25, 0.5)
        for f in ("adapter.safetensors", "items.jsonl")
    }
    harness = {f for f in files if f.startswith("lm_eval/own/")}
    assert {Path(f).parent.name for f in harness} == {"base-s0", "prompt-s0", *TRAINED}
    assert files - {".lock"} - harness == trials | {
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
    assert track["data"]["split"] == {"by": "document, topic or prompt", "leakage": 0, "shared_groups": 0}
    assert sum(track["data"]["records"].values()) == len(rows)


def test_both_methods_spent_the_same_budget_and_really_learned(track: Json) -> None:
    arms = {a["id"]: a for a in track["arms"]}
    assert set(arms) == {"base", "prompt", "sft", "dpo"}
    for arm in (arms["sft"], arms["dpo"]):
        assert arm["ledger"]["tokens"] <= 12_000 * 1.1
        assert arm["ledger"]["tokens"] >= 12_000 * 0.6
        assert arm["ledger"]["steps"] * BATCH == arm["ledger"]["examples"]
        losses = [line["loss"] for line in arm["training"] if line["seed"] == 0]
        if arm["id"] == "sft":
            assert losses[-1] < losses[0]
        else:
            # Batches are new pairs each step, so a few steps need not lower DPO's loss (test_engine.py repeats them and
            # sees it fall); it starts at ln 2, where the policy is the reference, and leaves it.
            assert losses[0] == pytest.approx(math.log(2), abs=1e-3)
            assert abs(losses[-1] - math.log(2)) > 1e-3
        assert arm["scores"]["forgetting"]["kl"]["mean"] > 0
    assert arms["base"]["ledger"]["tokens"] == 0
    assert arms["base"]["scores"]["forgetting"]["kl"]["mean"] == pytest.approx(0, abs=1e-6)


# Every figure, computed again from the item files


def average(rows: list[Json], name: str) -> float | None:
    values = [r["scores"][name] for r in rows if r["scores"].get(name) is not None]
    return float(np.mean(values)) if values else None


def both(a: float | None, b: float | None) -> float | None:
    return None if a is None or b is None else (2 * a * b / (a + b) if a + b else 0.0)


def precision(rows: list[Json]) -> float | None:
    declined = [sum(r["scores"].get(name) or 0 for r in rows) for name in ("declined", "over_declined")]
    return declined[0] / sum(declined) if sum(declined) else None


COMBINED: dict[str, Callable[[list[Json]], float | None]] = {
    "faithfulness_index": lambda rows: both(average(rows, "answered"), average(rows, "declined")),
    "abstention_precision": precision,
    "values_index": lambda rows: both(average(rows, "adherence"), average(rows, "neutral")),
    "kept": lambda rows: math.exp(-max(average(rows, "kl") or 0.0, 0.0)),
}


NOT_ALWAYS = {
    "support", "number_support", "entity_support", "abstention_precision", "counterfactual", "matched_contrast",
}  # fmt: skip
"""What answers of a tiny model need not have, and what the data of this run do not mark."""


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
        if name not in NOT_ALWAYS
    }
    assert seen >= expected


def test_every_count_of_clusters_is_that_of_the_item_files(run: Path, track: Json) -> None:
    for arm, task, name, score in every_score(track):
        assert score["clusters"] == len(scored_clusters(run, track, task, name)), (arm["id"], task, name)


def doubt(whole: list[float], without: list[list[float]]) -> float:
    """An arm without any spread: the square of Wilson's standard error over clusters."""
    values = {round(v, 9) for row in without for v in row} | {round(v, 9) for v in whole}
    if len(values) > 1:
        return 0.0
    share, n, z2 = whole[0], len(without[0]), stats.norm.ppf(0.975) ** 2
    return float((share * (1 - share) / n + z2 / (4 * n * n)) / (1 + z2 / n) ** 2)


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
    by_arm = [over_seeds(whole_a, without_a), over_seeds(whole_b, without_b)]
    of_seeds = max(0.0, sum(spread - both for spread, both in by_arm))
    if tasks.discover()[task].INSTRUMENTS[name].counted and (
        of_clusters + of_seeds > 1e-18 or abs(np.mean(differences)) < 1e-9
    ):
        of_clusters += doubt(whole_a, without_a) + doubt(whole_b, without_b)
    below = of_clusters**2 / (count - 1) + (sum(spread**2 for spread, _ in by_arm) / (seeds - 1) if of_seeds else 0.0)
    df = (of_clusters + of_seeds) ** 2 / below if below else count - 1
    return float(np.mean(differences)), math.sqrt(of_clusters + of_seeds), df


def over_seeds(whole: list[float], without: list[list[float]]) -> tuple[float, float]:
    """(variance of an arm's mean over seeds, what of it is in the clusters too), by the sums of squares."""
    seeds, count = len(whole), len(without[0])
    if seeds < 2:
        return 0.0, 0.0
    of_seed = [np.mean(left) for left in without]
    of_cluster = [np.mean([left[g] for left in without]) for g in range(count)]
    squares = sum(
        (without[s][g] - of_seed[s] - of_cluster[g] + np.mean(of_seed)) ** 2 for s in range(seeds) for g in range(count)
    )
    return float(np.var(whole, ddof=1)) / seeds, (count - 1) / count * float(squares) / (seeds * (seeds - 1))


def test_every_difference_interval_and_p_is_that_of_the_item_files(run: Path, track: Json) -> None:
    arms = {a["id"]: a for a in track["arms"]}
    varied = 0
    for c in track["comparisons"]:
        clusters = scored_clusters(run, track, c["task"], c["instrument"])
        value, se, df = jackknife(run, arms[c["a"]], arms[c["b"]], c["task"], c["instrument"], clusters)
        assert c["difference"] == pytest.approx(value, abs=1e-9)
        assert c["clusters"] == len(clusters)
        assert c["ci95"][0] <= value + 1e-9
        assert c["ci95"][1] >= value - 1e-9
        if se > 1e-9:
            half = stats.t.ppf(0.975, df) * se
            assert c["ci95"] == pytest.approx([value - half, value + half], abs=1e-6)
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


def test_scores_of_likelihoods_are_those_of_the_log_probabilities_beside_them(run: Path, track: Json) -> None:
    def likelier(of: Json) -> float:
        first, second = (p / n for p, n in zip(of["logprobs"][:2], of["lengths"][:2], strict=True))
        return float(first > second)

    seen = {"context_gain": 0, "consistency": 0, "contrast": 0}
    for arm in track["arms"]:
        for row in (r for trial in trials_of(arm) for r in items(run, trial) if r["logprobs"]):
            scores, others = row["scores"], row["variants"]
            expected: dict[str, float] = {}
            if row["task"] in {"rag_faithfulness", "values"}:
                expected["contrast"] = likelier(row)
            if row["task"] == "rag_faithfulness" and row["kind"] != "unanswerable":
                informed, blind = (of["logprobs"][0] / of["lengths"][0] for of in (row, *others))
                expected["context_gain"] = informed - blind
            if row["task"] == "values" and others:
                expected["consistency"] = float({likelier(row)} == {likelier(of) for of in others})
            for name, value in expected.items():
                assert scores[name] == pytest.approx(value), (row["item"], name)
                seen[name] += 1
    assert min(seen.values()) >= 15


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


RIGHT = {"answer_quality": ("token_f1",), "over_refusal": ("helped",), "preference": ("preference_accuracy",),
         "rag_faithfulness": ("answered", "declined"), "values": ("adherence", "neutral")}  # fmt: skip


def test_answers_that_nobody_read_for_are_scored_on_every_task_that_asks_for_answers(track: Json) -> None:
    asked = {t["name"] for t in track["tasks"]} & {"answer_quality", "over_refusal", "rag_faithfulness", "values"}
    assert set(track["canaries"]) == asked != set()
    for scores in track["canaries"].values():
        assert set(scores) == {"always_decline", "copy_context", "another_items_answer", "random_words"}
    assert max(track["canaries"]["rag_faithfulness"].values()) < 0.1


def test_what_the_items_can_show_is_judged_by_the_untrained_arms_before_training(track: Json) -> None:
    primary = {t["name"]: t["headline"] for t in track["tasks"] if t["primary"]}
    between = {
        c["task"]: c["mde"]
        for c in track["comparisons"]
        if {c["a"], c["b"]} == {"base", "prompt"} and c["instrument"] == primary.get(c["task"])
    }
    assert track["detectable_before"] == between != {}


def test_items_gained_and_lost_are_those_of_the_item_files(run: Path, track: Json) -> None:
    def right(arm: Json, task: str) -> dict[str, bool]:
        scores: dict[str, list[float]] = {}
        for trial in trials_of(arm):
            for row in items(run, trial):
                found = [row["scores"][n] for n in RIGHT[task] if row["scores"].get(n) is not None]
                if row["task"] == task and found:
                    scores.setdefault(row["item"], []).append(found[0])
        return {item: sum(many) / len(many) > 0.5 for item, many in scores.items()}

    arms = {a["id"]: a for a in track["arms"]}
    assert set(track["flipped_items"]) == {t["name"] for t in track["tasks"]} & set(RIGHT)
    for task, flips in track["flipped_items"].items():
        base = right(arms["base"], task)
        assert set(flips) == set(arms) - {"base"}
        for arm, counts in flips.items():
            mine = right(arms[arm], task)
            gained = sum(mine[i] and not base[i] for i in base)
            lost = sum(base[i] and not mine[i] for i in base)
            assert (counts["gained"], counts["lost"], counts["items"]) == (gained, lost, len(base))
            assert counts["mcnemar_p"] == (
                pytest.approx(stats.binomtest(gained, gained + lost).pvalue) if gained + lost else 1.0
            )


def test_agreement_is_the_correlation_of_scores_in_the_item_files(run: Path, track: Json) -> None:
    found = {(task, name): entry for task, names in track["agreement"].items() for name, entry in names.items()}
    assert found
    for (task, name), entry in found.items():
        rows = [
            r["scores"] for arm in track["arms"] for t in trials_of(arm) for r in items(run, t) if r["task"] == task
        ]
        firsts = [next((s[n] for n in RIGHT[task] if s.get(n) is not None), None) for s in rows]
        pairs = [(r, s[name]) for r, s in zip(firsts, rows, strict=True) if r is not None and s[name] is not None]
        assert entry["answers"] == len(pairs)
        assert entry["correlation"] == pytest.approx(stats.pearsonr(*zip(*pairs, strict=True)).statistic)
