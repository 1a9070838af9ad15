"""Columns by the words of their names, for files whose authors named them freely: `customer_query`, `bot_reply`, `bad_reply`.

A name counts where its last word says what it holds and every word before that says whose it is or how good. Two columns
that might both be meant are none: then the user must say (`--map`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

_WORDS_OF = {
    "asked": frozenset(
        "message query question prompt input request utterance instruction inquiry turn text post".split()
    ),
    "answered": frozenset(
        "response reply answer completion output message utterance turn text solution resp generation".split()
    ),
}
_WHOSE = {
    "asked": frozenset(
        "seed toxic harmful red adversarial user customer human client patient student caller visitor member buyer sender "
        "learner original query question prompt input".split()
    ),
    "answered": frozenset(
        "bot assistant agent model ai gpt chatgpt llm expert doctor teacher tutor support staff advisor target ideal "
        "human system final generated gold reference response answer reply output".split()
    ),
}
_PLAIN = {
    "asked": frozenset("query question prompt input request instruction inquiry".split()),
    "answered": frozenset("response reply answer completion output".split()),
}
GOOD = frozenset(
    "good better best chosen preferred accepted positive w yw winning winner win desired pos safe helpful aligned".split()
)
BAD = frozenset(
    "bad worse worst rejected dispreferred nonpreferred other l yl negative losing loser lose undesired neg unsafe "
    "unhelpful misaligned".split()
)
"""Right and wrong, correct and incorrect are left out: they mark the choices of a test as often as the sides of a pair."""


def asked(row: Mapping[str, Any]) -> str:
    """The column of what was asked, `""` for none or for several."""
    return _only(row, "asked")


def answered(row: Mapping[str, Any]) -> str:
    """The column of the answer, likewise."""
    return _only(row, "answered")


def sides(row: Mapping[str, Any]) -> tuple[str, str]:
    """Two columns whose names differ in a word that says which is the better; `("", "")` for none or for several."""
    found = {_side(column): column for column in row}
    pairs = [
        (column, found[(rest, False)]) for (rest, good), column in found.items() if good and (rest, False) in found
    ]
    return pairs[0] if len(pairs) == 1 else ("", "")


def _side(column: str) -> tuple[tuple[str, ...], bool | None]:
    """(The other words of its name, whether it is the good side), None where nothing says so."""
    words = column.replace("non_preferred", "nonpreferred").split("_")
    marks = [word for word in words if word in GOOD or word in BAD]
    return tuple(word for word in words if word not in marks), (marks[0] in GOOD if len(marks) == 1 else None)


def _only(row: Iterable[str], kind: str) -> str:
    found = [column for column in row if _says(column, kind)]
    return found[0] if len(found) == 1 else ""


def _says(column: str, kind: str) -> bool:
    *before, last = column.split("_")
    if not before:
        return last in _PLAIN[kind]
    return last in _WORDS_OF[kind] and all(word in _WHOSE[kind] for word in before)
