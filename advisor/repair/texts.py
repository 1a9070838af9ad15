"""Repairs of one text: template leftovers that can go without a guess, blank ends, secrets. Code is never touched.

What counts as a leftover is the rule's own pattern (profiling/answers.py). Taken away are: chat-template tokens and
Alpaca headings at the ends of a text (headings of a prompt anywhere), GSM8K's calculator annotations, and markup of
prose; the entities that the rule knows are decoded. What is left of it, a slot that was never filled or a turn mark in
the middle of an answer, only a person can mend.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import orjson

from advisor import privacy
from advisor.profiling.answers import LEFT_HINTS, QUOTED
from advisor.text import holds

ROLE = r"(?:system|user|assistant|model|tool)(?=[ \t]{0,5}\n|<|[ \t]{0,5}\Z)"
MARK = (
    rf"(?:<\|(?:im_start|start_header_id)\|> ?{ROLE}|<start_of_turn>{ROLE}"
    r"|<\|\w{1,40}\|>|\[/?INST\]|<</?SYS>>|<(?:start|end)_of_turn>|^### (?:Instruction|Response|Input):)"
)
OPENING = re.compile(rf"\A(?:\s*{MARK})+", re.IGNORECASE | re.MULTILINE)
CLOSING = re.compile(rf"{MARK}\Z", re.IGNORECASE | re.MULTILINE)
LONGEST = 100
"""Characters that hold any mark."""
HEADING = re.compile(r"^### (?:Instruction|Response|Input):[ \t]{0,20}\n?", re.IGNORECASE | re.MULTILINE)
ASKS = re.compile(r"\A(?:\s*(?:#{1,4} ?)?(?:instruction|task|input) ?:)+", re.IGNORECASE)
WAITS = re.compile(r"^[ \t]{0,20}(?:#{1,4} ?)?(?:response|output|answer) ?:\Z", re.IGNORECASE | re.MULTILINE)
WORKED = re.compile(r"<<[^<>\n]{1,60}=[^<>\n]{1,40}>>")
ENTITY = re.compile(r"&(?:amp;)*(nbsp|amp|lt|gt|quot);", re.IGNORECASE)
"""Encoded once or more often."""
MEANT = {"nbsp": " ", "amp": "&", "lt": "<", "gt": ">", "quot": '"'}
BLOCK = re.compile(r"<br\b[^<>]{0,200}>|</?(?:p|div)\b[^<>]{0,200}>", re.IGNORECASE)
INLINE = re.compile(r"</?span\b[^<>]{0,200}>", re.IGNORECASE)
ABOUT_MARKUP = re.compile(r"\b(?:html|xml|css|markup|tags?|elements?)\b", re.IGNORECASE)
"""A text that speaks of tags may mean the ones it shows."""


def stripped(text: str, prompt: bool = False) -> str:
    """The text without the leftovers that can go; `prompt` says that a heading may go from its middle too."""
    if not holds(text, LEFT_HINTS):
        return text
    # Tags go before entities are decoded: what an entity spells out was meant to be read.
    text = outside_code(text, lambda said: WORKED.sub("", unmarked(said)))
    text = outside_code(text, decoded)
    if prompt:
        text = outside_code(text, lambda said: HEADING.sub("", said))
    return without_ends(text)


def without_headings(text: str) -> str:
    """A question without the heading that opens its template and the one that waits for the answer."""
    end = text.rstrip()
    waits = WAITS.search(end, max(0, len(end) - LONGEST))
    return ASKS.sub("", end[: waits.start()] if waits else end).strip()


def outside_code(text: str, change: Callable[[str], str]) -> str:
    """The text with a change made to all of it but what stands in backticks."""
    pieces, last = list[str](), 0
    for quoted in QUOTED.finditer(text):
        pieces += [change(text[last : quoted.start()]), quoted[0]]
        last = quoted.end()
    return "".join([*pieces, change(text[last:])])


def unmarked(text: str) -> str:
    """Prose without its tags; a text that speaks of tags keeps them."""
    if "<" not in text or ABOUT_MARKUP.search(text):
        return text
    return INLINE.sub("", BLOCK.sub("\n", text))


def decoded(text: str) -> str:
    """The entities of the rule decoded, also where they were encoded twice; a hard space becomes a plain one."""
    return ENTITY.sub(lambda entity: MEANT[entity[1].lower()], text)


def without_ends(text: str) -> str:
    """The text without the marks that open and close it, and the blanks between them."""
    opening = OPENING.match(text)
    inner = text[opening.end() :] if opening else text
    code = max((quoted.end() for quoted in QUOTED.finditer(inner)), default=0)
    # An index and no copies: a text may be nothing but marks.
    end = blanks = without_blanks(inner, len(inner))
    while closing := CLOSING.search(inner, max(code, end - LONGEST), end):
        end = without_blanks(inner, closing.start())
    return inner[:end].strip() if opening or end < blanks else text


def without_blanks(text: str, end: int) -> int:
    """Where the text that ends at `end` ends without its blanks."""
    while end and text[end - 1].isspace():
        end -= 1
    return end


def redacted(text: str) -> str:
    """The text without its secrets, also those that show only once others are gone."""
    while (safe := privacy.redact(text)) != text:
        text = safe
    return text


def redacted_cell(value: Any) -> Any:
    """A value of any type without its secrets, also those that only a key beside them gives away."""
    bare = in_leaves(value)
    text = orjson.dumps(bare).decode()
    if (safe := redacted(text)) == text:
        return bare
    try:
        return orjson.loads(safe)
    except orjson.JSONDecodeError:  # a mark of JSON was taken for a part of the secret
        return bare


def in_leaves(value: Any) -> Any:
    """A value whose texts and numbers hold no secret by themselves."""
    if isinstance(value, Mapping):
        return {key: in_leaves(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [in_leaves(item) for item in value]
    if isinstance(value, (str, int)) and not isinstance(value, bool):
        return value if (safe := redacted(str(value))) == str(value) else safe
    return value


def trimmed(text: str, code: bool) -> str:
    """The text without blank ends; of code the first line's indent stays."""
    return text.strip("\r\n").rstrip() if code else text.strip()
