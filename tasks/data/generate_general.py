"""The general rows: plain passages of many styles, read from general.toml, for measuring forgetting."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

SOURCE = Path(__file__).with_name("general.toml")
ABOUT: dict[str, Any] = {
    "what": (
        "Forty short passages of plain English in as many styles, none of them about the rag or values data. They "
        "measure what training made a model forget: loss per token, and divergence from the base model."
    ),
    "split": "all rows are test",
    "chance": {
        "loss": "the natural logarithm of the vocabulary size, for a model that knows nothing",
        "divergence": "0 nats for the base model itself",
    },
}


def rows() -> Iterator[dict[str, Any]]:
    """All passages, each a group of its own."""
    for subject, text in tomllib.loads(SOURCE.read_text("utf-8"))["passages"].items():
        yield {"id": f"general-{subject}", "split": "test", "group": subject, "text": text.strip()}
