"""The work of a bench run as one would script it with TRL and lm-evaluation-harness: prints a line of JSON.

    python -m tests.perf.scripted SFT_STEPS DPO_STEPS NEW_TOKENS ITEMS

The base model, the prompted one, and an adapter trained by each method answer the same questions and score the same
answers; training is that of `tests.perf.side`'s best setting.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from advisor.types import Message
from bench import methods, models, track
from tasks.types import Item
from tests.perf.side import stock_trainer, training_rows

BATCH = 16


def evaluate(model: Any, tokenizer: Any, prompts: Sequence[Sequence[Message]], items: Sequence[Item], new: int) -> int:
    """Greedy answers and log-likelihoods; how many requests that were."""
    from lm_eval.api.instance import Instance
    from lm_eval.models.huggingface import HFLM

    lm: Any = HFLM(pretrained=model, tokenizer=tokenizer, batch_size=BATCH, max_length=1024)
    texts = [lm.apply_chat_template([{"role": m.role, "content": m.content} for m in prompt]) for prompt in prompts]
    settings = {"until": [], "max_gen_toks": new, "do_sample": False}
    asked = [Instance("generate_until", {}, (text, settings), n) for n, text in enumerate(texts)]  # type: ignore[arg-type]
    lm.generate_until(asked, disable_tqdm=True)
    sides = [(t, s) for t, i in zip(texts, items, strict=True) if i.gold and i.rejected for s in (i.gold, i.rejected)]
    scored = [Instance("loglikelihood", {}, side, n) for n, side in enumerate(sides)]  # type: ignore[arg-type]
    lm.loglikelihood(scored, disable_tqdm=True)
    return len(asked) + len(scored)


def main() -> None:
    start = time.perf_counter()
    steps, (new, n) = dict(zip(("sft", "dpo"), map(int, sys.argv[1:3]), strict=True)), map(int, sys.argv[3:])
    weights, dtype = models.resolve(None), models.best_dtype()
    prepared = track.prepare("embedded:rag", ["sft", "dpo"])
    items = track.items(prepared, "rag_faithfulness", "own", n)
    plain = [item.prompt for item in items]
    guided = [methods.get("prompt").rewrite(item.prompt, prepared.guide) for item in items]
    model, tokenizer = models.load(weights, dtype, "sdpa")
    requests = sum(evaluate(model, tokenizer, prompts, items, new) for prompts in (plain, guided))
    for method, count in steps.items():
        with tempfile.TemporaryDirectory() as folder:
            trainer = stock_trainer("best", method, training_rows(count), count, Path(folder))
            trainer.train()
        trainer.model.eval()
        requests += evaluate(trainer.model, tokenizer, plain, items, new)
    print(json.dumps({"seconds": time.perf_counter() - start, "requests": requests}))  # noqa: T201


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as cache:
        os.environ["LM_HARNESS_CACHE_PATH"] = cache
        main()
