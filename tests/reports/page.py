"""Reading a rendered page as a browser would: html5lib's tree, its tables, its text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import html5lib

from reports.render import run_page

Element = Any


def tree(document: dict[str, Any], draw: Callable[[dict[str, Any]], str] = run_page) -> Element:
    """The page's element tree; strict, so that a page a browser would have to mend is an error."""
    root = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(draw(document))
    for element in root.iter():
        if isinstance(element.tag, str):
            element.tag = element.tag.removeprefix("{http://www.w3.org/2000/svg}")
    return root


def elements(root: Element, tag: str, style: str | None = None) -> Iterator[Element]:
    """Elements of a tag, and of a class where one is given."""
    return (e for e in root.iter(tag) if style is None or style in e.get("class", "").split())


def section(root: Element, name: str) -> Element:
    return next(e for e in root.iter("section") if e.get("id") == name)


def text(element: Element) -> str:
    """Visible text, white space folded, chart titles left out."""
    return re.sub(r"[ \n]+", " ", "".join(_pieces(element))).strip()


def _pieces(element: Element) -> Iterator[str]:
    if element.tag not in ("title", "desc", "style"):
        yield element.text or ""
        for child in element:
            yield from _pieces(child)
            yield child.tail or ""


def rows(table: Element) -> list[list[str]]:
    """Body rows of a table as texts of their cells."""
    return [[text(cell) for cell in row] for body in table.iter("tbody") for row in body.iter("tr")]
