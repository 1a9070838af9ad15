"""Evaluation: our engine against lm-evaluation-harness' own model class, and against `model.generate` prompt by prompt.

python -m tests.perf.evaluation        prints a line of JSON
"""

from __future__ import annotations

import json
import os
import statistics
import tempfile
from collections.abc import Sequence
from typing import Any

import torch

from bench import meters, models, scoring, speed, track
from tasks.types import Item, Request
from tests.perf import turns

ROUNDS, CONTEXTS, PROMPTS, NEW_TOKENS = 3, 8, 32, 32
BATCH = 16
CHOICES = (" yes", " no", " in 1820", " it does not say")
"""Short continuations, as multiple choice has them."""


def questions(n: int) -> list[Item]:
    """Held-out questions about documents, the longest first, that have a right and a wrong answer."""
    prepared = track.prepare("embedded:rag", ["dpo"])
    found = [i for i in track.items(prepared, "rag_faithfulness", "own", 1000) if i.gold and i.rejected]
    return sorted(found, key=lambda item: -sum(len(m.content) for m in item.prompt))[:n]


def likelihoods(model: Any, tokenizer: Any, products: float, choices: Sequence[str] | None = None) -> dict[str, Any]:
    """Four continuations of each context: these, or else right and wrong answers of the embedded data."""
    from lm_eval.api.instance import Instance
    from lm_eval.models.huggingface import HFLM

    from bench.harness import Harness

    some = questions(CONTEXTS)
    stock: Any = HFLM(pretrained=model, tokenizer=tokenizer, batch_size=BATCH, max_length=1024)  # type: ignore[arg-type]
    sides = {"ours": Harness(model, tokenizer, 1024), "HFLM": stock}
    texts = [stock.apply_chat_template(turns_of(item)) for item in some]
    others = [some[(n + 1) % len(some)] for n in range(len(some))]
    answers = [
        choices or tuple(f" {answer}" for answer in (a.gold, a.rejected, b.gold, b.rejected))
        for a, b in zip(some, others, strict=True)
    ]
    asked = [(text, answer) for text, four in zip(texts, answers, strict=True) for answer in four]
    requests = [Instance("loglikelihood", {}, pair, n) for n, pair in enumerate(asked)]  # type: ignore[arg-type]
    scores: dict[str, list[float]] = {}

    def run(name: str) -> float:
        def work() -> None:
            scores[name] = [score for score, _ in sides[name].loglikelihood(requests, disable_tqdm=True)]

        return speed.seconds(work, models.device())

    spent = turns.take([*sides], ROUNDS + 1, run)
    apart = max(abs(a - b) for a, b in zip(scores["ours"], scores["HFLM"], strict=True))
    contexts = [len(tokenizer(text)["input_ids"]) for text in texts]
    ends = [len(tokenizer(answer)["input_ids"]) for _, answer in asked]
    flops = meters.forward_flops(model, sum(contexts) + sum(ends) - len(ends), sum(ends))
    return {
        "ratio": turns.ratio(spent["HFLM"][1:], spent["ours"][1:]),
        "context_tokens": statistics.mean(contexts),
        "continuation_tokens": statistics.mean(ends),
        "most_nats_apart": apart,
        "share_of_products": flops / statistics.median(spent["ours"][1:]) / products,
    }


def turns_of(item: Item) -> list[dict[str, str]]:
    """As chat templates take them."""
    return [{"role": m.role, "content": m.content} for m in item.prompt]


def generation(model: Any, tokenizer: Any) -> dict[str, Any]:
    """Greedy answers to the same prompts."""
    items = questions(PROMPTS)
    said: dict[str, list[str]] = {}

    def ours() -> None:
        outputs = scoring.run(model, tokenizer, [Request(i.prompt, generate=True) for i in items], NEW_TOKENS)
        said["ours"] = [o.text or "" for o in outputs]

    def one_by_one() -> None:
        said["generate"] = []
        for item in items:
            rendered = {"add_generation_prompt": True, "return_tensors": "pt", "return_dict": True}
            ids = tokenizer.apply_chat_template(turns_of(item), **rendered).to(model.device)
            with torch.inference_mode():
                out = model.generate(**ids, max_new_tokens=NEW_TOKENS, do_sample=False)
            said["generate"].append(
                tokenizer.decode(out[0, ids["input_ids"].shape[1] :], skip_special_tokens=True).strip()
            )

    sides = {"ours": ours, "generate": one_by_one}
    spent = turns.take([*sides], ROUNDS + 1, lambda name: speed.seconds(sides[name], models.device()))
    same = sum(a == b for a, b in zip(said["ours"], said["generate"], strict=True)) / len(items)
    return {"ratio": turns.ratio(spent["generate"][1:], spent["ours"][1:]), "same_answers": same}


def main() -> None:
    meters.keep_freed_memory()
    weights, dtype = models.resolve(None), models.best_dtype()
    attention = speed.attention(weights, dtype, models.device())
    model, tokenizer = models.load(weights, dtype, attention.name)
    with tempfile.TemporaryDirectory() as cache:
        os.environ["LM_HARNESS_CACHE_PATH"] = cache
        products = speed.products(model.config, dtype, models.device())
        found = {
            "likelihoods": [likelihoods(model, tokenizer, products, choices) for choices in (None, CHOICES)],
            "generation": generation(model, tokenizer),
        }
    print(json.dumps(found))  # noqa: T201


if __name__ == "__main__":
    main()
