"""Placeholders, chat-template tokens, annotations or markup left in the text: they are learnt as they stand.

A trainer that applies its own chat template wraps rendered tokens a second time; a `{{name}}` never filled is said
aloud. No source: ours.
"""

from advisor.profiling.types import Profile, Tally
from advisor.types import Case, Finding, Source, Threshold

THRESHOLDS = {
    "warn": Threshold(0.02, "ours: share of records"),
    "block": Threshold(0.1, "ours: share of answers with a slot never filled"),
    "tokenised": Threshold(0.5, "ours: share of answers with blanks before their punctuation"),
}
SOURCES: tuple[Source, ...] = ()
FIRES = Case(({"prompt": "Who are you?", "answer": "I am {{name}}, made by {{author}}."},))
SILENT = Case(({"prompt": "Who are you?", "answer": "I am Fen, made by Mill & Co."},))


def check(profile: Profile) -> Finding | None:
    """Fires on leftovers; blocks where answers hold unfilled slots."""
    left, slots = profile.answers.template, profile.answers.placeholders
    spaced = profile.tokenised
    if left.share.value < THRESHOLDS["warn"].value:
        return tokenised(spaced) if spaced.share.value >= THRESHOLDS["tokenised"].value else None
    block = slots.share.value >= THRESHOLDS["block"].value
    tail = f"; {slots.share.value:.0%} of answers hold a slot never filled" if slots.share.count else ""
    return Finding(
        rule="template_leftovers",
        severity="block" if block else "warn",
        problem="template_leftovers",
        summary=f"{left.share.value:.0%} of records hold template tokens, placeholders, annotations or markup{tail}.",
        numbers={"share": left.share.value, "placeholders": slots.share.value},
        effects={"fix_data": 0.8 if block else 0.15},
        rows=(slots if block else left).rows,
        sources=SOURCES,
    )


def tokenised(spaced: Tally) -> Finding:
    """Text that was cut into tokens and never joined again."""
    return Finding(
        rule="template_leftovers",
        severity="warn",
        problem="template_leftovers",
        summary=f"{spaced.share.value:.0%} of answers looked at have blanks before their full stops and commas: join the "
        "tokens again, or the model will write so.",
        numbers={"tokenised": spaced.share.value},
        effects={"fix_data": 0.1},
        rows=spaced.rows,
        sources=SOURCES,
    )
