"""Judge-free measures of a generated answer: abstention, phrases, token F1, support by the contexts."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

_SOURCE = r"(?:documents?|passages?|texts?|contexts?|sources?|articles?|paragraphs?|information)"
_TELLS = (
    r"(?:say|state|mention|specif\w+|contain|provide|give|include|tell|answer|indicate|list|describe|explain|cover)"
)
_TOLD = (
    r"(?:said|stated|mentioned|specified|provided|given|included|contained|available|found|answered|indicated|listed)"
)
_NOT = r"(?:not|n't|never)"
_END = r"\s*(?:[.!]|$)"
_I_CANNOT = r"(?:can ?not|can't|could not|couldn't|am unable to|'m unable to|am not able to)"

# Five ways of saying that there is no answer. "Not" alone means little: most sentences with it are answers.
_ABSTAINS = re.compile(
    "|".join(
        [
            # The documents do not say; none of them mentions; they are silent.
            rf"\b{_SOURCE}\b[^.?!]{{0,40}}?(?:\b|(?<=\w)){_NOT} (?:\w+ ){{0,2}}?{_TELLS}\b",
            rf"\b(?:none of|neither|no) (?:\w+ ){{0,2}}?{_SOURCE}(?: \w+)? {_TELLS}s?\b",
            rf"\b{_SOURCE}\b(?: \w+){{0,2}}? (?:say|tell|mention|contain)s? nothing\b|\b{_SOURCE} (?:is|are) silent\b",
            # It is not stated (in the documents).
            rf"{_NOT} (?:\w+ )?{_TOLD} (?:\w+ )?(?:in|by|from|within) (?:\w+ ){{1,2}}?{_SOURCE}\b",
            rf"(?:^not|\b(?:it|this|that|which)(?: is|'s|s)? {_NOT}|\bisn't) (?:stated|mentioned|specified|known|clear){_END}",
            rf"\b(?:information|answer)(?: \w+){{0,3}}? {_NOT} {_TOLD}\b|\bwe (?:are|were) not told\b",
            # No information about it is given.
            r"\bno (?:information|mention|indication|reference|answer)"
            rf"(?: (?:is|was|about|of|on|to|in|as|regarding|that)\b|{_END})",
            # I cannot tell; it cannot be determined; it is unclear.
            rf"\b(?:i|we)(?: {_I_CANNOT}|{_I_CANNOT}) (?:\w+ )?"
            # Not "I can't tell you how happy I am", nor "I can't say enough good of it".
            r"(?:answer|determine|find(?! my\b)|know|"
            r"(?:say|tell)(?! (?:you )?(?:enough|how (?!many|much|long|old|far|often|to)\b)))\b",
            r"\b(?:i|we) (?:do|did)(?: not|n't) (?:know|have (?:\w+ ){0,2}?(?:answer|information))\b|\bi(?: am|'m) not sure\b",
            r"\b(?:can ?not|can't|could not|couldn't) be (?:answered|determined|known|inferred|found (?:in|from))\b",
            r"\bit is (?:unclear|impossible|not (?:clear|possible))\b(?: to (?:say|tell|know|determine)| from)",
            rf"\bunanswerable\b|^unknown\b|\b(?:is|are|remains) unknown{_END}",
        ]
    ),
    re.IGNORECASE,
)

# Function words carry no evidence of support; the list is the closed classes of English, short on purpose.
FUNCTION_WORDS = frozenset(
    """
    a an the and or but if of in on at to for from by with as is are was were be been being it its this that these
    those he she they them his her their there which who whom what when where how not no do does did has have had
    will would can could should may might so than then also into about over after before between
    """.split()
)


LOOPS = 0.5
"""Share of repeated 4-grams from which a text is a loop: our own, measured in docs/decisions/coherence.md."""
LENGTHS_APART = 0.15
"""Share of its characters by which one of two texts of like length may be longer: our own."""
LONGEST_WORD = 20
"""Characters a word on average beyond which a text has no blanks between words: our own."""


def normalise(text: str) -> str:
    """Lower case, no punctuation, no articles, single spaces (SQuAD's answer normalisation, Rajpurkar et al. 2016)."""
    text = unicodedata.normalize("NFKC", text).lower().replace("’", "'")
    text = "".join(" " if unicodedata.category(c)[0] in "PS" else c for c in text)
    return " ".join(w for w in text.split() if w not in {"a", "an", "the"})


def abstains(text: str) -> bool:
    """Whether the answer says that it cannot be given, or is empty."""
    flat = " ".join(text.replace("’", "'").split())
    return not flat or _ABSTAINS.search(flat) is not None


def contains(text: str, phrases: Sequence[str]) -> bool:
    """Whether any phrase stands in the text, whole words, both normalised."""
    padded = f" {normalise(text)} "
    return any(f" {normalise(p)} " in padded for p in phrases if normalise(p))


def like_length(one: str, other: str) -> bool:
    """Whether the shorter text has at least 85 % of the longer one's characters."""
    short, long = sorted((len(one), len(other)))
    return short >= (1 - LENGTHS_APART) * long


def token_f1(answer: str, references: Sequence[str]) -> float:
    """Largest token F1 of the answer against any reference (Rajpurkar et al. 2016)."""
    return max((_f1(normalise(answer).split(), normalise(r).split()) for r in references), default=0.0)


def exact(answer: str, references: Sequence[str]) -> float:
    """1 when the normalised answer equals any normalised reference."""
    return float(any(normalise(answer) == normalise(r) for r in references))


def support(answer: str, contexts: Sequence[str]) -> float | None:
    """K-Precision over content words: share of the answer's that stand in the contexts (arXiv:2307.16877).

    Blind to negation and to swapped facts that both stand in the contexts. None when the answer has no content word.
    """
    words = [w for w in normalise(answer).split() if w not in FUNCTION_WORDS]
    known = set(normalise(" ".join(contexts)).split())
    return sum(w in known for w in words) / len(words) if words else None


def repetition(text: str, n: int = 4) -> float:
    """seq-rep-n: 1 − different n-grams / n-grams (arXiv:1908.04319); of characters where words are not spaced."""
    units: Sequence[str] = text.split()
    if len(text) > LONGEST_WORD * len(units):
        units = text
    grams = [tuple(units[i : i + n]) for i in range(len(units) - n + 1)]
    return 1 - len(set(grams)) / len(grams) if grams else 0.0


def loops(text: str) -> bool:
    """Whether a text repeats itself instead of saying something (docs/decisions/coherence.md)."""
    return repetition(text) >= LOOPS


def _f1(answer: list[str], reference: list[str]) -> float:
    common = sum((Counter(answer) & Counter(reference)).values())
    if not common:
        return float(answer == reference)
    precision, recall = common / len(answer), common / len(reference)
    return 2 * precision * recall / (precision + recall)
