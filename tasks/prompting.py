"""How a record becomes the conversation a model sees: the same in training, evaluation and every arm."""

from __future__ import annotations

from advisor.types import Message, Record

ABSTENTION = "The documents do not say."
"""The answer taught where the contexts hold none and the data gives no wording of its own."""

INSTRUCTION = (
    "Answer the question in one short sentence, using only the documents. "
    "If they do not contain the answer, say that the documents do not say."
)


def conversation(record: Record) -> tuple[Message, ...]:
    """The prompt of a record; its documents, if any, go numbered before the question into the last user turn."""
    if not record.contexts:
        return record.prompt
    *before, last = record.prompt
    documents = "\n".join(f"[{n}] {text}" for n, text in enumerate(record.contexts, 1))
    return (*before, Message(last.role, f"{INSTRUCTION}\n\n{documents}\n\nQuestion: {last.content}"))


def target(record: Record) -> str | None:
    """The answer to train towards: the gold or chosen one, or an abstention where the contexts hold no answer."""
    if record.answer:
        return record.answer
    return ABSTENTION if record.contexts and record.answerable is False else None
