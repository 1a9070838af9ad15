"""What flows through a repair: Plan and records in, Kept and Dropped out."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, Literal

from advisor.types import Method

Form = Literal["completion", "messages", "pairs", "labelled", "checkable", "text"]
"""What a row to train on holds beside its prompt: an answer, two sides, an answer with a verdict, a reference, or only text;
`messages` are a conversation of which every turn of the assistant is learnt."""


@dataclasses.dataclass(frozen=True, slots=True)
class Plan:
    """How the records of one dataset become the rows of one file."""

    method: Method
    """What the rows are to be trained with."""
    form: Form
    """What that method reads."""
    swap: bool = False
    """Whether a negative margin means that the sides are the wrong way round."""
    ranked: bool = False
    """Whether chosen and rejected were made from scores, so that a tie prefers nothing."""
    raw: bool = False
    """Whether secrets stay."""
    tools: bool = False
    """Whether rows of `messages` call or offer tools."""
    held: tuple[range, ...] = ()
    """Rows of files that are for testing."""
    split: bool = False
    """Whether rows whose own `split` says so are, too."""
    contradicted: frozenset[int] = frozenset()
    """Couples of answers that the data prefers both ways round, by hash."""


@dataclasses.dataclass(frozen=True, slots=True)
class Why:
    """One reason for which a record was dropped or changed."""

    code: str
    """A key of RULES."""
    detail: str = ""
    """More of it, free of anything that redaction would change."""

    @property
    def rule(self) -> str | None:
        """The rule of advice that it answers to, None for what a trainer needs and no rule speaks of."""
        return RULES[self.code]


@dataclasses.dataclass(frozen=True, slots=True)
class Kept:
    """A record that is trained on."""

    row: int
    """Where it stood in the dataset."""
    id: str
    """Its name there."""
    columns: Mapping[str, Any]
    """The row to write."""
    changes: tuple[Why, ...]
    """What was repaired in it; empty where nothing was."""
    spare: str = ""
    """`same` or `other` where it is a pair whose rejected side is not trained on, by what that side says."""


@dataclasses.dataclass(frozen=True, slots=True)
class Dropped:
    """A record, or a row that gave none, that is not trained on."""

    row: int
    """Where it stood in the dataset."""
    id: str
    """Its name there, `""` for a row that gave no record."""
    why: Why
    """The first reason found."""


RULES: Mapping[str, str | None] = {
    # dropped
    "unreadable": "unreadable_rows",
    "held_out": None,
    "no_prompt": None,
    "no_answer": "empty_target",
    "unanswerable": "unanswerable_share",
    "blank_turn": "empty_target",
    "bad_label": "bad_targets",
    "no_label": "mixed_schema",
    "no_reference": "verifiable_answers",
    "no_rejected": "mixed_schema",
    "empty_rejected": "empty_rejected",
    "identical_sides": "near_identical_pairs",
    "score_tied": "score_margins",
    "contradicted": "preference_inverted",
    "leftover": "template_leftovers",
    "duplicate": "exact_duplicates",
    # changed
    "leftover_stripped": "template_leftovers",
    "secret_redacted": "secrets",
    "sides_swapped": "preference_inverted",
    "prompt_repeated": None,
    "column_renamed": None,
    "calls_as_text": None,
    "tools_left_out": None,
    "weight_ignored": None,
    "whitespace": None,
}
"""Why a record is dropped or changed → the rule that finds the same."""
