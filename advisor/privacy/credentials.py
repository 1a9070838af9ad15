"""Keys, tokens and passwords by their issuers' documented formats and gitleaks' default rules (github.com/gitleaks/gitleaks)."""

from __future__ import annotations

import re

from advisor.privacy import checks
from advisor.privacy.pattern import DIGIT, END, QUOTE, SLASH, START, TOKEN, Pattern

# Each before twenty or more characters, one of them a digit.
_DASHED = tuple(
    "sk- glpat- glptt- gldt- glrt- glcbt- glsoat- github_pat_ nvapi- PMAK- hvs. hvb. ya29. dp.pt. sq0atp- sq0csp- "
    "HRKU- figd_ sntryu_ sntrys_ pscale_tkn_ pscale_pw_ pcsk_ sb_secret_ dckr_pat_ tvly- ATATT3 ATCTT3 ops_eyJ".split()
)
"""OpenAI and its kin, GitLab, GitHub, NVIDIA, Postman, HashiCorp, Google, Doppler, Square, Heroku, Figma, Sentry, PlanetScale,
Pinecone, Supabase, Docker, Tavily, Atlassian, 1Password."""
_SOLID = tuple("xai- pplx- NRAK- AGE-SECRET-KEY-1 lin_api_ ntn_ glsa_ sbp_ rubygems_ nfp_ xkeysib- key- fw_".split())
"""With letters and digits alone: xAI, Perplexity, New Relic, age, Linear, Notion, Grafana, Supabase, RubyGems, Netlify, Brevo,
Mailgun, Fireworks."""
_KEYS = (
    (("AKIA", "ASIA"), rf"{START}(?:AKIA|ASIA)[A-Z0-9]{{16}}{END}"),  # AWS access key id
    (
        ("LTAI", "AKID"),
        rf"{START}(?:LTAI{DIGIT}[A-Za-z0-9]{{16,20}}|AKID{DIGIT}[A-Za-z0-9]{{32}}){END}",
    ),  # Alibaba, Tencent
    (("ghp_", "gho_", "ghu_", "ghs_", "ghr_"), rf"{START}gh[pousr]_[A-Za-z0-9]{{36,255}}"),  # GitHub
    (("hf_",), rf"{START}hf_[A-Za-z0-9]{{30,60}}(?![A-Za-z0-9_])"),  # Hugging Face
    (("xox",), rf"{START}xox[abceoprs]-{DIGIT}[A-Za-z0-9-]{{10,250}}"),  # Slack
    (("xapp-",), rf"{START}xapp-[0-9]-[A-Z0-9]{{8,15}}-[0-9]{{8,16}}-[A-Za-z0-9]{{32,128}}{END}"),
    (("AIza",), rf"{START}AIza{TOKEN}{{35}}(?!{TOKEN})"),  # Google
    (("GOCSPX-",), rf"{START}GOCSPX-{TOKEN}{{28}}(?!{TOKEN})"),
    (("k_live_", "k_test_"), rf"{START}[rsp]k_(?:live|test)_[A-Za-z0-9]{{16,200}}"),  # Stripe
    (("SG.",), rf"{START}SG\.{TOKEN}{{22}}\.{TOKEN}{{43}}"),  # SendGrid
    (("SK",), rf"{START}SK[0-9a-f]{{32}}{END}"),  # Twilio
    (("gsk_",), rf"{START}gsk_[A-Za-z0-9]{{40,100}}{END}"),  # Groq
    (("dop_v1_", "doo_v1_", "dor_v1_"), rf"{START}do[opr]_v1_[0-9a-f]{{64}}{END}"),  # DigitalOcean
    (("dapi",), rf"{START}dapi[0-9a-f]{{32}}(?:-[0-9])?{END}"),  # Databricks
    (("shpat_", "shpca_", "shppa_", "shpss_"), rf"{START}shp(?:at|ca|pa|ss)_[0-9a-fA-F]{{32}}{END}"),  # Shopify
    (("r8_",), rf"{START}r8_[A-Za-z0-9]{{37}}{END}"),  # Replicate
    (("npm_",), rf"{START}npm_[A-Za-z0-9]{{36}}{END}"),
    (("pypi-",), rf"{START}pypi-AgE{TOKEN}{{50,250}}"),
    (("-us",), rf"{START}[0-9a-f]{{32}}-us[0-9]{{1,2}}{END}"),  # Mailchimp
    (("pat",), rf"{START}pat[A-Za-z0-9]{{14}}\.[0-9a-f]{{64}}{END}"),  # Airtable
    (("EAA",), rf"{START}EAA{DIGIT}[A-Za-z0-9]{{80,300}}{END}"),  # Meta
    ((".atlasv1.",), rf"{START}[A-Za-z0-9]{{14}}\.atlasv1\.{TOKEN}{{60,70}}"),  # Terraform
    (("8Q~",), rf"{START}{TOKEN}{{3}}8Q~[A-Za-z0-9_.~-]{{31,34}}{END}"),  # Azure
    (("AccountKey",), r"AccountKey ?= ?(?P<secret>[A-Za-z0-9+/]{64,100}={0,2})"),
    ((":AA",), rf"{START}(?:bot)?(?P<secret>[0-9]{{8,10}}:AA{TOKEN}{{33}})"),  # Telegram
    (
        ("MD", "MT", "Mj", "Mz", "ND", "NT", "Nj", "Nz", "OD", "OT"),  # Discord: a number in base64, and its signature
        rf"[MNO](?<!{TOKEN}.){DIGIT}{TOKEN}{{23,27}}\.{TOKEN}{{6}}\.{TOKEN}{{27,38}}(?!{TOKEN})",
    ),
    (("re_",), rf"{START}re_[A-Za-z0-9]{{8}}_[A-Za-z0-9]{{24}}{END}"),  # Resend
    (_DASHED, rf"{START}(?:{'|'.join(map(re.escape, _DASHED))}){DIGIT}{TOKEN}{{20,250}}"),
    (_SOLID, rf"{START}(?:{'|'.join(map(re.escape, _SOLID))})(?=[A-Za-z]{{0,80}}[0-9])[A-Za-z0-9]{{20,250}}{END}"),
)
_HOOKS = (
    r"hooks\.slack\.com/(?:services|workflows|triggers)|discord(?:app)?\.com/api(?:/v[0-9]{1,2})?/webhooks"
    r"|\.webhook\.office\.com/webhookb2|hooks\.zapier\.com/hooks/(?:catch|standard)|hook\.[a-z]{2}[0-9]\.make\.com"
    r"|open\.(?:feishu|larksuite)\.c(?:n|om)/open-apis/bot/v2/hook"
).replace("/", SLASH)
_PARAMETERS = r"(?:access_|auth_?)?token|sig|signature|api_?key|X-Amz-Signature|X-Goog-Signature|key"
_IN_URLS = (
    (("hook",), rf"(?:{_HOOKS}){SLASH}(?=\S{{0,40}}[0-9])(?P<secret>(?:\\{{1,7}}/|[^\s\"'<>()\\]){{7,300}})"),
    (
        ("token=", "sig=", "ature=", "key="),
        rf"[?&](?:{_PARAMETERS})=(?P<secret>(?=[A-Za-z_%.~-]{{0,80}}[0-9])[A-Za-z0-9%._~+/-]{{20,300}}={{0,2}})",
    ),
)
KEYS = (
    Pattern("web token", ("eyJ",), re.compile(rf"{START}eyJ{TOKEN}{{8,}}+\.eyJ{TOKEN}{{8,}}+\.{TOKEN}{{8,}}+")),
    *(Pattern("api key", hints, re.compile(regex)) for hints, regex in (*_KEYS, *_IN_URLS)),
)
"""Each holds LONG of KEY_CHARACTERS in a row, which prose seldom does. Their hints are of the text as it is."""
LONG = 15
KEY_CHARACTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.:/+=~%\\"

PRIVATE_KEY = Pattern(
    "private key",
    ("-----",),
    re.compile(
        r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----\s{0,4}(?:[\w-]{1,30}: [^\n]{0,100}\n){0,4}"
        r"[A-Za-z0-9+/=\s\\]{16,}+(?:-----END [A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----)?"
    ),
)
MARKED = (
    Pattern(
        "credentials",
        ("://", r":\/", r":\\"),
        # A password may hold an @ that should have been escaped: the last one before the host ends it.
        re.compile(
            rf"(?<=[A-Za-z0-9+.-]):{SLASH}{SLASH}"
            r"(?P<secret>[^\s/:@\"'<>]{0,100}:[^\s/@]{1,100}(?:@[^\s/@\"'<>,:]{1,60}){0,2})@"
        ),
        checks.unseen,
    ),
    Pattern(
        "password",
        ("--",),
        re.compile(r"--(?:password|token|secret|api-key) +[\"']?(?P<secret>[^\s\"',;&<]{6,100})"),
        checks.password,
    ),
)
"""In an address, and in an option of a command. Hints of the text's shape (see personal.py), as PRIVATE_KEY's is."""
SAID = (
    Pattern(
        "api key", ("earer ",), re.compile(rf"\b[Bb]earer +(?P<secret>{DIGIT}[A-Za-z0-9._~+/-]{{20,250}}={{0,2}})")
    ),
    Pattern(
        "api key",
        ("uthorization",),
        re.compile(rf"[Aa]uthorization{QUOTE} ?[:=] ?{QUOTE}[Bb]asic +(?P<secret>[A-Za-z0-9+/]{{8,250}}={{0,2}})"),
    ),
    Pattern(
        "password",
        ("password is",),
        re.compile(r"(?i)password is:? {1,2}[\"'`]?(?P<secret>(?=[^\s\"',;]{0,40}[0-9])[^\s\"',;`<]{6,100})"),
        checks.password,
    ),
)
"""In a header, and in a sentence. Hints of the text in lower case."""

_NAMES = (
    r"passw(?:or)?d|passwd|pwd|passphrase|(?:api|access|private)[_-]?key|secret(?:[_-]?key)?(?:[_-]?base)?"
    r"|(?:access|auth|api|refresh|bot|session)[_-]?token"
)
LABELLED = Pattern(
    "password",
    tuple(
        "password: passwd: pwd: passphrase: secret: apikey: accesskey: privatekey: secretkey: keybase: secretbase: "
        "accesstoken: authtoken: apitoken: refreshtoken: bottoken: sessiontoken:".split()
    ),
    # In quotation marks anything but a blank; outside of them not what separates parameters, fields and tags.
    re.compile(
        rf"(?i)(?:{_NAMES}){QUOTE}\s{{0,3}}(?::|:?=>?|>)\s{{0,3}}{QUOTE}"
        r"(?P<secret>(?<=[\"'])[^\s\"'\\]{6,100}|[^\s\"',;&<\\]{6,100})"
    ),
    checks.password,
)
"""Its hints are of the text in lower case without BETWEEN, and with a colon for = and >."""
BETWEEN = b" \t\r\n\x0b\x0c\"'\\_-" + bytes(range(128, 256))
