"""Does the answer rest on the documents, and does the model decline when they hold none?

Headline (generation-based, bounded): the harmonic mean of two shares, so that neither silence nor talking wins:
answerable items answered, correctly and supported; unanswerable items declined. Trust-Score (arXiv:2409.11242) pairs
the same two halves; support is K-Precision (arXiv:2307.16877).

Example: documents of a town, "How long is the Old Bridge?" → "The Old Bridge is 84 metres long."
Chance: always declining, copying the documents and random answers all score 0 on the headline.
Not covered: answers right in substance but worded outside `accept`; negation inside a supported answer.
"""

from __future__ import annotations

from collections.abc import Sequence

from advisor.types import Record
from tasks.prompting import conversation, target
from tasks.text import abstains, contains, support
from tasks.types import Instrument, Item, Output, Request, Scores, harmonic, mean

TITLE = "RAG faithfulness"
WHAT = "answers from the documents where they hold the answer, declines where they do not"
HEADLINE = "faithfulness_index"
RIGHT = ("answered", "declined")
BESIDE = ("support", "contrast")

SUPPORTED = 0.5
"""Content words of an answer that must stand in documents or question; our own, half: wrong facts are caught by `accept`."""
LONGEST = 40
"""Words an answer may have: longer ones copy the documents instead of answering. Our own; gold answers stay below 25."""


def _index(rows: Sequence[Scores]) -> float | None:
    return harmonic(mean("answered", rows), mean("declined", rows))


INSTRUMENTS = {
    "faithfulness_index": Instrument(
        "Faithfulness", "harmonic mean of answered-where-right and declined-where-right", aggregate=_index
    ),
    "answered": Instrument("Answered", "answerable items answered, correctly, supported, in at most 40 words"),
    "declined": Instrument("Declined", "unanswerable items declined"),
    "over_declined": Instrument("Over-declined", "answerable items declined", better="lower"),
    "support": Instrument("Support", "content words of a given answer that stand in documents or question"),
    "contrast": Instrument("Contrast", "items whose gold answer is likelier per token than the unfaithful one"),
}


_SCORES = ("answered", "declined", "over_declined", "support", "contrast")


def items(records: Sequence[Record]) -> list[Item]:
    """The records that carry documents and an answer to look for, or are known to be unanswerable."""
    return [_item(r) for r in records if r.contexts and r.prompt and (r.answerable is False or r.answer)]


def _item(record: Record) -> Item:
    answerable = record.answerable is not False
    accept = tuple(record.meta.get("accept") or ()) or tuple(a for a in (record.answer, *record.references) if a)
    return Item(
        id=record.id,
        cluster=record.group,
        kind="answerable" if answerable else "unanswerable",
        prompt=conversation(record),
        question=record.prompt[-1].content,
        contexts=record.contexts,
        gold=target(record),
        rejected=record.rejected,
        accept=accept if answerable else (),
        reject=tuple(record.meta.get("reject") or ()) if answerable else (),
        answerable=answerable,
    )


def request(item: Item) -> Request:
    """A greedy answer, and the log-likelihoods of gold and unfaithful answer where both exist."""
    pair = (item.gold, item.rejected) if item.gold and item.rejected else ()
    return Request(prompt=item.prompt, continuations=pair, generate=True)


def score(item: Item, output: Output) -> dict[str, float | None]:
    """Scores of one answer; the halves that do not apply are None."""
    if output.text is None:
        return dict.fromkeys(_SCORES)
    text = output.text
    declined = abstains(text)
    supported = None if declined else support(text, (*item.contexts, item.question))
    right = (
        not declined
        and contains(text, item.accept)
        and not contains(text, item.reject)
        and (supported or 0.0) >= SUPPORTED
        and len(text.split()) <= LONGEST
    )
    return {
        "answered": float(right) if item.answerable else None,
        "declined": None if item.answerable else float(declined),
        "over_declined": float(declined) if item.answerable else None,
        "support": supported,
        "contrast": contrast(output),
    }


def contrast(output: Output) -> float | None:
    """1 when the first continuation has the higher mean token log-probability, ½ for a tie, None without a pair."""
    if len(output.logprobs) < 2:
        return None
    good, bad = (p / n for p, n in zip(output.logprobs[:2], output.lengths[:2], strict=True))
    return 0.5 if good == bad else float(good > bad)
