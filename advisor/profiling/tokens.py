"""Token counts without a tokenizer: characters by class times a rate.

The rates were fitted by eye on the tokenizer of SmolLM2 (49,152 entries, one token a digit) over HH-RLHF transcripts
(3.95 characters a token), SQuAD paragraphs (4.8), GSM8K solutions (2.3) and Chinese medical answers (0.53). Larger
vocabularies need fewer tokens for Chinese, about a third.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from advisor.profiling.measure import prompt_text
from advisor.profiling.types import Tokens
from advisor.types import Record

DIGIT, MARK, WIDE = 1.0, 0.62, 1.9
LETTER = 1 / 5.1
"""Tokens a character: digits, ASCII punctuation, ideographs and other scripts, Latin letters and blanks."""
SAMPLE = 1000
"""Records measured, evenly spaced; the rest scaled by characters."""

NOT_LETTER = re.compile(r"[0-9]+|[!-/:-@\[-`{-~]+|[\u0370-\U0010ffff]+")


def estimate(text: str) -> float:
    """Estimated tokens of `text`."""
    tokens, rest = 0.0, len(text)
    for run in NOT_LETTER.findall(text):
        first, n = run[0], len(run)
        tokens += n * (DIGIT if first.isdigit() else MARK if first < "\x7f" else WIDE)
        rest -= n
    return tokens + rest * LETTER


def tokens(records: Sequence[Record]) -> Tokens:
    """Estimated counts over all records; measured on an even sample."""
    sample = records[:: max(1, len(records) // SAMPLE)]
    prompts = [prompt_text(r) + "".join(r.contexts) for r in sample]
    answers = [r.answer for r in sample if r.answer]
    rejected = [r.rejected for r in sample if r.rejected]
    counts = [sum(map(estimate, side)) for side in (prompts, answers, rejected)]
    characters = sum(map(len, prompts)) + sum(map(len, answers)) + sum(map(len, rejected))
    mean = [count / max(1, len(side)) for count, side in zip(counts, (prompts, answers, rejected), strict=True)]
    total = sum(counts) * len(records) / max(1, len(sample))
    return Tokens(mean[0], mean[1], mean[2], total, characters / max(1.0, sum(counts)))
