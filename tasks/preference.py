"""Does the model itself find the chosen answers of held-out pairs likelier than the rejected ones?

Headline: share of pairs whose chosen side has the higher mean log-probability per token (reference-free, as in SimPO's
reward, arXiv:2405.14734). Ranking accuracy tracks win rate only near the reference model (arXiv:2405.19534): read it
beside the KL of `forgetting`. The margin is DPO's own objective, so a diagnostic.

Example: a held-out pair of the user's file. Chance: ½.
"""

from __future__ import annotations

from collections.abc import Sequence

from advisor.types import Record
from tasks.prompting import conversation, target
from tasks.rag_faithfulness import contrast, likelier
from tasks.types import Instrument, Item, Output, Request

TITLE = "Preference"
WHAT = "finds the chosen answers of held-out pairs likelier than the rejected ones"
HEADLINE = "preference_accuracy"
RIGHT = ("preference_accuracy",)
BESIDE = ("sum_accuracy",)

INSTRUMENTS = {
    "preference_accuracy": Instrument("Preference", "pairs whose chosen side is likelier per token"),
    "sum_accuracy": Instrument("By sum", "pairs whose chosen side is likelier as a whole"),
    "margin": Instrument("Margin", "log p(chosen) − log p(rejected), DPO's own objective", unit="nats", counted=False),
}


def items(records: Sequence[Record]) -> list[Item]:
    """The records that have both sides."""
    return [_item(r) for r in records if r.prompt and target(r) and r.rejected]


def _item(record: Record) -> Item:
    return Item(
        id=record.id,
        cluster=record.group,
        kind="pair",
        prompt=conversation(record),
        question=record.prompt[-1].content,
        contexts=record.contexts,
        gold=target(record),
        rejected=record.rejected,
    )


def request(item: Item) -> Request:
    """The log-likelihoods of both sides."""
    return Request(prompt=item.prompt, continuations=(item.gold or "", item.rejected or ""))


def score(item: Item, output: Output) -> dict[str, float | None]:  # noqa: ARG001  (the contract's signature)
    """Which side is likelier, per token and as a whole."""
    accuracy = contrast(output)
    if accuracy is None:
        return {"preference_accuracy": None, "sum_accuracy": None, "margin": None}
    chosen, rejected = output.logprobs[:2]
    return {
        "preference_accuracy": accuracy,
        "sum_accuracy": likelier(chosen, rejected),
        "margin": chosen - rejected,
    }
