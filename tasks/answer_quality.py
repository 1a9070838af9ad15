"""How close do greedy answers come to the held-out gold answers?

Headline: token F1 against the best reference (SQuAD's, Rajpurkar et al. 2016). Exact match, ROUGE-L (Lin 2004), chrF (Popović
2015) and whether the answer ends stand beside it. Which library computes what: docs/decisions/instruments.md.

Example: a held-out gold record of the user's file. Chance: near 0.
Not covered: questions without an answer (SQuAD 2.0 would give a silent model full marks there; `rag_faithfulness` weighs
them against the others), and answers right in other words. For free text, read F1 as likeness to the gold style, not as truth.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from typing import Any

from advisor.types import Record
from tasks.prompting import conversation, target
from tasks.text import exact, token_f1
from tasks.types import Instrument, Item, Output, Request

TITLE = "Answer quality"
WHAT = "comes close to the held-out gold answers"
HEADLINE = "token_f1"
RIGHT = ("token_f1",)
BESIDE = ("exact_match", "rouge_l", "chrf")

INSTRUMENTS = {
    "token_f1": Instrument("Token F1", "token F1 against the best gold answer"),
    "exact_match": Instrument("Exact match", "normalised answer equals a gold answer"),
    "rouge_l": Instrument("ROUGE-L", "F1 of the longest common subsequence of word stems with the best gold answer"),
    "chrf": Instrument("chrF", "F2 of character n-grams up to 6 against the best gold answer"),
    "ended": Instrument("Ended", "answers that end by themselves within the limit of new tokens"),
}


_SCORES = tuple(INSTRUMENTS)


def items(records: Sequence[Record]) -> list[Item]:
    """The records that have a gold answer."""
    return [_item(r) for r in records if r.prompt and target(r) and r.answerable is not False]


def _item(record: Record) -> Item:
    return Item(
        id=record.id,
        cluster=record.group,
        kind="gold",
        prompt=conversation(record),
        question=record.prompt[-1].content,
        contexts=record.contexts,
        gold=target(record),
        accept=tuple(a for a in (record.answer, *record.references) if a),
        answerable=record.answerable,
    )


def request(item: Item) -> Request:
    """A greedy answer."""
    return Request(prompt=item.prompt, generate=True)


def score(item: Item, output: Output) -> dict[str, float | None]:
    """Likeness of the answer to the gold ones."""
    if output.text is None:
        return dict.fromkeys(_SCORES)
    text = output.text
    return {
        "token_f1": token_f1(text, item.accept),
        "exact_match": exact(text, item.accept),
        "rouge_l": rouge_l(text, item.accept),
        "chrf": chrf(text, item.accept),
        "ended": None if output.ended is None else float(output.ended),
    }


def rouge_l(answer: str, references: Sequence[str]) -> float:
    """Largest ROUGE-L F1 against any reference (Lin 2004): as ragas' RougeScore, but with words of every script."""
    return float(_rouge().score_multi(list(references), answer)["rougeL"].fmeasure) if references else 0.0


def chrf(answer: str, references: Sequence[str]) -> float:
    """Largest chrF against any reference (Popović 2015), 0 to 1: as ragas' CHRFScore."""
    from sacrebleu import sentence_chrf

    return sentence_chrf(answer, list(references)).score / 100 if references else 0.0


@functools.cache
def _rouge() -> Any:
    from rouge_score.rouge_scorer import RougeScorer

    return RougeScorer(["rougeL"], tokenizer=_Stems())


class _Stems:
    """Words of a text as rouge_score makes them, which itself drops every letter beyond a to z."""

    def __init__(self) -> None:
        from nltk.stem.porter import PorterStemmer

        self.stem = PorterStemmer().stem

    def tokenize(self, text: str) -> list[str]:
        """Lower case, those of more than three letters without their endings (Porter 1980)."""
        return [self.stem(w) if len(w) > 3 else w for w in re.findall(r"[^\W_]+", text.lower())]
