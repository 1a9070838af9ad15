"""Secrets and personal data in texts: found by pattern, replaced by `[redacted <kind>]`, never stored.

Recall is limited by intent: names, postal addresses, dates of birth, user names, national ids that look like any number
(the Dutch, German and Polish, say), phone numbers without `+` outside North America, keys without a known prefix, and
passwords that are a bare word stay. Precision comes from check digits, issuers' prefixes, and asking for a digit in keys.

Most texts hold nothing, so what costs is to see that: a few searches for what every match of a pattern contains say which
patterns are tried at all. Time is linear in the text: a pattern starts only at the start of a run or after a literal, and
its repeats are bounded or cannot overlap with what follows.
"""

from __future__ import annotations

import re
from collections import Counter

from advisor.privacy.credentials import BETWEEN, KEY_CHARACTERS, KEYS, LABELLED, LONG, MARKED, PRIVATE_KEY, SAID
from advisor.privacy.pattern import Pattern
from advisor.privacy.personal import E_MAIL, IN_LONG_NUMBERS, LONG_NUMBERS, NUMBERS, SIGNS

_PASSES = 4
_ORDER = (PRIVATE_KEY, *KEYS, *MARKED, *SAID, LABELLED, E_MAIL, *NUMBERS[:2], *LONG_NUMBERS, *NUMBERS[2:])
"""What is tried first takes the text from what comes later."""


def _hints(*patterns: Pattern) -> tuple[tuple[bytes, int], ...]:
    """(hint, place of its pattern in the order)."""
    return tuple((hint.encode(), _ORDER.index(pattern)) for pattern in patterns for hint in pattern.hints)


def _only(kept: bytes, other: bytes, to: bytes = b"") -> bytes:
    """A table for `translate`: what is kept as it is, or `to` this, and the rest to another."""
    table = bytes.maketrans(kept, to * len(kept) if to else kept)
    return bytes(table[byte] if byte in kept else other[0] for byte in range(256))


_IN_WORDS = _hints(*SAID)
_IN_KEYS = _hints(*KEYS)
_IN_SHAPE = _hints(PRIVATE_KEY, *MARKED, E_MAIL)
_IN_NUMBERS = _hints(*NUMBERS)
_IN_LONG = _hints(*LONG_NUMBERS)
_DIGITS, _CAPITALS = b"0123456789", b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_SHAPE = bytes.maketrans(_DIGITS + _CAPITALS, b"0" * len(_DIGITS) + b"A" * len(_CAPITALS))
_SHAPELESS = bytes(byte for byte in range(256) if byte not in _DIGITS + _CAPITALS + SIGNS)
_LABELLED = _ORDER.index(LABELLED)
_LABEL = re.compile(f":(?<=[denty]:)(?:{'|'.join(f'(?<={hint})' for hint in LABELLED.hints)})".encode())
"""Any of its hints, sought by the colon that ends each and the letter before it."""
_KEY = re.compile(b"|".join(re.escape(hint) for hint, _ in _IN_KEYS))
_COLONS = bytes.maketrans(b"=>", b"::")
_KEYLIKE, _FILLED = _only(KEY_CHARACTERS, b" "), _only(KEY_CHARACTERS, b" ", b"x")
_RUN = b"x" * LONG


def redact(text: str) -> str:
    """The text with every find replaced by `[redacted <kind>]`."""
    for _ in range(_PASSES):
        text, found = _pass(text)
        if not found:
            break
    return text


def count(text: str) -> dict[str, int]:
    """Finds by kind (`e-mail`, `api key`, …); kinds without a find are absent."""
    text, found = _pass(text)
    if not found:
        return {}
    counts = Counter(found)
    # A secret glued to another is seen once that one is gone.
    for _ in range(_PASSES - 1):
        text, found = _pass(text)
        counts.update(found)
    return dict(counts)


def _pass(text: str) -> tuple[str, list[str]]:
    """(the text without what was found, the kind of each find)."""
    found = list[str]()
    for at in _possible(text):
        text, times = _replace(_ORDER[at], text)
        found += [_ORDER[at].kind] * times
    return text, found


def _possible(text: str) -> list[int]:
    """Places of the patterns that may match, in their order."""
    data = text.encode("utf-8", "surrogatepass")  # `in` is faster on bytes
    low, shape = data.lower(), data.translate(_SHAPE, _SHAPELESS)
    found = {at for hint, at in _IN_WORDS if hint in low}
    found.update([at for hint, at in _IN_SHAPE if hint in shape])
    if b"0" in shape:
        found.update([at for hint, at in _IN_NUMBERS if hint in shape])
        if any(part in shape for part in IN_LONG_NUMBERS):
            found.update([at for hint, at in _IN_LONG if hint in shape])
    if _LABEL.search(low.translate(_COLONS, BETWEEN)):
        found.add(_LABELLED)
    if _RUN in data.translate(_FILLED):
        long = b" ".join([run for run in data.translate(_KEYLIKE).split() if len(run) >= LONG])
        found.update([at for hint, at in _IN_KEYS if hint in long] if _KEY.search(long) else ())
    return sorted(found)


def _replace(pattern: Pattern, text: str) -> tuple[str, int]:
    """(the text without the pattern's finds, how many these are)."""
    pieces, last = [], 0
    group = "secret" if "secret" in pattern.regex.groupindex else 0
    for match in pattern.regex.finditer(text):
        start, end = match.span(group)
        real = pattern.check(text[start:end]) if start >= last else 0
        if real:
            pieces += [text[last:start], f"[redacted {pattern.kind}]"]
            last = start + real
    return "".join([*pieces, text[last:]]), len(pieces) // 2
