"""How close do greedy answers come to the held-out gold answers?

Headline: token F1 against the best reference (SQuAD's, Rajpurkar et al. 2016). Exact match and whether the answer ends
stand beside it.

Example: a held-out gold record of the user's file. Chance: near 0.
Not covered: questions without an answer (SQuAD 2.0 would give a silent model full marks there; `rag_faithfulness` weighs
them against the others), and answers right in other words. For free text, read F1 as likeness to the gold style, not as truth.
"""

from __future__ import annotations

from collections.abc import Sequence

from advisor.types import Record
from tasks.prompting import conversation, target
from tasks.text import exact, token_f1
from tasks.types import Instrument, Item, Output, Request

TITLE = "Answer quality"
WHAT = "comes close to the held-out gold answers"
HEADLINE = "token_f1"
RIGHT = ("token_f1",)
BESIDE = ("exact_match",)

INSTRUMENTS = {
    "token_f1": Instrument("Token F1", "token F1 against the best gold answer"),
    "exact_match": Instrument("Exact match", "normalised answer equals a gold answer"),
    "ended": Instrument("Ended", "answers that end by themselves within the limit of new tokens"),
}


_SCORES = ("token_f1", "exact_match", "ended")


def items(records: Sequence[Record]) -> list[Item]:
    """The records that have a gold answer."""
    return [_item(r) for r in records if r.prompt and target(r) and r.answerable is not False]


def _item(record: Record) -> Item:
    return Item(
        id=record.id,
        cluster=record.group,
        kind="gold",
        prompt=conversation(record),
        question=record.prompt[-1].content,
        contexts=record.contexts,
        gold=target(record),
        accept=tuple(a for a in (record.answer, *record.references) if a),
        answerable=record.answerable,
    )


def request(item: Item) -> Request:
    """A greedy answer."""
    return Request(prompt=item.prompt, generate=True)


def score(item: Item, output: Output) -> dict[str, float | None]:
    """Likeness of the answer to the gold ones."""
    if output.text is None:
        return dict.fromkeys(_SCORES)
    text = output.text
    ended = None if output.ended is None else float(output.ended)
    return {"token_f1": token_f1(text, item.accept), "exact_match": exact(text, item.accept), "ended": ended}
