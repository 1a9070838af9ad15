"""The profile: every measured figure about a dataset, as frozen dataclasses. Lengths are in characters unless they say tokens."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from advisor.profiling.parts import (
    ALL_USED,
    NO_VALUES,
    NONE_SEEN,
    NOTHING,
    Answers,
    Duplicates,
    Grounding,
    Model,
    Pairs,
    Shortcut,
    Spread,
    Tally,
    Tokens,
    Unused,
)  # fmt: skip
from advisor.types import Axis, Supervision

__all__ = [
    "ALL_USED", "NONE_SEEN", "NOTHING", "NO_VALUES", "Answers", "Duplicates", "Grounding", "Model", "Pairs", "Profile",
    "Shortcut", "Spread", "Tally", "Tokens", "Unused",
]  # fmt: skip


@dataclasses.dataclass(frozen=True, slots=True)
class Profile:
    """Every measured fact about a dataset."""

    rows: int
    """Rows seen."""
    bad: Tally
    """Rows that became no record; a row with several faults counts once."""
    records: int
    """Canonical records."""
    schema: str
    """Name of the layout."""
    schema_share: float
    """Share of the good rows it explains."""
    supervision: Supervision
    """The signal in the rows."""
    languages: Mapping[str, float]
    """BCP 47 tag → share of records; `und-Latn` where only the script is known."""
    axes: Mapping[Axis, float]
    """Axis → share of records that show it, largest first."""
    lengths: Mapping[str, Spread]
    """`prompt`, `contexts`, `answer`, `rejected` → characters."""
    tokens: Tokens
    """The same in estimated tokens."""
    turns: Spread
    """User and assistant turns per record, the answer included."""
    system: Tally
    """Records with a system prompt."""
    harmful: Tally
    """Prompts that touch a hazard category by their words."""
    duplicates: Duplicates
    """Repetition."""
    answers: Answers
    """The targets."""
    grounding: Grounding | None
    """None where no record has documents."""
    pairs: Pairs | None
    """None where no record has two sides."""
    labels: Tally | None
    """Records labelled desirable, out of the labelled; None where none is."""
    scores: Spread
    """Scores or margins of the rows that have one."""
    model: Model | None = None
    """The model to be trained, where it was named."""
    goal: Axis | None = None
    """What the user wants the data to train, where it was said."""
    partly_bad: Tally = NONE_SEEN
    """Rows of which a part was unusable and the rest became records; out of all rows, none of them in `bad`."""
    sample: int = 0
    """Records that the costly measures looked at (languages, axes, harm, the wording of answers, grounding, shortcuts,
    near duplicates, tokens), drawn by a hash of their ids; all of them in a file of up to 2,000."""
    notes: tuple[str, ...] = ()
    """What was unusual about the container, as reading told it."""
    layouts: Mapping[str, float] = dataclasses.field(default_factory=dict)
    """Layout → share of the good rows, largest first."""
    columns: tuple[str, ...] = ()
    """Names of the file's columns."""
    unusual: tuple[str, ...] = ()
    """Those that fill a record and that a trainer would not know by their names."""
    keyed: Tally = NONE_SEEN
    """Records without an answer that bring a key to check one against; out of those without an answer."""
    unreviewed: Tally = NONE_SEEN
    """Records whose own columns say that a model or a template made them and nobody reviewed them."""
    attacks: Tally = NONE_SEEN
    """Records whose own category column calls them an attack or harmful."""
    tokenised: Tally = NONE_SEEN
    """Answers with blanks before their punctuation, out of those that are not blank."""
    blank_turns: Tally = NONE_SEEN
    """Conversations with a blank earlier turn of the assistant, out of those with one."""
    looping: Tally = NONE_SEEN
    """Rejected sides that end in a loop where the chosen ones do not, out of the pairs."""
    held_out: Tally = NONE_SEEN
    """Records whose own split column says test, dev or validation."""
    benchmarks: Mapping[str, float] = dataclasses.field(default_factory=dict)
    """Public benchmark → share of records whose id or a short column names it."""
    commonest: Tally = NONE_SEEN
    """Answers that are the commonest class, out of the answers; empty where answers are no classes."""
    crossing: Tally = NONE_SEEN
    """Records answered in another language than they ask in, out of those where both are known."""
    unused: Unused = ALL_USED
    """The column left over that holds most text."""
