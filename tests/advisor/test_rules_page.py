"""docs/rules.md says what advisor/rules says."""

from __future__ import annotations

import re

from advisor.rules import modules
from tests.advisor.rules_page import PAGE, table, written


def test_the_page_has_every_rule_as_it_stands() -> None:
    said = PAGE.read_text(encoding="utf-8")
    assert said == written(said), "run `python -m tests.advisor.rules_page`"
    assert len(table().splitlines()) == len(modules()) + 2


def test_rules_that_the_page_speaks_of_exist() -> None:
    _, left_out = PAGE.read_text(encoding="utf-8").split("## Left out")
    named = set(re.findall(r"`([a-z_]+_[a-z_]+)`", left_out))
    assert named <= {module.__name__.rsplit(".", 1)[-1] for module in modules()}
    assert len(re.findall(r"arXiv:\d{4}\.\d{5}", left_out)) >= 10
