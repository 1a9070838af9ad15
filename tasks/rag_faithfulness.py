"""Does the answer rest on the documents, and does the model decline when they hold none?

Headline (generation-based, bounded): the harmonic mean of two shares, so that neither silence nor talking wins:
answerable items answered, correctly and supported; unanswerable items declined. Trust-Score (arXiv:2409.11242) pairs
the same two halves; support is K-Precision (arXiv:2307.16877). Why each diagnostic is there: docs/decisions/instruments.md.

Example: documents of a town, "How long is the Old Bridge?" → "The Old Bridge is 84 metres long."
Chance: always declining, copying the documents and random answers all score 0 on the headline.
Not covered: answers right in substance but worded outside `accept`; negation inside a supported answer.
"""

from __future__ import annotations

from collections.abc import Sequence

from advisor.types import Record
from tasks.prompting import conversation, target
from tasks.support import entity_support, number_support
from tasks.text import abstains, contains, support
from tasks.types import Instrument, Item, Output, Request, Scores, harmonic, mean

TITLE = "RAG faithfulness"
WHAT = "answers from the documents where they hold the answer, declines where they do not"
HEADLINE = "faithfulness_index"
RIGHT = ("answered", "declined")
BESIDE = ("support", "number_support", "entity_support", "contrast")

SUPPORTED = 0.5
"""Content words of an answer that must stand in documents or question; our own, half: wrong facts are caught by `accept`."""
CHANGED = "counterfactual"
"""Kind of an item whose passage was changed; the data say so."""
LONGEST = 40
"""Words an answer may have: longer ones copy the documents instead of answering. Our own; gold answers stay below 25."""


def _index(rows: Sequence[Scores]) -> float | None:
    return harmonic(mean("answered", rows), mean("declined", rows))


def _precision(rows: Sequence[Scores]) -> float | None:
    """Declined where right, of all declined."""
    right, wrong = (sum(row.get(name) or 0.0 for row in rows) for name in ("declined", "over_declined"))
    return right / (right + wrong) if right + wrong else None


INSTRUMENTS = {
    "faithfulness_index": Instrument(
        "Faithfulness", "harmonic mean of answered-where-right and declined-where-right", aggregate=_index
    ),
    "answered": Instrument("Answered", "answerable items answered, correctly, supported, in at most 40 words"),
    "declined": Instrument("Declined", "unanswerable items declined: recall of abstention"),
    "over_declined": Instrument("Over-declined", "answerable items declined", better="lower"),
    "abstention_precision": Instrument(
        "Declined rightly", "declined items that are unanswerable: precision of abstention", aggregate=_precision
    ),
    "coverage": Instrument("Coverage", "items answered and not declined, rightly or wrongly"),
    "counterfactual": Instrument(
        "Changed passage", "items whose passage states a changed fact, answered with it and not with the old one"
    ),
    "support": Instrument("Support", "content words of a given answer that stand in documents or question"),
    "number_support": Instrument(
        "Numbers", "numbers of a given answer, beside the question's, that the documents state"
    ),
    "entity_support": Instrument(
        "Names", "names of a given answer, beside the question's, that stand in the documents"
    ),
    "contrast": Instrument("Contrast", "items whose gold answer is likelier per token than the unfaithful one"),
}


_SCORES = tuple(name for name, i in INSTRUMENTS.items() if i.aggregate is None)


def items(records: Sequence[Record]) -> list[Item]:
    """The records that carry documents and an answer to look for, or are known to be unanswerable."""
    return [_item(r) for r in records if r.contexts and r.prompt and (r.answerable is False or r.answer)]


def _item(record: Record) -> Item:
    answerable = record.answerable is not False
    accept = tuple(record.meta.get("accept") or ()) or tuple(a for a in (record.answer, *record.references) if a)
    return Item(
        id=record.id,
        cluster=record.group,
        kind=_kind(record, answerable),
        prompt=conversation(record),
        question=record.prompt[-1].content,
        contexts=record.contexts,
        gold=target(record),
        rejected=record.rejected,
        accept=accept if answerable else (),
        reject=tuple(record.meta.get("reject") or ()) if answerable else (),
        answerable=answerable,
    )


def _kind(record: Record, answerable: bool) -> str:
    if not answerable:
        return "unanswerable"
    return CHANGED if record.meta.get("kind") == CHANGED else "answerable"


def request(item: Item) -> Request:
    """A greedy answer, and the log-likelihoods of gold and unfaithful answer where both exist."""
    pair = (item.gold, item.rejected) if item.gold and item.rejected else ()
    return Request(prompt=item.prompt, continuations=pair, generate=True)


def score(item: Item, output: Output) -> dict[str, float | None]:
    """Scores of one answer; those that do not apply are None."""
    if output.text is None:
        return dict.fromkeys(_SCORES)
    text = output.text
    declined = abstains(text)
    named = not declined and contains(text, item.accept) and not contains(text, item.reject)
    found = dict.fromkeys(("support", "number_support", "entity_support")) if declined else _supported(item, text)
    right = named and (found["support"] or 0.0) >= SUPPORTED and len(text.split()) <= LONGEST
    return {
        "answered": float(right) if item.answerable else None,
        "declined": None if item.answerable else float(declined),
        "over_declined": float(declined) if item.answerable else None,
        "coverage": float(not declined),
        "counterfactual": float(named) if item.kind == CHANGED else None,
        **found,
        "contrast": contrast(output),
    }


def _supported(item: Item, text: str) -> dict[str, float | None]:
    return {
        "support": support(text, (*item.contexts, item.question)),
        "number_support": number_support(text, item.contexts, item.question),
        "entity_support": entity_support(text, item.contexts, item.question),
    }


def contrast(output: Output) -> float | None:
    """1 when the first continuation has the higher mean token log-probability, ½ for a tie, None without a pair."""
    if len(output.logprobs) < 2:
        return None
    good, bad = (p / n for p, n in zip(output.logprobs[:2], output.lengths[:2], strict=True))
    return 0.5 if good == bad else float(good > bad)
