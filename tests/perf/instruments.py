"""What the instruments on likelihoods add to the evaluation of an arm: a default run's requests without and with them, in turns.

A third of the items, in seconds of one processor: a busy machine stretches those of the clock.

python -m tests.perf.instruments [ROUNDS]        prints a line of JSON; 3 rounds unless told
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import torch

import tasks
from bench import encoding, models, scoring, track
from tasks.types import Request
from tests.perf import turns

NEW_TOKENS = 24
PLANNED = (
    ("rag", "rag_faithfulness", "own", 48),
    ("values", "values", "own", 48),
    *[(data, *task) for data in ("rag", "values")
      for task in (("over_refusal", "embedded:benign", 16), ("forgetting", "embedded:general", 16))],
)  # fmt: skip
"""Track, task, source and items of `bench run` without flags."""


def asked() -> list[list[Request]]:
    """The requests of every task."""
    tracks = {name: track.prepare(f"{track.EMBEDDED}{name}", ["dpo"]) for name in ("rag", "values")}
    modules = tasks.discover()
    return [
        [modules[task].request(item) for item in track.items(tracks[name], task, source, count // 3)]
        for name, task, source, count in PLANNED
    ]


def plain(request: Request) -> Request:
    """Without what context gain, consistency and the contrast of like length need."""
    return replace(request, variants=(), continuations=request.continuations[:2])


def tokens(tokenizer: Any, requests: Sequence[Request]) -> int:
    """That one pass over prompts and continuations reads; greedy answers come to these on both sides."""
    read = [r for r in requests if r.text is None]
    encoded = [encoding.encode(tokenizer, one.prompt, one.continuations) for r in read for one in (r, *r.variants)]
    texts = [len(tokenizer(r.text)["input_ids"]) for r in requests if r.text is not None]
    return sum(texts) + sum(len(e.prompt) + sum(map(len, e.continuations)) for e in encoded)


def main() -> None:
    torch.set_num_threads(1)
    model, tokenizer = models.load(models.resolve(None), models.best_dtype())
    full = asked()
    sides = {"without": [[plain(r) for r in requests] for requests in full], "with": full}

    def evaluate(side: str) -> float:
        start = time.process_time()
        for requests in sides[side]:
            scoring.run(model, tokenizer, requests, NEW_TOKENS)
        return time.process_time() - start

    spent = turns.take([*sides], int(sys.argv[1]) if len(sys.argv) > 1 else 3, evaluate)
    read = {side: sum(tokens(tokenizer, requests) for requests in many) for side, many in sides.items()}
    print(json.dumps({"seconds": turns.ratio(spent["with"], spent["without"]), "tokens_read": read}))  # noqa: T201


if __name__ == "__main__":
    main()
