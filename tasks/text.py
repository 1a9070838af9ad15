"""Judge-free measures of a generated answer: abstention, phrases, token F1, support by the contexts."""

from __future__ import annotations

import re
import string
import unicodedata
from collections import Counter
from collections.abc import Sequence

_ABSTAINS = re.compile(
    r"\b(?:"
    r"(?:documents?|passages?|texts?|contexts?|sources?|information|it|they|this|that) "
    r"(?:do|does|did|is|are|was|were)(?: not|n't) (?:\w+ ){0,2}?"
    r"(?:say|state|mention|specif\w+|contain|provide|give|include|tell|answer|indicate|list|available|stated|mentioned|given|provided|known|clear)"
    r"|not (?:stated|mentioned|specified|provided|given|found|included|contained|available|said|answered)\b.{0,40}?"
    r"(?:document|passage|text|context|source|$)"
    r"|no (?:information|mention|answer|indication|details?)\b"
    r"|(?:cannot|can't|can not|could not|couldn't) (?:be )?(?:answer\w*|determin\w*|find|found|say|tell|know\w*)"
    r"|(?:do|does)(?: not|n't) (?:know|have (?:the |any |enough |that )?(?:answer|information))"
    r"|unanswerable|unknown"
    r")",
    re.IGNORECASE,
)

# Function words carry no evidence of support; the list is the closed classes of English, short on purpose.
_FUNCTION_WORDS = frozenset(
    """
    a an the and or but if of in on at to for from by with as is are was were be been being it its this that these
    those he she they them his her their there which who whom what when where how not no do does did has have had
    will would can could should may might so than then also into about over after before between
    """.split()
)


def normalise(text: str) -> str:
    """Lower case, no punctuation, no articles, single spaces (SQuAD's answer normalisation, Rajpurkar et al. 2016)."""
    text = unicodedata.normalize("NFKC", text).lower().replace("’", "'")
    text = "".join(" " if c in string.punctuation else c for c in text)
    return " ".join(w for w in text.split() if w not in {"a", "an", "the"})


def abstains(text: str) -> bool:
    """Whether the answer says that it cannot be given, or is empty."""
    flat = " ".join(text.replace("’", "'").split())
    return not flat or _ABSTAINS.search(flat) is not None


def contains(text: str, phrases: Sequence[str]) -> bool:
    """Whether any phrase stands in the text, whole words, both normalised."""
    padded = f" {normalise(text)} "
    return any(f" {normalise(p)} " in padded for p in phrases if normalise(p))


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
    words = [w for w in normalise(answer).split() if w not in _FUNCTION_WORDS]
    known = set(normalise(" ".join(contexts)).split())
    return sum(w in known for w in words) / len(words) if words else None


def _f1(answer: list[str], reference: list[str]) -> float:
    common = sum((Counter(answer) & Counter(reference)).values())
    if not common:
        return float(answer == reference)
    precision, recall = common / len(answer), common / len(reference)
    return 2 * precision * recall / (precision + recall)
