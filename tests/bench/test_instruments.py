"""What instruments on likelihoods show of the real default model: documents of other questions take their effect away."""

from __future__ import annotations

from dataclasses import replace
from statistics import mean

import pytest

import tasks
from advisor.load import load
from advisor.types import Record
from bench import models, scoring, track

pytestmark = pytest.mark.slow
COUNT = 24


def scores(records: list[Record], name: str) -> list[float]:
    """Of the untrained default model, without its answers."""
    task = tasks.discover()["rag_faithfulness"]
    model, tokenizer = models.load(models.resolve(None), "float32")
    items = task.items(records)
    outputs = scoring.run(model, tokenizer, [replace(task.request(i), generate=False) for i in items], 1)
    found = [task.score(i, replace(o, text=""))[name] for i, o in zip(items, outputs, strict=True)]
    assert None not in found
    return found


def test_documents_of_other_questions_destroy_the_context_gain() -> None:
    embedded = load(track.path_of("embedded:rag")).records
    own = [r for r in embedded if r.meta["split"] == "test" and r.meta["kind"] == "answerable"][:COUNT]
    shuffled = [replace(r, contexts=own[n - 5].contexts) for n, r in enumerate(own)]
    gains, lost = scores(own, "context_gain"), scores(shuffled, "context_gain")
    print(f"context gain {mean(gains):.2f} nats a token with the own documents, {mean(lost):.2f} with others")  # noqa: T201
    assert mean(gains) > 0.4
    assert mean(lost) < mean(gains) / 2
    assert sum(g > other for g, other in zip(gains, lost, strict=True)) >= 0.9 * COUNT
