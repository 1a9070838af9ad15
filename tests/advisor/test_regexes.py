"""No pattern of the advisor takes time that grows with the square of the text."""

from __future__ import annotations

import importlib
import pkgutil
import re
import time
from collections.abc import Iterator
from typing import Any

import pytest

import advisor

UNITS = [
    *(
        "a",
        "a ",
        "1",
        "1 ",
        "1.",
        " ",
        "\n",
        "\t:",
        ".",
        "-",
        "(",
        "= ",
        "A",
        "A1 ",
        "'a",
        "a'a",
        "\u0301",
        "水",
        "抱歉",
    ),
    *(
        "<",
        "<p ",
        "<<a",
        "</a",
        "<|a",
        "<|im_start|>",
        "&",
        "# ",
        "#### ",
        "### ",
        "{{ a ",
        "[your a",
        "[INST] ",
        "```",
        "`a",
    ),
    *(
        "SELECT ",
        "def a",
        "import ",
        "function a",
        "tool_calls ",
        'parameters" ',
        "answer is: ",
        "\\boxed",
        "what is ",
        "the ",
    ),
    *("i cannot ", "i am sorry ", "as an ai a ", "i'm an ai a ", "sorry ", "the text a ", "no information a ", "who "),
    *(
        "i don't have a ",
        "not stated ",
        "information a ",
        "none of a ",
        "it is not ",
        "kill my ",
        "statut",
        "8b-",
        "qwen2-",
    ),
    *(
        "Human: ",
        "\n\nHuman: a",
        "\n\nAssistant: ",
        "https://a",
        "a@",
        "a.b@",
        "sk-",
        "eyJ",
        "2001:",
        "2001::",
        "+1-2-",
    ),
    *("AccountKey=", "xapp-1-", "password="),
]
SIZE = 10_000
MATCHED: tuple[str, ...] = ()
"""Patterns that are only ever tried at the beginning of a text."""


def patterns() -> Iterator[tuple[str, re.Pattern[str]]]:
    for module in pkgutil.walk_packages(advisor.__path__, "advisor."):
        for name, value in vars(importlib.import_module(module.name)).items():
            yield from ((f"{module.name}.{name}", found) for found in held(value))


def held(value: Any) -> list[re.Pattern[str]]:
    if isinstance(value, re.Pattern):
        return [value]
    if isinstance(value, dict):
        return [found for part in value.values() for found in held(part)]
    if isinstance(value, (list, tuple)):
        return [found for part in value for found in held(part)]
    return held(value.regex) if hasattr(value, "regex") else []


PATTERNS = {pattern.pattern: (name, pattern) for name, pattern in patterns() if isinstance(pattern.pattern, str)}


def seconds(name: str, pattern: re.Pattern[str], text: str) -> float:
    began = time.process_time()
    for _ in [pattern.match(text)] if name in MATCHED else pattern.finditer(text):
        pass
    return time.process_time() - began


def params() -> list[Any]:
    found = []
    for i, (name, pattern) in enumerate(PATTERNS.values()):
        found.append(pytest.param(name, pattern, id=f"{name}-{i}"))
    return found


def test_the_patterns_are_found() -> None:
    assert len(PATTERNS) > 50


@pytest.mark.parametrize(("name", "pattern"), params())
def test_no_text_makes_a_pattern_slow(name: str, pattern: re.Pattern[str]) -> None:
    texts = [unit * (SIZE // len(unit)) + "\x00" for unit in UNITS]
    slow = [text for text in texts if seconds(name, pattern, text) > 0.05]
    # A square of 10,000 takes ten times as long; the further looks are for a machine that stalled.
    assert not [text[:40] for text in slow if min(seconds(name, pattern, text) for _ in range(4)) > 0.05]
