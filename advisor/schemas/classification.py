"""A text with the name of its class.

    {"text": "A fine film.", "label": "positive"}
    {"sentence": "A fine film.", "label_text": "positive", "label": 1}
    {"premise": "Lyon is in France.", "hypothesis": "Lyon is in Spain.", "label": "contradiction"}
    {"text": "A fine film.", "label": 1}
    {"prompt": "How do I bake bread?", "label": "harmless"}

A class that is a bare number stands as it is, where no column names it. Source: Hugging Face
`datasets` text classification sets (SetFit's `label_text`, SNLI's `premise`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from advisor.schemas import _fields, prompt_completion
from advisor.types import Record, RowError, Supervision

SUPERVISION: Supervision = "gold"
_TEXT = (
    "text", "sentence", "utterance", "review", "tweet", "premise", "sentence1", "question1", "claim", "statement", "comment",
    "comment_text", "subject", "ticket", "email", "message", "post", "sms", "headline", "document", "content", "jailbreak",
    "tweet_text", "review_text", "news",
)  # fmt: skip
_PROMPTS = ("prompt", "query", "question", "input", "user_query", "user_message")
_SAID = ("label", "label_text", "label_name", "intent", "gold_label", "sentiment", "emotion", "class")
_SECOND = {
    "premise": "hypothesis",
    "sentence1": "sentence2",
    "question1": "question2",
    "claim": "evidence",
    "subject": "body",
}
TOPICAL = 600
"""Characters of a text beside which a `category` is still its class: beside a longer one it is a topic of raw text."""
_CLASS = (
    "label_text",
    "label_name",
    "intent",
    "sentiment",
    "gold_label",
    "label",
    "emotion",
    "verdict",
    "category",
    "class",
)
_NUMBERED = (
    "label", "labels", "gold_label", "class", "target", "sentiment", "intent", "stars", "is_duplicate", "is_spam", "is_toxic",
    "toxic", "toxicity", "spam", "hate",
    "rating", "is_sarcastic", "polarity", "is_fake", "is_hate",
)  # fmt: skip


def match(row: Mapping[str, Any]) -> dict[str, str]:
    """A text and a class: a short word, or a number."""
    asked = _text(row)
    named = _class(row) if asked else ""
    if not asked or not named or (named == "category" and len(str(row[asked])) > TOPICAL):
        return {}
    return {**dict.fromkeys(_asked(row), "prompt"), named: "answer"}


def records(row: Mapping[str, Any], number: int) -> list[Record | RowError]:
    """One record whose answer is the class."""
    texts = [_fields.text(row, column) for column in _asked(row)]
    named = str(row[_class(row)])
    return [_fields.record(number, prompt=_fields.user("\n".join(texts)), answer=named)]


def _asked(row: Mapping[str, Any]) -> tuple[str, ...]:
    """The column of the text, and of the second one where two are compared."""
    first = _text(row)
    second = _SECOND.get(first, "")
    return (first, second) if second in row else (first,)


def _text(row: Mapping[str, Any]) -> str:
    """The column of the text: a prompt is one where it has no answer and its class is a word."""
    first = _fields.present(row, _TEXT)
    said = [column for column in _SAID if column in row]
    if first or not said or prompt_completion.match(row):
        return first
    return "" if all(_is_number(row[column]) for column in said) else _fields.present(row, _PROMPTS)


def _class(row: Mapping[str, Any]) -> str:
    """The column of the class: one with its name, else one with its number."""
    words = [c for c in _CLASS if isinstance(row.get(c), str) and row[c].strip() and len(row[c]) < 60]
    named = next((c for c in words if not _is_number(row[c])), "")
    return named or next((c for c in _NUMBERED if _is_number(row.get(c))), "")


def _is_number(value: Any) -> bool:
    return not isinstance(value, bool) and isinstance(value, (int, str)) and str(value).strip().lstrip("-").isdigit()
