"""An invented result.json, for tests of the page only: nothing was trained or measured, every figure is made up."""

from __future__ import annotations

import copy
import math
import random
from typing import Any

ARMS = ("base", "prompt", "sft", "dpo")
LEVELS = {"base": 0.31, "prompt": 0.38, "sft": 0.50, "dpo": 0.66}

TASKS: dict[str, list[dict[str, Any]]] = {
    "rag": [
        {
            "name": "rag_faithfulness",
            "title": "RAG faithfulness",
            "what": "Questions over short documents; half of them cannot be answered from what is given.",
            "headline": "faithfulness_index",
            "primary": True,
            "n": 96,
            "clusters": 44,
            "instruments": {
                "faithfulness_index": {
                    "title": "Faithfulness index",
                    "what": "harmonic mean of answers right and supported, and of abstentions where right",
                    "better": "higher",
                    "unit": "share",
                },
                "abstention": {"title": "Abstention where right", "what": "", "better": "higher", "unit": "share"},
                "margin": {
                    "title": "Log-likelihood margin",
                    "what": "chosen minus rejected, DPO's own loss",
                    "better": "higher",
                    "unit": "nats",
                },
            },
        },
        {
            "name": "forgetting",
            "title": "Forgetting",
            "what": "General questions that training should not have touched.",
            "headline": "perplexity",
            "primary": False,
            "n": 60,
            "clusters": 18,
            "instruments": {
                "perplexity": {"title": "Loss on general text", "what": "", "better": "lower", "unit": "nats"}
            },
        },
    ],
    "values": [
        {
            "name": "values",
            "title": "Deployment values",
            "what": "Paraphrases and unseen topics of the policy sheet.",
            "headline": "values_index",
            "primary": True,
            "n": 120,
            "clusters": 30,
            "instruments": {
                "values_index": {"title": "Values index", "what": "", "better": "higher", "unit": "share"},
            },
        }
    ],
}

QUESTIONS = [
    ("Which river does the town of Ostrava-on-Leth draw its water from?", "answerable", "The Leth."),
    ("Who signed the harbour treaty of Marrow Bay?", "unanswerable", "The documents do not say."),
    ("ما هي المدينة التي يقع فيها المرصد؟", "answerable", "مدينة الكثيب."),
    ("灯台はいつ建てられましたか。", "answerable", "三百十二年に建てられました。"),
    ("What does " + "pneumonoultramicroscopicsilicovolcanoconiosis" * 4 + " mean?", "long word", None),
]


def result(tracks: int = 2, seeds: int = 3, examples: int = 14, steps: int = 21) -> dict[str, Any]:
    """A run with every section filled."""
    names = list(TASKS)[:tracks]
    return {
        "schema_version": 1,
        "run": "20261122-180501-3f9a",
        "created": "2026-11-22T18:05:01+00:00",
        "tracks": [track(name, seeds, examples, steps) for name in names],
        "claims": [
            {
                "text": "DPO raises abstention more than SFT does.",
                "estimate": 0.12,
                "ci95": [0.02, 0.22],
                "holds": True,
            },
            {"text": "SFT keeps more right answers than DPO.", "estimate": -0.04, "ci95": [-0.2, 0.12], "holds": None},
            {"text": "A prompt alone does as well.", "estimate": -0.21, "ci95": [-0.3, -0.1], "holds": False},
        ],
        "certificate": {"loss": {"max_difference": 1.2e-7, "batches": 4}, "gradients": {"max_difference": 3.1e-6}},
        "clocks": {
            "setup_seconds": 6.2,
            "pilot_seconds": 31.0,
            "reference_seconds": 12.5,
            "train_seconds": 541.0,
            "evaluate_seconds": 380.0,
            "total_seconds": 1012.4,
        },
        "plan": {
            "model": "fixture-model",
            "budget": "45s",
            "seeds": seeds,
            "derived": [
                {"name": "micro-batch", "value": "8", "why": "largest whose activations fit in 2.0 GB"},
                {"name": "steps of sft", "value": 21, "why": "45 s at 2.1 s a step in the pilot"},
            ],
        },
        "limits": ["One model of 135 M parameters.", "45 seconds a trial: nothing is said about longer training."],
        "provenance": {
            "model": "fixture-model (tests only)",
            "model_sha256": "ab" * 32,
            "versions": {"torch": "2.11.0", "transformers": "5.21.0", "trl": "1.16.1", "peft": "0.21.2"},
            "hardware": {"cpu": "invented CPU", "cores": 2, "memory_gb": 8.0, "gpu": None},
            "command": "bench run --methods sft,dpo --budget 45s --seeds 3",
            "code_version": "0.1.0+fixture",
        },
    }


def track(name: str, seeds: int = 3, examples: int = 14, steps: int = 21) -> dict[str, Any]:
    """One dataset with its four arms."""
    noise, tasks = random.Random(name), copy.deepcopy(TASKS[name])  # noqa: S311
    levels = {**LEVELS, "dpo": 0.53} if name == "values" else LEVELS
    arms = [arm(id, tasks, seeds, steps, noise, levels[id]) for id in ARMS]
    means = {(a["id"], t["name"]): a["scores"][t["name"]][t["headline"]]["mean"] for a in arms for t in tasks}
    return {
        "id": name,
        "data": {
            "path": f"fixture:{name}",
            "sha256": "cd" * 32,
            "records": {"train": 480, "tune": 80, "test": 96},
            "split": {"by": "document, topic or prompt", "leakage": 0},
            "unused": {"too long for a row": 12},
            "negatives": {
                "sentence": "DPO's rejected answers are the data's own.",
                "counts": {"plausible_answer": 120},
            },
        },
        "advice": advice(),
        "tasks": tasks,
        "arms": arms,
        "comparisons": [c for task in tasks for c in comparisons(task, means, seeds)],
        "verdicts": [verdict(task) for task in tasks],
        "crossover": [
            {
                "task": tasks[0]["name"],
                "clock": clock,
                "at": at,
                "scores": {"sft": 0.41, "dpo": 0.46},
                "crossings": [{"a": "sft", "b": "dpo", "at": at / 3}] if clock == "tokens" else [],
            }
            for clock, at in (("train_seconds", 44.0), ("tokens", 21_000), ("flops", 1.2e13))
        ],
        "canaries": {tasks[0]["name"]: {"always_decline": 0.0, "copy_context": 0.083, "random_text": None}},
        "checks": [check("labels", "ok"), check("end_of_turn", "warn")],
        "signatures": [sign("displacement", "warn", seed) for seed in range(seeds)]
        + [sign("equal_to_base", "fail", 0)],
        "shortcuts": {
            tasks[0]["name"]: {"pairs": 44, "best": "length", "length": 0.71, "first_word": 0.5, "language": 0.5}
        },
        "agreement": {"string_match": {"nli": 0.91, "items": 96}},
        "judge": judge(tasks[0]["name"]) if name == "rag" else None,
        "flipped_items": {"sft": {"gained": 31, "lost": 9}, "dpo": {"gained": 38, "lost": 12}},
        "examples": [example(n, tasks[0]["name"], noise) for n in range(examples)],
    }


def judge(task: str) -> dict[str, Any]:
    """A judge that gave no figure of one arm's answers, and was not asked of another's."""
    figure = {"measure": "faithfulness", "mean": 0.58, "ci95": [0.41, 0.75], "n": 29, "clusters": 14, "asked": 31}
    silent = figure | {"mean": None, "ci95": None, "n": 0}
    arms = {
        "base": [silent | {"unanswered": [{"reason": "timeout", "count": 31}]}],
        "prompt": [],
        "sft": [figure | {"unanswered": [{"reason": "not JSON", "count": 2}]}],
        "dpo": [figure | {"mean": 0.83, "ci95": [0.7, 0.96], "n": 31, "unanswered": []}],
    }
    counts = {"answers": 48, "declined": 16, "empty": 1}
    held = {"correlation": -0.12, "ci95": [-0.4, 0.16], "answers": 60, "measure": "faithfulness"}
    return {
        "address": "http://127.0.0.1:8000/v1",
        "model": "judge-fixture",
        "measures": [{"id": "faithfulness", "title": "Faithfulness", "what": "statements that the documents entail"}],
        "tasks": [
            {
                "task": task,
                "arms": [{"arm": id, **counts, "measures": found} for id, found in arms.items()],
                "agreement": [held | {"instrument": "right"}, held | {"instrument": "margin", "correlation": 0.41}],
            }
        ],
    }


def arm(
    id: str, tasks: list[dict[str, Any]], seeds: int, steps: int, noise: random.Random, level: float
) -> dict[str, Any]:
    """Scores near the arm's level; a falling loss a seed for the trained."""
    trained = id in ("sft", "dpo")
    start = 2.6 if id == "sft" else 0.6931
    return {
        "id": id,
        "method": id,
        "status": "ok",
        "reason": None,
        "seeds": list(range(seeds)) if trained else [0],
        "learning_rate": 2e-4 if trained else None,
        "ledger": {
            "train_seconds": 45.1 if trained else 0.0,
            "tokens": 31240 if trained else 0,
            "flops": 1.2e13 if trained else 0.0,
            "peak_memory_gb": 2.13 if trained else 0.0,
            "examples": 168 if trained else 0,
            "steps": steps if trained else 0,
            "evaluate_seconds": 14.0,
        },
        "scores": {task["name"]: scores(level, task, noise) for task in tasks},
        "curve": curve(level, tasks[0], 45.1) if trained else [],
        "training": [
            {"seed": seed, "step": step, "loss": round(start * math.exp(-step / 18) + noise.gauss(0, 0.05), 4)}
            for seed in range(seeds if trained else 0)
            for step in range(1, steps + 1)
        ],
    }


def curve(level: float, task: dict[str, Any], seconds: float) -> list[dict[str, Any]]:
    """A straight way from the base model's level to the arm's."""
    points = []
    for fraction in (0.0, 0.25, 0.5, 1.0):
        mean = round(LEVELS["base"] + fraction * (level - LEVELS["base"]), 4)
        score = {"mean": mean, "ci95": [round(mean - 0.15, 4), round(mean + 0.15, 4)], "n": 16, "clusters": 14}
        spent = {"step": 21 * fraction, "train_seconds": seconds * fraction, "tokens": 31240 * fraction}
        points.append(
            {
                "fraction": fraction,
                **spent,
                "flops": 1.2e13 * fraction,
                "scores": {task["name"]: {task["headline"]: score}},
            }
        )
    return points


def scores(level: float, task: dict[str, Any], noise: random.Random) -> dict[str, Any]:
    """Every instrument of a task for one arm."""
    found = {}
    for name, about in task["instruments"].items():
        share = about["unit"] == "share"
        mean = round((level if share else 3.4 - level) + noise.uniform(-0.04, 0.04), 4)
        half = round(noise.uniform(0.07, 0.1) if share else 0.12, 4)
        interval = [round(mean - half, 4), round(mean + half, 4)]
        found[name] = {"mean": mean, "ci95": interval, "n": task["n"], "clusters": task["clusters"]}
    return found


def comparisons(task: dict[str, Any], means: dict[tuple[str, str], float], seeds: int) -> list[dict[str, Any]]:
    """Every arm against base, every later arm against every earlier; one diagnostic comparison."""
    pairs = [(a, b) for i, a in enumerate(ARMS) for b in ARMS[:i]]
    rows = []
    for a, b in pairs:
        d = round(means[a, task["name"]] - means[b, task["name"]], 4)
        p = max(0.0004, round(math.exp(-abs(d) * 30), 4))
        row = {"task": task["name"], "instrument": task["headline"], "headline": True, "a": a, "b": b, "difference": d}
        row |= {"ci95": [round(d - 0.098, 4), round(d + 0.098, 4)], "p": p, "p_holm": min(1.0, 3 * p)}
        row |= {"mde": 0.131, "mde_holm": 0.158}
        rows.append(row | {"n": task["n"], "clusters": task["clusters"], "seeds": seeds})
    others = [name for name in task["instruments"] if name != task["headline"]]
    return rows + [{**rows[-1], "instrument": name, "headline": False, "p_holm": None} for name in others]


def verdict(task: dict[str, Any]) -> dict[str, Any]:
    """DPO leads on RAG; nothing is shown elsewhere."""
    leads = task["name"] == "rag_faithfulness"
    return {
        "task": task["name"],
        "leader": "dpo" if leads else None,
        "tie_set": ["dpo"] if leads else ["sft", "dpo"],
        "p_best": {"sft": 0.02, "dpo": 0.976, "prompt": 0.004, "base": 0.0} if leads else {"sft": 0.42, "dpo": 0.58},
        "advice": "refuted" if leads else "not_enough_evidence",
        "sentence": "DPO answers more faithfully than SFT, and both than the untrained base."
        if leads
        else "No difference is shown between SFT and DPO: the interval holds zero.",
    }


def advice() -> dict[str, Any]:
    """An `advise --json` object, as far as the page reads it."""
    source = {
        "title": "An invented paper",
        "id": "arXiv:2402.13228",
        "year": 2024,
        "setting": "7B, LoRA",
        "number": "+4.1 points",
        "dissent": "",
    }
    rules = ("gold_answers", "abstention_share", "size_floor", "grounding")
    return {
        "schema_version": 1,
        "recommendation": {
            "method": "sft",
            "confidence": 0.62,
            "ranking": [
                {"method": "sft", "score": 0.71, "because": list(rules)},
                {"method": "dpo", "score": 0.58, "because": ["grounding"]},
                {"method": "none", "score": 0.2, "because": []},
            ],
            "after_fix": None,
            "unacceptable": [{"method": "kto", "why": "the rows carry no labels."}],
            "flips": [{"quantity": "pairs", "now": 0, "at": 400, "then": "dpo"}],
            "next": ["bench run --methods sft,dpo"],
        },
        "findings": [
            {
                "rule": rule,
                "severity": "info",
                "problem": None,
                "summary": f"480 of 480 records bear on {rule.replace('_', ' ')}.",
                "numbers": {"share": 1.0},
                "effects": {"sft": 0.3},
                "rows": [1, 2],
                "sources": [source, {**source, "id": "https://example.org/doc", "dissent": "another paper"}],
            }
            for rule in rules
        ],
    }


def meaning(code: str) -> dict[str, str]:
    """What a check or a sign says of itself."""
    texts = {"what": f"what {code} looks at", "means": f"what {code} usually means", "try": "bench run --budget 20s"}
    return texts | {"threshold": "above 0.02", "source": "our own"}


def check(code: str, status: str) -> dict[str, Any]:
    """A check before training."""
    return {"code": code, "method": "dpo", "status": status, "numbers": {"rows": 8}, "rows": [], **meaning(code)}


def sign(code: str, severity: str, seed: int) -> dict[str, Any]:
    """A sign in a finished trial of DPO."""
    numbers = {"chosen": -0.31, "rejected": -0.92}
    return {"code": code, "arm": "dpo", "seed": seed, "severity": severity, "numbers": numbers, **meaning(code)}


def example(n: int, task: str, noise: random.Random) -> dict[str, Any]:
    """A question with the four arms' answers: some right, some wrong, one unscored, one empty."""
    question, kind, gold = QUESTIONS[n % len(QUESTIONS)]
    right = {arm: float(noise.random() < LEVELS[arm]) for arm in ARMS}
    answers: dict[str, str | None] = {
        arm: (gold or "Nobody knows.") if ok else "It is the Marrow, as everyone in the valley will tell you."
        for arm, ok in right.items()
    }
    given: dict[str, dict[str, float | None]] = {arm: {"correct": ok, "supported": ok} for arm, ok in right.items()}
    if n == 1:
        answers |= {"prompt": "", "base": None}
        given["base"] = {"correct": None, "supported": None}
    return {
        "task": task,
        "item": f"doc-{n:03d}/q1",
        "cluster": f"doc-{n:03d}",
        "kind": kind,
        "prompt": question,
        "contexts": ["The town of Ostrava-on-Leth draws its water from the Leth. " * 6, "A distractor. " * 30],
        "gold": gold,
        "answers": answers,
        "scores": given,
    }
