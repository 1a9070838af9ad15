"""Does the answer rest on the documents, and does the model decline when they hold none?

Headline (generation-based, bounded): the harmonic mean of two shares, so that neither silence nor talking wins:
answerable items answered, correctly and supported; unanswerable items declined. Trust-Score (arXiv:2409.11242) pairs
the same two halves; support is K-Precision (arXiv:2307.16877). Why each diagnostic is there: docs/decisions/instruments.md.

Example: documents of a town, "How long is the Old Bridge?" → "The Old Bridge is 84 metres long."
Chance: always declining, copying the documents and random answers all score 0 on the headline.
Not covered: answers right in substance but worded outside `accept`; negation inside a supported answer.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from advisor.types import Record
from tasks.prompting import conversation, target
from tasks.support import entity_support, number_support
from tasks.text import abstains, contains, like_length, support
from tasks.types import Instrument, Item, Output, Request, Scores, harmonic, mean

TITLE = "RAG faithfulness"
WHAT = "answers from the documents where they hold the answer, declines where they do not"
HEADLINE = "faithfulness_index"
RIGHT = ("answered", "declined")
BESIDE = ("support", "number_support", "entity_support", "context_gain", "contrast", "matched_contrast")

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
    "context_gain": Instrument(
        "Context gain",
        "log p(gold answer | documents, question) − log p(gold answer | question), per token, where no passage was changed",
        unit="nats",
        counted=False,
    ),
    "contrast": Instrument("Contrast", "items whose gold answer is likelier per token than the unfaithful one"),
    "matched_contrast": Instrument(
        "Matched contrast", "items whose gold answer is likelier per token than an ungrounded one of like length"
    ),
}


_SCORES = tuple(name for name, i in INSTRUMENTS.items() if i.aggregate is None)


def items(records: Sequence[Record]) -> list[Item]:
    """The records that carry documents and an answer to look for, or are known to be unanswerable."""
    return [_item(r) for r in records if r.contexts and r.prompt and (r.answerable is False or r.answer)]


def _item(record: Record) -> Item:
    answerable = record.answerable is not False
    kind = _kind(record, answerable)
    accept = tuple(record.meta.get("accept") or ()) or tuple(a for a in (record.answer, *record.references) if a)
    return Item(
        id=record.id,
        cluster=record.group,
        kind=kind,
        prompt=conversation(record),
        question=record.prompt[-1].content,
        contexts=record.contexts,
        gold=target(record),
        rejected=record.rejected,
        ungrounded=record.meta.get("ungrounded") if record.rejected else None,
        variants=(record.prompt,) if kind == "answerable" else (),
        accept=accept if answerable else (),
        reject=tuple(record.meta.get("reject") or ()) if answerable else (),
        answerable=answerable,
    )


def _kind(record: Record, answerable: bool) -> str:
    if not answerable:
        return "unanswerable"
    return CHANGED if record.meta.get("kind") == CHANGED else "answerable"


def request(item: Item) -> Request:
    """A greedy answer, and the log-likelihoods of gold and unfaithful answers, that of gold without the documents too."""
    answers = tuple(a for a in (item.gold, item.rejected, item.ungrounded) if a)
    variants = tuple(Request(v, answers[:1]) for v in item.variants)
    return Request(prompt=item.prompt, continuations=answers, generate=True, variants=variants)


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
        "context_gain": _gain(output),
        "contrast": contrast(output),
        "matched_contrast": _matched(item, output),
    }


def _supported(item: Item, text: str) -> dict[str, float | None]:
    return {
        "support": support(text, (*item.contexts, item.question)),
        "number_support": number_support(text, item.contexts, item.question),
        "entity_support": entity_support(text, item.contexts, item.question),
    }


def _gain(output: Output) -> float | None:
    """ConSens' contrast (arXiv:2505.00065) in nats a token: mean log-probability with the documents less that without."""
    if not output.variants or not output.logprobs:
        return None
    informed, blind = (per_token(o, 0) for o in (output, output.variants[0]))
    return None if informed is None or blind is None else informed - blind


def _matched(item: Item, output: Output) -> float | None:
    """Against the answer made for it, or the rejected one where that happens to be of like length."""
    if item.ungrounded:
        return contrast(output, 2)
    return contrast(output) if item.gold and item.rejected and like_length(item.gold, item.rejected) else None


def contrast(output: Output, against: int = 1) -> float | None:
    """1 when the first continuation has a higher mean token log-probability than another, ½ for a tie, None without either."""
    good, bad = (per_token(output, n) for n in (0, against))
    return None if good is None or bad is None else likelier(good, bad)


def per_token(output: Output, n: int) -> float | None:
    """Mean token log-probability of a continuation in nats; None where there is none, it has no token, or it is not finite."""
    if len(output.logprobs) <= n or not output.lengths[n]:
        return None
    found = output.logprobs[n] / output.lengths[n]
    return found if math.isfinite(found) else None


def likelier(good: float, bad: float) -> float:
    """1 where the first is higher, ½ for a tie."""
    return 0.5 if good == bad else float(good > bad)
