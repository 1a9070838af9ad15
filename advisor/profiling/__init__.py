"""Dataset → Profile: every figure that rules, the decision and a page draw from.

One pass counts what is cheap over every record and draws a sample for what is costly, in memory that does not grow with
the records but by a few numbers for each.
"""

from __future__ import annotations

from collections.abc import Sequence

from advisor import duplicates
from advisor.profiling import origin
from advisor.profiling.answers import answers
from advisor.profiling.axes import axes
from advisor.profiling.census import Census, Copies
from advisor.profiling.grounding import DocumentCounts
from advisor.profiling.languages import languages
from advisor.profiling.measure import Count
from advisor.profiling.models import model_of
from advisor.profiling.pairs import PairCounts
from advisor.profiling.sample import Draw, View, key_of
from advisor.profiling.tokens import tokens
from advisor.profiling.types import Duplicates, Profile, Tally
from advisor.text import wilson, words
from advisor.types import Axis, Dataset, Record, Supervision


class Profiler:
    """Takes records one by one."""

    def __init__(self, supervision: Supervision) -> None:
        self.census, self.copies = Census(supervision), Copies()
        self.pairs, self.documents = PairCounts(), DocumentCounts()
        # By one hash, so that a file of pairs alone draws the same records for each, and their texts are derived once.
        self.all, self.distinct, self.paired, self.grounded = Draw(), Draw(), Draw(), Draw()

    def add(self, record: Record) -> None:
        """One record."""
        view, key = View(record), key_of(record)
        self.census.add(view)
        self.documents.add(view)
        self.all.add(key, view)
        if not self.copies.add(view):
            self.distinct.add(key, view)
        if view.paired:
            self.pairs.add(view)
            self.paired.add(key, view)
        if record.contexts:
            self.grounded.add(key, view)

    def repeated(self) -> Duplicates:
        """Exact copies over all records; near ones over the sample of the rest."""
        sample = self.distinct.result()
        texts = [[*words(v.prompt), *v.answer.words, *v.rejected.words] for v in sample.views]
        found = set(duplicates.near(texts, [words("\n".join(v.record.contexts)) for v in sample.views]))
        near = Count()
        for i, view in enumerate(sample.views):
            near.add(view.record.row, i in found)
        return self.copies.result(near.result(sample.sampled_from), len(sample.views))


def profile(dataset: Dataset, *, goal: Axis | None = None, model: str | None = None) -> Profile:
    """Measure a dataset; `goal` and `model` are the user's own words and go into it as they are. Pure."""
    profiler = Profiler(dataset.schema.supervision)
    for record in dataset.records:
        profiler.add(record)
    census, sample = profiler.census, profiler.all.result()
    bad, partly = faulty(dataset)
    return Profile(
        rows=dataset.rows,
        bad=bad,
        records=len(dataset.records),
        schema=dataset.schema.name,
        schema_share=dataset.schema.share,
        supervision=dataset.schema.supervision,
        languages=languages(sample),
        axes=axes(sample),
        lengths=census.spreads(),
        tokens=tokens(sample, census.characters()),
        turns=census.turns.result(),
        system=census.system.result(),
        harmful=sample.tally(lambda v: v.harmful, among=lambda v: bool(v.record.prompt)),
        duplicates=profiler.repeated(),
        answers=answers(sample, census.empty.result()),
        grounding=profiler.documents.result(profiler.grounded.result()),
        pairs=profiler.pairs.result(profiler.paired.result()),
        labels=census.labels.result() if census.labels.of else None,
        scores=census.scores.result(),
        model=model_of(model),
        goal=goal,
        partly_bad=partly,
        sample=len(sample.views),
        notes=dataset.notes,
        layouts=origin.layouts(dataset),
        columns=origin.columns(dataset),
        unusual=origin.unusual(dataset),
        keyed=origin.keyed(dataset.records),
        unreviewed=origin.unreviewed(dataset.records),
        attacks=origin.attacks(dataset.records),
        tokenised=origin.tokenised(dataset.records),
        blank_turns=origin.blank_turns(dataset.records),
        looping=origin.looping(dataset.records),
        held_out=origin.held_out(dataset.records),
        benchmarks=origin.benchmarks(dataset.records),
    )


def faulty(dataset: Dataset) -> tuple[Tally, Tally]:
    """Rows that became no record, and rows of which a part did not; a row with several faults counts once."""
    used = {record.row for record in dataset.records}
    faults = dict.fromkeys(e.row for e in (*dataset.errors, *dataset.broken))
    return rows_tally([r for r in faults if r not in used], dataset), rows_tally(
        [r for r in faults if r in used], dataset
    )


def rows_tally(rows: Sequence[int], dataset: Dataset) -> Tally:
    """Rows out of all the dataset's rows."""
    return Tally(wilson(len(rows), max(len(rows), dataset.rows)), tuple(rows[:10]))
