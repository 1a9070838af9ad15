"""Rows and scores of exported tasks, as lm-evaluation-harness calls them; a copy of this file lies beside each export.

A document is a rendered prompt (`context`), the gold answer and the wrong one (`choices`, end of turn included), and their
tokens (`lengths`). The harness moves white space from the end of a context into the continuation. Where that is a token, every
choice begins with it and a third choice is that white space alone: its log-likelihood is taken off the others.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any


def rows(file: str, **_: Any) -> dict[str, Any]:
    """The documents of a file beside this one."""
    from datasets import Dataset

    lines = (Path(__file__).parent / file).read_text(encoding="utf-8").splitlines()
    return {"test": Dataset.from_list([json.loads(line) for line in lines])}


def preference(doc: Mapping[str, Any], results: Sequence[tuple[float, bool]]) -> dict[str, float]:
    """Which answer is likelier: per token, as a whole, and by how much (nats); nothing where `contrast` says nothing."""
    found = contrast(doc, results)
    if not found:
        return {}
    gold, wrong = _likelihoods(results)
    return {"preference_accuracy": found["contrast"], "sum_accuracy": _above(gold, wrong), "margin": gold - wrong}


def contrast(doc: Mapping[str, Any], results: Sequence[tuple[float, bool]]) -> dict[str, float]:
    """1 where the gold answer is likelier per token than the wrong one, ½ for a tie; nothing where one has no figure."""
    gold, wrong = _likelihoods(results)
    tokens, others = doc["lengths"]
    if not (tokens and others and math.isfinite(gold) and math.isfinite(wrong)):
        return {}
    return {"contrast": _above(gold / tokens, wrong / others)}


def _likelihoods(results: Sequence[tuple[float, bool]]) -> tuple[float, float]:
    gold, wrong, *space = (likelihood for likelihood, _ in results)
    return gold - sum(space), wrong - sum(space)


def _above(a: float, b: float) -> float:
    return 0.5 if a == b else float(a > b)
