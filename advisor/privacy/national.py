"""National ids that show what they are: by check digits, by a date in them, or by a layout that nothing else has."""

from __future__ import annotations

import re

from advisor.privacy import checks
from advisor.privacy.pattern import Pattern

_DAY = "(?:0[1-9]|[12][0-9]|3[01])"
_MONTH = "(?:0[1-9]|1[0-2])"
_ALONE = r"(?<![\w.-])(?:{})(?![\w-])"


def _control(candidate: str) -> int:
    """Spain: the letter is the number modulo 23; X, Y and Z before it are 0, 1 and 2."""
    whole = (
        candidate.replace("-", "").translate(str.maketrans("XYZ", "012", "")) if candidate[0] in "XYZ" else candidate
    )
    digits = "".join(c for c in whole[: len(whole) - 1] if c.isdigit())
    return len(candidate) if "TRWAGMYFPDXBNJZSQVHLCKE"[int(digits) % 23] == candidate[-1] else 0


def _cpf(candidate: str) -> int:
    """Brazil: two check digits, each modulo 11."""
    digits = [int(c) for c in candidate if c.isdigit()]
    first, second = (sum((n + 1 - i) * d for i, d in enumerate(digits[:n])) * 10 % 11 % 10 for n in (9, 10))
    return len(candidate) if digits[9:] == [first, second] and len({*digits}) > 1 else 0


def _resident(candidate: str) -> int:
    """China: ISO 7064 mod 11-2."""
    total = sum(int(d) * pow(2, 17 - i, 11) for i, d in enumerate(candidate[:17]))
    return len(candidate) if "10X98765432"[total % 11] == candidate[17] else 0


def _aadhaar(candidate: str) -> int:
    """India: Verhoeff's check digit, over the group of symmetries of a pentagon."""
    state = 0
    for place, digit in enumerate(int(c) for c in reversed(candidate) if c.isdigit()):
        for _ in range(place % 8):
            digit = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)[digit]
        turned = (state + (digit if state < 5 else -digit)) % 5
        state = turned + 5 * ((state < 5) != (digit < 5))
    return 0 if state else len(candidate)


def _modulo_97(candidate: str) -> int:
    """France and Belgium: the last two digits are 97 less the rest modulo 97; born since 2000, Belgians have a 2 before it."""
    digits = "".join(c for c in candidate if c.isdigit())
    rests = (digits[:-2], "2" + digits[:-2])[: 2 if len(digits) == 11 else 1]
    return len(candidate) if any(97 - int(rest) % 97 == int(digits[-2:]) for rest in rests) else 0


def _henkilotunnus(candidate: str) -> int:
    """Finland: modulo 31."""
    digits = int("".join(c for c in candidate[:-1] if c.isdigit()))
    return len(candidate) if "0123456789ABCDEFHJKLMNPRSTUVWXY"[digits % 31] == candidate[-1] else 0


def _personnummer(candidate: str) -> int:
    """Sweden: Luhn over the last ten digits."""
    return checks.luhn(candidate) if len(candidate) == 11 else bool(checks.luhn(candidate[2:])) * len(candidate)


_IDS = (
    (("0000000A", "0000000-A"), r"[XYZ]-?[0-9]{7}-?[A-Z]|[0-9]{8}-?[A-Z]", _control),
    (("000.000.000-00",), r"[0-9]{3}\.[0-9]{3}\.[0-9]{3}-[0-9]{2}", _cpf),
    (("0" * 17,), rf"[1-9][0-9]{{5}}(?:19|20)[0-9]{{2}}{_MONTH}{_DAY}[0-9]{{3}}[0-9X]", _resident),
    (
        ("0000 0000 0000", "0000-0000-0000"),
        r"[2-9][0-9]{3}(?P<gap>[ -])[0-9]{4}(?P=gap)[0-9]{4}(?!(?P=gap)[0-9]{4})",
        _aadhaar,
    ),
    (
        ("0 00 00 0", "0" * 15),
        rf"[12](?P<space> ?)[0-9]{{2}}(?P=space){_MONTH}(?P=space)[0-9]{{2}}(?:(?P=space)[0-9]{{3}}){{2}}(?P=space)[0-9]{{2}}",
        _modulo_97,
    ),
    (("00.00.00-000.00",), rf"[0-9]{{2}}\.{_MONTH}\.{_DAY}-[0-9]{{3}}\.[0-9]{{2}}", _modulo_97),
    (("000000-000", "000000A000"), rf"{_DAY}{_MONTH}[0-9]{{2}}[-+A-FU-Y][0-9]{{3}}[0-9A-Y]", _henkilotunnus),
    (("000000-0000",), rf"(?:19|20)?[0-9]{{2}}{_MONTH}{_DAY}-[0-9]{{4}}", _personnummer),
    # By their layouts: South Korea, United Kingdom, Italy, Mexico.
    (("000000-0000000",), rf"[0-9]{{2}}{_MONTH}{_DAY}-[1-8][0-9]{{6}}", len),
    (
        ("AA000000A", "AA 00 00 00 A"),
        r"(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z](?P<part> ?)(?:[0-9]{2}(?P=part)){3}[A-D]",
        len,
    ),
    (("AAAAAA00A00A000A",), r"[A-Z]{6}[0-9]{2}[A-EHLMPRST][0-7][0-9][A-Z][0-9]{3}[A-Z]", len),
    (("AAAA000000AAAAAA",), rf"[A-Z]{{4}}[0-9]{{2}}{_MONTH}{_DAY}[HM][A-Z]{{5}}[A-Z0-9][0-9]", len),
)
NATIONAL = tuple(Pattern("national id", hints, re.compile(_ALONE.format(regex)), check) for hints, regex, check in _IDS)
"""Hints of the text's shape (see personal.py)."""
