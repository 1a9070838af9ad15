"""Credentials or personal data in the text: models repeat them.

Carlini et al. 2021 extracted names, addresses and keys from GPT-2. They are counted here and never shown.
"""

from advisor.profiling.types import Profile
from advisor.types import Case, Finding, Source, Threshold

EXTRACTION = Source(
    "Extracting Training Data from Large Language Models", "arXiv:2012.07805", 2021, "GPT-2, black-box queries",
    "hundreds of verbatim sequences, personal data among them", checked="second-hand",
)  # fmt: skip
THRESHOLDS = {
    "count": Threshold(1, "ours: one is enough"),
    "credentials": Threshold(0.5, "ours: keys and passwords a record; fewer may be examples of passwords, say"),
}
CREDENTIALS = ("api key", "credentials", "password", "private key", "token", "card", "iban", "social security number")
"""Kinds that open something, or are worth money; an e-mail address or a phone number is often meant to be there."""
SOURCES = (EXTRACTION,)
FIRES = Case(({"prompt": "How do I reach Anna?", "answer": "Write to anna.roth@mill.example.org."},))
SILENT = Case(({"prompt": "How do I reach Anna?", "answer": "Walk along the river."},))


def check(profile: Profile) -> Finding | None:
    """Fires on any record that redaction would change."""
    found = profile.answers.secrets
    if found.share.count < THRESHOLDS["count"].value:
        return None
    opening = sum(n for kind, n in profile.answers.secret_kinds.items() if kind in CREDENTIALS)
    many = opening >= THRESHOLDS["credentials"].value * found.share.of
    return Finding(
        rule="secrets",
        severity="block" if many else "warn",
        summary=f"{found.share.count:,} records ({found.share.value:.1%}) hold what looks like credentials or "
        "personal data: remove them first.",
        numbers={"count": found.share.count, "share": found.share.value, "credentials": opening},
        effects={"fix_data": 0.8 if many else min(0.2, found.share.value)},
        rows=found.rows,
        sources=SOURCES,
    )
