"""Do the numbers and names of an answer stand in its contexts? What K-Precision (tasks/text.py) is nearly blind to.

K-Precision counts words, so an answer with one wrong figure or name keeps most of its score, and a name made of one
person's first and another's family name keeps all of it. Here a number counts by its value and a name as a whole.

Blind to facts swapped whole (another name, another number of the same contexts) and to negation; a name that begins a sentence
with one word of its own cannot be told from any other word, unless the contexts write it within a sentence.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence

from tasks.text import FUNCTION_WORDS, contains

_UNITS = {
    word: n
    for n, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
        "eighteen nineteen".split()
    )
}
_TENS = {word: 10 * n for n, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), 2)}
_SCALES = {"hundred": 100, "thousand": 1_000, "million": 1_000_000, "billion": 1_000_000_000}
_WORDS = _UNITS | _TENS | _SCALES
_NUMBER = re.compile(
    r"\d+(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
    rf"|\b(?:{'|'.join(_WORDS)})\b(?:(?:[\s-]+|\s+and\s+)(?:{'|'.join(_WORDS)})\b)*",
    re.IGNORECASE | re.ASCII,
)
_SENTENCE = re.compile(r"[.!?:;\n]+(?:\s+|$)")
_POSSESSIVE = re.compile(r"['’]s$")
_MYSELF = re.compile(r"I(?:['’]\w+)?")
_NO_NAMES = FUNCTION_WORDS | {"i", "we", "you", "my", "your", "our", "me", "us", "yes", "sorry"}


def number_support(answer: str, contexts: Sequence[str], question: str = "") -> float | None:
    """Share of the answer's numbers whose value stands in the contexts, in digits or English words.

    A lone "one" is no number, and those of the question count neither way. None when the answer has no other.
    """
    known, given = (set(numbers(text)) for text in ("\n".join(contexts), question))
    said = [n for n in numbers(answer) if n not in given]
    return sum(n in known for n in said) / len(said) if said else None


def numbers(text: str) -> list[float]:
    """The values of the text's numbers in their order; those of one run of words as one, `two hundred and five` as 205."""
    found = [m[0].lower() for m in _NUMBER.finditer(text)]
    return [_value(number) for number in found if number != "one"]


def _value(number: str) -> float:
    if number[0].isdigit():
        return float(number.replace(",", ""))
    total, part = 0, 0
    for word in re.split(r"[\s-]+", number):
        scale = _SCALES.get(word, 0)
        if scale > 100:
            total, part = total + (part or 1) * scale, 0
        elif scale:
            part = (part or 1) * scale
        else:
            part += _WORDS.get(word, 0)  # "and" adds nothing
    return float(total + part)


def entity_support(answer: str, contexts: Sequence[str], question: str = "") -> float | None:
    """Share of the answer's names that stand in the contexts, as a whole.

    Those of the question count neither way. None when the answer has no other.
    """
    said = [name for name in names(answer, contexts) if not contains(question, [name])]
    return sum(contains("\n".join(contexts), [name]) for name in said) / len(said) if said else None


def names(answer: str, contexts: Sequence[str]) -> list[str]:
    """Runs of capitalised words, without a function word that begins the sentence.

    A single word that begins a sentence is one where it is the whole sentence, or is capitalised within one of the contexts.
    """
    inside = {word for text in contexts for run, begins, _ in _runs(text) if not begins for word in run}
    return [
        " ".join(run) for run, begins, alone in _runs(answer) if len(run) > 1 or not begins or alone or run[0] in inside
    ]


def _runs(text: str) -> Iterator[tuple[list[str], bool, bool]]:
    """Runs of capitalised words with no punctuation between them; whether each begins its sentence, and is all of it."""
    for sentence in _SENTENCE.split(unicodedata.normalize("NFKC", text)):
        tokens = sentence.split()
        run = list[tuple[int, str]]()
        for n, token in enumerate([*tokens, ""]):
            word = _bare(token)
            if run and (not word[:1].isupper() or not token.startswith(word)):
                yield from _names(run, len(tokens))
                run = []
            if word[:1].isupper():
                run.append((n, word))
                if not token.endswith(word):
                    yield from _names(run, len(tokens))
                    run = []


def _bare(token: str) -> str:
    """Without punctuation around it, and without a genitive's s."""
    kept = [n for n, c in enumerate(token) if unicodedata.category(c)[0] not in "PS"]
    return _POSSESSIVE.sub("", token[kept[0] : kept[-1] + 1]) if kept else ""


def _names(run: list[tuple[int, str]], tokens: int) -> Iterator[tuple[list[str], bool, bool]]:
    first = run[0][0]
    kept = run[1:] if first == 0 and run[0][1].lower() in _NO_NAMES else run
    words = [word for _, word in kept if not _MYSELF.fullmatch(word)]
    if words:
        yield words, kept[0][0] == 0, tokens == 1
