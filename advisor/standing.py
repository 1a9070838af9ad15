"""Whether a measured part of the records may speak for the file: a finding about three pairs among a thousand answers may not."""

from __future__ import annotations

from advisor.profiling.types import Pairs, Profile, Spread, Tally

FEW = 20
"""Ours: fewer say nothing about a share, unless they are half of a small file."""
PART = 0.05
"""Ours: a smaller part of the records is a stray, however pure."""
MOST = 0.5
"""Ours: what holds for this share of the records is what the file is."""


def speaks_for_file(part: Tally | Spread | Pairs | None, profile: Profile) -> bool:
    """Whether what was measured on `part` may be said of the file; where it was a sample, of what it was drawn from."""
    n = reach(part)
    return n > 0 and n >= PART * profile.records and n >= min(FEW, MOST * profile.records)


def reach(part: Tally | Spread | Pairs | None) -> int:
    """How many records of the file a part stands for."""
    if part is None:
        return 0
    if isinstance(part, Pairs):
        return part.n
    return part.sampled_from or (part.n if isinstance(part, Spread) else part.share.of)


def mostly_paired(profile: Profile) -> bool:
    """Whether most records have two sides."""
    return reach(profile.pairs) >= max(1, MOST * profile.records)


def mostly_labelled(profile: Profile) -> bool:
    """Whether most records have a label."""
    return reach(profile.labels) >= max(1, MOST * profile.records)


def mostly_grounded(profile: Profile) -> bool:
    """Whether most records carry documents."""
    return profile.grounding is not None and profile.grounding.contexts.share.value >= MOST


def answered(profile: Profile) -> int:
    """Records whose answer is not blank."""
    return profile.duplicates.answers.of
