"""Language by CLD2 (Google's compact language detector, its tables inside the wheel of pycld2), else by script.

CLD2 says `unknown` where a text is too short or too mixed for it; then only the script is told: `und-Latn`, `und-Cyrl`, …
"""

from __future__ import annotations

import re
from collections import Counter

from advisor.profiling.sample import Sample

CHARACTERS = 300
"""Of each record's answer and of its prompt's end."""

SCRIPTS = {
    "und-Latn": r"[A-Za-z\u00c0-\u024f]",
    "und-Cyrl": r"[\u0400-\u04ff]",
    "und-Arab": r"[\u0600-\u06ff]",
    "und-Deva": r"[\u0900-\u097f]",
    "und-Thai": r"[\u0e00-\u0e7f]",
    "und-Grek": r"[\u0370-\u03ff]",
    "und-Hebr": r"[\u0590-\u05ff]",
    "ja": r"[\u3040-\u30ff]",
    "zh": r"[\u3400-\u9fff]",
    "ko": r"[\uac00-\ud7af]",
}
RENAMED = {"iw": "he", "jw": "jv", "in": "id", "zh-Hant": "zh"}
"""CLD2's older codes; Chinese is one language in either script."""


def languages(sample: Sample) -> dict[str, float]:
    """Tag → share of records, largest first; empty for no text."""
    texts = [f"{v.answer.text[:CHARACTERS]}\n{v.prompt[-CHARACTERS:]}" for v in sample.views]
    counts = Counter(tag for tag in map(language, texts) if tag)
    total = counts.total()
    return {tag: n / total for tag, n in counts.most_common()}


def language(text: str) -> str | None:
    """BCP 47 tag of one text; None where it has no letters."""
    import pycld2

    try:
        _, _, found = pycld2.detect(text.encode("utf-8", "replace"), isPlainText=True)
    except pycld2.error:  # it takes no control characters
        clean = "".join([c if c.isprintable() else " " for c in text])
        _, _, found = pycld2.detect(clean.encode("utf-8", "replace"), isPlainText=True)
    tag = str(found[0][1])
    return script(text) if tag in ("un", "xxx") or tag.startswith("xx-") else RENAMED.get(tag, tag)


def script(text: str) -> str | None:
    """The tag of the script that most letters belong to; None for no letter."""
    letters = {tag: len(re.findall(pattern, text)) for tag, pattern in SCRIPTS.items()}
    best = max(letters, key=lambda tag: letters[tag])
    return best if letters[best] else None
