"""Token counts without a tokenizer: characters by class times a rate.

The rates were fitted by eye on the tokenizer of SmolLM2 (49,152 entries, one token a digit) over HH-RLHF transcripts
(3.95 characters a token), SQuAD paragraphs (4.8), GSM8K solutions (2.3) and Chinese medical answers (0.53). Larger
vocabularies need fewer tokens for Chinese, about a third.
"""

from __future__ import annotations

import string
from collections.abc import Sequence

from advisor.profiling.sample import Sample, View, length
from advisor.profiling.types import Tokens

DIGIT, MARK, WIDE = 1.0, 0.62, 1.9
LETTER = 1 / 5.1
"""Tokens a character: digits, ASCII punctuation, ideographs and other scripts, Latin letters and blanks."""

DIGITS, MARKS = string.digits.encode(), string.punctuation.encode()
NARROW = bytes(c for c in range(256) if not 0xCD < c < 0xF5)
"""All bytes but those that a character from Greek upwards begins with in UTF-8."""


def estimate(text: str) -> float:
    """Estimated tokens of `text`."""
    code = text.encode("utf-8", "surrogatepass")
    digits, marks = len(code) - len(code.translate(None, DIGITS)), len(code) - len(code.translate(None, MARKS))
    wide = 0 if text.isascii() else len(code.translate(None, NARROW))
    return digits * DIGIT + marks * MARK + wide * WIDE + (len(text) - digits - marks - wide) * LETTER


def tokens(sample: Sample, characters: float) -> Tokens:
    """Estimated on the sample, the total scaled up to all `characters` of the file."""
    parts = [measured(v) for v in sample.views]
    prompts, answers, rejected = ([part[i] for part in parts] for i in range(3))
    seen, counted = sum(length(v.record) for v in sample.views), sum(map(sum, parts))
    ratio = seen / max(1.0, counted)
    return Tokens(
        prompt=mean(prompts),
        answer=mean([n for n, v in zip(answers, sample.views, strict=True) if v.record.answer]),
        rejected=mean([n for n, v in zip(rejected, sample.views, strict=True) if v.record.rejected]),
        total=counted * characters / max(1, seen) if sample.sampled_from else counted,
        characters_per_token=ratio,
        per_record=sample.spread([p + a for p, a, _ in parts]),
        per_pair=sample.spread([2 * p + a + r for v, (p, a, r) in zip(sample.views, parts, strict=True) if v.paired]),
    )


def measured(view: View) -> tuple[float, float, float]:
    """Tokens of prompt and documents, of the answer, and of the rejected answer."""
    asked = estimate(view.prompt) + sum(map(estimate, view.record.contexts))
    return asked, estimate(view.answer.text), estimate(view.rejected.text)


def mean(values: Sequence[float]) -> float:
    """Arithmetic mean; 0 for none."""
    return sum(values) / max(1, len(values))
