"""What every page of ours keeps to: nothing fetched or run, charts and tables that can be read aloud, a sound outline."""

from __future__ import annotations

import itertools
import re

import pytest

from reports.render import advice_page, run_page
from tests.reports import advised, fixture, page

PAGES = {"run": (run_page, fixture.result), "advice": (advice_page, advised.advice)}


@pytest.fixture(scope="module", params=PAGES)
def html(request):
    """A page as text."""
    draw, document = PAGES[request.param]
    return draw(document())


@pytest.fixture(scope="module")
def root(html):
    """The same, parsed once."""
    return page.tree({}, lambda _: html)


def test_nothing_is_fetched_or_run(html):
    assert "default-src 'none'; style-src 'unsafe-inline'; img-src data:" in html
    for banned in ("<script", "<link", "<img", "<iframe", "@import", "url(", "javascript:"):
        assert banned not in html
    links = set(re.findall(r'(?:href|src)="([^"#][^"]*)"', html))
    assert "https://arxiv.org/abs/2402.13228" in links
    assert links <= {"https://arxiv.org/abs/2402.13228", "https://github.com/invented/manual"}


def test_every_table_has_a_caption_and_scoped_headers(root):
    for table in root.iter("table"):
        assert page.text(table.find("caption"))
        assert all(th.get("scope") in ("row", "col", "rowgroup") for th in table.iter("th"))
        assert all(row.find("th") is not None for body in table.iter("tbody") for row in body)


def test_every_chart_says_its_values_as_text(root):
    charts = list(root.iter("svg"))
    assert len(charts) > 20
    for svg in charts:
        assert svg.get("role") == "img"
        assert svg.find("title").text
        assert svg.find("desc").text


def test_headings_never_skip_a_level(root):
    levels = [int(e.tag[1]) for e in root.iter() if isinstance(e.tag, str) and re.fullmatch("h[1-6]", e.tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


def test_ids_are_unique_and_links_inside_the_page_arrive(root):
    ids = [e.get("id") for e in root.iter() if e.get("id")]
    assert len(ids) == len(set(ids))
    assert {a.get("href")[1:] for a in root.iter("a") if a.get("href").startswith("#")} <= set(ids)
    assert len(ids) == 2 * len(list(root.iter("section")))
