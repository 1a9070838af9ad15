"""Everything a run does, decided before it starts, and every value nobody typed with its reason."""

from __future__ import annotations

import hashlib
import importlib
import itertools
import math
import re
import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import tasks
from bench import encoding, judging, methods, models
from bench.methods import UNTRAINED
from bench.room import MOST_NEW, Room
from bench.track import EMBEDDED, Track, prepare
from bench.track import items as held_out
from bench.types import ArmPlan, BenchError, Budget, Derived, JudgePlan, Plan, TaskPlan, TrackPlan
from tasks.prompting import target

if TYPE_CHECKING:
    from bench.models import Weights
    from bench.speed import Attention

BATCH = 4
MAX_LENGTH = 512
RANK = 16
DIAGNOSTIC_ITEMS = 16
SECOND_SEEDS = 100
"""Added to the seeds of a method's second arm, so that `sft,sft` is an A/A test."""


def make(
    *,
    sources: Sequence[str],
    trained: Sequence[str],
    budget: Budget,
    seeds: int,
    items: int,
    only: Sequence[str] | None,
    weights: Weights,
    dtype: str,
    attention: Attention,
    tokenizer: Any,
    command: str,
    positions: int | None = None,
    harnessed: Sequence[tuple[TaskPlan, Derived]] = (),
    judge: JudgePlan | None = None,
) -> tuple[Plan, dict[str, Track]]:
    """The plan and the prepared tracks by id. `positions`: tokens that the model can read, None for any.

    `harnessed`: tasks of lm-evaluation-harness, beside those of every track.

    Raises:
        AdviceError, BenchError: the data cannot serve the methods.
    """
    if seeds < 1:
        raise BenchError(f"--seeds {seeds}: at least 1 is needed; 3 or more for a claim about methods")
    chosen = list(sources) or [f"{EMBEDDED}rag", f"{EMBEDDED}values"]
    space = Room(tokenizer, min(MAX_LENGTH, positions or MAX_LENGTH), positions)
    ready = prepared(dict(zip(_track_ids(chosen), chosen, strict=True)), trained, space, BATCH)
    beside = tuple(task for task, _ in harnessed)
    planned = tuple(_track(id_, track, trained, seeds, only, beside) for id_, track in ready.items())
    new_tokens, why = _new_tokens(list(ready.values()), tokenizer)
    now = datetime.now(UTC)
    plan = Plan(
        run=f"{now:%Y%m%d-%H%M%S}-{secrets.token_hex(2)}",
        created=now.isoformat(timespec="seconds"),
        command=command,
        code=code_hash(),
        model=weights.name,
        model_sha256=weights.sha256,
        dtype=dtype,
        attention=attention.name,
        budget=budget,
        tracks=planned,
        batch=BATCH,
        max_length=space.row,
        max_new_tokens=new_tokens,
        lora_rank=RANK,
        items=items,
        derived=(
            *_derived(weights, dtype, planned, items, space.row),
            Derived("attention", attention.name, attention.why),
            Derived("new tokens", str(new_tokens), why),
            *(derived for _, derived in harnessed),
            *_judged(judge, planned, ready, items),
        ),
        judge=judge,
    )
    return plan, ready


def prepared(sources: Mapping[str, str], trained: Sequence[str], space: Room, batch: int) -> dict[str, Track]:
    """Track id → the track, of rows and test items that fit.

    Raises:
        AdviceError, BenchError: the data cannot serve the methods.
    """
    ready = {
        id_: prepare(source, trained, lambda r: encoding.longest(space.tokenizer, r) <= space.row, space)
        for id_, source in sources.items()
    }
    for track in ready.values():
        if len(track.train) < batch or not track.tune:
            few = f"{len(track.train)} training and {len(track.tune)} tune rows"
            left = "".join(f"; {n} {why}" for why, n in track.unused.items())
            raise BenchError(f"{track.source}: {few} can be used, and {batch} and 1 are needed{left}; add data")
    return ready


def _track_ids(sources: Sequence[str]) -> list[str]:
    """Folder names from the sources, each once: a number where two would be the same."""
    ids: list[str] = []
    for source in sources:
        stem = Path(source.removeprefix(EMBEDDED)).name.split(".")[0]
        slug = re.sub(r"[^a-z0-9]+", "-", stem.lower()).strip("-")[:32] or "data"
        free = (name for n in itertools.count(1) if (name := slug if n == 1 else f"{slug}-{n}") not in ids)
        ids.append(next(free))
    return ids


def _track(
    id_: str,
    track: Track,
    trained: Sequence[str],
    seeds: int,
    only: Sequence[str] | None,
    beside: tuple[TaskPlan, ...],
) -> TrackPlan:
    arms = [ArmPlan(name, name, (0,)) for name in UNTRAINED]
    for n, method in enumerate(trained):
        again = trained[:n].count(method)
        first = again * SECOND_SEEDS
        arms.append(ArmPlan(f"{method}-{again + 1}" if again else method, method, tuple(range(first, first + seeds))))
    return TrackPlan(id_, track.source, track.dataset.sha256, tuple(arms), (*_tasks(track, only), *beside))


_DECIDES = {"rag": "rag_faithfulness", "values": "values"}
"""Embedded track → the task that decides it."""


def _tasks(track: Track, only: Sequence[str] | None) -> tuple[TaskPlan, ...]:
    """Own held-out tasks decide a track; embedded ones stand beside them as diagnostics."""
    embedded = track.source.startswith(EMBEDDED)
    name = track.source.removeprefix(EMBEDDED)
    own_tasks = (_DECIDES[name],) if embedded else ("rag_faithfulness", "preference", "answer_quality", "values")
    modules = tasks.discover()
    test = track.split.test
    planned = [TaskPlan(t, "own", True) for t in own_tasks if _fits(modules[t], test)]
    have = {t.name for t in planned}
    if not embedded:
        planned += [TaskPlan(t, f"{EMBEDDED}{d}", False) for d, t in _DECIDES.items() if t not in have]
    planned.append(TaskPlan("over_refusal", f"{EMBEDDED}benign", False))
    planned.append(TaskPlan("forgetting", f"{EMBEDDED}general", False))
    kept = tuple(t for t in planned if only is None or t.name in only)
    if not any(t.primary for t in kept):
        names = ", ".join(t.name for t in planned if t.primary)
        raise BenchError(f"{track.source}: no chosen task fits its held-out records; those that do: {names or 'none'}")
    return kept


def _fits(module: Any, records: Sequence[Any]) -> bool:
    """Whether the task finds enough items, in more than one cluster, of each kind that its headline needs."""
    found = module.items(records)
    if module.__name__ == "tasks.rag_faithfulness":
        return min(len({i.cluster for i in found if i.answerable is a}) for a in (True, False)) > 1
    if module.__name__ == "tasks.preference":
        return len(found) > 1 and any(r.rejected for r in records)
    return len(found) > 1


def _new_tokens(ready: Sequence[Track], tokenizer: Any) -> tuple[int, str]:
    """The 90th percentile of gold answers in tokens, between 24 and 64."""
    golds = [target(r) for track in ready for r in track.train[:500]]
    lengths = sorted(len(tokenizer(g)["input_ids"]) for g in golds if g)
    ninth = lengths[int(0.9 * (len(lengths) - 1))]
    limit = min(MOST_NEW, max(24, 8 * math.ceil((ninth + 1) / 8)))
    return limit, f"90 % of gold answers have at most {ninth} tokens; kept between 24 and {MOST_NEW} for time"


def _derived(weights: Weights, dtype: str, planned: Sequence[TrackPlan], items: int, row: int) -> tuple[Derived, ...]:
    arms = {arm.method for track in planned for arm in track.arms}
    rates = {m: rate for m in sorted(arms) if (rate := methods.get(m).LEARNING_RATE)}
    return (
        Derived("model", weights.name, "the embedded default unless --model names another"),
        Derived("weights", dtype, "bfloat16 where the processor multiplies it natively"),
        Derived(
            "device", models.device(), "one GPU: the first of CUDA_VISIBLE_DEVICES, others stay idle; else the CPU"
        ),
        Derived(
            "batch", str(BATCH), "examples or pairs an optimizer step; small, so that a short budget has many steps"
        ),
        Derived("longest row", f"{row} tokens", "longer rows are left out and counted, never cut"),
        Derived("adapter", f"LoRA rank {RANK}, alpha {2 * RANK}", "on every linear layer but the head"),
        *(
            Derived(f"learning rate {m}", f"{rate:g}", "see docs/decisions/learning-rates.md")
            for m, rate in rates.items()
        ),
        Derived("test items", str(items), f"most items of a deciding task; {DIAGNOSTIC_ITEMS} of a diagnostic one"),
    )


def _judged(
    judge: JudgePlan | None, planned: Sequence[TrackPlan], ready: Mapping[str, Track], items: int
) -> tuple[Derived, ...]:
    if judge is None:
        return ()
    tasks_ = [(ready[track.id], task, judging.trials(track)) for track in planned for task in judging.tasks_of(track)]
    return judging.derived(judge, [(held_out(t, task.name, task.source, items), n) for t, task, n in tasks_])


def code_hash() -> str:
    """Of what determines results beside data, model and settings: our source, embedded data, libraries, device."""
    digest = hashlib.sha256(" ".join(models.stack()).encode())
    for package in ("advisor", "bench", "tasks"):
        folder = Path(str(importlib.import_module(package).__file__)).parent
        for path in sorted(p for p in folder.rglob("*") if p.suffix in {".py", ".jsonl", ".json", ".toml"}):
            digest.update(path.relative_to(folder.parent).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()
