"""Keys, tokens and passwords by the formats that their issuers document, and by gitleaks' default rules (github.com/gitleaks/gitleaks)."""

from __future__ import annotations

import re

from advisor.privacy import checks
from advisor.privacy.pattern import DIGIT, END, START, TOKEN, Pattern

_NAMES = (
    r"passw(?:or)?d|passwd|pwd|passphrase|secret|api[_-]?key|access[_-]?key|(?:access|auth|api|refresh|bot)[_-]?token"
)
_KEYS = (
    (("sk-",), rf"{START}sk-{DIGIT}{TOKEN}{{20,250}}"),  # OpenAI, Anthropic, OpenRouter
    (("AKIA", "ASIA"), rf"{START}(?:AKIA|ASIA)[A-Z0-9]{{16}}{END}"),  # AWS access key id
    (("ghp_", "gho_", "ghu_", "ghs_", "ghr_"), rf"{START}gh[pousr]_[A-Za-z0-9]{{36,255}}"),  # GitHub
    (("github_pat_",), rf"{START}github_pat_[A-Za-z0-9_]{{22,255}}"),
    (("glpat-",), rf"{START}glpat-{TOKEN}{{20,100}}"),  # GitLab
    (("hf_",), rf"{START}hf_[A-Za-z0-9]{{30,60}}(?![A-Za-z0-9_])"),  # Hugging Face
    (("xox",), rf"{START}xox[abeoprs]-{DIGIT}[A-Za-z0-9-]{{10,250}}"),  # Slack
    (("hooks.slack.com",), r"hooks\.slack\.com/services/(?P<secret>T\w{6,20}/B\w{6,20}/\w{16,40})"),
    (("AIza",), rf"{START}AIza{TOKEN}{{35}}(?!{TOKEN})"),  # Google
    (("ya29.",), rf"{START}ya29\.{TOKEN}{{20,250}}"),
    (("k_live_", "k_test_"), rf"{START}[rsp]k_(?:live|test)_[A-Za-z0-9]{{16,200}}"),  # Stripe
    (("SG.",), rf"{START}SG\.{TOKEN}{{22}}\.{TOKEN}{{43}}"),  # SendGrid
    (("SK",), rf"{START}SK[0-9a-f]{{32}}{END}"),  # Twilio
    (("gsk_",), rf"{START}gsk_[A-Za-z0-9]{{40,100}}(?![A-Za-z0-9])"),  # Groq
    (("GOCSPX-",), rf"{START}GOCSPX-{TOKEN}{{28}}(?!{TOKEN})"),  # Google OAuth client
    (("dop_v1_", "doo_v1_", "dor_v1_"), rf"{START}do[opr]_v1_[0-9a-f]{{64}}{END}"),  # DigitalOcean
    (("shpat_", "shpca_", "shppa_", "shpss_"), rf"{START}shp(?:at|ca|pa|ss)_[0-9a-fA-F]{{32}}{END}"),  # Shopify
    (("nvapi-",), rf"{START}nvapi-{TOKEN}{{40,100}}"),  # NVIDIA
    (("r8_",), rf"{START}r8_[A-Za-z0-9]{{37}}{END}"),  # Replicate
    (("xapp-",), rf"{START}xapp-[0-9]-[A-Z0-9]{{8,15}}-[0-9]{{8,16}}-[A-Za-z0-9]{{32,128}}{END}"),  # Slack
    (("AccountKey",), r"AccountKey ?= ?(?P<secret>[A-Za-z0-9+/]{64,100}={0,2})"),  # Azure storage
    (("npm_",), rf"{START}npm_[A-Za-z0-9]{{36}}{END}"),
    (("pypi-",), rf"{START}pypi-AgE{TOKEN}{{50,250}}"),
    ((":AA",), rf"{START}[0-9]{{8,10}}:AA{TOKEN}{{33}}"),  # Telegram
)
_HEADERS = (
    (("earer ",), rf"\b[Bb]earer +(?P<secret>{DIGIT}[A-Za-z0-9._~+/-]{{20,250}}={{0,2}})"),
    (("uthorization",), r"[Aa]uthorization[\"']? ?[:=] ?[\"']?[Bb]asic +(?P<secret>[A-Za-z0-9+/]{8,250}={0,2})"),
)
KEYS = (
    Pattern("web token", ("eyJ",), re.compile(rf"{START}eyJ{TOKEN}{{8,}}+\.eyJ{TOKEN}{{8,}}+\.{TOKEN}{{8,}}+")),
    *(Pattern("api key", hints, re.compile(regex)) for hints, regex in _KEYS),
)
"""Each holds LONG of KEY_CHARACTERS in a row, which prose seldom does. Their hints are of the text as it is."""
LONG = 15
KEY_CHARACTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.:/+=~"
PRIVATE_KEY = Pattern(
    "private key",
    ("private key",),
    re.compile(
        r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----\s{0,4}(?:[\w-]{1,30}: [^\n]{0,100}\n){0,4}"
        r"[A-Za-z0-9+/=\s\\]{16,}+(?:-----END [A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----)?"
    ),
)
HEADERS = tuple(Pattern("api key", hints, re.compile(regex)) for hints, regex in _HEADERS)
IN_ADDRESS = Pattern(
    "credentials",
    ("://",),
    re.compile(r"(?<=[A-Za-z0-9+.-])://(?P<secret>[^\s/:@]{1,100}:[^\s/@]{1,100})@"),
    checks.unseen,
)
PASSWORD = Pattern(
    "password",
    ("password:", "passwd:", "pwd:", "passphrase:", "secret:", "ikey:", "skey:", "htoken:", "itoken:", "stoken:", "ttoken:"),
    re.compile(rf"(?i)(?:{_NAMES})[\"']?\s{{0,3}}(?::|:?=)\s{{0,3}}[\"']?(?P<secret>[^\s\"',;&]{{6,100}})"),
    checks.password,
)
"""Its hints are of the text in lower case without BETWEEN, and with a colon for an equals sign."""
BETWEEN = b" \t\r\n\x0b\x0c\"'\\_-" + bytes(range(128, 256))
