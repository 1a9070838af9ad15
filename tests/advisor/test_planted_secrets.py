"""What is private in a file stands in no output of `advise`, wherever in the file it is; `--show-raw` shows it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from advisor import cli
from advisor.privacy import redact
from tests.advisor.build import pair

KEY = "aB3dE5fG7hJ9kL1mN2pQ4rS6tU8vW0xYzA1bC2dE"  # forty characters of no key
HEX = "0123456789abcdef"
BODY = "MIIEowIBAAKCAQEA" + "q7Zr3KxW0bT9"
Run = Callable[..., str]


def pem(name: str) -> str:
    return f"-----BEGIN {name}-----\n" + f"{BODY}\n" * 4 + f"-----END {name}-----"


# Put together here, so that no scanner takes this file for a leak: name → (as it is written, what must not be seen of it).
WHOLE = {
    "openai": "sk-" + KEY,
    "openai-project": "sk-" + "proj-" + KEY,
    "anthropic": "sk-" + "ant-api03-" + KEY,
    "openrouter": "sk-" + "or-v1-" + HEX * 4,
    "aws-id": "AKIA" + "Q3EGRZ7N5XVPLW2T",
    "aws-session-id": "ASIA" + "Q3EGRZ7N5XVPLW2T",
    "github": "ghp_" + KEY[:36],
    "github-app": "ghs_" + KEY[:36],
    "github-fine": "github_pat_" + KEY[:22] + "_" + KEY,
    "gitlab": "glpat-" + KEY[:20],
    "hugging-face": "hf_" + KEY[:34],
    "slack-bot": "xoxb-" + "123456789012-123456789012-" + KEY[:24],
    "slack-app": "xapp-" + "1-A0123456789-1234567890123-" + HEX * 4,
    "google": "AIza" + KEY[:35],
    "google-oauth": "ya29." + KEY,
    "google-client": "GOCSPX-" + KEY[:28],
    "stripe": "sk_" + "live_" + KEY[:24],
    "stripe-restricted": "rk_" + "live_" + KEY[:24],
    "sendgrid": "SG." + KEY[:22] + "." + KEY + "xyz",
    "twilio": "SK" + HEX * 2,
    "groq": "gsk_" + KEY + KEY[:12],
    "npm": "npm_" + KEY[:36],
    "pypi": "pypi-" + "AgEIcHlwaS5vcmc" + KEY,
    "telegram": "123456789:AA" + KEY[:33],
    "digitalocean": "dop_v1_" + HEX * 4,
    "shopify": "shpat_" + HEX * 2,
    "nvidia": "nvapi-" + KEY + KEY[:24],
    "replicate": "r8_" + KEY[:37],
    "jwt": "eyJhbGciOiJIUzI1NiJ9." + "eyJzdWIiOiIxMjM0In0." + "SflKxwRJSMeKKF2QT4",
    "pem-rsa": pem("RSA PRIVATE KEY"),
    "pem-ec": pem("EC PRIVATE KEY"),
    "pem-pkcs8": pem("PRIVATE KEY"),
    "pem-openssh": pem("OPENSSH PRIVATE KEY"),
    "pgp": pem("PGP PRIVATE KEY BLOCK"),
    "e-mail": "ann.o-neil+news" + "@mail.example.co.uk",
    "e-mail-umlaut": "jürgen.groß" + "@example.org",
    "phone-uk": "+44 20 7946 0958",
    "phone-de": "+4915123456789",
    "phone-us": "(212) 555-0187",
    "phone-us-dashes": "212-555-0187",
    "phone-us-dots": "212.555.0187",
    "ipv4": "8.8.4.4",
    "ipv6": "2606:4700:4700::1111",
    "visa": "4111 1111 1111 1111",
    "mastercard": "5555-5555-5555-4444",
    "amex": "378282246310005",
    "diners": "3056 930902 5904",
    "unionpay": "6200000000000005",
    "ipv4-in-url": "http://8.8.4.4/status",
    "discover": "6011111111111117",
    "iban-de": "DE89 3704 0044 0532 0130 00",
    "iban-gb": "GB29NWBK60161331926819",
    "iban-fr": "FR14 2004 1010 0505 0001 3M02 606",
    "us-ssn": "123-45-6789",
    "es-dni": "12345678Z",
    "es-nie": "X1234567L",
    "br-cpf": "529.982.247-25",
    "cn-resident": "11010519491231002X",
    "in-aadhaar": "2341 2341 2346",
    "fr-nir": "1 85 05 78 006 084 91",
    "be-register": "85.07.30-033.28",
    "fi-hetu": "131052-308T",
    "se-personnummer": "811228-9874",
    "kr-rrn": "900101-1234567",
    "gb-nino": "AB 12 34 56 C",
    "it-codice-fiscale": "RSSMRA85T10A562S",
    "mx-curp": "HEGG560427MVZRRL04",
}
PARTS = {
    "postgres": ("postgres://admin:s3cr3tXq@db.example.org/x", "s3cr3tXq"),
    "mongodb": ("mongodb+srv://root:s3cr3tXq@c0.example.org/db?w=majority", "s3cr3tXq"),
    "redis-no-user": ("redis://:s3cr3tXq@cache.example.org:6379/0", "s3cr3tXq"),
    "at-in-password": ("amqp://svc:p@ssw0rdXq@mq.example.org", "ssw0rdXq"),
    "php-escaped": ("mysql:" + r"\/\/" + "root:s3cr3tXq@db.example.org", "s3cr3tXq"),
    "sql-server": ("Server=tcp:db.example.org;User Id=sa;Password=s3cr3tXq!;Encrypt=true", "s3cr3tXq"),
    "password": ("password=hunter22Xq", "hunter22Xq"),
    "password-escaped": (r"{\"password\": \"hunter22Xq\"}", "hunter22Xq"),
    "password-symbols": (json.dumps({"password": "a9B7$#fG3&Z1,x"}), "a9B7$#fG3&Z1,x"),
    "password-xml": ("<password>hunter22Xq</password>", "hunter22Xq"),
    "password-prose": ("The password is hunter22Xq, as ever.", "hunter22Xq"),
    "option": ("mysqldump --password hunter22Xq --all", "hunter22Xq"),
    "signed-url": ("https://x.blob.example.org/a?sv=2022-11-02&sig=" + KEY + "%3D", KEY),
    "django": ("SECRET_KEY = 'django-insecure-k3y" + KEY + "'", KEY),
    "aws-secret": ("aws_secret_access_key = " + KEY, KEY),
    "client-secret": ('"client_secret": "' + KEY + '"', KEY),
    "api-key-header": ("x-api-key: " + KEY, KEY),
    "bearer": ("Authorization: Bearer " + KEY, KEY),
    "basic": ("Authorization: Basic " + "dXNlcjpwYXNzd29yZA==", "dXNlcjpwYXNzd29yZA"),
    "azure-storage": ("AccountName=x;AccountKey=" + KEY + KEY + "aB+/3dE==;", KEY),
    "azure-bus": ("SharedAccessKeyName=r;SharedAccessKey=" + KEY + "aB=", KEY),
    "slack-hook": ("https://hooks.slack.com/services/T01ABCDEF/B01ABCDEF/" + KEY[:24], KEY[:24]),
    "discord-hook": ("https://discord.com/api/webhooks/1234567890123456789/" + KEY + KEY[:28], KEY),
    "teams-hook": ("https://acme.webhook.office.com/webhookb2/" + KEY + "/IncomingWebhook/" + HEX * 2, HEX),
    "zapier-hook": ("https://hooks.zapier.com/hooks/catch/1234567/" + KEY[:7] + "/", KEY[:7]),
    "telegram-url": ("https://api.telegram.org/bot123456789:AA" + KEY[:33] + "/getMe", KEY[:33]),
}
SECRETS = [pytest.param(text, text, id=name) for name, text in WHOLE.items()]
SECRETS += [pytest.param(text, core, id=name) for name, (text, core) in PARTS.items()]
planted = pytest.mark.parametrize(("text", "core"), SECRETS)


def seen(core: str, output: str) -> list[str]:
    """The parts of a secret, eight characters long, that an output shows, however its lines are broken."""
    shown, wanted = "".join(output.split()), "".join(core.split())
    parts = {wanted[at : at + 8] for at in range(max(1, len(wanted) - 7))}
    return sorted(part for part in parts if part in shown or json.dumps(part)[1:-1] in shown)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    def ran(*args: str | Path) -> str:
        monkeypatch.setattr(sys, "argv", ["advise", *map(str, args)])
        monkeypatch.setenv("COLUMNS", "200")
        assert cli.main() in (0, 1)
        captured = capsys.readouterr()
        return captured.out + captured.err

    return ran


def write(path: Path, rows: list[dict[str, object]], more: str = "") -> Path:
    # Each row twice: copies are a finding, so that every row is shown.
    lines = [json.dumps(row, ensure_ascii=False) for row in rows]
    path.write_text("\n".join([*lines, *lines, more]), encoding="utf-8")
    return path


def all_of(run: Run, path: Path, *args: str) -> str:
    return run(path, "--rows", "50", *args) + run(path, "--json", *args)


def cells(text: str) -> list[str]:
    """A secret as a cell, in prose, in JSON and in code."""
    return [
        text,
        f"You can reach it with {text}, she said.",
        json.dumps({"user": 7, "note": text}),
        json.dumps({"inner": json.dumps({"note": text})}),
        f'def connect():\n    return open_it("""{text}""", retries=3)',
    ]


@planted
def test_in_cells(run: Run, tmp_path: Path, text: str, core: str) -> None:
    rows: list[dict[str, object]] = [
        {"prompt": f"Say {n}: {cell}", "completion": cell} for n, cell in enumerate(cells(text))
    ]
    pairs = [{"prompt": cell, "chosen": f"{n} {cell}", "rejected": f"{cell} {n}"} for n, cell in enumerate(cells(text))]
    assert not seen(core, all_of(run, write(tmp_path / "gold.jsonl", rows)))
    assert not seen(core, all_of(run, write(tmp_path / "pairs.jsonl", [dict(pair) for pair in pairs])))


@planted
def test_in_ids_categories_splits_and_sources(run: Run, tmp_path: Path, text: str, core: str) -> None:
    beside = {"id": text, "category": text, "split": text, "source": text, "model": text, "meta": {text: text}}
    rows = [{"prompt": f"Q{n}?", "completion": f"A{n}", **beside} for n in range(4)]
    assert not seen(core, all_of(run, write(tmp_path / "rows.jsonl", rows)))


@planted
def test_as_a_column_name(run: Run, tmp_path: Path, text: str, core: str) -> None:
    known = [{"prompt": f"Q{n}?", "chosen": "yes", "rejected": "no", text: n} for n in range(4)]
    assert not seen(core, all_of(run, write(tmp_path / "known.jsonl", known)))
    unknown = write(tmp_path / "unknown.jsonl", [{text: f"A{n}", "zahl": n} for n in range(4)])
    assert not seen(core, all_of(run, unknown))
    assert not seen(core, all_of(run, unknown, "--map", "prompt=zahl,answer=fehlt"))
    table = tmp_path / "table.csv"
    table.write_text(f'prompt,completion,"{text.replace(chr(34), chr(34) * 2)}"\n' + "What?,That.,3\n" * 4)
    assert not seen(core, all_of(run, table))


@planted
def test_in_rows_that_are_refused(run: Run, tmp_path: Path, text: str, core: str) -> None:
    good = [{"prompt": f"Q{n}?", "completion": f"A{n}"} for n in range(4)]
    bad = [
        json.dumps({"thema": text, text: 1}),
        json.dumps({"prompt": text, "completion": {text: text}}),
        json.dumps({"messages": [{"role": text, text: text}]}),
        f'{{"prompt": "{text}", "completion": ',
        text,
    ]
    assert not seen(core, all_of(run, write(tmp_path / "bad.jsonl", good, "\n".join(bad))))
    for n, line in enumerate(bad):
        path = tmp_path / f"only-{n}.jsonl"
        path.write_text(line, encoding="utf-8")
        assert not seen(core, run(path, "--rows", "50"))


@planted
def test_in_a_file_that_no_layout_fits(run: Run, tmp_path: Path, text: str, core: str) -> None:
    path = write(tmp_path / "own.jsonl", [{"thema": cell, "zahl": n} for n, cell in enumerate(cells(text))])
    assert not seen(core, all_of(run, path))
    (document := tmp_path / "broken.json").write_text(f'[{{"thema": "{text}", "note": ', encoding="utf-8")
    assert not seen(core, all_of(run, document))


@planted
def test_in_the_name_of_the_file(run: Run, tmp_path: Path, text: str, core: str) -> None:
    if "/" in text or "\n" in text or "\\" in text:
        pytest.skip("no file is called that")
    if text == WHOLE["ipv4"]:
        pytest.skip("four numbers in a path are a version as likely as an address")
    rows: list[dict[str, object]] = [{"prompt": f"Q{n}?", "chosen": "yes", "rejected": "no"} for n in range(4)]
    assert not seen(core, all_of(run, write(tmp_path / f"{text} export.jsonl", rows)))
    assert not seen(core, all_of(run, tmp_path / f"{text} gone.jsonl"))
    (empty := tmp_path / f"{text} empty.jsonl").touch()
    assert not seen(core, all_of(run, empty))
    assert not seen(core, all_of(run, tmp_path))


@pytest.mark.parametrize("number", [4111111111111111, 378282246310005, 6011111111111117])
def test_a_card_that_is_a_number(run: Run, tmp_path: Path, number: int) -> None:
    path = write(tmp_path / "own.jsonl", [{"thema": "Wer?", "karte": number}])
    assert not seen(str(number), all_of(run, path))


def test_a_cell_that_its_column_calls_a_password(run: Run, tmp_path: Path) -> None:
    path = write(tmp_path / "own.jsonl", [{"benutzer": "anna", "password": "hunter22Xq"}])
    assert not seen("hunter22Xq", all_of(run, path))


@pytest.mark.parametrize("hidden", ["\u00ad", "\u200b", "\u00a0", "\n"])
def test_what_is_whole_only_once_it_is_shown(run: Run, tmp_path: Path, hidden: str) -> None:
    card = f"4111{hidden}1111{hidden}1111{hidden}1111"
    path = write(tmp_path / "gold.jsonl", [{"prompt": "Which card?", "completion": card}])
    assert not seen("4111 1111 1111 1111", all_of(run, path))


def test_a_name_that_may_not_be_shown_leaves_a_command_to_fill_in(run: Run, tmp_path: Path) -> None:
    path = tmp_path / ("anna.roth" + "@mill.example.org.jsonl")
    made = [(p["prompt"], p["answer"], p["rejected"]) for p in map(pair, range(40))]
    lines = [json.dumps(dict(zip(("prompt", "chosen", "rejected"), texts, strict=True))) for texts in made]
    path.write_text("\n".join(lines), encoding="utf-8")
    page = run(path)
    assert "[redacted e-mail]" in page
    assert "bench run --data DATA " in page


@planted
def test_it_is_seen_where_asked_for(run: Run, tmp_path: Path, text: str, core: str) -> None:
    path = write(tmp_path / "gold.jsonl", [{"prompt": core[:40], "completion": text}])
    assert seen(core[:40], run(path, "--rows", "50", "--show-raw"))
    assert not seen(core, redact(text))


def test_there_are_enough_of_them() -> None:
    assert len(set(WHOLE.values()) | {text for text, _ in PARTS.values()}) >= 60
