"""The same question answered by every arm, side by side, right and wrong marked in words."""

from __future__ import annotations

from typing import Any

from reports import figures, lookup
from reports.lookup import Json

ORDER = 70
TITLE = "Side by side"
SCOPE = "track"
NOTE = """The same held-out items, answered by every arm. Chosen, not drawn at random: the items on which the arms' scores
differ most, with the answers of the first seed, deciding tasks first."""

MOST, OPEN = 12, 6
MARKS = {1.0: ("✓", "right", "right"), 0.0: ("✗", "wrong", "wrong"), None: ("○", "unscored", "unscored")}


def context(track: Json) -> dict[str, Any]:
    """The first dozen of the examples that the run chose, half of them folded; answers in the order of the arms."""
    examples, tasks = track.get("examples") or [], {task.id: task for task in lookup.tasks(track)}
    arms = [arm["id"] for arm in track["arms"]]
    shown = [_example(n, e, arms, tasks.get(e["task"])) for n, e in enumerate(examples[:MOST], 1)]
    return {"total": len(examples), "open": shown[:OPEN], "folded": shown[OPEN:]}


def _example(number: int, example: Json, arms: list[str], task: lookup.Task | None) -> dict[str, Any]:
    contexts, gold = example.get("contexts") or [], example.get("gold")
    return {
        "number": number,
        "task": task.title if task else example["task"],
        "item": str(example["item"]),
        "kind": lookup.words(example.get("kind") or ""),
        "prompt": figures.excerpt(example["prompt"]),
        "contexts": [figures.excerpt(context) for context in contexts],
        "gold": None if gold is None else figures.excerpt(gold),
        "answers": [_answer(example, arm, task) for arm in arms if arm in example["answers"]],
    }


def _answer(example: Json, arm: str, task: lookup.Task | None) -> dict[str, Any]:
    text, scores = example["answers"][arm], (example.get("scores") or {}).get(arm) or {}
    judged = "correct" if "correct" in scores else task.headline.id if task else ""
    symbol, word, style = _mark(scores.get(judged))
    return {
        "name": figures.name(arm),
        "tone": figures.tone(arm),
        "symbol": symbol,
        "word": word,
        "style": style,
        "text": figures.excerpt(text) if text else None,
        "missing": "no answer recorded" if text is None else "empty answer",
        "scores": [
            (lookup.words(key), "unscored" if value is None else figures.plain(value))
            for key, value in scores.items()
            if key != judged
        ],
    }


def _mark(value: float | None) -> tuple[str, str, str]:
    """Symbol, words and style of a score between 0 (wrong) and 1 (right)."""
    return MARKS.get(value) or ("◐", f"scored {figures.plain(value)}", "unscored")


TEMPLATE = """
{% from "macros.html.j2" import text, listing %}
{% macro side_by_side(example) %}
<article class="example">
  <header>
    <h4 dir="auto">{{ example.number }}. {{ example.task }} <small>{{ example.kind }}</small></h4>
    <code dir="auto">{{ example.item }}</code>
    <span class="marks">
      {% for answer in example.answers %}
      <span class="{{ answer.style }}"><bdi>{{ answer.name }}</bdi> {{ answer.symbol }}</span>
      {% endfor %}
    </span>
  </header>
  {{ text(example.prompt, "question") }}
  {% if example.contexts %}
  <details><summary>{{ example.contexts | length }} context{{ "s" if example.contexts | length != 1 }}</summary>
    <ol>
      {% for context in example.contexts %}
      <li>{{ text(context, "context") }}</li>
      {% endfor %}
    </ol>
  </details>
  {% endif %}
  <div class="gold"><h5>Gold</h5>
    {% if example.gold is none %}<p class="note">no gold answer</p>{% else %}{{ text(example.gold) }}{% endif %}
  </div>
  <div class="answers">
    {% for answer in example.answers %}
    <div class="answer t{{ answer.tone }} {{ answer.style }}">
      <h5><bdi>{{ answer.name }}</bdi>
        <span class="mark"><span aria-hidden="true">{{ answer.symbol }}</span> {{ answer.word }}</span></h5>
      {% if answer.text is none %}<p class="note">{{ answer.missing }}</p>{% else %}{{ text(answer.text) }}{% endif %}
      {% if answer.scores %}<p class="note">{{ listing(answer.scores) }}</p>{% endif %}
    </div>
    {% endfor %}
  </div>
</article>
{% endmacro %}
{% if view.total > view.open | length + view.folded | length %}
<p class="note">{{ view.open | length + view.folded | length }} of the {{ view.total }} examples in result.json.</p>
{% endif %}
{% for example in view.open %}
{{ side_by_side(example) }}
{% else %}
<p>result.json of this run carries no examples; all answers are in the items.jsonl of each trial.</p>
{% endfor %}
{% if view.folded %}
<details>
  <summary>{{ view.folded | length }} more</summary>
  {% for example in view.folded %}
  {{ side_by_side(example) }}
  {% endfor %}
</details>
{% endif %}
"""
