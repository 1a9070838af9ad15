"""Signs of a run gone wrong: each speaks where its fault is there and is silent where it is not."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bench import answers, meanings, shortcuts, signatures
from bench.meanings import SIGNATURES
from bench.signatures import Trial
from bench.types import Signature
from tests import signatures_table
from tests.bench.command import QUIET
from tests.bench.small_run import Json, bench, items, run_folder

pytestmark = QUIET
LN2 = math.log(2)
GOLD = "The Old Bridge has thirteen arches."


def dpo_log(steps: int = 40, **last: float) -> list[Json]:
    """A sound log: the loss falls from ln 2, the chosen side rises, the rejected one falls; `last` changes all but the first."""
    first = {"loss": LN2, "rewards/chosen": 0.0, "rewards/rejected": 0.0, "rewards/accuracies": 0.0}
    rest = {"loss": 0.5, "rewards/chosen": 0.2, "rewards/rejected": -0.3, "rewards/accuracies": 0.75}
    lines = [first, *({**rest, **{k.replace("_", "/"): v for k, v in last.items()}} for _ in range(steps - 1))]
    return [
        {"step": n, "rewards/margins": e["rewards/chosen"] - e["rewards/rejected"], **e} for n, e in enumerate(lines)
    ]


def sft_log(losses: Sequence[float | None]) -> list[Json]:
    return [{"step": n, "loss": loss} for n, loss in enumerate(losses)]


def rows(texts: Sequence[str], margin: float = 1.0, ended: bool = True, right: float = 1.0) -> list[Json]:
    common = {"task": "values", "source": "own", "cluster": "c", "kind": "policy", "lengths": [5, 5]}
    return [
        common
        | {
            "item": f"i{n}",
            "text": text,
            "ended": ended,
            "logprobs": [-5.0 + margin, -5.0],
            "scores": {"contrast": right},
        }
        for n, text in enumerate(texts)
    ]


SOUND = [f"Item {n} has {n} arches and stands by the river." for n in range(24)]
OTHER = [f"There are {n} arches in the old bridge by the mill." for n in range(24)]
QUESTIONS = {("values", "own", f"i{n}"): (f"How many arches has item {n}?", f"{GOLD} {n}") for n in range(24)}
PAIRS = {("values", "own"): {f"i{n}": (f"Aye, it is {n}.", f"Nay, it is {n}.") for n in range(24)}}
MIXED = [("Yes it is.", "No it is not."), ("No it is not.", "Yes it is.")] * 20


def found(
    log: Sequence[Json] = (), mine: Sequence[Json] = (), base: Sequence[Json] = (), train: shortcuts.Train = MIXED
) -> dict[str, Signature]:
    """Signs by code; by default a sound DPO trial with other answers than the base model's."""
    trial = Trial("dpo", 3, 4, log or dpo_log(), mine or rows(OTHER, 2.0), base or rows(SOUND))
    made = signatures.of_trial(trial, QUESTIONS, PAIRS, train)
    assert all((s.arm, s.seed) == ("dpo", 3) for s in made)
    assert [s.code for s in made] == [code for code in SIGNATURES if code in {s.code for s in made}]
    return {s.code: s for s in made}


def test_a_sound_trial_shows_none() -> None:
    assert found() == {}
    assert found(log=sft_log([2.0, 1.9, 1.8, 1.7, 1.7, 1.6, 1.6, 1.5])) == {}


LOGS: list[tuple[str, str, list[Json]]] = [
    ("start", "fail", [{**dpo_log()[0], "loss": 0.4}, *dpo_log()[1:]]),
    ("zero_loss", "fail", sft_log([0.0] * 8)),
    ("zero_loss", "warn", sft_log([2.0, 1.8, None, 1.7])),
    ("stuck", "warn", dpo_log(loss=LN2 - 0.01)),
    ("loss_rises", "warn", dpo_log(loss=LN2 + 0.2)),
    ("loss_rises", "warn", sft_log([2.0, 1.6, 1.5, 1.4, 4.0, 9.0, 12.0, 16.0])),
    ("displacement", "warn", dpo_log(rewards_chosen=-0.3, rewards_rejected=-0.9)),
]
NOT_LOGS: list[tuple[str, list[Json]]] = [
    ("start", [{**dpo_log()[0], "loss": LN2 + 0.01}, *dpo_log()[1:]]),
    ("zero_loss", sft_log([0.001] * 8)),
    ("stuck", dpo_log(loss=LN2 - 0.03)),
    ("loss_rises", sft_log([2.0, 2.0, 2.1, 2.0, 2.0, 2.1, 2.1, 2.1])),
    ("loss_rises", sft_log([1.0, 9.0])),
    ("displacement", dpo_log(rewards_chosen=-0.05, rewards_rejected=-0.9)),
    ("displacement", dpo_log(rewards_chosen=-0.9, rewards_rejected=-0.3)),
]


@pytest.mark.parametrize(("code", "severity", "log"), LOGS, ids=[f"{c} {s}" for c, s, _ in LOGS])
def test_a_log_with_the_fault(code: str, severity: str, log: list[Json]) -> None:
    assert found(log=log)[code].severity == severity


@pytest.mark.parametrize(("code", "log"), NOT_LOGS, ids=[f"{c} {len(log)}" for c, log in NOT_LOGS])
def test_a_log_that_comes_near_it(code: str, log: list[Json]) -> None:
    assert code not in found(log=log)


def test_the_parts_of_a_method_are_read_apart() -> None:
    """SFT's last loss is above DPO's first; DPO's first is at ln 2."""
    log = [{**e, "part": "sft"} for e in sft_log([2.0] * 8)] + [{**e, "part": "dpo"} for e in dpo_log(8)]
    assert found(log=log) == {}


LOOP = "bridge the " * 12
ANSWERS: list[tuple[str, list[Json]]] = [
    ("longer", rows([f"{t} {t}" for t in SOUND])),
    ("shorter", rows([f"Yes {n}." for n in range(24)])),
    ("no_end", rows(OTHER, ended=False)),
    ("loops", rows([LOOP] * 4 + OTHER[4:])),
    ("one_answer", rows(["The documents do not say it here."] * 24)),
    ("equal_to_base", rows(SOUND)),
    ("answers_unmoved", rows(SOUND, 2.0)),
]


@pytest.mark.parametrize(("code", "mine"), ANSWERS, ids=[c for c, _ in ANSWERS])
def test_answers_with_the_fault(code: str, mine: list[Json]) -> None:
    assert code in found(mine=mine)


NOT_ANSWERS: list[tuple[str, list[Json]]] = [
    ("longer", rows([f"{t} Yes." for t in OTHER])),
    ("shorter", rows([GOLD] * 24)),
    ("no_end", [*rows(OTHER[:2], ended=False), *rows(OTHER)[2:]]),
    ("loops", rows([LOOP] * 2 + OTHER[2:])),
    ("one_answer", rows(["It is four."] * 4 + OTHER[4:])),
    ("equal_to_base", rows(SOUND, 1.1)),
    ("answers_unmoved", rows(OTHER[:2] + SOUND[2:], 2.0)),
]


@pytest.mark.parametrize(("code", "mine"), NOT_ANSWERS, ids=[c for c, _ in NOT_ANSWERS])
def test_answers_that_come_near_it(code: str, mine: list[Json]) -> None:
    assert code not in found(mine=mine)


def test_one_answer_is_no_collapse_where_the_gold_answers_are_one() -> None:
    alike = {key: (question, "The documents do not say.") for key, (question, _) in QUESTIONS.items()}
    trial = Trial("dpo", 0, 4, dpo_log(), rows(["The documents do not say."] * 24), rows(SOUND))
    assert "one_answer" not in {s.code for s in signatures.of_trial(trial, alike, {}, [])}


@pytest.mark.parametrize("mine", [rows([LOOP] * 24), rows(OTHER, ended=False)], ids=["loops", "no end"])
def test_displacement_fails_where_answers_degenerate(mine: list[Json]) -> None:
    log = dpo_log(rewards_chosen=-0.3, rewards_rejected=-0.9)
    assert found(log=log, mine=mine)["displacement"].severity == "fail"
    assert found(log=log)["displacement"].severity == "warn"


def test_accuracy_at_once_with_unmoved_answers() -> None:
    at_once = dpo_log(rewards_accuracies=1.0)
    unmoved = rows(SOUND, 2.0)
    assert "separable" in found(log=at_once, mine=unmoved)
    assert "separable" not in found(log=at_once)
    assert "separable" not in found(log=dpo_log(rewards_accuracies=0.9), mine=unmoved)
    assert "separable" not in found(log=at_once[:10], mine=unmoved), "ten steps of four are no 64 pairs"


def test_pairs_learned_by_heart() -> None:
    by_heart = dpo_log(rewards_accuracies=0.95)
    assert "memorised" in found(log=by_heart, mine=rows(OTHER, 0.5))
    assert "memorised" not in found(log=by_heart, mine=rows(OTHER, 2.0))
    assert "memorised" not in found(mine=rows(OTHER, 0.5)), "it did not learn them"


def test_the_held_out_margin_is_the_implicit_reward_against_base() -> None:
    base, more, same = rows(SOUND[:1], 5.0), rows(SOUND[:1], 5.5), rows(SOUND[:1], 5.0)
    assert signatures.held_out(more, base, PAIRS) == [1.0]
    assert signatures.held_out(base, more, PAIRS) == [0.0]
    assert signatures.held_out(same, base, PAIRS) == [0.5]


def test_pairs_of_other_data_are_not_held_out_ones() -> None:
    """Embedded diagnostics and choices of lm-evaluation-harness have two log-probabilities too."""
    assert signatures.held_out(rows(OTHER, 0.5), rows(SOUND), {}) == []
    by_heart = dpo_log(rewards_accuracies=0.95)
    trial = Trial("dpo", 0, 4, by_heart, rows(OTHER, 0.5), rows(SOUND))
    assert "memorised" not in {s.code for s in signatures.of_trial(trial, QUESTIONS, {}, [])}


AYE = [(f"Aye, {n} of them are.", f"Nay, {n} of them are.") for n in range(30)]
LONG = [(f"{n} " * 5, f"{n} " * 3) for n in range(30)]
GERMAN = (
    "Die Brücke steht seit vielen Jahren am Fluss und ist alt.",
    "The bridge has stood by the river for many years.",
)


@pytest.mark.parametrize(
    ("name", "train"),
    [("first_word", AYE), ("length", LONG), ("language", [GERMAN] * 30)],
    ids=lambda v: v if isinstance(v, str) else "",
)
def test_each_shortcut_is_learned_from_training_pairs(name: str, train: list[Any]) -> None:
    learned = shortcuts.rules(train)
    assert shortcuts.accuracy(learned[name], train) == 1
    assert shortcuts.accuracy(learned[name], [(r, c) for c, r in train]) == 0


def test_a_shortcut_that_gets_as_far_is_told() -> None:
    reached = found(train=AYE)["shortcut"]
    assert reached.numbers == {
        "task": "values",
        "rule": "first_word",
        "rule_accuracy": 1.0,
        "accuracy": 1.0,
        "pairs": 24,
    }


def test_a_shortcut_that_fails_on_held_out_pairs_is_not_told() -> None:
    assert "shortcut" not in found(train=MIXED)
    assert "shortcut" not in found(train=[(r, c) for c, r in AYE])


def test_a_method_without_pairs_has_no_signs_of_pairs() -> None:
    assert "shortcut" not in found(log=sft_log([2.0] * 8), train=AYE)


@pytest.mark.parametrize(("loops", "severity"), [(1, "info"), (12, "warn")])
def test_loops_on_values_scored_wrong_are_told(loops: int, severity: str) -> None:
    sign = found(mine=rows([LOOP] * loops + OTHER[loops:]))["not_coherent"]
    assert (sign.severity, sign.numbers) == (severity, {"wrong": loops, "of": 24})
    assert "not_coherent" not in found()


def test_distinct_2_is_the_share_of_different_pairs_of_words() -> None:
    assert answers.distinct(["a b a b"]) == pytest.approx(2 / 3)
    assert answers.distinct(["a"]) == 0


# What a real run shows. Its rates are so high that two layers collapse (tests/bench/small_run.py).


def test_a_rate_far_too_high_shows_as_loops_in_a_real_run(track: Json, run: Path) -> None:
    looping = [s for s in track["signatures"] if (s["code"], s["arm"]) == ("loops", "sft")]
    assert looping
    for sign in looping:
        texts = [r["text"] for r in items(run, f"sft-s{sign['seed']}") if r["task"] == "rag_faithfulness"]
        assert sum(answers.loops(t) for t in texts) >= sign["numbers"]["answers"] > 20
    assert {s["severity"] for s in looping} == {"warn"}


def test_an_adapter_that_was_not_loaded_answers_as_the_base_model(run: Path) -> None:
    """Its items are then the base model's own, and with an adapter they are not."""
    base, tuned = items(run, "base"), items(run, "dpo-s0")
    trial = Trial("dpo", 0, 4, dpo_log(), base, base)
    assert [(s.code, s.severity) for s in signatures.of_trial(trial, {}, {}, [])] == [("equal_to_base", "fail")]
    assert signatures.of_trial(replace(trial, rows=tuned), {}, {}, []) == []


def test_what_must_not_show_in_a_real_run_does_not(track: Json) -> None:
    shown = {s["code"] for s in track["signatures"]}
    assert not shown & {"start", "zero_loss", "equal_to_base"}
    assert all({"means", "try", "threshold", "source", "numbers", "seed"} <= set(s) for s in track["signatures"])


def test_shortcuts_stand_beside_the_accuracy_on_held_out_pairs(track: Json, run: Path) -> None:
    held = [r for r in items(run, "base") if r["task"] == "preference"]
    entry = track["shortcuts"]["preference"]
    assert entry["pairs"] == len(held) > 0
    assert all(0 <= entry[rule] <= 1 for rule in ("length", "first_word", "language"))
    assert entry["best"] in entry


def test_the_terminal_names_them_in_a_line(copy: Path, track: Json) -> None:
    said = bench("resume", run_folder(copy).relative_to(copy), inside=copy)
    assert said.code == 0, said.err
    loud = dict.fromkeys(f"{s['code']} ({s['arm']})" for s in track["signatures"] if s["severity"] != "info")
    assert f"▲ warning signs: {', '.join(loud)}; the report says" in " ".join(said.err.split())


def test_the_page_of_the_docs_is_made_from_the_code() -> None:
    assert signatures_table.DOCS.read_text(encoding="utf-8") == signatures_table.page()


@pytest.mark.parametrize("code", [*meanings.CHECKS, *SIGNATURES])
def test_each_says_what_it_means_what_to_try_and_whence_its_threshold(code: str) -> None:
    meaning = meanings.CHECKS.get(code) or SIGNATURES[code]
    assert all((meaning.what, meaning.means, meaning.tries, meaning.threshold, meaning.source))
    assert "our own" in meaning.source or "arXiv:" in meaning.source or "TRL" in meaning.source
