"""lm-evaluation-harness gives the same on our engine as on its own, request by request and task by task."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from bench import models
from tasks import data

pytest.importorskip("lm_eval")

ROWS = data.rows("rag", "test")[:12]


@pytest.fixture(scope="module", params=["tiny", pytest.param("default", marks=pytest.mark.slow)])
def both(request: pytest.FixtureRequest, tiny_model: Path) -> tuple[Any, Any]:
    """(lm-evaluation-harness' own class, ours) over one model in float32."""
    from lm_eval.models.huggingface import HFLM

    from bench.harness import Harness

    model, tokenizer = models.load(models.resolve(str(tiny_model) if request.param == "tiny" else None), "float32")
    return HFLM(pretrained=model, tokenizer=tokenizer, batch_size=4, max_length=512), Harness(model, tokenizer, 512)


def asked(kind: str, *arguments: Any) -> list[Any]:
    from lm_eval.api.instance import Instance

    return [Instance(kind, {}, each, i) for i, each in enumerate(arguments)]  # type: ignore[arg-type]


def chats(lm: Any) -> list[str]:
    """Rendered questions that wait for an answer."""
    return [lm.apply_chat_template([{"role": "user", "content": row["prompt"]}]) for row in ROWS]


def compare(both: tuple[Any, Any], requests: list[Any]) -> list[tuple[float, bool]]:
    stock, ours = (lm.loglikelihood(requests, disable_tqdm=True) for lm in both)
    assert [score for score, _ in ours] == pytest.approx([score for score, _ in stock], abs=1e-3)
    assert [greedy for _, greedy in ours] == [greedy for _, greedy in stock]
    return list(ours)


def test_several_continuations_of_a_context_score_as_each_alone(both: tuple[Any, Any]) -> None:
    draw = random.Random(1)  # noqa: S311 - an order, not a secret
    pairs = [
        (row["prompt"], f" {answer}") for row in ROWS for answer in (row["chosen"], row["rejected"], "no", "in 1820 .")
    ]
    pairs += [(row["prompt"], f" {row['chosen']}") for row in ROWS[:5]]  # asked twice
    draw.shuffle(pairs)
    scores = compare(both, asked("loglikelihood", *pairs))
    assert len({round(score, 3) for score, _ in scores}) > 24


def test_what_greedy_decoding_gives_is_told_from_what_it_does_not(both: tuple[Any, Any]) -> None:
    _, ours = both
    context = chats(ours)[0]
    text = ours.generate_until(asked("generate_until", (context, {"until": [], "max_gen_toks": 3})), disable_tqdm=True)[
        0
    ]
    found = compare(both, asked("loglikelihood", (context, f" {text.strip()}"), (context, " river river")))
    assert found[1][1] is False


def test_a_context_longer_than_the_model_reads_is_left_to_the_harness(both: tuple[Any, Any]) -> None:
    long = " ".join(row["prompt"] for row in ROWS)
    compare(both, asked("loglikelihood", (long, " yes"), (long, " no it is not"), (ROWS[0]["prompt"], " yes")))


def test_no_context_and_rolling_windows(both: tuple[Any, Any]) -> None:
    compare(both, asked("loglikelihood", ("", "the mill"), ("", "the river and the mill")))
    texts = asked(
        "loglikelihood_rolling", *((row["prompt"],) for row in ROWS[:4]), (" ".join(r["prompt"] for r in ROWS),)
    )
    stock, ours = (lm.loglikelihood_rolling(texts, disable_tqdm=True) for lm in both)
    assert ours == pytest.approx(stock, abs=1e-2)


@pytest.mark.parametrize("until", [[], ["\n"], ["the", "."], ["is not"]])
def test_greedy_answers_are_the_same_up_to_their_stop(both: tuple[Any, Any], until: list[str]) -> None:
    requests = asked("generate_until", *((chat, {"until": until, "max_gen_toks": 12}) for chat in chats(both[1])))
    stock, ours = (lm.generate_until(requests, disable_tqdm=True) for lm in both)
    assert ours == stock
    assert any(ours)


def test_sampling_is_left_to_the_harness(both: tuple[Any, Any]) -> None:
    import torch

    requests = asked("generate_until", (ROWS[0]["prompt"], {"do_sample": True, "temperature": 1.0, "max_gen_toks": 8}))
    answers = []
    for lm in both:
        torch.manual_seed(0)
        answers.append(lm.generate_until(requests, disable_tqdm=True))
    assert answers[0] == answers[1]


def test_a_task_scores_alike(both: tuple[Any, Any]) -> None:
    import lm_eval
    from datasets import Dataset
    from lm_eval.tasks import TaskManager

    shown = [{"ctx": row["prompt"], "good": f" {row['chosen']}", "bad": f" {row['rejected']}"} for row in ROWS]
    task = {
        "task": "contrast", "custom_dataset": lambda **_: {"test": Dataset.from_list(shown)}, "test_split": "test",
        "output_type": "multiple_choice", "doc_to_text": "{{ctx}}", "doc_to_choice": "{{[good, bad]}}", "doc_to_target": 0,
        "target_delimiter": "", "num_fewshot": 0,
        "metric_list": [{"metric": name, "aggregation": "mean", "higher_is_better": True} for name in ("acc", "acc_norm")],
    }  # fmt: skip
    found = [
        lm_eval.simple_evaluate(
            model=lm,
            tasks=[task],
            task_manager=TaskManager(include_defaults=False),
            bootstrap_iters=0,
            log_samples=True,
        )
        for lm in both
    ]
    stock, ours = (f["results"]["contrast"] for f in found)
    assert (ours["acc,none"], ours["acc_norm,none"]) == (stock["acc,none"], stock["acc_norm,none"])
    assert len(found[1]["samples"]["contrast"]) == len(ROWS)
