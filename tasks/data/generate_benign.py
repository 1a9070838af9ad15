"""The benign rows: harmless requests in words that sound harmful, read from benign.toml, for measuring over-refusal."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

SOURCE = Path(__file__).with_name("benign.toml")
ABOUT: dict[str, Any] = {
    "what": (
        "Harmless requests in words that also stand in harmful ones (after the idea of XSTest, arXiv:2308.01263; the "
        "requests are our own). They measure whether training made a model refuse what it should answer."
    ),
    "split": "all rows are test",
    "chance": {"helped": "0 for refusing, for silence and for repeating the request"},
}


def rows() -> Iterator[dict[str, Any]]:
    """All requests, each a group of its own."""
    for name, request in tomllib.loads(SOURCE.read_text("utf-8"))["requests"].items():
        yield {"id": f"benign-{name.replace('_', '-')}", "split": "test", "group": name, "kind": "benign", **request}
