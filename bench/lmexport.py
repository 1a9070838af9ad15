"""A run's log-likelihood tasks as tasks of lm-evaluation-harness: YAML, rows, and the functions that score them.

Prompts and answers are written as the chat template renders them, word for word, for any other text would score differently.
The harness must add no beginning-of-sequence token of its own (`add_bos_token=False`): the template has it where there is one.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bench import encoding, exported, lmtasks
from bench.stage import items_of
from bench.store import write_atomic
from bench.track import Track
from bench.types import BenchError, Plan, TaskPlan
from tasks.types import Item, Request

Json = dict[str, Any]
CODE = "scores.py"


@dataclass(frozen=True, slots=True)
class Exported:
    """A task as it was written."""

    name: str
    """As the harness finds it."""
    rows: int
    """Documents."""
    left_out: int
    """Pairs whose prompt and answer the harness would cut into other tokens."""


def export(plan: Plan, tracks: Mapping[str, Track], tokenizer: Any, folder: Path) -> list[Exported]:
    """Write every task of the run that compares the likelihoods of two answers.

    Raises:
        BenchError: the folder holds something, or the run has no such task.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BenchError(f"{folder}: there already, and nothing is overwritten; give a new folder")
    found = [
        (f"{t.id}_{task.name}".replace("-", "_"), task, items_of(plan, tracks[t.id], task))
        for t in plan.tracks
        for task in t.tasks
        if task.harnessed is None
    ]
    made = [_write(folder, name, task, items, tokenizer) for name, task, items in found if _pairs(task, items)]
    if not made:
        raise BenchError(f"{plan.run}: no task compares the likelihoods of two answers; nothing to export")
    write_atomic(folder / CODE, Path(exported.__file__).read_bytes())
    return made


def command(plan: Plan, weights: Path, folder: Path, made: Sequence[Exported]) -> str:
    """What scores the untrained model on the exported tasks."""
    model = f"pretrained={weights.resolve()},dtype={plan.dtype},add_bos_token=False"
    words = ["lm_eval", "--model", "hf", "--model_args", model, "--include_path", str(folder.resolve())]
    return shlex.join([*words, "--tasks", ",".join(e.name for e in made)])


def _pairs(task: TaskPlan, items: Sequence[Item]) -> list[tuple[Item, Request]]:
    requests = [(i, lmtasks.module(task).request(i)) for i in items]
    return [(i, replace(r, continuations=r.continuations[:2])) for i, r in requests if len(r.continuations) > 1]


def _write(folder: Path, name: str, task: TaskPlan, items: Sequence[Item], tokenizer: Any) -> Exported:
    pairs = _pairs(task, items)
    rows = [row for item, request in pairs if (row := _row(tokenizer, item, request))]
    if not rows:
        raise BenchError(
            f"{name}: the harness would cut every prompt and answer into other tokens than ours; not exported"
        )
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    folder.mkdir(parents=True, exist_ok=True)
    write_atomic(folder / f"{name}.jsonl", lines.encode())
    write_atomic(folder / f"{name}.yaml", _yaml(name, task).encode())
    return Exported(name, len(rows), len(pairs) - len(rows))


def _yaml(name: str, task: TaskPlan) -> str:
    known = lmtasks.module(task).INSTRUMENTS
    scores = [n for n in ("preference_accuracy", "sum_accuracy", "margin", "contrast") if n in known]
    function = "preference" if "margin" in scores else "contrast"
    metrics = "".join(f"  - {{metric: {n}, aggregation: mean, higher_is_better: true}}\n" for n in scores)
    return (
        f"task: {name}\ncustom_dataset: !function scores.rows\ndataset_kwargs: {{file: {name}.jsonl}}\ntest_split: test\n"
        f"output_type: multiple_choice\ndoc_to_text: context\ndoc_to_choice: choices\ndoc_to_target: 0\n"
        f'target_delimiter: ""\nnum_fewshot: 0\nprocess_results: !function scores.{function}\nmetric_list:\n{metrics}'
        "metadata: {version: 1.0}\n"
    )


def _row(tokenizer: Any, item: Item, request: Request) -> Json | None:
    """A document; None where the harness would ask about other tokens than we do."""
    tokens = encoding.encode(tokenizer, request.prompt, request.continuations)
    turns = [{"role": m.role, "content": m.content} for m in request.prompt]
    prompt = tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True)
    full = [
        tokenizer.apply_chat_template([*turns, {"role": "assistant", "content": a}], tokenize=False)
        for a in request.continuations
    ]
    context = prompt.rstrip()
    space = prompt[len(context) :]
    before = _ids(tokenizer, context)
    moved = tokens.prompt[len(before) :]
    same = before + moved == tokens.prompt and all(
        text.startswith(prompt) and _ids(tokenizer, text) == tokens.prompt + answer
        for text, answer in zip(full, tokens.continuations, strict=True)
    )
    if not same or (moved and _ids(tokenizer, prompt) != tokens.prompt) or not all(tokens.continuations):
        return None
    choices = [text[len(context) :] for text in full]
    return {
        "id": item.id,
        "cluster": item.cluster,
        "context": context,
        "choices": [*choices, space] if moved else choices,
        "lengths": [len(answer) for answer in tokens.continuations],
    }


def _ids(tokenizer: Any, text: str) -> list[int]:
    return list(tokenizer.encode(text, add_special_tokens=False))
