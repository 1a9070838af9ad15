"""The form a record is trained in: its better side first, documents and conversation in its prompt, and TRL's columns."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from advisor.profiling.answers import verifiable, wrapped
from advisor.profiling.origin import KEYS, filled
from advisor.profiling.sample import View
from advisor.repair import chats, rendered, texts
from advisor.repair.types import Plan
from advisor.types import Message, Record

DOCUMENT = "[{number}] {text}"
"""How a document stands in a prompt: numbered, one after the other with a blank line between, before the last user turn."""
TAKEN = (
    "prompt", "prompts", "completion", "completions", "completion_ids", "messages", "chosen", "rejected", "image", "images",
    "environment", "environments", "trainer_state", "log_extra", "log_metric",
)  # fmt: skip
"""Columns by which TRL tells a dataset, or arguments that it gives to a reward function itself (1.16, `grpo_trainer.py`)."""
ECHO = 20
"""Characters from which a prompt that opens both sides is no greeting returned."""


def trained(record: Record, plan: Plan) -> Record:
    """The record in the form that it is trained in, its texts as they are but for a prompt that both sides repeat."""
    formed = in_form(record, plan)
    return without_prompt(formed) if repeats(formed) else formed


def in_form(record: Record, plan: Plan) -> Record:
    """The record with its better side first and its documents in its prompt, without what the form does not train on."""
    better, worse = record.answer, record.rejected
    if plan.swap and inverted(record):
        better, worse = worse, better
    checked, form = plan.form == "checkable", plan.form
    formed = dataclasses.replace(
        record,
        prompt=() if form == "text" else grounded(record),
        contexts=(),
        answer=better,
        rejected=worse if form == "pairs" else None,
        label=record.label if form == "labelled" else None,
        references=record.references if checked else (),
        meta=record.meta if checked else {},
    )
    return chats.in_form(formed, form == "messages" and better == record.answer)


def inverted(record: Record) -> bool:
    """Whether a pair's own scores put its rejected side first."""
    pair = record.answer is not None and record.rejected is not None
    return pair and record.score is not None and record.score < 0


def grounded(record: Record) -> tuple[Message, ...]:
    """The prompt with the documents that it does not quote already."""
    said = "\n".join(m.content for m in record.prompt)
    new = [text for text in record.contexts if text.strip() not in said]
    if not new:
        return record.prompt
    documents = "\n\n".join(DOCUMENT.format(number=n, text=text) for n, text in enumerate(new, 1))
    at = max((i for i, m in enumerate(record.prompt) if m.role == "user"), default=-1)
    if at < 0:
        return (*record.prompt, Message("user", documents))
    asked = Message("user", f"{documents}\n\n{record.prompt[at].content}")
    return (*record.prompt[:at], asked, *record.prompt[at + 1 :])


def repeats(record: Record) -> bool:
    """Whether both sides of a pair begin with the last turn of its prompt, once, and go on after a blank."""
    asked = record.prompt[-1].content.strip() if record.prompt else ""
    if len(asked) < ECHO or record.answer is None or record.rejected is None:
        return False
    ends = [rest(side, asked) for side in (record.answer, record.rejected)]
    return all(end[:1].isspace() and end.strip() for end in ends) and not all(rest(end, asked) for end in ends)


def rest(side: str, asked: str) -> str:
    """What follows the prompt that a side begins with; `""` where it does not."""
    said = side.lstrip()
    return said[len(asked) :] if said.startswith(asked) else ""


def without_prompt(record: Record) -> Record:
    """The pair without the prompt that both its sides repeat before their answers."""
    asked = record.prompt[-1].content.strip()
    chosen, rejected = (rest(side or "", asked) for side in (record.answer, record.rejected))
    return dataclasses.replace(record, answer=chosen, rejected=rejected)


def plain(record: Record) -> Record:
    """The record with its prompt out of the templates that it is written into; turns of their own are in none."""
    return record if chats.held(record) else unwrapped(unrendered(record))


def unrendered(record: Record) -> Record:
    """The record with the turns of its conversation, where its one user turn holds them written out in a template."""
    alone = len(record.prompt) == 1 and record.prompt[0].role == "user"
    found = rendered.turns(record.prompt[0].content) if alone else ()
    return dataclasses.replace(record, prompt=found) if found else record


def unwrapped(record: Record) -> Record:
    """The record with its question out of the template of headings that it is written into, where it is."""
    if not wrapped(View(record)):
        return record
    at = max(i for i, m in enumerate(record.prompt) if m.role == "user")
    asked = Message("user", texts.without_headings(record.prompt[at].content))
    return dataclasses.replace(record, prompt=(*record.prompt[:at], asked, *record.prompt[at + 1 :]))


def references(record: Record) -> dict[str, Any]:
    """Column → what an answer can be checked against: the worked answer and its result, and the data's own columns.

    All of them, for a key has helpers (HumanEval's `entry_point`), and TRL hands each to the reward functions. `{}` where
    nothing is a key.
    """
    if record.answer is None:
        keyed = any(column in KEYS and filled(value) for column, value in record.meta.items())
        return beside(record.meta) if keyed else {}
    ends = [record.answer.rpartition("####")[2].strip()] if verifiable(record.answer) else []
    results = [*record.references, *ends]
    found = {"solution": record.answer, "ground_truth": results[0]} if results else {}
    return found and {**beside(record.meta, *found), **found}


def beside(meta: Mapping[str, Any], *ours: str) -> dict[str, Any]:
    """The data's own columns, those renamed whose names are ours or TRL's."""
    return {f"row_{column}" if column in (*TAKEN, *ours) else column: value for column, value in meta.items()}


def renamed(record: Record) -> str:
    """The data's own columns whose names are taken, `""` for none."""
    given = references(record)
    return ", ".join(
        column for column in record.meta if f"row_{column}" in given and f"row_{column}" not in record.meta
    )


def columns(record: Record, plan: Plan) -> dict[str, Any]:
    """The row in TRL's format for the plan's form (TRL `docs/source/dataset_formats.md`, conversational but for text)."""
    form = plan.form
    if form == "text":
        return {"text": record.answer}
    if form == "messages":
        return chats.columns(record, plan.tools)
    prompt = {"prompt": turns(record.prompt)}
    if form == "checkable":
        return {**prompt, **references(record)}
    if form == "pairs":
        return {**prompt, "chosen": spoken(record.answer), "rejected": spoken(record.rejected)}
    answered = {**prompt, "completion": spoken(record.answer)}
    return {**answered, "label": record.label} if form == "labelled" else answered


def turns(prompt: Sequence[Message]) -> list[dict[str, str]]:
    """Messages as TRL reads them."""
    return [{"role": m.role, "content": m.content} for m in prompt]


def spoken(text: str | None) -> list[dict[str, str]]:
    """An answer as the assistant's turn."""
    return [{"role": "assistant", "content": text or ""}]
