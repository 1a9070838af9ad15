"""No text of a run or of an advice, wherever it stands, can add an element, an attribute or an address to the page."""

from __future__ import annotations

import functools
import itertools
import unicodedata
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.render import advice_page, clean, run_page
from tests.reports import advised, fixture, page

BREAKS = ("", '"', "'", "-->", "]]>", "</title>", "</style>", "</svg>", "</table>", "`", "\\", "{{", "{%", "&quot;")
VECTORS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    '<a href="javascript:alert(1)">',
    " onmouseover=alert(1) x=",
    "<iframe srcdoc='<b>'>",
    "<base href=//evil.example>",
    "<!--",
    "{{ 7 * 7 }}{% include 'x' %}",
)
PAYLOADS = [before + vector for before, vector in itertools.product(BREAKS, VECTORS)]

# Keys whose own keys are data, and how many levels of them.
NAMED = {"scores": 2, "canaries": 2, "agreement": 9, "flipped_items": 9, "certificate": 9}
NAMED |= dict.fromkeys(
    ("instruments", "versions", "hardware", "records", "counts", "p_best", "answers", "unused", "effects", "shortcuts"),
    1,
)
NAMED |= dict.fromkeys(
    ("languages", "layouts", "benchmarks", "secret_kinds", "columns", "numbers", "supports", "cost"), 1
)
STRUCTURE = ("id", "name", "method", "status", "better", "unit", "headline", "task", "instrument", "a", "b", "leader")
STRUCTURE += ("then", "severity", "quantity", "after_fix")
PAGES = {"run": run_page, "advice": advice_page}


def poisoned(value: Any, payload: str, structure: bool, depth: int = 0) -> Any:
    """Every text with the payload at its end; with `structure`, ids, enumerations and data keys too."""
    if isinstance(value, str):
        return value + payload
    if isinstance(value, list):
        return [poisoned(inner, payload, structure) for inner in value]
    if not isinstance(value, dict):
        return value
    changed = {}
    for key, inner in value.items():
        named = key + payload if structure and depth > 0 else key
        keep = not structure and (key in STRUCTURE or key in NAMED or key in ("advice", "tie_set"))
        below = depth - 1 if depth else NAMED.get(key, 0)
        changed[named] = inner if keep and not isinstance(inner, dict) else poisoned(inner, payload, structure, below)
    return changed


def skeleton(kind: str, document: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Everything of the page but its text: elements, attribute names, addresses."""
    tree = page.tree(document, PAGES[kind])
    return [(e.tag, tuple(sorted(e.attrib)), e.get("href"), e.get("src")) for e in tree.iter()]


@functools.cache
def harmless(kind: str, structure: bool) -> list[tuple[Any, ...]]:
    """The page with a text that could be no address at the end of every text."""
    return skeleton(kind, poisoned(small(kind), "; harmless", structure))


def small(kind: str = "run") -> dict[str, Any]:
    return advised.advice() if kind == "advice" else fixture.result(tracks=1, seeds=1, examples=2, steps=2)


def test_there_are_enough_payloads():
    assert len(set(PAYLOADS)) >= 120


@pytest.mark.parametrize("kind", PAGES)
@pytest.mark.parametrize("structure", [False, True], ids=["texts", "texts, ids and keys"])
@pytest.mark.parametrize("group", range(9))
def test_payloads_in_every_field_stay_text(kind, structure, group):
    """Each round puts fourteen payloads one after the other into every field."""
    payload = "".join(PAYLOADS[group::9])
    document = poisoned(small(kind), payload, structure)
    assert skeleton(kind, document) == harmless(kind, structure)
    shown = document["tracks"][0]["verdicts"][0]["sentence"] if kind == "run" else document["findings"][0]["summary"]
    assert shown in "".join(page.tree(document, PAGES[kind]).itertext())


@pytest.mark.slow
@pytest.mark.parametrize("kind", PAGES)
@pytest.mark.parametrize("payload", PAYLOADS)
def test_each_payload_alone_stays_text(kind, payload):
    assert skeleton(kind, poisoned(small(kind), payload, True)) == harmless(kind, True)


@pytest.mark.parametrize(
    "source",
    [
        'arXiv:2402.13228" onclick="x',
        "arXiv:2402.13228\n",
        "javascript:alert(1)",
        "arXiv:٢٤٠٢.13228",
        "http://github.com/a",
        "https://github.com.evil.example/a",
        "https://github.com@evil.example/a",
        "https://evil.example/github.com",
        "https://github.com/a?b=c",
        "//github.com/a",
        "HTTPS://github.com/a\u202e",
    ],
)
def test_only_a_true_arxiv_id_or_a_document_we_cite_becomes_a_link(source):
    result = small()
    for track in result["tracks"]:
        for finding in track["advice"]["findings"]:
            finding["sources"] = [{**finding["sources"][0], "id": source}]
    assert not [a for a in page.tree(result).iter("a") if not a.get("href").startswith("#")]


def test_control_characters_are_stripped_and_scripts_survive():
    dirty = "a\x00b\x1b[31mc\u202ed\u2066e\ud800f\ufeffg\x85h\u2028i\uffffj"
    assert clean({dirty: [dirty]}) == {"ab[31mcdefghij": ["ab[31mcdefghij"]}
    kept = "tab\t, line\n, می‌خواهم, 台灣, עברית, 👩‍🔬"
    assert clean(kept) == kept


@pytest.mark.parametrize("kind", PAGES)
def test_a_page_of_dirty_texts_holds_no_control_character(kind):
    html = PAGES[kind](poisoned(small(kind), "\x00\x07\x1b\u202e\ud83d\ufdd0", structure=False))
    assert {c for c in html if unicodedata.category(c) in ("Cc", "Cs")} == {"\n"}
    assert "\u202e" not in html
    html.encode("utf-8")


@settings(max_examples=20, deadline=None)
@given(st.sampled_from(list(PAGES)), st.text(max_size=80))
def test_any_text_at_all_leaves_the_page_well_formed(kind, wild):
    assert skeleton(kind, poisoned(small(kind), ";" + wild, False)) == harmless(kind, False)
