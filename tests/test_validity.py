"""docs/validity.md holds the figures that `python -m tests.validity` computes, and the intervals are what they are called."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import tasks
from tests.validity import embedded
from tests.validity.agreement import Decisions, Scored, auc
from tests.validity.page import DOCS, TABLES, Measured, replaced, standing

PAGE = DOCS.read_text(encoding="utf-8")


@pytest.mark.parametrize("table", [t for t in TABLES if not t.files], ids=lambda t: t.name)
def test_tables_of_embedded_data_stand_on_the_page(table: Measured, tmp_path: Path) -> None:
    assert standing(PAGE, table.name) == table.make(tmp_path) + "\n"


@pytest.mark.parametrize("table", [t for t in TABLES if t.files], ids=lambda t: t.name)
def test_tables_of_shared_data_stand_on_the_page(table: Measured, shared: Path) -> None:
    if missing := table.missing(shared):
        pytest.skip(f"reference data not here: {', '.join(missing)}")
    assert standing(PAGE, table.name) == table.make(shared) + "\n"


def test_every_instrument_of_every_task_has_its_place_on_the_page() -> None:
    for name, task in tasks.discover().items():
        section = PAGE.partition(f"\n### {task.TITLE} (`{name}`)\n")[2].partition("\n### ")[0]
        for instrument in task.INSTRUMENTS:
            assert f"`{instrument}`" in section, f"{name}: {instrument}"


def test_answers_of_function_words_alone_have_no_support_score() -> None:
    missing, every = embedded.unscored()
    assert missing == every > 0


def test_without_the_data_the_command_says_so_in_a_line_each(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.validity", str(tmp_path)],
        cwd=DOCS.parents[1],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    skipped = [line for line in done.stdout.splitlines() if ": skipped, as " in line]
    assert len(skipped) == sum(bool(t.files) for t in TABLES) == 4
    assert all(str(tmp_path) in line for line in skipped)
    assert embedded.support_table() in done.stdout


def test_a_table_is_replaced_and_nothing_else() -> None:
    page = "a\n<!-- table x -->\n| 1 |\n| 2 |\n\nb\n<!-- table y -->\n| 3 |\n"
    assert replaced(page, "x", "| 9 |\n") == "a\n<!-- table x -->\n| 9 |\n\nb\n<!-- table y -->\n| 3 |\n"
    with pytest.raises(ValueError, match="no line <!-- table z -->"):
        standing(page, "z")


def test_the_area_under_the_curve_counts_pairs_and_ties_half() -> None:
    rows = [
        Scored(s, good, f"{good}{n}")
        for good, scores in ((True, (3, 2)), (False, (2, 1)))
        for n, s in enumerate(scores)
    ]
    assert auc(rows).value == pytest.approx((1 + 1 + 1 + 0.5) / 4)


def test_the_interval_covers_the_truth_with_clustered_answers() -> None:
    """Forty questions with three answers each, a common mood a question: 95 % of 400 simulated studies, give or take 3 errors."""
    rng, covered = np.random.default_rng(0), 0
    truth = 0.7602  # Φ(1/√2): two unit normals one apart; the pairs of one question, where it is 0.84, are one in forty
    for _ in range(400):
        mood = rng.normal(0, np.sqrt(0.5), 40)
        kinds = rng.permutation(np.repeat([True, False], 60)).reshape(40, 3)
        scores = mood[:, None] + rng.normal(0, np.sqrt(0.5), (40, 3)) + kinds
        low, high = auc(
            [Scored(scores[c, i], bool(kinds[c, i]), str(c)) for c in range(40) for i in range(3)]
        ).ci95 or (1, 0)
        covered += low <= truth <= high
    assert 0.95 - 3 * 0.011 <= covered / 400 <= 0.95 + 3 * 0.011


def test_complete_separation_has_no_interval() -> None:
    rows = [Scored(float(good), good, f"{good}{n}") for good in (True, False) for n in range(5)]
    assert str(auc(rows)) == "1.000 (no interval)"


def test_one_cluster_is_no_study() -> None:
    with pytest.raises(ValueError, match="two clusters"):
        auc([Scored(1.0, True, "a"), Scored(0.0, False, "a")])


def test_f1_of_decisions() -> None:
    decisions = Decisions.of([True, True, False, False, True], [True, False, True, False, True])
    assert (decisions.both, decisions.only_ours, decisions.only_theirs, decisions.neither) == (2, 1, 1, 1)
    estimate = decisions.f1()
    assert estimate.value == pytest.approx(4 / 6)
    assert estimate.ci95 is not None
    assert estimate.ci95[0] < estimate.value < estimate.ci95[1]


def test_the_tuning_half_is_chosen_by_the_id_alone() -> None:
    from tests.validity.refusing import tuned_on

    found = [tuned_on({"id": f"v2-{n}"}) for n in range(1, 451)]
    assert sum(found) == 235
    assert json.dumps(found[:8]) == json.dumps([tuned_on({"id": f"v2-{n}", "completion": "x"}) for n in range(1, 9)])
