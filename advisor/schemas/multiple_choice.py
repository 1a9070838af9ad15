"""A question, its choices and the right one: a test, not examples to imitate.

    {"question": "Where is Lyon?", "choices": ["France", "Spain"], "answer": 0}
    {"question": "Where is Lyon?", "choices": {"text": ["France", "Spain"], "label": ["A", "B"]}, "answer_key": "A"}
    {"question": "Where is Lyon?", "a": "France", "b": "Spain", "c": "Italy", "d": "Peru", "answer": "A"}
    {"ctx": "Lyon lies where", "endings": ["two rivers meet.", "the sea is."], "label": "0"}
    {"goal": "Find Lyon.", "sol1": "Look in France.", "sol2": "Look in Spain.", "label": 0}
    {"sentence": "The trophy is not in the case as _ is too big.", "option1": "trophy", "option2": "case",
     "answer": "1"}
    {"context": "Ann and Bob ran.", "question": "Who was first?", "ans0": "Ann", "ans1": "Unknown", "ans2": "Bob",
     "label": 1}
    {"article": "Lyon is in France.", "question": "Where is Lyon?", "options": ["France", "Spain"], "answer": "A"}
    {"question": "Where is Lyon?", "opa": "France", "opb": "Spain", "opc": "Italy", "opd": "Peru", "cop": 0}
    {"question": "Where is Lyon?", "correct_answer": "France", "distractor1": "Spain", "distractor2": "Italy",
     "distractor3": "Peru"}
    {"question": "Where is Lyon?", "mc1_targets": {"choices": ["France", "Spain"], "labels": [1, 0]}}

Source: MMLU, ARC, HellaSwag, PIQA, WinoGrande, BBQ, RACE, MedMCQA, SciQ and TruthfulQA as the Hugging Face hub and
lm-evaluation-harness have them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from advisor.schemas import _fields
from advisor.types import Record, RowError, Supervision

SUPERVISION: Supervision = "eval"
_ASKED = ("question", "ctx", "goal", "sentence", "question_stem", "stem", "query", "prompt", "input", "problem")
_LISTS = ("choices", "options", "endings", "candidates", "mc1_targets")
_SPREAD = (
    ("a", "b", "c", "d", "e"), ("option_a", "option_b", "option_c", "option_d", "option_e"), ("opa", "opb", "opc", "opd"),
    ("ans0", "ans1", "ans2"), ("answer_a", "answer_b", "answer_c"), ("sol1", "sol2"), ("option1", "option2"),
    ("choice1", "choice2"), ("ending0", "ending1", "ending2", "ending3"), ("choice_a", "choice_b", "choice_c", "choice_d"),
    ("correct_answer", "distractor1", "distractor2", "distractor3"),
)  # fmt: skip
_KEYS = (
    "answer_key", "answerkey", "answer", "label", "cop", "correct", "correct_option", "correct_index", "answer_idx",
    "answer_index", "correct_answer_index", "correct_choice", "answer_letter", "correct_answer", "key", "gold", "target",
)  # fmt: skip
_Choices = tuple[list[str], list[str]]


def match(row: Mapping[str, Any]) -> dict[str, str]:
    """A question with choices and a key that names one of them."""
    asked = _fields.present(row, _ASKED)
    columns = _columns(row) if asked else ()
    if not columns or asked in columns:
        return {}
    key = _key(row)
    if not key and _place(row, "", columns) is None:
        return {}
    return {asked: "prompt", **dict.fromkeys(columns, "answer, negatives"), **({key: "answer"} if key else {})}


def records(row: Mapping[str, Any], number: int) -> list[Record | RowError]:
    """One record: the right choice is the answer, the others are negatives."""
    asked, columns, key = _fields.present(row, _ASKED), _columns(row), _key(row)
    texts, _ = _choices(row, columns)
    place = _place(row, key, columns)
    if place is None:
        raise _fields.WrongRowError(f"column {key!r} names none of the {len(texts)} choices")
    others = tuple(text for i, text in enumerate(texts) if i != place)
    prompt = _fields.prompt(row[asked], asked)
    return [_fields.record(number, prompt=prompt, answer=texts[place], negatives=others)]


def _columns(row: Mapping[str, Any]) -> tuple[str, ...]:
    """The column that lists the choices, or those that hold one each."""
    listed = next((c for c in _LISTS if c in row and len(_listed(_fields.parsed(row[c]))[0]) > 1), "")
    if listed:
        return (listed,)
    names = next((names for names in _SPREAD if names[0] in row and names[1] in row), ())
    found = tuple(name for name in names if isinstance(row.get(name), (str, int, float)))
    return found if found[:2] == names[:2] else ()


def _key(row: Mapping[str, Any]) -> str:
    columns = _columns(row)
    return next((c for c in _KEYS if c in row and c not in columns and _place(row, c, columns) is not None), "")


def _choices(row: Mapping[str, Any], columns: tuple[str, ...]) -> _Choices:
    return _listed(_fields.parsed(row[columns[0]])) if len(columns) == 1 else ([str(row[c]) for c in columns], [])


def _listed(value: Any) -> _Choices:
    """(texts, names) of choices: a list of texts or of objects, or an object with both lists or with a text a name."""
    if isinstance(value, dict):
        texts: Any = value.get("text", value.get("choices"))
        names: Any = value.get("label", value.get("labels", []))
        texts, names = (texts, names) if isinstance(texts, list) else (list(value.values()), list(value))
    elif isinstance(value, list) and all(isinstance(item, dict) for item in value):
        texts, names = [item.get("text") for item in value], [item.get("label", "") for item in value]
    else:
        texts, names = value, []
    whole = isinstance(texts, list) and all(isinstance(text, str) for text in texts) and isinstance(names, list)
    return ([str(text) for text in texts], [str(name) for name in names]) if whole else ([], [])


def _place(row: Mapping[str, Any], key: str, columns: tuple[str, ...]) -> int | None:
    """Which choice is right: by index, letter, name or text; without a key the one column or mark that says so."""
    texts, names = _choices(row, columns)
    if not key:
        return (
            0
            if columns[0] == "correct_answer"
            else names.index("1")
            if names.count("1") == 1 and "0" in names
            else None
        )
    value = row[key]
    word = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value).strip()
    for named in (names, texts):
        if word in named:
            return named.index(word)
    if len(word) == 1 and word.upper() in "ABCDEFGH":
        return _within("ABCDEFGH".index(word.upper()), texts)
    # Columns numbered from 1 (option1) are named from 1.
    first = 1 if len(columns) > 1 and columns[0].endswith("1") and key == "answer" else 0
    return _within(int(word) - first, texts) if word.isdigit() else None


def _within(place: int, texts: list[str]) -> int | None:
    return place if 0 <= place < len(texts) else None
