"""What the answers look like: empty, cut off, templated, refusing, checkable, secret."""

from __future__ import annotations

import re
from collections.abc import Sequence

from advisor.privacy import redact
from advisor.profiling.grounding import abstains
from advisor.profiling.measure import prompt_text, tally
from advisor.profiling.types import Answers
from advisor.text import looks_like_refusal
from advisor.types import Record, Supervision

PLACEHOLDER = re.compile(r"\{\{\s*[\w.]+\s*\}\}|\[(?:insert|your|company|name|date)\b[^\]\n]{0,30}\]", re.IGNORECASE)
TEMPLATE = re.compile(
    r"<\|\w+\|>|\[/?INST\]|<</?SYS>>|<(?:start|end)_of_turn>"  # chat-template tokens, rendered into the text
    r"|^### (?:Instruction|Response|Input):"
    r"|<<[^<>\n]{1,60}=[^<>\n]{1,40}>>"  # GSM8K's calculator annotations
    r"|&(?:nbsp|amp|lt|gt|quot);|</?(?:br|p|div|span)\b[^>]*>"  # markup that was never decoded
    rf"|{PLACEHOLDER.pattern}",
    re.IGNORECASE | re.MULTILINE,
)
VERIFIABLE = re.compile(
    r"####\s*[-+$]?[\d.,/]+\s*$|\\boxed\{|^\s*[-+$]?\d[\d.,]*\s*%?\s*$|^\s*\(?[A-E]\)?[.)]?\s*$"
    r"|(?:the )?(?:final )?answer is:?\s*[-+$(]?(?:\d[\d.,]*|[A-E])\)?\.?\s*$",
    re.IGNORECASE,
)
ENDS = tuple(".!?。!?…:;\"'”’»)]}>`*|~。,」』】")
LONG = 200
"""Characters from which an answer without an end is suspect: short answers, titles and lists do without."""


def answers(records: Sequence[Record], supervision: Supervision) -> Answers:
    """Measure the answers; `prompts` and `text` promise none, so none is missing there."""
    owed = [] if supervision in ("prompts", "text") else [r for r in records if r.answerable is not False]
    filled = [r for r in records if r.answer and r.answer.strip()]
    return Answers(
        empty=tally(owed, lambda r: not (r.answer and r.answer.strip())),
        truncated=tally(filled, lambda r: truncated(r.answer or "")),
        template=tally(records, lambda r: TEMPLATE.search(f"{r.answer or ''}\n{prompt_text(r)}") is not None),
        placeholders=tally(filled, lambda r: PLACEHOLDER.search(r.answer or "") is not None),
        refusals=tally(filled, lambda r: declines(r.answer or "")),
        verifiable=tally(filled, lambda r: VERIFIABLE.search(r.answer or "") is not None),
        secrets=tally(records, lambda r: any(redact(t) != t for t in texts(r))),
    )


def declines(answer: str) -> bool:
    """Whether an answer refuses or abstains."""
    return looks_like_refusal(answer) or abstains(answer)


def truncated(answer: str) -> bool:
    """Whether a long answer stops in mid-sentence: its last line is prose that ends on a letter, digit or comma."""
    text = answer.rstrip()
    if len(text) < LONG or text.endswith(ENDS) or not (text[-1].isalnum() or text[-1] in ",、,-"):
        return False
    last = text.rsplit("\n", 1)[-1]
    # List items, headings, `#### 42`, code and signatures end without a full stop by habit.
    return len(last) >= 60 and not last.lstrip().startswith(("-", "*", "#", "•", "|", "`")) and "```" not in text


def texts(record: Record) -> tuple[str, ...]:
    """Every text of a record that would be trained on."""
    return (prompt_text(record), record.answer or "", record.rejected or "", *record.contexts)
