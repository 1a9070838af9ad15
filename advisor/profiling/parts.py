"""The parts of a profile: measured shares, distributions and what they are gathered into. Lengths are in characters."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from advisor.types import Share

NOTHING = Share(count=0, of=0, value=0.0, ci95=(0.0, 1.0))
"""The share of an empty set."""


@dataclasses.dataclass(frozen=True, slots=True)
class Tally:
    """A share of records, and where to look."""

    share: Share
    """How many show it, out of how many that could."""
    rows: tuple[int, ...] = ()
    """Row numbers of up to ten that show it."""
    sampled_from: int = 0
    """How many records of the file could show it, about, where `share.of` is a sample of them; 0: each was looked at."""


NONE_SEEN = Tally(NOTHING)
"""Nothing could show it."""


@dataclasses.dataclass(frozen=True, slots=True)
class Spread:
    """Distribution of a number."""

    n: int
    """How many values."""
    mean: float
    """Arithmetic mean; this and all below are 0 when n is 0."""
    p10: float
    """10th percentile (nearest rank)."""
    median: float
    """50th percentile (nearest rank)."""
    p90: float
    """90th percentile (nearest rank)."""
    max: float
    """Largest value."""
    p95: float = 0.0
    """95th percentile (nearest rank)."""
    sampled_from: int = 0
    """How many values the file holds, about, where `n` is a sample of them; 0: each was counted."""


NO_VALUES = Spread(0, 0.0, 0.0, 0.0, 0.0, 0.0)
"""The distribution of no value."""


@dataclasses.dataclass(frozen=True, slots=True)
class Unused:
    """The column left over that holds most text, in shares of all text of the records looked at."""

    column: str
    """Its name in the file; `""` where none holds text."""
    share: float
    """Its share."""
    used: float
    """The share of what was read into the records."""
    largest: float
    """The share of the prompts, the contexts, the answers or the rejected answers, whichever is most."""
    length: float
    """Its mean characters a record."""
    misspelt: str = ""
    """Another, or the same, whose name is nearly that of a column that is trained on; `""` where there is none."""


ALL_USED = Unused("", 0.0, 1.0, 1.0, 0.0)
"""No column left over holds text."""


@dataclasses.dataclass(frozen=True, slots=True)
class Tokens:
    """Token counts, estimated from characters: no tokenizer is loaded."""

    prompt: float
    """Mean tokens of prompt and contexts per record."""
    answer: float
    """Mean tokens of the answer (chosen side) per record that has one."""
    rejected: float
    """Mean tokens of the rejected side per record that has one."""
    total: float
    """Tokens of all records: prompt, contexts, answer, rejected; scaled up from the sample by characters."""
    characters_per_token: float
    """The ratio used, over the whole file."""
    estimated: bool = True
    """Always true: within about 15 % on prose, worse on code."""
    per_record: Spread = NO_VALUES
    """Prompt, contexts and answer of a record together: the sequence that SFT sees."""
    per_pair: Spread = NO_VALUES
    """Prompt and contexts twice, chosen and rejected: the two sequences that DPO sees; pairs only."""


@dataclasses.dataclass(frozen=True, slots=True)
class Duplicates:
    """Repetition across records."""

    exact: Tally
    """Records that repeat an earlier one (prompt, contexts, answers, label; blanks at the ends of texts ignored)."""
    near: Tally
    """Records whose shingles overlap an earlier record's (case and punctuation ignored), exact copies left out; over the sample.

    In a sample both of a couple must be drawn, so that its share is a floor for the file's.
    """
    near_sample: int
    """How many records the near-duplicate search looked at: the sample, exact copies left out."""
    prompts: Share
    """Distinct prompts out of records."""
    answers: Share
    """Distinct answers out of records that have one."""


@dataclasses.dataclass(frozen=True, slots=True)
class Answers:
    """What the answers (chosen sides) look like."""

    empty: Tally
    """No answer where the schema promises one; records marked unanswerable are not counted."""
    truncated: Tally
    """Long answers that stop in the middle of a sentence."""
    template: Tally
    """Placeholders, chat-template tokens or annotations left in a prompt or an answer."""
    placeholders: Tally
    """Answers with a slot that was never filled: `{{name}}`, `[your company]`."""
    refusals: Tally
    """Answers that refuse or abstain."""
    verifiable: Tally
    """Answers a program can check: `#### n`, `\\\\boxed{}`, a bare number, an option letter."""
    secrets: Tally
    """Records holding what looks like a credential or personal data; counted, never echoed."""
    calls: Tally = NONE_SEEN
    """Answers that are a call of a tool and no text."""
    secret_kinds: Mapping[str, int] = dataclasses.field(default_factory=dict)
    """Kind (`e-mail`, `api key`, …) → finds in the records looked at, most first."""


@dataclasses.dataclass(frozen=True, slots=True)
class Grounding:
    """How answers rest on their documents. Lexical: content words shared, not entailment."""

    contexts: Tally
    """Records that carry documents."""
    documents: int
    """Distinct documents."""
    support: Spread
    """Share of an answer's content words found in its documents."""
    facts: Spread
    """The same for numbers and names."""
    unsupported: Tally
    """Answers with less than half of their content words in their documents; abstentions left out."""
    unanswerable: Tally
    """Records with documents whose answer is marked absent, or abstains."""
    rejected_support: Spread
    """Support of the rejected sides."""
    gap: Spread
    """Support of chosen minus rejected, pair by pair."""
    negatives: Tally
    """Records that offer wrong answers of their own."""


@dataclasses.dataclass(frozen=True, slots=True)
class Shortcut:
    """The surface feature that best tells chosen from rejected."""

    feature: str
    """What it is, in words."""
    chosen: Share
    """Chosen sides that show it."""
    rejected: Share
    """Rejected sides that show it."""
    auc: float
    """How well it alone ranks chosen over rejected, 0.5 to 1."""


@dataclasses.dataclass(frozen=True, slots=True)
class Pairs:
    """Chosen against rejected."""

    n: int
    """How many pairs."""
    identical: Tally
    """Both sides the same, blanks at their ends ignored."""
    near_identical: Tally
    """Both sides nearly the same words in the same order, identical ones left out."""
    similarity: Spread
    """Jaccard similarity of the two sides' word sets."""
    longer: Tally
    """Chosen longer, out of the pairs whose lengths differ."""
    length_auc: float
    """Probability that a random chosen side is longer than a random rejected one."""
    reversed: Tally
    """Pairs that occur the other way round too, for the same prompt and documents."""
    refusal_chosen: Tally
    """Chosen sides that refuse."""
    refusal_rejected: Tally
    """Rejected sides that refuse."""
    both_refuse: Tally
    """Pairs whose two sides refuse."""
    empty_rejected: Tally
    """Rejected sides with no text."""
    score_inverted: Tally
    """Pairs whose own score puts the rejected side first; out of the scored ones."""
    score_tied: Tally
    """Scored pairs without a margin."""
    shortcut: Shortcut
    """The best surface predictor, length and refusals aside."""


@dataclasses.dataclass(frozen=True, slots=True)
class Model:
    """What a model's name says about it."""

    name: str
    """As given."""
    parameters: float | None
    """How many, read off the name (`8B` → 8e9); None where it does not say."""
    tuned: bool | None
    """Whether it is instruction-tuned by its name; None where unclear."""
