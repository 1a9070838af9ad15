"""Personal data: addresses, and numbers that name a person or an account."""

from __future__ import annotations

import re

from advisor.privacy import checks
from advisor.privacy.national import NATIONAL
from advisor.privacy.pattern import Pattern

E_MAIL = Pattern(
    "e-mail",
    ("@", "%00"),
    # Letters that JSON inside JSON has escaped are letters; an address in an address has its @ escaped.
    re.compile(
        r"(?<![\w.+%-])(?!git@)(?:[\w.+%-]|\\{1,4}u[0-9a-fA-F]{4}){1,64}(?:@|%40)(?:[^\W_](?:[\w-]{0,61})\.){1,8}"
        r"(?!(?:png|jpe?g|gif|svg|webp|css|js|json|html?)(?!\w))(?:xn--[A-Za-z0-9]{2,20}|[^\W\d_]{2,24})(?![\w-])(?!\.\w)"
    ),
)
LONG_NUMBERS = (
    Pattern(
        "card",
        ("0" * 14, "0000 0000", "0000-0000"),
        re.compile(
            r"(?<![0-9.])(?:(?:4[0-9]{3}|5[1-5][0-9]{2}|2[2-7][0-9]{2}|6(?:011|[25][0-9]{2}|4[4-9][0-9])|35[2-8][0-9])"
            r"(?P<gap>[ -]?)[0-9]{4}(?P=gap)[0-9]{4}(?P=gap)[0-9]{4}|3[47][0-9]{2}(?P<gap2>[ -]?)[0-9]{6}(?P=gap2)[0-9]{5}"
            r"|3(?:0[0-5]|[68][0-9])[0-9](?P<gap3>[ -]?)[0-9]{6}(?P=gap3)[0-9]{4})"
            r"(?![0-9])(?!\.[0-9])"
        ),
        checks.luhn,
    ),
    Pattern(
        "social security number",
        ("000-00-0000",),
        re.compile(r"(?<![\w.-])(?!000|666|9)[0-9]{3}-(?!00)[0-9]{2}-(?!0000)[0-9]{4}(?![\w-])"),
    ),
    *NATIONAL,
)
"""With hints that hold one of IN_LONG_NUMBERS; the others are asked for only then."""
IN_LONG_NUMBERS = (b"000000", b"AAAAAA00", b"-000", b"0000 0000", b"0 00 00", b".000.000-")
NUMBERS = (
    Pattern(
        "ip address",
        ("0:", "A:"),
        # Version 6; only what is given out to the public starts with 2 or 3.
        re.compile(r"[23](?<![\w:.].)[0-9a-fA-F]{3}(?::[0-9a-fA-F]{0,4}){2,7}(?![\w:])"),
        checks.public,
    ),
    Pattern(
        "iban",
        ("AA00",),
        # Looked ahead at, not consumed: where one ends only the check knows, and another may follow.
        re.compile(r"(?<![A-Za-z0-9])(?=(?P<secret>[A-Z]{2}[0-9]{2} ?[A-Z0-9]{4}(?: ?[A-Z0-9]{1,4}){2,7}))"),
        checks.iban,
    ),
    Pattern(
        "phone",
        ("+0",),
        re.compile(r"\+(?<![\w+.(].)(?!1[ .(-]{0,2}[01])(?![0-9]{0,12}00000)[1-9](?:[ .()-]{0,2}[0-9]){9,14}(?![0-9])"),
    ),
    Pattern(
        "phone",
        ("000-000-0000", ")000-0000", ") 000-0000", "000.000.0000"),
        re.compile(
            r"(?<![\w.+-])(?:1[-. ])?(?:\([2-9][0-9]{2}\) ?|[2-9][0-9]{2}(?P<dot>[-.]))[2-9][0-9]{2}(?(dot)(?P=dot)|-)[0-9]{4}"
            r"(?![\w-])"
        ),
    ),
    Pattern(
        "ip address",
        (".0.", ".00.", ".000."),
        re.compile(
            r"[0-9](?<![\w.-].)(?<![^/]/.)(?<!==.)(?<![Vv]ersion .)(?<![Rr]elease .)"
            r"[0-9]{0,2}(?:\.[0-9]{1,3}){3}(?![\w-])(?!\.[0-9])"
        ),
        checks.public,
    ),
)
"""Hints of the text's shape, as those of LONG_NUMBERS and E_MAIL: every digit 0, every capital A, and of the rest only SIGNS."""
SIGNS = b" -.,+/():@%\\"
