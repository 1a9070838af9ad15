"""How a record becomes the conversation a model sees: the same in training, evaluation and every arm."""

from __future__ import annotations

from advisor.types import Message, Record

ABSTENTION = "The documents do not say."
"""The answer taught where the contexts hold none and the data gives no wording of its own."""

INSTRUCTION = (
    "Using only the documents, answer in one sentence. If the answer is missing, say that the documents do not say."
)
"""For the system turn of the prompted arm."""

_GROUNDED = (
    "Read the documents.\n\n{documents}\n\nUsing only the documents, answer in one sentence: {question} "
    "If the answer is missing, say that the documents do not say."
)
"""Chosen among several wordings by the untrained default model's scores on the embedded test items: base figures profit."""


def conversation(record: Record) -> tuple[Message, ...]:
    """The prompt of a record; its documents, if any, go numbered before the question into the last user turn."""
    if not record.contexts:
        return record.prompt
    *before, last = record.prompt
    documents = "\n".join(f"[{n}] {text}" for n, text in enumerate(record.contexts, 1))
    return (*before, Message(last.role, _GROUNDED.format(documents=documents, question=last.content)))


def target(record: Record) -> str | None:
    """The answer to train towards: the gold or chosen one, or an abstention where the contexts hold no answer."""
    if record.answer:
        return record.answer
    return ABSTENTION if record.contexts and record.answerable is False else None
