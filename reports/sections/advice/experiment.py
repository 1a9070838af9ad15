"""The command that puts the advice to the test."""

from __future__ import annotations

import re
from typing import Any

from reports import advising, figures
from reports.lookup import Json

ORDER = 90
TITLE = "Test it"
SCOPE = "page"
NOTE = ""

ABSENT = {
    "fix_data": "No command yet: the data is to be repaired before anything is trained on it.",
    "none": "No command: nothing is to be trained.",
}


def context(advice: Json) -> dict[str, Any]:
    """The commands, and whether they train what is advised."""
    r = advice["recommendation"]
    method, commands = r["method"], list(r.get("next") or [])
    return {
        "commands": commands,
        "said": _said(r, commands)
        if commands
        else ABSENT.get(method, "No command: bench trains none of these methods yet."),
    }


def _said(recommendation: Json, commands: list[str]) -> str:
    """Whether the advised method is among those that the commands train."""
    found = (re.search(r" --methods (\S+)", command) for command in commands)
    trained = {method for match in found if match for method in match[1].split(",")}
    method = recommendation["method"]
    if {method, *(advising.leading(recommendation)[:2] if method == "either" else [])} & trained:
        return "Advice is a hypothesis. This trains the candidates on equal budgets and says whether it held:"
    return f"bench cannot train {figures.name(method)} yet. This compares what it can train on the same data:"


TEMPLATE = """
<p dir="auto">{{ view.said }}</p>
{% for command in view.commands %}
<pre tabindex="0"><code dir="auto">{{ command }}</code></pre>
{% endfor %}
"""
