"""Prompts that hold a whole conversation written out in a chat template → its turns, which a trainer renders by itself.

Read are ChatML, Llama 3's headers and one turn of Llama 2's `[INST]`, and only where marks and turns are all there is:
a text before the first mark, an unknown role or an answer begun is a guess, and none is made.
"""

from __future__ import annotations

import re

from advisor.types import Message

ROLE = r"(system|user|assistant|tool)"
TEMPLATES = (
    (re.compile(rf"<\|im_start\|>[ ]?{ROLE}(?:\n|\Z)"), "<|im_end|>"),
    (re.compile(rf"<\|start_header_id\|>{ROLE}<\|end_header_id\|>"), "<|eot_id|>"),
)
"""What opens a turn, and what closes it."""
BEGINS = ("<|begin_of_text|>", "<s>")
SYSTEM = ("<<SYS>>", "<</SYS>>")


def turns(text: str) -> tuple[Message, ...]:
    """The conversation that a text is, without the assistant's turn that waits; `()` for any other text."""
    said = text.strip()
    for begin in BEGINS:
        said = said.removeprefix(begin).lstrip()
    return next(filter(None, (marked(said, *template) for template in TEMPLATES)), instructed(said))


def marked(text: str, opening: re.Pattern[str], closing: str) -> tuple[Message, ...]:
    """The turns between a template's marks."""
    head, *pieces = opening.split(text)
    bodies = [body.strip() for body in pieces[1::2]]
    if head or len(pieces) < 4 or bodies[-1] or pieces[-2] != "assistant":
        return ()
    bodies.pop()
    # Each turn is closed once, at its end, and nothing stands between two.
    if not all(body.endswith(closing) and body.count(closing) == 1 for body in bodies):
        return ()
    said = (body.removesuffix(closing).strip() for body in bodies)
    return tuple(Message(role, content) for role, content in zip(pieces[::2], said, strict=False))


def instructed(text: str) -> tuple[Message, ...]:
    """A question in `[INST]`, after a system prompt where there is one."""
    inner = text.removeprefix("[INST]").removesuffix("[/INST]")
    if len(inner) != len(text) - len("[INST][/INST]") or "INST]" in inner:
        return ()
    system, closed, asked = inner.strip().removeprefix(SYSTEM[0]).partition(SYSTEM[1])
    if not closed:
        return (Message("user", inner.strip()),)
    return (Message("system", system.strip()), Message("user", asked.strip()))
