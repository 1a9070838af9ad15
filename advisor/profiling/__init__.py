"""Records → Profile: every figure that rules, the decision and a page draw from.

One pass counts what is cheap over every record and draws a sample for what is costly, in memory that does not grow with
the file. Parts of a file may be counted apart and merged: the profile is the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from operator import attrgetter

from advisor import duplicates
from advisor.overview import Overview, of_dataset
from advisor.profiling import origin
from advisor.profiling.answers import answers, filled
from advisor.profiling.axes import axes
from advisor.profiling.batch import Batch, batch, together
from advisor.profiling.census import Census, Copies, Folded
from advisor.profiling.classes import commonest_class, crossing
from advisor.profiling.exact import Exact, compared
from advisor.profiling.grounding import DocumentCounts
from advisor.profiling.hashes import fold
from advisor.profiling.languages import languages
from advisor.profiling.measure import Count, prompt_identity
from advisor.profiling.models import model_of
from advisor.profiling.pairs import PairCounts
from advisor.profiling.sample import ALL, Draw, Sample, View, keys, samples
from advisor.profiling.tokens import tokens
from advisor.profiling.types import Duplicates, Profile, Tally
from advisor.profiling.unused import unused
from advisor.text import wilson, words
from advisor.types import Axis, Dataset, Record

Limits = tuple[int, int, int]
"""Up to where the draws of all records, of pairs and of records with documents keep them."""


class Profiler:
    """Takes records in batches."""

    def __init__(self, limits: Limits = (ALL, ALL, ALL)) -> None:
        self.census, self.copies = Census(), Copies()
        self.pairs, self.documents = PairCounts(), DocumentCounts()
        # By one hash, so that a file of pairs alone draws the same records for each, and their texts are derived once.
        self.all, self.paired, self.grounded = (Draw(limit=limit) for limit in limits)

    def add(self, some: Batch) -> None:
        """Some records."""
        folded = Folded(some)
        self.documents.add(some)
        for counts in (self.census, self.copies, self.pairs):
            counts.add(some, folded)
        self._draw(some)

    def _draw(self, some: Batch) -> None:
        documents = [i for i, texts in enumerate(some.contexts) if texts] if any(some.contexts) else []
        drawing = [(self.all, range(len(some.rows))), (self.paired, some.paired), (self.grounded, documents)]
        drawn = keys(some.rows, some.places, max(draw.limit for draw, at in drawing if at))
        for draw, at in drawing:
            draw.extend(drawn, some, at)

    def limits(self) -> Limits:
        """Beyond these no record will be drawn any more: another part of the file need not keep it."""
        return self.all.limit, self.paired.limit, self.grounded.limit

    def merge(self, other: Profiler) -> None:
        """What was counted in another part of the file."""
        for name, part in vars(self).items():
            part.merge(getattr(other, name))

    @cached_property
    def samples(self) -> list[Sample]:
        """Of all records, of pairs, and of records with documents; to be asked for when all were taken."""
        return samples(self.all, self.paired, self.grounded)

    def drawn(self) -> dict[int, Record]:
        """Row → record, of those drawn and of rows that hold only one."""
        views = [view for sample in self.samples for view in sample.views]
        several = {view.record.row for view in views if view.place}
        return {view.record.row: view.record for view in views if view.record.row not in several}

    def result(self, read: Overview, *, goal: Axis | None = None, model: str | None = None) -> Profile:
        """The profile of all that was taken; `goal` and `model` are the user's own words and go into it as they are."""
        exact = compared(self.copies, self.pairs, self.documents)
        census, (sample, paired, grounded) = self.census, self.samples
        return Profile(
            rows=read.rows,
            bad=rows_tally(read.bad, read.bad_rows, read.rows),
            records=census.records,
            schema=read.schema.name,
            schema_share=read.schema.share,
            supervision=read.schema.supervision,
            languages=languages(sample),
            axes=axes(sample),
            lengths=census.spreads(),
            tokens=tokens(sample, census.characters()),
            turns=census.turns.result(),
            system=census.system.result(),
            harmful=sample.tally(lambda v: v.harmful, among=lambda v: bool(v.record.prompt)),
            answers=answers(sample, census.missing(read.schema.supervision)),
            labels=census.labels.result() if census.labels.of else None,
            scores=census.scores.result(),
            model=model_of(model),
            goal=goal,
            partly_bad=rows_tally(read.partly, read.partly_rows, read.rows),
            sample=len(sample.views),
            notes=read.notes,
            layouts=origin.layouts(read.schema),
            columns=origin.columns(read.schema, sample),
            unusual=origin.unusual(read.schema),
            keyed=sample.tally(origin.keyed, among=origin.asks),
            unreviewed=sample.tally(origin.unreviewed),
            attacks=sample.tally(origin.attack),
            tokenised=sample.tally(origin.tokenised, among=filled),
            blank_turns=sample.tally(origin.blank_turn, among=origin.replied),
            looping=paired.tally(origin.looping),
            held_out=sample.tally(origin.held_out),
            benchmarks=origin.benchmarks(sample),
            commonest=commonest_class(sample),
            crossing=crossing(sample),
            unused=unused(sample, read.schema.columns),
            # What needs the comparison of all texts comes last, so that it had the time of the above.
            duplicates=repeated(exact(), sample),
            grounding=self.documents.result(grounded, exact().documents),
            pairs=self.pairs.result(paired, exact().turned),
        )


def repeated(exact: Exact, sample: Sample) -> Duplicates:
    """Exact copies over all records; near ones over the sample, its own copies left out."""
    firsts = dict[tuple[object, ...], View]()
    for view in sample.views:
        firsts.setdefault(identity(view), view)
    views = list(firsts.values())
    texts = [[*words(v.prompt), *v.answer.words, *v.rejected.words] for v in views]
    found = set(duplicates.near(texts, [words("\n".join(v.record.contexts)) for v in views]))
    near = Count()
    near.extend([v.record.row for v in views], [i in found for i in range(len(views))])
    scaled = near.result(sample.scaled(len(views)))
    return Duplicates(exact.copies, scaled, len(views), exact.prompts, exact.answers)


def identity(view: View) -> tuple[object, ...]:
    """What makes two records the same: everything that would be trained on, blanks at the ends of texts aside."""
    r = view.record
    sides = (None if text is None else fold(text) for text in (r.answer, r.rejected))
    return tuple(m.role for m in r.prompt), fold(prompt_identity(r)), r.contexts, *sides, r.label


def profiled(records: Sequence[Record]) -> Profiler:
    """A profiler that took them."""
    profiler = Profiler()
    for some in together(records, attrgetter("row")):
        profiler.add(batch(some))
    return profiler


def profile(dataset: Dataset, *, goal: Axis | None = None, model: str | None = None) -> Profile:
    """Measure a dataset held in memory. Pure."""
    return profiled(dataset.records).result(of_dataset(dataset), goal=goal, model=model)


def rows_tally(count: int, rows: Sequence[int], of: int) -> Tally:
    """Rows out of all the dataset's rows."""
    return Tally(wilson(count, max(count, of)), tuple(rows[:10]))
