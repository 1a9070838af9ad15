"""What a pattern of something private is, and the pieces that several are written with."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable

START = r"(?<![A-Za-z0-9_-])"
"""No letter, digit or dash before: where a key begins."""
END = r"(?![A-Za-z0-9])"
TOKEN = r"[A-Za-z0-9_-]"  # noqa: S105 - a character class
DIGIT = r"(?=[A-Za-z_-]{0,80}[0-9])"
"""A digit follows, or it would be words with dashes."""

QUOTE = r"\\{0,15}[\"']?"
"""A quotation mark that JSON inside JSON may have escaped, or none."""
SLASH = r"\\{0,7}/"
"""A slash that PHP's JSON may have escaped."""


@dataclasses.dataclass(frozen=True, slots=True)
class Pattern:
    """One way in which something private is written."""

    kind: str
    """What stands in the replacement."""
    hints: tuple[str, ...]
    """One of these is in the text or there is no match, which is far cheaper to see. What text: see the tables."""
    regex: re.Pattern[str]
    """Its group `secret`, else all of the match, is what goes."""
    check: Callable[[str], int] = len
    """How many characters of the candidate are real, 0 for none."""
