"""What is redacted, what must stay, and that no text makes it slow."""

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.privacy import count, redact

B62 = "aB3dE5fG7hJ9kL1mN2pQ4rS6tU8vW0xYzA1bC2dE"  # forty characters of no key
PEM = "-----BEGIN RSA PRIVATE KEY-----\n" + "MIIEowIBAAKCAQEA\n" * 4 + "-----END RSA PRIVATE KEY-----"
SECRETS = [
    # Assembled, so that no scanner takes this file for a leak.
    ("api key", "sk-" + B62),
    ("api key", "sk-" + "proj-" + B62),
    ("api key", "sk-" + "ant-api03-" + B62),
    ("api key", "AKIA" + "IOSFODNN7EXAMPLE"),
    ("api key", "ASIA" + "IOSFODNN7EXAMPLE"),
    ("api key", "ghp_" + B62[:36]),
    ("api key", "gho_" + B62[:36]),
    ("api key", "github_pat_" + B62[:22] + "_" + B62),
    ("api key", "glpat-" + B62[:20]),
    ("api key", "hf_" + B62[:34]),
    ("api key", "xoxb-" + "123456789012-abcdefGHIJ"),
    ("api key", "AIza" + B62[:35]),
    ("api key", "ya29." + B62),
    ("api key", "sk_" + "live_" + B62[:24]),
    ("api key", "rk_" + "test_" + B62[:24]),
    ("api key", "SG." + B62[:22] + "." + B62 + "xyz"),
    ("api key", "SK" + "0123456789abcdef" * 2),
    ("api key", "npm_" + B62[:36]),
    ("api key", "pypi-" + "AgE" + B62 + B62),
    ("api key", "123456789:AA" + B62[:33]),
    ("api key", "gsk_" + B62 + B62[:12]),
    ("api key", "GOCSPX-" + B62[:28]),
    ("api key", "dop_v1_" + "0123456789abcdef" * 4),
    ("api key", "shpat_" + "0123456789abcdef" * 2),
    ("api key", "nvapi-" + B62 + B62[:24]),
    ("api key", "r8_" + B62[:37]),
    ("api key", "xapp-" + "1-A0123456789-1234567890123-" + "0123456789abcdef" * 4),
    ("web token", "eyJhbGciOiJIUzI1NiJ9." + "eyJzdWIiOiIxMjM0In0." + "SflKxwRJSMeKKF2QT4"),
    ("private key", PEM),
    ("private key", json.dumps(PEM)[1:-1]),
    ("e-mail", "ann.o-neil+news@mail.example.co.uk"),
    ("e-mail", "jürgen@example.org"),
    ("phone", "+44 20 7946 0958"),
    ("phone", "+1 (212) 555-0187"),
    ("phone", "+4915123456789"),
    ("phone", "(212) 555-0187"),
    ("phone", "212-555-0187"),
    ("phone", "212.555.0187"),
    ("ip address", "8.8.4.4"),
    ("ip address", "2606:4700:4700::1111"),
    ("ip address", "2a00:1450:4001:0812:0000:0000:0000:200e"),
    ("card", "4111 1111 1111 1111"),
    ("card", "5555-5555-5555-4444"),
    ("card", "378282246310005"),
    ("card", "6011111111111117"),
    ("iban", "DE89 3704 0044 0532 0130 00"),
    ("iban", "GB29NWBK60161331926819"),
    ("iban", "FR14 2004 1010 0505 0001 3M02 606"),
    ("social security number", "123-45-6789"),
]
PARTS = [
    ("credentials", "postgres://admin:s3cret@db.local/x", "postgres://[redacted credentials]@db.local/x"),
    ("password", "password=hunter22", "password=[redacted password]"),
    ("password", 'DB_PASSWORD: "hunter22!"', 'DB_PASSWORD: "[redacted password]"'),
    ("password", f'{{"api_key": "{B62}"}}', '{"api_key": "[redacted password]"}'),
    ("password", f"aws_secret_access_key = {B62}", "aws_secret_access_key = [redacted password]"),
    ("api key", f"Authorization: Bearer {B62}", "Authorization: Bearer [redacted api key]"),
    ("api key", "Authorization: Basic dXNlcjpwYXNz", "Authorization: Basic [redacted api key]"),
    ("api key", f"AccountName=x;AccountKey={B62}{B62}aB+/3dE==;", "AccountName=x;AccountKey=[redacted api key];"),
    ("api key", "https://hooks.slack.com/services/T01ABCDEF/B01ABCDEF/" + B62[:24], None),
    ("iban", "DE89370400440532013000 IS MINE", "[redacted iban] IS MINE"),
]
HARMLESS = [
    "version 1.2.3.4 of v10.20.30.40 and Chrome/91.0.4472.124",
    "at 23:59:59:00 from 2001:db8::1, fe80::1 and ::1, std::vector, 2000::x and 3abc:de",
    "released 2024-01-15, 15.01.2024, 01/15/2024 at 12:34:56.789",
    "the servers 10.0.0.1, 192.168.1.20, 127.0.0.1 and 203.0.113.7",
    "999.999.999.999 is no address, nor is 1.2.3",
    "order 4111111111111112 has a wrong check digit",
    "order 1234567812345670 passes Luhn but no issuer has it",
    "pi is 3.1415926535897932384626433832795",
    "populations of 1,400,000,000 and 331 449 281",
    "DE00 3704 0044 0532 0130 00 fails mod 97",
    "000-12-3456, 666-12-3456, 900-12-3456 and 123-00-4567 were never issued",
    "ISBN 978-3-16-148410-0, part 123-456-7890-1",
    "pip install package@1.2.3 and git@github.com:owner/repo.git",
    "call me @ann or write to user@host",
    "password: required; password=${DB_PASSWORD}; password = getpass(); password: ********",
    "the secret: never give up. api_key=os.environ[KEY]",
    "css: sk-folding-cube-animation-wrapper-element",
    "bearer of bad news-from-the-eastern-frontier-tonight",
    "-----BEGIN CERTIFICATE----- and a -----BEGIN PRIVATE KEY----- header alone",
    "https://example.org:8080/path and http://localhost:3000",
    "1 + 1234567890 = 1234567891, and 5+10000000000",
    "uuid 123e4567-e89b-12d3-a456-426614174000",
    "sha256 ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    "7/8, 50%, $1,234.56, 10^15, 1e-10, room 212-555",
    "Answer: 2125550187 people. #### 4155550132",
    "12 + 34 = 46, 46 x 1000000 = 46000000 and 3 * +10000000000 is 30000000000",
    "1,2,3,4,5,6,7,8,9,10 and 1 2 3 4 5 6 7 8 9 10 and 100 200 300 400 500",
    "years 1990-1995, 2019-2020-2021, 1984 1985 1986 1987",
    "ISBN 0-306-40615-2, ISBN 9783161484100, ISSN 2049-3630, doi:10.1000/182",
    "order no. 2024-000123-4567, invoice INV-2024-00123, ticket #1234567890",
    "commit 9fceb02d0ae598e95dc970b74767f19372d61af8 and md5 d41d8cd98f00b204e9800998ecf8427e",
    "timestamps 1700000000, 1700000000000 and 20240115123456",
    "from 09:30 to 17:45:00, 12:34:56:78 and 2024-01-15T12:34:56+00:00",
    "numpy==1.26.4.1, nginx/1.18.0.4 and release 5.15.0.91",
    "def token(self, key: str = 'default') -> str: return secret",
    "self.access_token = response.json()['access_token']; api_key = args.api_key",
    "password: str = Field(...), passwd = input('password? ')",
    "The password is required, and the password is case-sensitive.",
    "The secret: practise every day. The key: start early. Token: a coin.",
    "<label>Password</label><input name='password' type='password'>",
    "background: url(icon@2x.png) no-repeat; @media (max-width: 600px) { a.b@c { } }",
    "sk-learn, hf_hub_download, re_sample_2_hours_mean_value, fw_state_2_machine_transition_table, key-value-store-2",
    "The task-oriented risk-1-based ask-2-answer approach",
    "base64 aGVsbG8gd29ybGQgdGhpcyBpcyBub3QgYSBrZXk= and 0xdeadbeef0123456789",
    "https://example.org/a/b?page=2&sort=asc&key=name&token=abc and //cdn.example.org/x.js",
    "coordinates 52.5200, 13.4050 and 40.7128N 74.0060W, box 10.5 x 20.25 x 3.125",
    "table | 1234 5678 | 9012 3456 | and 0000 0000 0000 0000",
    "protein ENSG00000139618, flight BA1234, room AB12, postcode SW1A 2AA, part AA123456E",
    "score 3-2, 555-1234, 123-456-789, 12-345-6789 and 1-2-3-4-5-6-7-8-9-0",
    "www.example.org, a.b.c.d, 1.2.3, section 4.3.2.1.5, IPv4 0.0.0.0 and 255.255.255.255",
    "--token count --password FILE --secret name",
    "::1, a::b::c, std::chrono::seconds(2000), C++::20, 20:30:40 and {2000: 1, 3000: 2}",
    "11010519491231002Y, 12345678A, X1234567A, 529.982.247-26 and 85.07.30-033.29 fail their checks",
    "PIN 1234, CVV 123, ZIP 94105-1234, case 3:21-cv-01234, 401(k), 24/7/365",
]


@pytest.mark.parametrize(("kind", "secret"), SECRETS)
@pytest.mark.parametrize("around", ["{}", "Here it is: {}, thanks.", '{{"text": "{}"}}', "a\n{}\nb"])
def test_a_planted_secret_goes_and_only_it(kind, secret, around):
    assert redact(around.format(secret)) == around.format(f"[redacted {kind}]")
    assert count(around.format(secret)) == {kind: 1}


@pytest.mark.parametrize(("kind", "text", "expected"), PARTS)
def test_only_the_secret_part_goes(kind, text, expected):
    assert count(text) == {kind: 1}
    assert redact(text) == (expected or "https://hooks.slack.com/services/[redacted api key]")


@pytest.mark.parametrize("text", HARMLESS)
def test_what_only_looks_alike_stays(text):
    assert redact(text) == text
    assert count(text) == {}


def test_finds_are_counted_by_kind():
    assert count("a@b.org, c@d.org and 123-45-6789") == {"e-mail": 2, "social security number": 1}


@settings(deadline=None)  # shared machines stall
@given(
    st.lists(st.sampled_from([secret for _, secret in SECRETS] + HARMLESS) | st.text(max_size=8), max_size=3),
    st.sampled_from([" ", "\n", "", "="]),
)
def test_redacting_twice_changes_nothing_more(pieces, glue):
    once = redact(glue.join(pieces))
    assert redact(once) == once


@settings(deadline=None)  # shared machines stall
@given(st.text(alphabet="0123456789 -.+()@:/=aAeyJsk_", max_size=300))
def test_any_text_is_taken_and_harmless_characters_never_vanish(text):
    kept = redact(text)
    assert (kept == text) == (not count(text))


WALLS = [
    *("a", "a@", "a.", "a@b.", "a@a-", "4", "4 ", "1 ", "1.", "+1-2-", "(212) ", "AB12 ", "a://b:", "[redacted "),
    *("2606:", "AccountKey="),
    *("eyJaaaaaaaa.", "-eyJ", "eyJ.eyJ", "sk-", "password=", "bearer ", "-----BEGIN PRIVATE KEY-----\na: b\n"),
    *("-----BEGIN PRIVATE KEY-----", "4111111111111111sk-" + B62, "a@b.org "),
]


@pytest.mark.parametrize("unit", WALLS)
def test_time_grows_with_the_text_not_with_its_square(unit):
    def seconds(size):
        text = unit * (size // len(unit))
        start = time.process_time()
        redact(text)
        return time.process_time() - start

    # A square would be 16 times as long; the floor keeps the noise of a short run out.
    assert seconds(400_000) < 8 * max(min(seconds(100_000) for _ in range(3)), 0.02)
