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


def luminance(colour):
    """Relative luminance of `#rrggbb` (WCAG 2.2)."""
    shares = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_every_colour_of_text_can_be_read_on_both_papers(scheme, html):
    """WCAG AA: 4.5 to 1. Methods' names are set in their tones, so these count as text."""
    colours = dict(re.findall(r"--(\w+): (#\w{6})", re.findall(r":root \{(.*?)\}", html, re.DOTALL)[scheme]))
    text = ["ink", "soft", "link", "warn", "stop", *(f"t{n}" for n in range(8))]
    for ink, paper in itertools.product(text, ("paper", "raised")):
        dark, light = sorted((luminance(colours[ink]), luminance(colours[paper])))
        assert (light + 0.05) / (dark + 0.05) >= 4.5, (ink, paper)
