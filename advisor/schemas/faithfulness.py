"""One grounded answer a row with a verdict on whether its document supports it.

    {"knowledge": "Lyon is a French city.", "history": "Where is Lyon?", "gpt2": "In Spain.",
     "begin_label": "hallucination"}
    {"prompt": "Lyon is a French city. Where is Lyon?", "response": "In Spain.", "labels": [{"start": 3, "end": 8,
     "label_type": "Conflict"}]}

Supported by its document is desirable; an answer with one hallucinated span is not. Source: BEGIN (Dziri et al. 2022,
arXiv:2105.00071), whose answer column has the name of the model; RAGTruth (Niu et al. 2024, arXiv:2401.00396), joined.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from advisor.schemas import _fields
from advisor.types import Record, RowError, Supervision

SUPERVISION: Supervision = "unpaired"
_VERDICTS = (
    "begin_label",
    "faithfulness",
    "faithfulness_label",
    "attribution",
    "grounding_label",
    "nli_label",
    "support_label",
)
_BAD = (
    "hallucin",
    "contradict",
    "not_support",
    "unsupport",
    "unfaithful",
    "refut",
    "not_attrib",
    "ungrounded",
    "neutral",
)
_GOOD = ("entail", "support", "faithful", "attrib", "grounded")
_ASKED = ("history", "message", "question", "query", "prompt", "dialogue_history")
_ANSWER = ("response", "answer", "completion", "output", "claim")


def match(row: Mapping[str, Any]) -> dict[str, str]:
    """A document, an answer and a verdict; or a prompt, a response and a list of hallucinated spans."""
    if _is_spans(row):
        return {"prompt": "prompt", "response": "answer", "labels": "label"}
    verdict = _fields.present(row, _VERDICTS)
    documents = _fields.documents(row) if verdict and isinstance(row[verdict], str) else ()
    answer = _answer(row, (verdict, *documents)) if documents else ""
    if not answer:
        return {}
    asked = _fields.present(row, _ASKED)
    given = {**({asked: "prompt"} if asked else {}), **dict.fromkeys(documents, "contexts")}
    return {**given, answer: "answer", verdict: "label"}


def records(row: Mapping[str, Any], number: int) -> list[Record | RowError]:
    """One record; neither good nor bad (`generic`) leaves the label open."""
    if _is_spans(row):
        prompt, answer = _fields.prompt(row["prompt"], "prompt"), _fields.text(row, "response")
        return [
            _fields.record(
                number, prompt=prompt, answer=answer, label=not row["labels"], meta={"labels": row["labels"]}
            )
        ]
    verdict, (_, contexts), asked = (
        _fields.present(row, _VERDICTS),
        _fields.contexts(row),
        _fields.present(row, _ASKED),
    )
    said = row[asked] if asked else ""
    prompt = _fields.prompt(said, asked) if said else ()
    answer = _fields.text(row, _answer(row, (verdict, *_fields.documents(row))))
    said = _fields.text(row, verdict)
    shared = {"prompt": prompt, "contexts": contexts, "answer": answer, "meta": {verdict: said}}
    return [_fields.record(number, label=_supported(said), **shared)]


def _is_spans(row: Mapping[str, Any]) -> bool:
    spans = row.get("labels")
    marked = isinstance(spans, list) and all(isinstance(span, dict) and "start" in span for span in spans)
    return marked and isinstance(row.get("prompt"), str) and isinstance(row.get("response"), str)


def _answer(row: Mapping[str, Any], others: tuple[str, ...]) -> str:
    """The answer's column: one of the usual names, else the only text column whose name says nothing."""
    known = {*others, *_ASKED, *_VERDICTS, "id", "split", "source", "model"}
    rest = [c for c in row if c not in known and isinstance(row[c], str) and not c.endswith(("_label", "_id", "_type"))]
    return _fields.present(row, _ANSWER) or (rest[0] if len(rest) == 1 else "")


def _supported(verdict: str) -> bool | None:
    """A partly bad answer is bad (`entailment,hallucination`)."""
    word = verdict.lower().replace(" ", "_")
    if any(mark in word for mark in _BAD):
        return False
    return True if any(mark in word for mark in _GOOD) else None
