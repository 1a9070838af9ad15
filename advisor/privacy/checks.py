"""How much of a candidate is real: check digits, ranges, and what values look like. 0 is none of it."""

from __future__ import annotations

import ipaddress


def luhn(candidate: str) -> int:
    """All of a number whose last digit checks the others (ISO/IEC 7812-1), else 0."""
    digits = [int(c) for c in candidate if c.isdigit()]
    doubled = [d if place % 2 == 0 else (2 * d - 9 if d > 4 else 2 * d) for place, d in enumerate(reversed(digits))]
    return 0 if sum(doubled) % 10 else len(candidate)


def iban(candidate: str) -> int:
    """Characters of an IBAN of its country's length whose check digits hold (ISO 13616), else 0."""
    places = [at for at, c in enumerate(candidate) if c != " "]
    length = _IBAN_LENGTHS.get(candidate[:2], len(places) + 1)
    if len(places) < length:
        return 0
    end = places[length - 1] + 1
    compact = candidate[:end].replace(" ", "")
    number = int("".join(str(int(c, 36)) for c in compact[4:] + compact[:4]))
    return end if number % 97 == 1 and not candidate[end : end + 1].isalnum() else 0


def public(candidate: str) -> int:
    """All of an address that is reachable from outside: private and documentation ranges name nobody."""
    try:
        return len(candidate) if ipaddress.ip_address(candidate).is_global else 0
    except ValueError:
        return 0


def password(candidate: str) -> int:
    """All of a password's value if it looks like one (a letter beside a digit or symbol) and not like code."""
    letter = any(c.isalpha() for c in candidate)
    other = any(c.isdigit() or c in "!@#$%^&*?" for c in candidate[1:])
    code = candidate[0] in "${<%[(" or "(" in candidate or "[redacted" in candidate
    return len(candidate) if letter and other and not code else 0


def unseen(candidate: str) -> int:
    """All of a candidate in which nothing was replaced before."""
    return 0 if "[redacted" in candidate else len(candidate)


# Country → length of its IBANs (registry of ISO 13616).
_IBAN_LENGTHS = {
    "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BR": 29, "CH": 21, "CR": 22,
    "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "DO": 28, "EE": 20, "EG": 29, "ES": 24, "FI": 18, "FO": 18, "FR": 27, "GB": 22,
    "GE": 22, "GI": 23, "GL": 18, "GR": 27, "GT": 28, "HR": 21, "HU": 28, "IE": 22, "IL": 23, "IS": 26, "IT": 27, "JO": 30,
    "KW": 30, "KZ": 20, "LB": 28, "LI": 21, "LT": 20, "LU": 20, "LV": 21, "MC": 27, "MD": 24, "ME": 22, "MK": 19, "MT": 31,
    "NL": 18, "NO": 15, "PK": 24, "PL": 28, "PS": 29, "PT": 25, "QA": 29, "RO": 24, "RS": 22, "SA": 24, "SE": 24, "SI": 19,
    "SK": 24, "SM": 27, "TN": 24, "TR": 26, "UA": 29, "VA": 22, "XK": 20,
}  # fmt: skip
