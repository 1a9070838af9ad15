"""What flows through a task: Record → Item → Request → Output → scores.

Floor 0: frozen dataclasses and the standard library (with the advisor's, which are of the same floor).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from advisor.types import Message

Scores = Mapping[str, float | None]
"""Instrument → score of one item; None where the instrument does not apply (unscored is not zero)."""

Aggregate = Callable[[Sequence[Scores]], float | None]
"""From the scores of many items to one figure; None when nothing was scored."""


@dataclass(frozen=True, slots=True)
class Item:
    """One held-out question of a task."""

    id: str
    """Unique within the task."""
    cluster: str
    """Document, topic or prompt group: items that share it are not independent."""
    kind: str
    """What sort of item (`answerable`, `unanswerable`, `policy`, `neutral`, …)."""
    prompt: tuple[Message, ...]
    """The conversation as the model sees it, documents rendered into it."""
    question: str
    """The bare last user message, for display."""
    contexts: tuple[str, ...] = ()
    """The documents, for support scores and display."""
    gold: str | None = None
    """The right answer, where there is one text."""
    rejected: str | None = None
    """A wrong answer to contrast it with."""
    ungrounded: str | None = None
    """An answer of about the gold one's length that the contexts do not support, of a kind that training never shows."""
    variants: tuple[tuple[Message, ...], ...] = ()
    """The prompt otherwise: without its documents, or in other words."""
    accept: tuple[str, ...] = ()
    """Phrases any of which makes an answer right."""
    reject: tuple[str, ...] = ()
    """Phrases any of which makes an answer wrong."""
    answerable: bool | None = None
    """Whether the contexts hold the answer."""
    held_out: str | None = None
    """`paraphrase` or `topic`: how far the item lies from the training data."""


@dataclass(frozen=True, slots=True)
class Request:
    """What a task asks of a model for one item."""

    prompt: tuple[Message, ...] = ()
    """Conversation to continue; empty for a text request."""
    continuations: tuple[str, ...] = ()
    """Answers whose log-likelihood is wanted."""
    generate: bool = False
    """Whether a greedy answer is wanted."""
    text: str | None = None
    """Plain text whose token NLL (and KL to the base model) is wanted; then nothing else is."""
    variants: tuple[Request, ...] = ()
    """What else is asked for the item: log-likelihoods of answers after another conversation."""


@dataclass(frozen=True, slots=True)
class Output:
    """What a model gave for one request."""

    text: str | None = None
    """Greedy answer without special tokens."""
    ended: bool | None = None
    """Whether the answer ended by itself within the limit of new tokens."""
    logprobs: tuple[float, ...] = ()
    """Sum of token log-probabilities of each continuation, end of turn included, in nats."""
    lengths: tuple[int, ...] = ()
    """Tokens of each continuation."""
    nll: float | None = None
    """Mean token negative log-likelihood of the text, in nats."""
    kl: float | None = None
    """Mean token KL(base ‖ model) over the text, in nats; 0 for the base model itself."""
    variants: tuple[Output, ...] = ()
    """What it gave for each variant of the request."""


@dataclass(frozen=True, slots=True)
class Instrument:
    """One way to score items, and how to read it."""

    title: str
    """As a table heads its column."""
    what: str
    """One clause that defines it."""
    better: Literal["higher", "lower"] = "higher"
    """Which direction is good."""
    unit: Literal["share", "nats", ""] = "share"
    """`share` (0 to 1), `nats`, or none for a plain number."""
    aggregate: Aggregate | None = None
    """How items become one figure; None for the mean of the scored items."""
    counted: bool = True
    """Whether it counts right and wrong items, so that nobody right may still be chance."""


def mean(name: str, rows: Sequence[Scores]) -> float | None:
    """Mean of one instrument over the items that have it; None when none has."""
    values = [v for row in rows if (v := row.get(name)) is not None]
    return sum(values) / len(values) if values else None


def harmonic(a: float | None, b: float | None) -> float | None:
    """Harmonic mean 2ab/(a+b) of two shares; 0 when both are 0, None when either is unknown."""
    if a is None or b is None:
        return None
    return 2 * a * b / (a + b) if a + b else 0.0
