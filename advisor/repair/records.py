"""Repairs of one record: it is put into the form it will be trained in, then its texts are mended, then it is looked at.

The form comes first so that the detectors, which are the rules' own, see what a reader of the repaired file will see.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from advisor import privacy
from advisor.profiling.answers import leftover, program, verifiable, wrapped
from advisor.profiling.hashes import fold, folds
from advisor.profiling.measure import prompt_text
from advisor.profiling.origin import KEYS, filled
from advisor.profiling.sample import View
from advisor.repair import rendered, texts
from advisor.repair.types import Form, Plan, Why
from advisor.types import Message, Record

DOCUMENT = "[{number}] {text}"
"""How a document stands in a prompt: numbered, one after the other with a blank line between, before the last user turn."""


def unfit(record: Record, plan: Plan) -> str:
    """What a record lacks that its form needs, `""` for nothing."""
    form = plan.form
    if form != "text" and not (record.prompt or record.contexts):
        return "no_prompt"
    if form == "checkable" and not references(record):
        return "no_reference"
    if form != "checkable" and record.answer is None:
        return "unanswerable" if record.answerable is False else "no_answer"
    if form == "completion" and record.label is False:
        return "bad_label"
    if form == "labelled" and record.label is None:
        return "no_label"
    return unpaired(record, plan) if form == "pairs" else ""


def unpaired(record: Record, plan: Plan) -> str:
    """What keeps a record from being a pair."""
    if record.rejected is None:
        return "no_rejected"
    return "score_tied" if plan.ranked and record.score == 0 else ""


def mended(record: Record, plan: Plan) -> tuple[Record, tuple[Why, ...]]:
    """The record as it is trained on, and what was changed in it beyond its form."""
    swapped = turned(record) if plan.swap else record
    formed = without_prompt(bare := trained(swapped, plan.form))
    code = program(View(formed))
    plain = unwrapped(unrendered(formed))
    kept = plain if code else each_text(plain, texts.stripped)
    safe = kept if plan.raw else each_text(kept, lambda text, _: texts.redacted(text))
    whole = each_text(safe, lambda text, _: texts.trimmed(text, code))
    found = {
        "sides_swapped": swapped is not record,
        "prompt_repeated": formed is not bare,
        "leftover_stripped": kept != formed,
        "secret_redacted": safe != kept,
        "whitespace": spaced(formed, code),
    }
    done = [why for why, shows in found.items() if shows]
    return whole, tuple(Why(why, secrets(kept) if why == "secret_redacted" else "") for why in done)


def turned(record: Record) -> Record:
    """The record with the better side first, by its own scores."""
    if record.score is None or record.score >= 0 or record.answer is None or record.rejected is None:
        return record
    return dataclasses.replace(record, answer=record.rejected, rejected=record.answer, score=-record.score)


def trained(record: Record, form: Form) -> Record:
    """The record with its documents in its prompt, and without what the form does not train on."""
    checked = form == "checkable"
    return dataclasses.replace(
        record,
        prompt=() if form == "text" else grounded(record),
        contexts=(),
        rejected=record.rejected if form == "pairs" else None,
        label=record.label if form == "labelled" else None,
        references=record.references if checked else (),
        meta={column: value for column, value in record.meta.items() if column in KEYS} if checked else {},
    )


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


def without_prompt(record: Record) -> Record:
    """The pair without the prompt that both its sides repeat before their answers."""
    asked = record.prompt[-1].content.strip() if record.prompt else ""
    if not asked or record.answer is None or record.rejected is None:
        return record
    sides = [side.lstrip() for side in (record.answer, record.rejected)]
    if not all(side.startswith(asked) and side[len(asked) :].strip() for side in sides):
        return record
    chosen, rejected = (side[len(asked) :] for side in sides)
    return without_prompt(dataclasses.replace(record, answer=chosen, rejected=rejected))


def unrendered(record: Record) -> Record:
    """The record with the turns of its conversation, where its one user turn holds them written out in a template."""
    alone = len(record.prompt) == 1 and record.prompt[0].role == "user"
    found = rendered.turns(record.prompt[0].content) if alone else ()
    return dataclasses.replace(record, prompt=found) if found else record


def unwrapped(record: Record) -> Record:
    """The record with its question out of the template of headings that it is written into, where it is."""
    at = max((i for i, m in enumerate(record.prompt) if m.role == "user"), default=-1)
    if at < 0 or not wrapped(View(record)):
        return record
    asked = Message("user", texts.without_headings(record.prompt[at].content))
    return unwrapped(dataclasses.replace(record, prompt=(*record.prompt[:at], asked, *record.prompt[at + 1 :])))


def each_text(record: Record, change: Callable[[str, bool], str]) -> Record:
    """The record with every text changed; `change` takes a text and whether it is of the prompt."""
    return dataclasses.replace(
        record,
        prompt=tuple(Message(m.role, change(m.content, True)) for m in record.prompt),
        answer=None if record.answer is None else change(record.answer, False),
        rejected=None if record.rejected is None else change(record.rejected, False),
        references=tuple(change(text, False) for text in record.references),
        meta={column: in_cell(value, change) for column, value in record.meta.items()},
    )


def in_cell(value: Any, change: Callable[[str, bool], str]) -> Any:
    """A cell with every text in it changed."""
    if isinstance(value, str):
        return change(value, False)
    if isinstance(value, Mapping):
        return {key: in_cell(item, change) for key, item in value.items()}
    return [in_cell(item, change) for item in value] if isinstance(value, list) else value


def spaced(record: Record, code: bool) -> bool:
    """Whether a text of the record begins or ends with blanks."""
    return any(text != texts.trimmed(text, code) for text in said(record))


def said(record: Record) -> Iterable[str]:
    """The texts that are trained on."""
    return [*(m.content for m in record.prompt), record.answer or "", record.rejected or ""]


def secrets(record: Record) -> str:
    """The kinds of secret in a record and how many of each; never the secrets."""
    kinds = sum((Counter(privacy.count(text)) for text in said(record)), Counter[str]())
    return ", ".join(f"{n} {kind}" for kind, n in sorted(kinds.items()))


def fault(record: Record, form: Form) -> str:
    """What makes a mended record unusable, `""` for nothing."""
    view = View(record)
    if form != "text" and not view.prompt.strip():
        return "no_prompt"
    if not view.filled and (form != "checkable" or record.answer is not None):
        return "no_answer"
    if any(m.role == "assistant" and not m.content.strip() for m in record.prompt):
        return "blank_turn"
    if form == "pairs" and not view.rejected.text.strip():
        return "empty_rejected"
    if form == "pairs" and view.answer.text.strip() == view.rejected.text.strip():
        return "identical_sides"
    return "leftover" if unmended(view) else ""


def unmended(view: View) -> bool:
    """Whether a leftover still stands in what would be trained on, by the rule and text by text."""
    return wrapped(view) or (not program(view) and any(map(leftover, [view.prompt, *said(view.record)])))


def key(record: Record) -> int:
    """What makes two mended records copies of each other, as the census has it: equal texts, roles and labels, by hash."""
    roles = tuple(m.role for m in record.prompt)
    return hash((roles, fold(prompt_text(record)), *folds([record.answer, record.rejected]), record.label))


def couple(record: Record) -> tuple[int, bool]:
    """(the prompt with its two answers in whatever order, whether they stand in one order of the two), by hash."""
    a, b = folds([record.answer, record.rejected])
    return hash((fold(prompt_text(record)), min(a, b), max(a, b))), a < b


def references(record: Record) -> dict[str, Any]:
    """Column → what an answer can be checked against: the worked answer and its result, else the data's own columns."""
    if record.answer is None:
        return {column: value for column, value in record.meta.items() if column in KEYS and filled(value)}
    ends = [record.answer.rpartition("####")[2].strip()] if verifiable(record.answer) else []
    results = [*record.references, *ends]
    return {"solution": record.answer, "ground_truth": results[0]} if results else {}


def columns(record: Record, form: Form) -> dict[str, Any]:
    """The row in TRL's format for the form (TRL `docs/source/dataset_formats.md`, conversational but for text)."""
    if form == "text":
        return {"text": record.answer}
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
