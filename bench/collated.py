"""Checks of collated rows: what a trainer reads and trains on, against the evaluation's rendering.

Pure functions over token ids.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from bench.types import Check


@dataclass(frozen=True, slots=True)
class Row:
    """An answer as the evaluation renders it and as the trainer collates it, in token ids."""

    id: str
    prompt: list[int]
    """As training must have it: where prompt and answer part."""
    asked: list[int]
    """As the evaluation generates from it."""
    answer: list[int]
    ids: list[int]
    """The trainer's, padding left out."""
    labelled: list[int]
    """Those of `ids` that the loss sees."""


def _check(
    code: str,
    method: str,
    numbers: dict[str, float],
    wrong: Sequence[Row] = (),
    otherwise: Literal["warn", "fail"] = "fail",
) -> Check:
    """Of rows: ok where none is wrong."""
    return Check(code, method, otherwise if wrong else "ok", numbers, tuple(dict.fromkeys(r.id for r in wrong)))


def truncation(method: str, rows: Sequence[Row]) -> Check:
    """Whether every row ends as the answer does."""
    cut = [r for r in rows if len(r.ids) < len(r.prompt) + len(r.answer)]
    longest = max(len(r.prompt) + len(r.answer) for r in rows)
    return _check("truncation", method, {"lost": 0, "cut": len(cut), "longest_tokens": longest}, cut)


def rendering(method: str, rows: Sequence[Row]) -> Check:
    """Whether training and evaluation read the same prompt."""
    other = [r for r in rows if r.ids[: len(r.prompt)] != r.prompt]
    beyond = [r for r in rows if r.asked != r.prompt]
    numbers: dict[str, float] = {
        "rows": len(rows),
        "other": len(other),
        "beyond": max(len(r.asked) - len(r.prompt) for r in rows),
    }
    return _check("rendering", method, numbers, other or beyond, "fail" if other else "warn")


def labels(method: str, rows: Sequence[Row]) -> Check:
    """Whether the loss sees the answer, all of it and nothing else."""
    wrong = [r for r in rows if r.labelled != r.answer]
    numbers: dict[str, float] = {
        "labelled": sum(len(r.labelled) for r in rows),
        "of_answers": sum(len(r.answer) for r in rows),
        "all_masked": sum(not r.labelled for r in rows),
    }
    return _check("labels", method, numbers, wrong)


def end_of_turn(method: str, rows: Sequence[Row], stops: frozenset[int]) -> Check:
    """Whether the end of an answer is taught; without it a run still compares, so it warns."""
    without = [r for r in rows if not stops & set(r.labelled)]
    return _check("end_of_turn", method, {"rows": len(rows), "without": len(without)}, without, "warn")


def one_bos(method: str, rows: Sequence[Row], bos: int | None, adds: bool) -> Check:
    """Whether a row begins with exactly one, where the tokenizer has one."""
    if bos is None:
        return Check("one_bos", method, "ok", {"has_one": 0})
    double = [r for r in rows if r.ids[:2] == [bos, bos] or r.labelled[:1] == [bos]]
    none = [r for r in rows if adds and r.ids[:1] != [bos]]
    numbers: dict[str, float] = {"has_one": 1, "double": len(double), "none": len(none)}
    return _check("one_bos", method, numbers, double or none, "fail" if double else "warn")
