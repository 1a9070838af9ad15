"""A unit of work: the judge's figures for one trial's answers, from its item file.

Judging comes after all training, so that a judge on the same machine slows no trial down. What was answered is kept in the
user's cache by its content, so that the same answer is never judged twice by the same judge.
"""

from __future__ import annotations

import asyncio
import importlib.metadata
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import orjson

from advisor.privacy import redact
from bench import judges, shelf
from bench.judges import MEASURES, Unanswered
from bench.store import content_key, dumps, sha256
from bench.types import BenchError, Derived, JudgePlan, TaskPlan, TrackPlan
from tasks.text import abstains
from tasks.types import Item

Json = dict[str, Any]
ITEMS = 16
"""Of each task: the first ones, which `bench.track.items` takes from kinds and clusters in turn."""
JUDGED = ("rag_faithfulness", "answer_quality")
"""Tasks whose answers rest on documents or have a gold answer."""
FILE = "judged.jsonl"


@dataclass(frozen=True, slots=True)
class Question:
    """One measure of one answer."""

    row: int
    """Which row of the unit's file it is for."""
    measure: str
    asked: Json
    """Fields of `bench.ragas_metrics.Asked`, secrets redacted."""


def tasks_of(track: TrackPlan) -> list[TaskPlan]:
    """The deciding tasks whose answers are judged."""
    return [t for t in track.tasks if t.primary and t.name in JUDGED]


def derived(judge: JudgePlan, chosen: Sequence[tuple[Sequence[Item], int]]) -> tuple[Derived, ...]:
    """What judging takes, said before anything runs. `chosen`: items of each judged task, and how many trials answer them.

    Raises:
        BenchError: no track has answers to judge.
    """
    items = [(item, many) for found, many in chosen for item in found[: judge.items] if measures(item)]
    if not items:
        names = ", ".join(JUDGED)
        raise BenchError(
            f"--judge: nothing to judge: no track is decided by generated answers of {names}; run without it"
        )
    answers = sum(many for _, many in items)
    requests = sum(many * MEASURES[m].requests for item, many in items for m in measures(item))
    to = (
        f"questions, documents and answers are sent to {judge.address}"
        if judge.address
        else "nothing leaves this machine"
    )
    why = f"the first {judge.items} items of {' and '.join(JUDGED)} under every arm and seed, declined ones not asked; {to}"
    return (
        Derived("judge", judge.model, "a diagnostic beside the instruments; no verdict rests on it"),
        Derived("judged answers", f"at most {answers:,}, by {requests:,} requests", why),
    )


def measures(item: Item) -> list[str]:
    """What a judge can be asked of answers to an item."""
    there = {"contexts": item.contexts, "gold": item.gold and item.answerable is not False}
    return [name for name, m in MEASURES.items() if judges.applies(m, there)]


def evaluate(
    judge: JudgePlan, chosen: Mapping[TaskPlan, Sequence[Item]], answers: bytes, progress: Callable[[int, None], None]
) -> tuple[Json, dict[str, bytes]]:
    """A row a judged item. `answers`: the trial's items.jsonl."""
    start = time.perf_counter()
    given = {(r["task"], r["source"], r["item"]): r for r in map(orjson.loads, answers.splitlines())}
    items = [(task, item) for task, many in chosen.items() for item in many[: judge.items]]
    texts = [given[task.name, task.source, item.id]["text"] or "" for task, item in items]
    rows = [_row(task, item, text) for (task, item), text in zip(items, texts, strict=True)]
    asked = [
        Question(n, measure, _asked(item, texts[n]))
        for n, (_, item) in enumerate(items)
        if rows[n]["skipped"] is None
        for measure in measures(item)
    ]
    requests = asyncio.run(_answered(judge, asked, rows, progress)) if asked else 0
    value = {"seconds": time.perf_counter() - start, "shared": False, "questions": len(asked), "requests": requests}
    return value, {FILE: b"".join(dumps(row) + b"\n" for row in rows)}


def _row(task: TaskPlan, item: Item, text: str) -> Json:
    skipped = "empty" if not text.strip() else "declined" if abstains(text) else None
    where = {"task": task.name, "source": task.source, "item": item.id, "cluster": item.cluster}
    return {**where, "skipped": skipped, "scores": {}, "unanswered": {}}


def _asked(item: Item, text: str) -> Json:
    contexts = [redact(c) for c in item.contexts]
    return {"question": redact(item.question), "answer": text, "contexts": contexts, "gold": redact(item.gold or "")}


async def _answered(
    judge: JudgePlan, asked: Sequence[Question], rows: Sequence[Json], progress: Callable[[int, None], None]
) -> int:
    """Fill in the rows; the number of requests that took."""
    opened = judges.opened(judge)
    gate, done = asyncio.Semaphore(opened.at_once), 0

    async def one(question: Question) -> None:
        nonlocal done
        async with gate:
            row = rows[question.row]
            try:
                row["scores"][question.measure] = await _score(judge, opened, question)
            except Unanswered as why:
                row["scores"][question.measure] = None
                row["unanswered"][question.measure] = str(why)
            done += 1
            progress(done, None)

    try:
        async with asyncio.TaskGroup() as group:
            for question in asked:
                group.create_task(one(question))
    finally:
        await opened.close()
    return opened.requests


async def _score(judge: JudgePlan, opened: judges.Endpoint | judges.Local, question: Question) -> float:
    from bench import ragas_metrics

    key = _key(judge, question)
    kept = shelf.take(key)
    if kept:
        return float(kept[0]["score"])
    asked = ragas_metrics.Asked(**{**question.asked, "contexts": tuple(question.asked["contexts"])})
    score = await ragas_metrics.score(question.measure, asked, opened.ask)
    shelf.put(key, {"score": score}, {})
    return score


def _key(judge: JudgePlan, question: Question) -> str:
    """Of all that determines a figure: who judges, by which words, what."""
    by = {"address": judge.address, "model": judge.sha256 or judge.model, "ragas": importlib.metadata.version("ragas")}
    own = [sha256(Path(__file__).with_name(name).read_bytes()) for name in ("judges.py", "ragas_metrics.py")]
    return content_key({"unit": "judged", **by, "own": own, "measure": question.measure, **question.asked})


def trials(track: TrackPlan) -> int:
    """Trials of a track, the untrained arms' among them."""
    return sum(len(arm.seeds) for arm in track.arms)


def inputs(judge: JudgePlan, chosen: Mapping[TaskPlan, Sequence[Item]], answers: bytes) -> Json:
    """What determines the unit, beside the run's own settings."""
    tasks = [[t.name, t.source, len(i)] for t, i in chosen.items()]
    return {"judge": asdict(judge), "answers": sha256(answers), "tasks": tasks}
