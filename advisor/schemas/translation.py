"""A text in two languages.

    {"translation": {"en": "bread", "fr": "pain"}}
    {"en": "bread", "fr": "pain"}
    {"english": "bread", "french": "pain"}
    {"source_text": "bread", "target_text": "pain", "source_lang": "en", "target_lang": "fr"}

The first language is translated into the second. Source: WMT data sets on the Hugging Face hub; Hugging Face
`datasets.Translation`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from advisor.schemas import _fields
from advisor.types import Record, RowError, Supervision

SUPERVISION: Supervision = "gold"
_LANGUAGES = frozenset(
    "english french german spanish italian portuguese dutch russian polish chinese japanese korean arabic hindi turkish "
    "vietnamese thai indonesian swedish danish norwegian finnish czech greek hebrew ukrainian romanian hungarian bengali "
    "tamil urdu persian swahili yoruba hausa igbo zulu amharic latin catalan "
    "en fr de es it pt nl ru pl zh ja ko ar hi tr vi th sv da no fi cs el he uk ro hu bn ta ur fa sw yo ha ig zu am la ca "
    "eng fra deu spa ita por rus zho jpn kor ara hin yor hau ibo swa zul amh".split()
)


def match(row: Mapping[str, Any]) -> dict[str, str]:
    """`translation` with two texts, or source and target texts."""
    if "source_text" in row and "target_text" in row:
        languages = (c for c in ("target_lang", "target_language") if c in row)
        return {"source_text": "prompt", "target_text": "answer", **dict.fromkeys(languages, "prompt")}
    if named := _named(row):
        return {named[0]: "prompt", named[1]: "answer"}
    return {"translation": "prompt, answer"} if isinstance(_fields.parsed(row.get("translation")), dict) else {}


def records(row: Mapping[str, Any], number: int) -> list[Record | RowError]:
    """One record that asks for the translation."""
    if (named := _named(row)) and "source_text" not in row:
        return [_asked(number, named[1], _fields.text(row, named[0]), _fields.text(row, named[1]))]
    if "translation" not in row:
        languages = [_fields.text(row, c) for c in ("target_lang", "target_language") if c in row]
        return [
            _asked(
                number,
                languages[0] if languages else "",
                _fields.text(row, "source_text"),
                _fields.text(row, "target_text"),
            )
        ]
    pair = _fields.parsed(row["translation"])
    if len(pair) != 2 or not all(isinstance(text, str) for text in pair.values()):
        raise _fields.wrong("translation", row["translation"], "texts in two languages")
    (_, source), (language, target) = pair.items()
    return [_asked(number, language, source, target)]


def _named(row: Mapping[str, Any]) -> list[str]:
    """The two columns named after languages, `[]` for any other number of them."""
    named = [column for column in row if column.removesuffix("_text").removesuffix("_sentence") in _LANGUAGES]
    return named if len(named) == 2 else []


def _asked(number: int, language: str, source: str, target: str) -> Record:
    prompt = _fields.user(f"Translate into {language}:\n{source}" if language else f"Translate:\n{source}")
    return _fields.record(number, prompt=prompt, answer=target)
