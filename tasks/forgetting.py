"""What did training cost elsewhere? Likelihood of general text, and drift from the base model on it.

Headline (bounded): general text kept, exp(−KL(base ‖ model)) per token, 1 for the base model itself. Forgetting tracks
this KL (arXiv:2509.04259). The token NLL stands beside it.

Example: a short passage about baking, law or the sea (tasks/data/general.jsonl). Chance: the base model scores 1.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from advisor.types import Record
from tasks.types import Instrument, Item, Output, Request, Scores, mean

TITLE = "General text kept"
WHAT = "still predicts general text as the base model does"
HEADLINE = "kept"
RIGHT: tuple[str, ...] = ()
BESIDE: tuple[str, ...] = ()


def _kept(rows: Sequence[Scores]) -> float | None:
    kl = mean("kl", rows)
    return None if kl is None else math.exp(-max(kl, 0.0))


INSTRUMENTS = {
    "kept": Instrument("Kept", "exp(−KL per token to the base model) on general text", aggregate=_kept, counted=False),
    "kl": Instrument("KL", "KL(base ‖ model) per token on general text", better="lower", unit="nats", counted=False),
    "nll": Instrument(
        "NLL", "token negative log-likelihood of general text", better="lower", unit="nats", counted=False
    ),
}


def items(records: Sequence[Record]) -> list[Item]:
    """The records that are plain text."""
    return [
        Item(id=r.id, cluster=r.group, kind="text", prompt=(), question="", gold=r.answer)
        for r in records
        if r.answer and not r.prompt
    ]


def request(item: Item) -> Request:
    """NLL and KL over the passage."""
    return Request(text=item.gold)


def score(item: Item, output: Output) -> dict[str, float | None]:  # noqa: ARG001  (the contract's signature)
    """NLL and KL of one passage."""
    return {"nll": output.nll, "kl": output.kl}
