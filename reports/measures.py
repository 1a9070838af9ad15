"""The profile of a dataset as rows to draw: shares with their intervals, distributions, and all other figures.

The profile's shape is read, not its names: a share has `count` and `of`, a tally a `share`, a distribution `n`, `mean` and
`median`. So a measure that the advisor adds stands on the page at once, under a title made from its key until TITLES has one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from reports import figures, lookup
from reports.lookup import Json

GROUPS = {
    "": "Rows and records", "duplicates": "Repetition", "answers": "Answers", "grounding": "Documents and answers",
    "pairs": "Chosen against rejected",
}  # fmt: skip
TITLES = {
    "bad": "Unreadable rows",
    "partly_bad": "Rows of which a part was unusable",
    "system": "Records with a system prompt",
    "harmful": "Prompts that touch a hazard, by their words",
    "labels": "Labelled desirable",
    "keyed": "Unanswered, with a key to check an answer against",
    "unreviewed": "Made by a model or a template, unreviewed by their own columns",
    "attacks": "Called an attack or harmful by their own column",
    "tokenised": "Answers with blanks before their punctuation",
    "blank_turns": "Conversations with a blank earlier answer",
    "looping": "Rejected sides that end in a loop",
    "held_out": "Marked test or validation by their own column",
    "duplicates.exact": "Exact copies of an earlier record",
    "duplicates.near": "Near copies; in a sample, at least so many",
    "duplicates.prompts": "Distinct prompts",
    "duplicates.answers": "Distinct answers",
    "answers.empty": "No answer where one is promised",
    "answers.truncated": "Long answers cut off in a sentence",
    "answers.template": "Template tokens or placeholders left in",
    "answers.placeholders": "Answers with an unfilled slot",
    "answers.refusals": "Refusals and abstentions",
    "answers.verifiable": "Answers a program can check",
    "answers.secrets": "What looks like credentials or personal data",
    "grounding.contexts": "Records with documents",
    "grounding.unsupported": "Answers with little support in their documents",
    "grounding.unanswerable": "Unanswerable from their documents",
    "grounding.negatives": "Records with wrong answers of their own",
    "grounding.support": "Share of an answer's words found in its documents",
    "grounding.facts": "Share of its numbers and names found there",
    "grounding.rejected_support": "Share of a rejected side's words found there",
    "grounding.gap": "Support of chosen minus rejected",
    "pairs.identical": "Both sides the same",
    "pairs.near_identical": "Both sides nearly the same",
    "pairs.similarity": "Words the two sides share (Jaccard)",
    "pairs.longer": "Chosen is the longer",
    "pairs.reversed": "Also there the other way round",
    "pairs.refusal_chosen": "Chosen refuses",
    "pairs.refusal_rejected": "Rejected refuses",
    "pairs.both_refuse": "Both refuse",
    "pairs.empty_rejected": "Rejected is empty",
    "pairs.score_inverted": "Their own score puts the rejected first",
    "pairs.score_tied": "Scored without a margin",
    "pairs.shortcut.chosen": "Chosen shows the best shortcut",
    "pairs.shortcut.rejected": "Rejected shows the best shortcut",
    "lengths.prompt": "Prompt",
    "lengths.contexts": "Documents",
    "lengths.answer": "Answer (chosen)",
    "lengths.rejected": "Rejected",
    "tokens.per_record": "A record: what SFT sees",
    "tokens.per_pair": "A pair: what DPO sees",
    "turns": "Turns of a conversation",
    "scores": "Scores or margins",
}


class Measure(NamedTuple):
    """A share or a distribution of the profile, as the JSON holds it."""

    path: str
    """Where it stands: `pairs.longer`."""
    value: Json
    """The share or the distribution itself."""
    sampled_from: int
    """How many the file holds, about, where it was measured on a sample; 0 otherwise."""
    about: str = ""
    """What beside it says what was counted: the feature of a shortcut."""

    @property
    def title(self) -> str:
        """What it says, in words."""
        return TITLES.get(self.path) or lookup.words(self.path.rpartition(".")[2])

    @property
    def group(self) -> str:
        """What it belongs to, in words."""
        first, dot, _ = self.path.partition(".")
        return GROUPS.get(first if dot else "") or lookup.words(first)


def shares(profile: Json) -> list[Measure]:
    """Every share of the profile, tallies included, in its order."""
    return [measure for measure in _measures(profile) if "count" in measure.value]


def spreads(profile: Json) -> list[Measure]:
    """Every distribution that holds a value, in the profile's order."""
    return [measure for measure in _measures(profile) if measure.value.get("n")]


def others(profile: Json, drawn: tuple[str, ...]) -> list[tuple[str, str]]:
    """All other figures as (path, text), those under the keys that are `drawn` elsewhere left out."""
    leaves = _leaves({key: value for key, value in profile.items() if key not in drawn})
    return [row for path, leaf in leaves for row in figures.flatten(leaf, " · ".join(path.split(".")))]


def _measures(value: Any, path: str = "", about: str = "") -> Iterator[Measure]:
    if not isinstance(value, Mapping):
        return
    if _is_share(value) or _is_spread(value):
        yield Measure(path, value, value.get("sampled_from") or 0, about)
    elif _is_share(value.get("share")):
        yield Measure(path, value["share"], value.get("sampled_from") or 0, about)
    else:
        for key, inner in value.items():
            yield from _measures(inner, f"{path}.{key}" if path else key, value.get("feature") or "")


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if not isinstance(value, Mapping):
        yield path, value
    elif not (_is_share(value) or _is_spread(value) or _is_share(value.get("share"))):
        for key, inner in value.items():
            yield from _leaves(inner, f"{path}.{key}" if path else key)


def _is_share(value: Any) -> bool:
    return isinstance(value, Mapping) and {"count", "of", "value"} <= value.keys()


def _is_spread(value: Any) -> bool:
    return isinstance(value, Mapping) and {"n", "mean", "median"} <= value.keys()
