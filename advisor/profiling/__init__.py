"""Dataset → Profile: every figure that rules, the decision and a page draw from."""

from __future__ import annotations

from collections.abc import Sequence

from advisor import duplicates
from advisor.profiling.answers import answers
from advisor.profiling.axes import axes, harmful
from advisor.profiling.grounding import grounding
from advisor.profiling.languages import languages
from advisor.profiling.measure import prompt_text, rows_of, spread, tally
from advisor.profiling.models import model_of
from advisor.profiling.pairs import pairs
from advisor.profiling.tokens import tokens
from advisor.profiling.types import Duplicates, Profile, Spread, Tally
from advisor.text import normalise, wilson
from advisor.types import Axis, Dataset, Record

NEAR_SAMPLE = 5000
"""Records searched for near duplicates; beyond it an even sample, and the profile says so."""


def profile(dataset: Dataset, *, goal: Axis | None = None, model: str | None = None) -> Profile:
    """Measure a dataset; `goal` and `model` are the user's own words and go into it as they are. Pure."""
    records = dataset.records
    return Profile(
        rows=dataset.rows,
        bad=Tally(wilson(len(dataset.errors), dataset.rows), rows_of(e.row for e in dataset.errors)),
        records=len(records),
        schema=dataset.schema.name,
        schema_share=dataset.schema.share,
        supervision=dataset.schema.supervision,
        languages=languages(records),
        axes=axes(records),
        lengths=lengths(records),
        tokens=tokens(records),
        turns=spread(turns(r) for r in records),
        system=tally(records, lambda r: any(m.role == "system" for m in r.prompt)),
        harmful=tally([r for r in records if r.prompt], harmful),
        duplicates=repeated(records),
        answers=answers(records, dataset.schema.supervision),
        grounding=grounding(records),
        pairs=pairs(records),
        labels=labels(records),
        scores=spread(r.score for r in records if r.score is not None),
        model=model_of(model),
        goal=goal,
    )


def lengths(records: Sequence[Record]) -> dict[str, Spread]:
    """Characters of each part, over the records that have it."""
    return {
        "prompt": spread(len(prompt_text(r)) for r in records if r.prompt),
        "contexts": spread(sum(map(len, r.contexts)) for r in records if r.contexts),
        "answer": spread(len(r.answer) for r in records if r.answer is not None),
        "rejected": spread(len(r.rejected) for r in records if r.rejected is not None),
    }


def turns(record: Record) -> int:
    """User and assistant turns, the answer included."""
    return sum(m.role in ("user", "assistant") for m in record.prompt) + (record.answer is not None)


def labels(records: Sequence[Record]) -> Tally | None:
    """Desirable records out of the labelled ones."""
    labelled = [r for r in records if r.label is not None]
    return tally(labelled, lambda r: r.label is True) if labelled else None


def repeated(records: Sequence[Record]) -> Duplicates:
    """Exact copies over all records; near ones over an even sample of the rest, by prompt and answer."""
    keys = [whole(r) for r in records]
    copies = duplicates.exact(keys)
    copied = set(copies)
    rest = [r for i, r in enumerate(records) if i not in copied]
    size = min(len(rest), NEAR_SAMPLE)
    sample = [rest[i * len(rest) // size] for i in range(size)]
    near = duplicates.near([f"{prompt_text(r)}\n{r.answer or ''}" for r in sample])
    answered = [normalise(r.answer) for r in records if r.answer and r.answer.strip()]
    prompts = {(normalise(prompt_text(r)), r.contexts) for r in records if r.prompt}
    return Duplicates(
        exact=Tally(wilson(len(copies), len(records)), rows_of(records[i].row for i in copies)),
        near=Tally(wilson(len(near), len(sample)), rows_of(sample[i].row for i in near)),
        near_sample=len(sample),
        prompts=wilson(len(prompts), sum(bool(r.prompt) for r in records)),
        answers=wilson(len(set(answered)), len(answered)),
    )


def whole(record: Record) -> tuple[object, ...]:
    """What makes two records the same: case and blanks aside, everything that would be trained on."""
    turns = tuple((m.role, normalise(m.content)) for m in record.prompt)
    sides = tuple(None if side is None else normalise(side) for side in (record.answer, record.rejected))
    return turns, record.contexts, sides, record.label
