"""What the run showed, in ten seconds: the verdict's sentence, the effects behind it, whether the advice held."""

from __future__ import annotations

from typing import Any

from reports import charts, figures, forest, lookup
from reports.lookup import Json, Task

ORDER = 10
TITLE = "Verdict"
SCOPE = "track"
NOTE = ""


def context(track: Json) -> dict[str, Any]:
    """One card for each primary task's verdict, a line for each of the others."""
    tasks = {task.id: task for task in lookup.tasks(track)}
    cards = [_card(track, verdict, tasks[verdict["task"]]) for verdict in track["verdicts"] if verdict["task"] in tasks]
    return {
        "cards": [card for card in cards if card["primary"]],
        "others": [card for card in cards if not card["primary"]],
        "failed": [figures.name(arm["id"]) for arm in track["arms"] if arm["status"] == "failed"],
    }


def _card(track: Json, verdict: Json, task: Task) -> dict[str, Any]:
    symbol, held = lookup.held(verdict)
    leader, ties = verdict["leader"], [figures.name(arm) for arm in verdict["tie_set"]]
    return {
        "task": task.title,
        "what": f"{task.headline.title}: {task.headline.what}" if task.headline.what else task.headline.title,
        "primary": task.primary,
        "status": f"{figures.name(leader)} leads" if leader else "Not enough evidence for a leader",
        "tone": figures.tone(leader) if leader else None,
        "ties": ", ".join(ties) if len(ties) > 1 else "",
        "sentence": verdict["sentence"],
        "symbol": symbol,
        "held": held,
        "advised": _advised(track),
        "effects": forest.view(_effects(track, verdict, task), task.headline),
        "chances": [_chance(arm, p) for arm, p in sorted(verdict["p_best"].items(), key=lambda pair: -(pair[1] or 0))],
    }


def _effects(track: Json, verdict: Json, task: Task) -> list[lookup.Effect]:
    """First the two arms most likely best against each other, then each of them against base."""
    trained = [arm["id"] for arm in track["arms"] if arm["id"] != "base"]
    likely = sorted(trained, key=lambda arm: (arm != verdict["leader"], -(verdict["p_best"].get(arm) or 0)))[:2]
    pairs = [tuple(likely)] if len(likely) == 2 else []
    return [
        lookup.effect(track, task.id, task.headline.id, *pair) for pair in (*pairs, *((arm, "base") for arm in likely))
    ]


def _advised(track: Json) -> str:
    recommendation = (track.get("advice") or {}).get("recommendation") or {}
    method, confidence = recommendation.get("method"), recommendation.get("confidence")
    return f"{figures.name(method)}, confidence {figures.confidence(confidence)}" if method else "none stored"


def _chance(arm: str, p: float | None) -> dict[str, Any]:
    name, text = figures.name(arm), figures.chance(p)
    return {
        "name": name,
        "text": text,
        "chart": charts.bar(p or 0.0, figures.tone(arm), f"Probability of best, {name}", text),
    }


TEMPLATE = """
{% from "macros.html.j2" import chances, forest %}
{% for card in view.cards %}
<article class="verdict{% if card.tone is not none %} t{{ card.tone }}{% endif %}">
  <p class="status"><strong dir="auto">{{ card.status }}</strong> <span dir="auto">{{ card.task }}</span></p>
  <p class="sentence" dir="auto">{{ card.sentence }}</p>
  <p><span class="symbol" aria-hidden="true">{{ card.symbol }}</span>
    Advice before training: <strong dir="auto">{{ card.advised }}</strong> — {{ card.held }}.</p>
  <div class="evidence">
    <div>{{ forest(card.effects, "Effects on " ~ card.task, brief=true) }}
      <p class="note" dir="auto">{{ card.what }}</p></div>
    {% if card.chances %}
    <div>{{ chances("Probability of being best", card.chances) }}
      {% if card.ties %}
      <p class="note" dir="auto">Not separated: {{ card.ties }}.</p>
      {% endif %}</div>
    {% endif %}
  </div>
</article>
{% else %}
<p>No verdict: this track has no headline task that at least two arms were scored on.</p>
{% endfor %}
{% if view.others %}
<h4>Diagnostic tasks</h4>
<ul class="plain">
  {% for card in view.others %}
  <li dir="auto"><b>{{ card.task }}</b> — {{ card.sentence }}</li>
  {% endfor %}
</ul>
{% endif %}
{% if view.failed %}
<p class="warning" dir="auto"><span aria-hidden="true">▲</span> Failed, so in no comparison:
  {{ view.failed | join(", ") }}. The reasons stand under Scores.</p>
{% endif %}
"""
