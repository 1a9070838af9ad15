"""The contract of reports/sections: what every file there has, whoever adds it."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import reports
from reports.render import section_modules
from tests.reports import advised, fixture

FOLDER = Path(reports.__file__).parent
SOURCES = sorted(
    path for pattern in ("*.py", "*.j2", "*.css") for path in FOLDER.rglob(pattern) if "examples" not in path.parts[:-1]
)


SECTIONS = [*section_modules("run"), *section_modules("advice")]


def scope(section):
    """What a section's context is given: the page's JSON, or a track's."""
    if section.__name__.startswith("reports.sections.advice."):
        return advised.advice()
    return fixture.result() if section.SCOPE == "page" else fixture.track("rag")


@pytest.mark.parametrize("section", SECTIONS, ids=lambda module: module.__name__.removeprefix("reports.sections."))
class TestSection:
    def test_has_a_place_a_title_a_scope_a_note_and_a_template(self, section):
        assert isinstance(section.ORDER, int)
        assert section.TITLE[0].isupper()
        assert section.SCOPE in ("page", "track")
        assert isinstance(section.NOTE, str)
        assert section.TEMPLATE.strip()
        assert section.__doc__

    def test_context_does_not_change_what_it_reads(self, section):
        read, again = scope(section), scope(section)
        assert section.context(read) == section.context(again)
        assert read == again

    def test_context_shadows_no_method_of_dict(self, section):
        """`view.items` in a template would be the method, not the value."""
        assert not set(section.context(scope(section))) & set(dir(dict))


@pytest.mark.parametrize("page", ["run", "advice"])
def test_no_two_sections_of_a_page_share_a_place(page):
    places = [section.ORDER for section in section_modules(page)]
    assert places == sorted(set(places))


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_no_source_turns_escaping_off(path):
    source = path.read_text(encoding="utf-8")
    assert not re.search(r"\|\s*safe\b|autoescape\s+false|<script", source)
    if path.suffix == ".py" and path.name != "charts.py":
        assert "Markup" not in source


def test_markup_is_only_ever_made_from_literals():
    calls = [
        node
        for node in ast.walk(ast.parse((FOLDER / "charts.py").read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Markup"
    ]
    assert calls
    assert all(isinstance(argument, ast.Constant) for call in calls for argument in call.args)
