"""Every share that was measured, with its interval; what was looked for and not found; all other figures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from reports import charts, figures, lookup, measures
from reports.lookup import Json
from reports.measures import Measure

ORDER = 70
TITLE = "What was measured"
SCOPE = "page"
NOTE = """Dot: the share. Line: its 95 % interval (Wilson), for what a sample leaves open. Lexical measures: words and patterns
were compared, meaning was not judged."""

DRAWN = ("languages", "axes", "layouts", "benchmarks", "notes", "columns")
"""Parts of the profile that other sections show."""


def context(advice: Json) -> dict[str, Any]:
    """Shares above nought by group, those at nought in a list with what the interval leaves open, figures folded."""
    found = [measure for measure in measures.shares(advice["profile"]) if measure.value["of"]]
    seen = [measure for measure in found if measure.value["count"]]
    groups = dict.fromkeys(measure.group for measure in seen)
    return {
        "axis": charts.axis(charts.SHARES, figures.ticks(charts.SHARES.ticks, "share"), "Scale of the shares"),
        "groups": [(group, [_row(m) for m in seen if m.group == group]) for group in groups],
        "absent": _absent([measure for measure in found if not measure.value["count"]]),
        "others": measures.others(advice["profile"], DRAWN),
    }


def _row(measure: Measure) -> dict[str, Any]:
    value, ci = measure.value, lookup.bounds(measure.value.get("ci95"))
    share, interval = figures.share(value["value"]), figures.share_interval(ci)
    mark = charts.Mark(value["value"], ci, 3 if "rejected" in measure.path else 2)
    return {
        "title": measure.title,
        "chart": charts.dot(mark, charts.SHARES, measure.title, f"{share} {interval}"),
        "share": share,
        "interval": interval,
        "counts": _counts(measure),
        "about": measure.about,
    }


def _counts(measure: Measure) -> str:
    """`3 of 2,000, a sample of 2,312`."""
    counted = f"{figures.count(measure.value['count'])} of {figures.count(measure.value['of'])}"
    return counted + (f", a sample of {figures.count(measure.sampled_from)}" if measure.sampled_from else "")


def _absent(found: Sequence[Measure]) -> list[tuple[str, str, str]]:
    """What was looked for and not seen: title, out of how many, the most that the interval leaves open."""
    return [
        (
            m.title,
            _counts(m),
            f"at most {figures.share(m.value['ci95'][1])}" if m.value.get("ci95") else "",
        )
        for m in found
    ]


TEMPLATE = """
{% from "macros.html.j2" import scroller, table, pairs %}
{% if view.groups %}
{% call scroller("Shares that were measured") %}
<table class="measured">
  <caption>Shares that were measured, with 95 % interval</caption>
  <thead><tr><th scope="col">What</th><th scope="col" class="drawn">{{ view.axis }}</th>
    <th scope="col" class="number">Share</th></tr></thead>
  {% for group, rows in view.groups %}
  <tbody>
    <tr class="group"><th scope="rowgroup" colspan="3" dir="auto">{{ group }}</th></tr>
    {% for row in rows %}
    <tr><th scope="row"><span dir="auto">{{ row.title }}</span>
        {% if row.about %}<small dir="auto">{{ row.about }}</small>{% endif %}<small>{{ row.counts }}</small></th>
      <td class="drawn">{{ row.chart }}</td>
      <td class="number estimate"><b>{{ row.share }}</b> <span class="interval">{{ row.interval }}</span></td></tr>
    {% endfor %}
  </tbody>
  {% endfor %}
</table>
{% endcall %}
{% else %}
<p>Nothing that was looked for was seen.</p>
{% endif %}
{% if view.absent %}
<details><summary>Looked for and not seen ({{ view.absent | length }})</summary>
{{ table("Looked for and not seen", ("What", "Seen", "In the file"), view.absent) }}</details>
{% endif %}
{% if view.others %}
<details><summary>All other figures ({{ view.others | length }})</summary>{{ pairs("All other figures", view.others) }}</details>
{% endif %}
"""
