"""Language by script, and by function words where the script is Latin. Cheap, and named for what it knows.

A text whose letters are mostly Han is `zh` (`ja` with kana), Hangul `ko`; other scripts keep their name (`und-Cyrl`,
`und-Arab`). Latin text is given a language only where its commonest function words say so, else `und-Latn`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from advisor.profiling.measure import prompt_text
from advisor.types import Record

SAMPLE = 1000
"""Records looked at, evenly spaced."""
CHARACTERS = 600
"""Of each record's answer and prompt."""

SCRIPTS = {
    "han": re.compile(r"[\u3400-\u9fff]"),
    "kana": re.compile(r"[\u3040-\u30ff]"),
    "ko": re.compile(r"[\uac00-\ud7af]"),
    "und-Cyrl": re.compile(r"[\u0400-\u04ff]"),
    "und-Arab": re.compile(r"[\u0600-\u06ff]"),
    "und-Deva": re.compile(r"[\u0900-\u097f]"),
    "und-Thai": re.compile(r"[\u0e00-\u0e7f]"),
    "und-Grek": re.compile(r"[\u0370-\u03ff]"),
    "und-Hebr": re.compile(r"[\u0590-\u05ff]"),
    "latin": re.compile(r"[A-Za-z\u00c0-\u024f]"),
}
WORD = re.compile(r"[^\W\d_]+")
FUNCTION_WORDS = {
    "en": frozenset(WORD.findall("the of and to in is that it for you was with are what how this be which did who i")),
    "de": frozenset(WORD.findall("der die das und ist nicht ein eine mit von zu den auf für wie ich sie wird im")),
    "fr": frozenset(WORD.findall("le la les des et est un une dans pour que qui sur avec du je vous pas au ce")),
    "es": frozenset(WORD.findall("el la los las de y es en un una que por con para del se como no lo su")),
    "it": frozenset(WORD.findall("il la di e che un una per con non sono del della gli le nel è come si")),
    "pt": frozenset(WORD.findall("o a os as de e é em um uma que por com para do da não se como no")),
    "nl": frozenset(WORD.findall("de het een en van is dat niet op te met voor zijn er aan ik hoe wat die")),
}


def languages(records: Sequence[Record]) -> dict[str, float]:
    """Tag → share of records, largest first; empty for no text."""
    step = max(1, len(records) // SAMPLE)
    texts = (f"{(r.answer or '')[:CHARACTERS]}\n{prompt_text(r)[-CHARACTERS:]}" for r in records[::step])
    counts = Counter(tag for tag in map(language, texts) if tag)
    total = counts.total()
    return {tag: n / total for tag, n in counts.most_common()}


def language(text: str) -> str | None:
    """BCP 47 tag of one text; None where it has no letters."""
    letters = {name: len(pattern.findall(text)) for name, pattern in SCRIPTS.items()}
    # An ideograph or syllable block carries about a word, a Latin letter a fifth of one.
    weight = {name: n * (1 if name in ("latin", "und-Cyrl", "und-Grek") else 3) for name, n in letters.items()}
    best = max(weight, key=lambda name: weight[name])
    if not weight[best]:
        return None
    if best in ("han", "kana"):
        return "ja" if letters["kana"] * 5 > letters["han"] else "zh"
    return latin(text) if best == "latin" else best


def latin(text: str) -> str:
    """Language of Latin text by its function words; `und-Latn` where too few of them occur or two languages tie."""
    found = Counter(WORD.findall(text.lower()))
    hits: Mapping[str, int] = {tag: sum(found[w] for w in common) for tag, common in FUNCTION_WORDS.items()}
    first, second = sorted(hits, key=lambda tag: -hits[tag])[:2]
    clear = hits[first] >= max(1, 0.05 * found.total()) and hits[first] > hits[second]
    return first if clear else "und-Latn"
