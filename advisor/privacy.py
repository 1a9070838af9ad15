"""Secrets and personal data in texts: found by pattern, replaced by `[redacted <kind>]`, never stored.

Recall is limited by intent: names, postal addresses, dates of birth, user names, national ids other than the US social
security number, phone numbers without `+` outside North America, keys without a known prefix, and passwords that are a
bare word stay. Precision comes from checksums (Luhn for cards, ISO 7064 mod 97 for IBANs), issuer prefixes, and asking
for a digit in keys. Formats: the issuers' documentation and gitleaks' default rules (github.com/gitleaks/gitleaks).

Time is linear in the text: a pattern starts only at the start of a run or after a literal, and its repeats are bounded or
cannot overlap with what follows.
"""

from __future__ import annotations

import dataclasses
import ipaddress
import re
from collections import Counter
from collections.abc import Callable

_PASSES = 4


@dataclasses.dataclass(frozen=True, slots=True)
class _Pattern:
    kind: str
    """What stands in the replacement."""
    hints: tuple[str, ...]
    """The text in lower case holds one of these or no match, which is far cheaper to see; `_NUMERIC` ones have none."""
    regex: re.Pattern[str]
    """Its group `secret`, else all of the match, is what goes."""
    check: Callable[[str], int] = len
    """How many characters of the candidate are real, 0 for none."""


def redact(text: str) -> str:
    """The text with every find replaced by `[redacted <kind>]`."""
    return _scan(text)[0]


def count(text: str) -> dict[str, int]:
    """Finds by kind (`e-mail`, `api key`, …); kinds without a find are absent."""
    return dict(_scan(text)[1])


def _scan(text: str) -> tuple[str, Counter[str]]:
    """Passes until nothing is found: a secret glued to another is seen once that one is gone."""
    found = Counter[str]()
    for _ in range(_PASSES):
        text, more = _pass(text)
        if not more:
            break
        found += more
    return text, found


def _pass(text: str) -> tuple[str, Counter[str]]:
    found = Counter[str]()
    for pattern in _hinted(text):
        text, times = _replace(pattern, text)
        if times:
            found[pattern.kind] += times
    return text, found


def _hinted(text: str) -> list[_Pattern]:
    """The patterns that may match, in their order."""
    low = text.lower().encode("utf-8", "surrogatepass")  # `in` is faster on bytes
    hints = _HINTS if max(map(len, low.split()), default=0) >= _KEY_LENGTH else _PROSE_HINTS
    textual = dict.fromkeys([at for hint, at in hints if hint in low])
    return [*(_TEXTUAL[at] for at in textual), *(_NUMERIC if _LONG_NUMBER.search(text) else ())]


def _replace(pattern: _Pattern, text: str) -> tuple[str, int]:
    pieces, last = [], 0
    for match in pattern.regex.finditer(text):
        start, end = match.span("secret" if "secret" in pattern.regex.groupindex else 0)
        real = pattern.check(text[start:end]) if start >= last else 0
        if real:
            pieces += [text[last:start], f"[redacted {pattern.kind}]"]
            last = start + real
    return "".join([*pieces, text[last:]]), len(pieces) // 2


def _luhn(candidate: str) -> int:
    """All of a card number whose check digit holds (ISO/IEC 7812-1), else 0."""
    digits = [int(c) for c in candidate if c.isdigit()]
    doubled = [d if place % 2 == 0 else (2 * d - 9 if d > 4 else 2 * d) for place, d in enumerate(reversed(digits))]
    return 0 if sum(doubled) % 10 else len(candidate)


def _iban(candidate: str) -> int:
    """Characters of an IBAN of its country's length whose check digits hold (ISO 13616), else 0."""
    places = [at for at, c in enumerate(candidate) if c != " "]
    length = _IBAN_LENGTHS.get(candidate[:2], len(places) + 1)
    if len(places) < length:
        return 0
    end = places[length - 1] + 1
    compact = candidate[:end].replace(" ", "")
    number = int("".join(str(int(c, 36)) for c in compact[4:] + compact[:4]))
    return end if number % 97 == 1 and not candidate[end : end + 1].isalnum() else 0


def _public(candidate: str) -> int:
    """All of an address that is reachable from outside: private and documentation ranges name nobody."""
    try:
        return len(candidate) if ipaddress.ip_address(candidate).is_global else 0
    except ValueError:
        return 0


def _value(candidate: str) -> int:
    """All of a password's value if it looks like one (a letter beside a digit or symbol) and not like code."""
    letter = any(c.isalpha() for c in candidate)
    other = any(c.isdigit() or c in "!@#$%^&*?" for c in candidate[1:])
    code = candidate[0] in "${<%[(" or "(" in candidate or "[redacted" in candidate
    return len(candidate) if letter and other and not code else 0


_IBAN_LENGTHS = {
    "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BR": 29, "CH": 21, "CR": 22,
    "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "DO": 28, "EE": 20, "EG": 29, "ES": 24, "FI": 18, "FO": 18, "FR": 27, "GB": 22,
    "GE": 22, "GI": 23, "GL": 18, "GR": 27, "GT": 28, "HR": 21, "HU": 28, "IE": 22, "IL": 23, "IS": 26, "IT": 27, "JO": 30,
    "KW": 30, "KZ": 20, "LB": 28, "LI": 21, "LT": 20, "LU": 20, "LV": 21, "MC": 27, "MD": 24, "ME": 22, "MK": 19, "MT": 31,
    "NL": 18, "NO": 15, "PK": 24, "PL": 28, "PS": 29, "PT": 25, "QA": 29, "RO": 24, "RS": 22, "SA": 24, "SE": 24, "SI": 19,
    "SK": 24, "SM": 27, "TN": 24, "TR": 26, "UA": 29, "VA": 22, "XK": 20,
}  # fmt: skip

_START = r"(?<![A-Za-z0-9_-])"
_DIGIT = r"(?=[A-Za-z_-]{0,80}[0-9])"
_TOKEN = r"[A-Za-z0-9_-]"  # noqa: S105 - a character class
_NAMES = (
    r"passw(?:or)?d|passwd|pwd|passphrase|secret|api[_-]?key|access[_-]?key|(?:access|auth|api|refresh|bot)[_-]?token"
)
_KEYS = (
    (("sk-",), rf"{_START}sk-{_DIGIT}{_TOKEN}{{20,250}}"),  # OpenAI, Anthropic, OpenRouter
    (("akia", "asia"), rf"{_START}(?:AKIA|ASIA)[A-Z0-9]{{16}}(?![A-Za-z0-9])"),  # AWS access key id
    (("ghp_", "gho_", "ghu_", "ghs_", "ghr_"), rf"{_START}gh[pousr]_[A-Za-z0-9]{{36,255}}"),  # GitHub
    (("github_pat_",), rf"{_START}github_pat_[A-Za-z0-9_]{{22,255}}"),
    (("glpat-",), rf"{_START}glpat-{_TOKEN}{{20,100}}"),  # GitLab
    (("hf_",), rf"{_START}hf_[A-Za-z0-9]{{30,60}}(?![A-Za-z0-9_])"),  # Hugging Face
    (("xox",), rf"{_START}xox[abeoprs]-{_DIGIT}[A-Za-z0-9-]{{10,250}}"),  # Slack
    (("hooks.slack.com",), r"hooks\.slack\.com/services/(?P<secret>T\w{6,20}/B\w{6,20}/\w{16,40})"),
    (("aiza",), rf"{_START}AIza{_TOKEN}{{35}}(?!{_TOKEN})"),  # Google
    (("ya29.",), rf"{_START}ya29\.{_TOKEN}{{20,250}}"),
    (("k_live_", "k_test_"), rf"{_START}[rsp]k_(?:live|test)_[A-Za-z0-9]{{16,200}}"),  # Stripe
    (("sg.",), rf"{_START}SG\.{_TOKEN}{{22}}\.{_TOKEN}{{43}}"),  # SendGrid
    (("sk",), rf"{_START}SK[0-9a-f]{{32}}(?![A-Za-z0-9])"),  # Twilio
    (("gsk_",), rf"{_START}gsk_[A-Za-z0-9]{{40,100}}(?![A-Za-z0-9])"),  # Groq
    (("gocspx-",), rf"{_START}GOCSPX-{_TOKEN}{{28}}(?!{_TOKEN})"),  # Google OAuth client
    (("dop_v1_", "doo_v1_", "dor_v1_"), rf"{_START}do[opr]_v1_[0-9a-f]{{64}}(?![A-Za-z0-9])"),  # DigitalOcean
    (
        ("shpat_", "shpca_", "shppa_", "shpss_"),
        rf"{_START}shp(?:at|ca|pa|ss)_[0-9a-fA-F]{{32}}(?![A-Za-z0-9])",
    ),  # Shopify
    (("nvapi-",), rf"{_START}nvapi-{_TOKEN}{{40,100}}"),  # NVIDIA
    (("r8_",), rf"{_START}r8_[A-Za-z0-9]{{37}}(?![A-Za-z0-9])"),  # Replicate
    (("xapp-",), rf"{_START}xapp-[0-9]-[A-Z0-9]{{8,15}}-[0-9]{{8,16}}-[A-Za-z0-9]{{32,128}}(?![A-Za-z0-9])"),  # Slack
    (("accountkey",), r"AccountKey ?= ?(?P<secret>[A-Za-z0-9+/]{64,100}={0,2})"),  # Azure storage
    (("npm_",), rf"{_START}npm_[A-Za-z0-9]{{36}}(?![A-Za-z0-9])"),
    (("pypi-",), rf"{_START}pypi-AgE{_TOKEN}{{50,250}}"),
    ((":aa",), rf"{_START}[0-9]{{8,10}}:AA{_TOKEN}{{33}}"),  # Telegram
    (("earer ",), rf"\b[Bb]earer +(?P<secret>{_DIGIT}[A-Za-z0-9._~+/-]{{20,250}}={{0,2}})"),
    (("asic ",), r"[Aa]uthorization[\"']? ?[:=] ?[\"']?[Bb]asic +(?P<secret>[A-Za-z0-9+/]{8,250}={0,2})"),
)
_TEXTUAL = (
    _Pattern(
        "private key",
        ("private key",),
        re.compile(
            r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----\s{0,4}(?:[\w-]{1,30}: [^\n]{0,100}\n){0,4}"
            r"[A-Za-z0-9+/=\s\\]{16,}+(?:-----END [A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----)?"
        ),
    ),
    _Pattern("web token", ("eyj",), re.compile(rf"{_START}eyJ{_TOKEN}{{8,}}+\.eyJ{_TOKEN}{{8,}}+\.{_TOKEN}{{8,}}+")),
    *(_Pattern("api key", hints, re.compile(regex)) for hints, regex in _KEYS),
    _Pattern(
        "credentials",
        ("://",),
        re.compile(r"(?<![A-Za-z0-9+.-])[A-Za-z][A-Za-z0-9+.-]{1,15}://(?P<secret>[^\s/:@]{1,100}:[^\s/@]{1,100})@"),
        lambda candidate: 0 if "[redacted" in candidate else len(candidate),
    ),
    _Pattern(
        "password",
        ("passw", "pwd", "passphrase", "secret", "key", "token"),
        re.compile(rf"(?i)(?:{_NAMES})[\"']?\s{{0,3}}(?::|:?=)\s{{0,3}}[\"']?(?P<secret>[^\s\"',;&]{{6,100}})"),
        _value,
    ),
    _Pattern(
        "ip address",
        (":",),
        # Version 6; only what is given out to the public starts with 2 or 3.
        re.compile(r"(?<![\w:.])[23][0-9a-fA-F]{3}(?::[0-9a-fA-F]{0,4}){2,7}(?![\w:])"),
        _public,
    ),
    _Pattern(
        "e-mail",
        ("@",),
        re.compile(
            r"(?<![\w.+%-])(?!git@)[\w.+%-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,8}(?:[A-Za-z]{2,24})(?![\w-])(?!\.\w)"
        ),
    ),
)
_KEY_LENGTH = 15
"""Characters without a blank that every key and web token holds, and prose seldom does."""
_HINTS = tuple([(hint.encode(), at) for at, pattern in enumerate(_TEXTUAL) for hint in pattern.hints])
_PROSE_HINTS = tuple([(h, at) for h, at in _HINTS if b" " in h or _TEXTUAL[at].kind not in ("api key", "web token")])
# Six digits with short gaps, or two numbers with dots: every pattern below contains them, most texts do not.
_GAP = r"[-.)( ]{0,2}"
_LONG_NUMBER = re.compile(rf"[0-9](?:{f'{_GAP}[0-9]' * 5}|\.[0-9]{{1,3}}\.)")
_NUMERIC = (
    _Pattern(
        "iban",
        (),
        # Looked ahead at, not consumed: where one ends only the check knows, and another may follow.
        re.compile(r"(?<![A-Za-z0-9])(?=(?P<secret>[A-Z]{2}[0-9]{2} ?[A-Z0-9]{4}(?: ?[A-Z0-9]{1,4}){2,7}))"),
        _iban,
    ),
    _Pattern(
        "card",
        (),
        re.compile(
            r"(?<![0-9.])(?:(?:4[0-9]{3}|5[1-5][0-9]{2}|2[2-7][0-9]{2}|6(?:011|5[0-9]{2}|4[4-9][0-9])|35[2-8][0-9])"
            r"(?P<gap>[ -]?)[0-9]{4}(?P=gap)[0-9]{4}(?P=gap)[0-9]{4}|3[47][0-9]{2}(?P<gap2>[ -]?)[0-9]{6}(?P=gap2)[0-9]{5})"
            r"(?![0-9])(?!\.[0-9])"
        ),
        _luhn,
    ),
    _Pattern(
        "social security number",
        (),
        re.compile(r"(?<![\w.-])(?!000|666|9)[0-9]{3}-(?!00)[0-9]{2}-(?!0000)[0-9]{4}(?![\w-])"),
    ),
    _Pattern(
        "phone",
        (),
        re.compile(
            r"(?<![\w+.(])\+[1-9](?:[ .()-]{0,2}[0-9]){9,14}(?![0-9])"
            r"|(?<![\w.+-])(?:1[-. ])?(?:\([2-9][0-9]{2}\) ?|[2-9][0-9]{2}(?P<dot>[-.]))[2-9][0-9]{2}(?(dot)(?P=dot)|-)[0-9]{4}"
            r"(?![\w-])"
        ),
    ),
    _Pattern(
        "ip address",
        (),
        re.compile(r"(?<![\w./-])(?<![Vv]ersion )(?<![Rr]elease )(?:[0-9]{1,3}\.){3}[0-9]{1,3}(?![\w-])(?!\.[0-9])"),
        _public,
    ),
)
