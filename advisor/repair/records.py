"""Repairs of one record: it is put into the form it will be trained in, then its texts are mended, then it is looked at.

The form comes first so that the detectors, which are the rules' own, see what a reader of the repaired file will see.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import orjson

from advisor import privacy
from advisor.profiling import origin
from advisor.profiling.answers import leftover, program, wrapped
from advisor.profiling.hashes import fold, folds
from advisor.profiling.measure import prompt_text
from advisor.profiling.sample import View
from advisor.repair import chats, texts
from advisor.repair.form import in_form, inverted, plain, references, renamed, repeats, trained
from advisor.repair.types import Form, Plan, Why
from advisor.types import Message, Record


def unfit(record: Record, plan: Plan) -> str:
    """What a record lacks that its form needs, `""` for nothing."""
    form = plan.form
    if held_out(record, plan):
        return "held_out"
    if form != "text" and not (record.prompt or record.contexts):
        return "no_prompt"
    if form == "checkable" and not references(record):
        return "no_reference"
    if form != "checkable" and record.answer is None:
        return "unanswerable" if record.answerable is False else "no_answer"
    if form in ("completion", "messages") and record.label is False:
        return "bad_label"
    if form == "labelled" and record.label is None:
        return "no_label"
    return unpaired(record, plan) if form == "pairs" else ""


def held_out(record: Record, plan: Plan) -> bool:
    """Whether the record is for testing: by its file's name, or by its own split."""
    return any(record.row in rows for rows in plan.held) or (plan.split and origin.held_out(View(record)))


def unpaired(record: Record, plan: Plan) -> str:
    """What keeps a record from being a pair."""
    if record.rejected is None:
        return "no_rejected"
    return "score_tied" if plan.ranked and record.score == 0 else ""


def spare(record: Record, plan: Plan) -> str:
    """Whether the rejected side of a pair that is trained on without it says the `same` as the other, `""` for no such pair."""
    if plan.form == "pairs" or record.answer is None or record.rejected is None:
        return ""
    return "same" if record.answer.strip() == record.rejected.strip() else "other"


def mended(record: Record, plan: Plan) -> Record:
    """The record as it is trained on."""
    formed = trained(record, plan)
    code = program(View(formed))
    return each_text(plain(formed), lambda text, prompt: mended_text(text, prompt, code, plan.raw), plan.raw)


def changes(record: Record, whole: Record, plan: Plan) -> tuple[Why, ...]:
    """What `mended` changed to make the record whole, beyond its form."""
    formed = trained(record, plan)
    moved = {
        "sides_swapped": plan.swap and inverted(record),
        "prompt_repeated": repeats(in_form(record, plan)),
        "calls_as_text": chats.untold(formed),
        "tools_left_out": chats.unarmed(formed, plan.form),
        "weight_ignored": chats.unheeded(formed, plan.form),
    }
    done = [Why(why) for why, shows in moved.items() if shows]
    if plan.form == "checkable" and (names := renamed(formed)):
        done.append(Why("column_renamed", texts.redacted(names)))
    # Most records are clean: which repair did what is worked out for the others alone.
    return (*done, *(in_texts(formed, plan) if whole != formed else ()))


def mended_text(text: str, prompt: bool, code: bool, raw: bool) -> str:
    """One text of a record; `prompt` says that it is of the prompt, `code` that the record holds program text."""
    kept = text if code else texts.stripped(text, prompt)
    return texts.trimmed(kept if raw else texts.redacted(kept), code)


def in_texts(formed: Record, plan: Plan) -> Iterator[Why]:
    """What mending the texts of a record changes."""
    code = program(View(formed))
    kept = plain(formed) if code else each_text(plain(formed), texts.stripped, True)
    if kept != formed:
        yield Why("leftover_stripped")
    if not plan.raw and each_text(kept, lambda text, _: texts.redacted(text), False) != kept:
        yield Why("secret_redacted", secrets(kept))
    if any(text != texts.trimmed(text, code) for text in said(formed)):
        yield Why("whitespace")


def each_text(record: Record, change: Callable[[str, bool], str], raw: bool) -> Record:
    """The record with every text changed; `change` takes a text and whether it is of the prompt.

    What programs read, such as calls and tests, only loses its secrets, and keeps them too where `raw`.
    """
    cell = unchanged if raw else texts.redacted_cell
    changed = dataclasses.replace(
        record,
        prompt=tuple(Message(m.role, change(m.content, True)) for m in record.prompt),
        answer=None if record.answer is None else change(record.answer, False),
        rejected=None if record.rejected is None else change(record.rejected, False),
        references=tuple(change(text, False) for text in record.references),
        meta=cell(record.meta),
    )
    return chats.each_text(changed, change, cell) if isinstance(changed, chats.Chat) else changed


def unchanged(value: Any) -> Any:
    """The cell as it is."""
    return value


def said(record: Record) -> Iterable[str]:
    """The texts that are trained on, calls of tools aside where they stand apart."""
    if turns := chats.held(record):
        return [turn.said.content for turn in turns]
    return [*(m.content for m in record.prompt), record.answer or "", record.rejected or ""]


def secrets(record: Record) -> str:
    """The kinds of secret in a record and how many of each; never the secrets."""
    written = [*said(record), orjson.dumps([record.meta, chats.beside(record)]).decode()]
    kinds = sum((Counter(privacy.count(text)) for text in written), Counter[str]())
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
    looked_at = [*said(view.record), *([] if chats.held(view.record) else [view.prompt])]
    return wrapped(view) or (not program(view) and any(map(leftover, looked_at)))


def key(record: Record) -> int:
    """What makes two mended records copies of each other, as the census has it: equal texts, roles and labels, by hash."""
    roles = tuple(m.role for m in record.prompt)
    return hash((roles, fold(prompt_text(record)), *folds([record.answer, record.rejected]), record.label))


def couple(record: Record) -> tuple[int, bool]:
    """(the prompt with its two answers in whatever order, whether they stand in one order of the two), by hash."""
    a, b = folds([record.answer, record.rejected])
    return hash((fold(prompt_text(record)), min(a, b), max(a, b))), a < b
