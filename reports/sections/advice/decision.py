"""What to do, how sure that is, and the three findings that speak loudest for it."""

from __future__ import annotations

from typing import Any

from reports import advising, charts, figures
from reports.lookup import Json

ORDER = 10
TITLE = "Decision"
SCOPE = "page"
NOTE = ""

MEANT = {
    "sft": "Supervised fine-tuning",
    "dpo": "Direct preference optimisation",
    "sft_dpo": "Supervised fine-tuning, then direct preference optimisation",
    "kto": "Kahneman-Tversky optimisation: answers labelled good or bad",
    "orpo": "Odds-ratio preference optimisation",
    "simpo": "Simple preference optimisation: without a reference model",
    "rlhf": "A reward model and PPO",
    "grpo": "Reinforcement on answers that a program can check",
    "cpt": "Continued pre-training",
    "none": "Prompt or retrieve instead",
    "fix_data": "Repair comes before training",
    "either": "The two lie too close to tell apart",
}


def context(advice: Json) -> dict[str, Any]:
    """The recommendation with its confidence, reasons and ranking; what blocks training; methods ruled out."""
    r = advice["recommendation"]
    sure = r.get("confidence")
    return {
        "status": MEANT.get(r["method"], advising.decision(r)),
        "tone": figures.tone(r["method"]),
        "confidence": figures.confidence(sure),
        "sure": charts.bar(sure or 0.0, figures.tone(r["method"]), "Confidence", figures.confidence(sure)),
        "lead": _lead(r),
        "blocking": [finding["summary"] for finding in advice["findings"] if finding["severity"] == "block"],
        "reasons": advising.reasons(r, advice["findings"]),
        "ranking": advising.ranking(r),
        "ruled_out": _ruled_out(r.get("unacceptable") or []),
    }


def _lead(recommendation: Json) -> str:
    """How far the first method is ahead of the second, where the ranking goes by score."""
    ranking = {entry["method"]: entry["score"] for entry in recommendation.get("ranking") or []}
    order = advising.leading(recommendation)
    if len(order) < 2 or ranking[order[0]] < ranking[order[1]]:
        return ""
    return f"{figures.fixed(ranking[order[0]] - ranking[order[1]], 2)} ahead of {figures.name(order[1])}"


def _ruled_out(unacceptable: list[Json]) -> list[tuple[str, str]]:
    """Methods that the data cannot serve, those with the same reason together."""
    by_reason: dict[str, list[str]] = {}
    for entry in unacceptable:
        by_reason.setdefault(entry["why"], []).append(figures.name(entry["method"]))
    return [(", ".join(methods), why) for why, methods in by_reason.items()]


TEMPLATE = """
{% from "macros.html.j2" import chances, reasons %}
<article class="verdict t{{ view.tone }}">
  <p class="status"><strong dir="auto">{{ view.status }}</strong></p>
  <div class="sure">{{ view.sure }}
    <p>Confidence <strong>{{ view.confidence }}</strong>: it orders cases, it is no probability
      {%- if view.lead %}. Score {{ view.lead }}{% endif %}.</p></div>
  {% for summary in view.blocking %}
  <p class="warning" dir="auto"><span aria-hidden="true">✗</span> Blocks training: {{ summary }}</p>
  {% endfor %}
  <div class="evidence">
    <div><h3>Why</h3>{{ reasons(view.reasons) }}</div>
    {% if view.ranking %}
    <div>{{ chances("Scores", view.ranking, level=3) }}</div>
    {% endif %}
  </div>
  {% if view.ruled_out %}
  <ul class="plain note">
    {% for methods, why in view.ruled_out %}
    <li dir="auto">Ruled out: <b>{{ methods }}</b> — {{ why }}</li>
    {% endfor %}
  </ul>
  {% endif %}
</article>
"""
