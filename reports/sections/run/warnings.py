"""Which checks held before training, and what in a finished run says that something went wrong."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from reports import figures, lookup
from reports.lookup import Json

ORDER = 65
TITLE = "Warning signs"
SCOPE = "track"
NOTE = """Before training, checks on a few real rows; after it, signs in what trials logged and answered. A sign says where
to look, not that an arm is bad."""

SEVERITIES = {"fail": "✗ says nothing of its method", "warn": "▲ read before believing", "info": "○ to know"}
STATES = {"fail": "✗ does not hold", "warn": "▲ doubtful"}
RULES = {"length": "length", "first_word": "first word", "language": "language"}


def context(track: Json) -> dict[str, Any]:
    """Signs of one code and arm together, worst first; runs older than the checks record none."""
    checks, found = track.get("checks"), track.get("signatures")
    return {
        "checks": None if checks is None else _checks(checks),
        "doubts": [_doubt(c) for c in checks or () if c["status"] != "ok"],
        "signs": None if found is None else [_sign(many) for many in _together(found)],
        "shortcuts": [_shortcut(track, task, entry) for task, entry in (track.get("shortcuts") or {}).items()],
    }


def _checks(checks: Sequence[Json]) -> str:
    methods = ", ".join(figures.name(m) for m in dict.fromkeys(c["method"] for c in checks))
    held = sum(c["status"] == "ok" for c in checks)
    return f"{held} of {len(checks)} checks before training hold ({methods})"


def _doubt(check: Json) -> dict[str, Any]:
    title = f"{lookup.words(check['code'])}, {figures.name(check['method'])}"
    return {"title": title, "severity": STATES.get(check["status"], check["status"]), **_told(check)}


def _told(entry: Json) -> dict[str, Any]:
    numbers = [(lookup.words(name), _figure(value)) for name, value in entry["numbers"].items()]
    return {"numbers": numbers, **{key: entry[key] for key in ("what", "means", "try", "threshold", "source")}}


def _figure(value: Any) -> str:
    return figures.plain(value)


def _together(found: Iterable[Json]) -> list[list[Json]]:
    groups: dict[tuple[str, str], list[Json]] = {}
    for sign in found:
        groups.setdefault((sign["code"], sign["arm"]), []).append(sign)
    return sorted(groups.values(), key=_worst)


def _worst(many: Sequence[Json]) -> int:
    known = list(SEVERITIES)
    return min(known.index(s["severity"]) if s["severity"] in known else len(known) for s in many)


def _sign(many: Sequence[Json]) -> dict[str, Any]:
    """The seeds of an arm that show the sign, with the figures of the worst of them."""
    first = min(many, key=lambda s: _worst([s]))
    seeds = ", ".join(str(s["seed"]) for s in many)
    title = f"{lookup.words(first['code'])}, {figures.name(first['arm'])}, seed{'s' * (len(many) > 1)} {seeds}"
    return {"title": title, "severity": SEVERITIES.get(first["severity"], first["severity"]), **_told(first)}


def _shortcut(track: Json, task: str, entry: Json) -> tuple[str, ...]:
    """Each rule's accuracy on a task's held-out pairs, beside the arms'."""
    rules = [_marked(entry, rule) for rule in RULES]
    arms = {a["id"]: s.mean for a in track["arms"] if (s := _accuracy(a, task))}
    said = ", ".join(f"{figures.name(arm)} {figures.share(mean)}" for arm, mean in arms.items())
    return lookup.words(task), figures.count(entry["pairs"]), *rules, said or figures.NOT_SCORED


def _marked(entry: Json, rule: str) -> str:
    return figures.share(entry.get(rule)) + (" *" if entry["best"] == rule else "")


def _accuracy(arm: Json, task: str) -> lookup.Score | None:
    return lookup.score(arm, task, "preference_accuracy") or lookup.score(arm, task, "contrast")


TEMPLATE = """
{% from "macros.html.j2" import table, listing %}
{% macro told(entry) %}
<li><p dir="auto"><b>{{ entry.title }}</b> — {{ entry.severity }}: {{ entry.means }}.</p>
  <p class="note" dir="auto">{{ entry.what }}: {{ listing(entry.numbers) }}. To try: {{ entry.try }}.
  Speaks at: {{ entry.threshold }}. From: {{ entry.source }}.</p></li>
{% endmacro %}
{% if view.checks is none %}
<p>This run is older than the checks before training.</p>
{% else %}
<p dir="auto">{{ view.checks }}.</p>
{% endif %}
{% if view.doubts or view.signs %}
<ul class="reasons">
  {% for entry in view.doubts %}{{ told(entry) }}{% endfor %}
  {% for entry in view.signs or () %}{{ told(entry) }}{% endfor %}
</ul>
{% endif %}
{% if view.signs is none %}
<p>No signs were looked for.</p>
{% elif not view.signs %}
<p>No sign of a run gone wrong.</p>
{% endif %}
{% if view.shortcuts %}
{{ table("Held-out pairs told apart by rules that hardly read them (* best on the training pairs)",
         ("Task", "Pairs", "Length", "First word", "Language", "The arms"), view.shortcuts, numbers=(1, 2, 3, 4)) }}
{% endif %}
"""
