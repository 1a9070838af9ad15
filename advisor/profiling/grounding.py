"""How far answers rest on their documents: shared content words and shared facts (numbers, names).

Lexical support is a screen, not entailment: a faithful paraphrase scores low and a negation scores high.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from advisor.profiling.measure import spread, tally
from advisor.profiling.types import Grounding
from advisor.text import looks_like_refusal, normalise, words
from advisor.types import Record

SUPPORTED = 0.5
"""Share of content words from which an answer counts as resting on its documents. Ours, uncalibrated."""

STOP = frozenset(
    words(
        "a an and are as at be been but by can did do does for from had has have he her his how i if in into is it its "
        "may more no not of on or our she so some such than that the their them then there these they this those to "
        "too "
        "was we were what when where which who why will with would you your also only about after all any because"
    )
)
# A name is a capitalised word inside a sentence; its first word is capitalised anyway and says nothing.
FACT = re.compile(r"\d[\d.,:/]*\d|\d|(?<=[a-z,;] )[A-Z]\w+")
ABSTAINS = re.compile(
    r"\b(?:un(?:able to (?:answer|determine|find)|answerable|known from)|can(?:not|'t| not) be (?:answered|determined|found)"
    r"|i (?:do not|don't) (?:know|have (?:enough|that|this|any|the|sufficient))|not enough information"
    r"|no (?:answer|information)\b.{0,40}(?:found|given|available|context|text|document|passage|provided|$)"
    r"|(?:not|n't) (?:say|state|mention|specify|contain|provide|include|give|tell|answer|cover)"
    r"|not (?:stated|mentioned|specified|provided|given|available|covered|answerable))"
)


def abstains(answer: str) -> bool:
    """Whether an answer opens by saying that the documents (or the speaker) do not have it."""
    return ABSTAINS.search(normalise(answer[:200]).replace("’", "'")) is not None


def grounding(records: Sequence[Record]) -> Grounding | None:
    """Measure the records that carry documents; None where none does."""
    grounded = [r for r in records if r.contexts]
    if not grounded:
        return None
    bags = {contexts: bag(contexts) for contexts in {r.contexts for r in grounded}}
    paired = [(r, support(r.answer, *bags[r.contexts])[0], support(r.rejected, *bags[r.contexts])[0])
              for r in grounded if r.answer and r.rejected]  # fmt: skip
    answered = [r for r in grounded if claims(r.answer)]
    scores = [support(r.answer, *bags[r.contexts]) for r in answered]
    weak = {id(r) for r, (share, _) in zip(answered, scores, strict=True) if share is not None and share < SUPPORTED}
    return Grounding(
        contexts=tally(records, lambda r: bool(r.contexts)),
        documents=len({d for r in grounded for d in r.contexts}),
        support=spread(s for s, _ in scores if s is not None),
        facts=spread(f for _, f in scores if f is not None),
        unsupported=tally(answered, lambda r: id(r) in weak),
        unanswerable=tally(grounded, unanswerable),
        rejected_support=spread(b for _, _, b in paired if b is not None),
        gap=spread(a - b for _, a, b in paired if a is not None and b is not None),
        negatives=tally(grounded, lambda r: bool(r.negatives)),
    )


def claims(answer: str | None) -> bool:
    """Whether an answer says something that documents could support."""
    return bool(answer and answer.strip()) and not abstains(answer or "") and not looks_like_refusal(answer or "")


def unanswerable(record: Record) -> bool:
    """Marked as not answerable by its documents, or answered by abstaining."""
    return record.answerable is False or bool(record.answer and abstains(record.answer))


def bag(contexts: Sequence[str]) -> tuple[frozenset[str], str]:
    """The documents' words, and their text in lower case for facts."""
    text = "\n".join(contexts)
    return frozenset(words(text)), text.lower()


def support(answer: str | None, known: frozenset[str], text: str) -> tuple[float | None, float | None]:
    """Share of the answer's content words, and of its facts, found in the documents; None where it has none."""
    content = [w for w in words(answer or "") if w not in STOP]
    facts = [f.lower() for f in FACT.findall(answer or "")]
    share = sum(w in known for w in content) / len(content) if content else None
    return share, (sum(f in text for f in facts) / len(facts) if facts else None)
