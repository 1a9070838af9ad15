"""Answers that no model gave: they must score below whatever a model earns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

import tasks
from advisor.load import load
from bench import result
from bench.plan import DIAGNOSTIC_ITEMS
from bench.track import path_of
from bench.types import TaskPlan
from tasks.types import Item, Output

Json = dict[str, Any]
RAG = TaskPlan("rag_faithfulness", "own", True)


def embedded(data: str, task: str) -> list[Item]:
    records = [r for r in load(path_of(f"embedded:{data}")).records if r.meta["split"] == "test"]
    found: list[Item] = tasks.discover()[task].items(records)
    return found


def headline(task: str, items: Sequence[Item], texts: Sequence[str]) -> float:
    module = tasks.discover()[task]
    aggregate = result.instruments(TaskPlan(task, "own", True))[module.HEADLINE]
    value = aggregate([module.score(i, Output(text=t)) for i, t in zip(items, texts, strict=True)])
    assert value is not None
    return value


@pytest.mark.parametrize(("data", "task"), [("rag", "rag_faithfulness"), ("values", "values")])
def test_gold_answers_score_nearly_all_and_every_canary_ranks_below(data: str, task: str) -> None:
    items = embedded(data, task)
    assert len(items) > DIAGNOSTIC_ITEMS
    gold = headline(task, items, [i.gold or "" for i in items])
    [found] = result.canaries({TaskPlan(task, "own", True): items}).values()
    assert set(found) == {"always_decline", "copy_context", "another_items_answer", "random_words"}
    assert gold >= 0.95
    assert all(value is not None and value < gold for value in found.values())


def test_no_canary_wins_anything_on_documents() -> None:
    [found] = result.canaries({RAG: embedded("rag", "rag_faithfulness")}).values()
    assert max(found.values()) <= 0.2


def test_tasks_that_do_not_read_an_answer_have_no_canaries() -> None:
    records = [r for r in load(path_of("embedded:rag")).records if r.meta["split"] == "test"]
    preference = tasks.discover()["preference"].items(records)
    assert result.canaries({TaskPlan("preference", "own", True): preference}) == {}
