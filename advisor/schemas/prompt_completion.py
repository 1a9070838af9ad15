"""A prompt and its completion, each text or messages, under any of the usual column names.

    {"prompt": "Where is Lyon?", "completion": "In France."}
    {"prompt": [{"role": "user", "content": "Where is Lyon?"}],
     "completion": [{"role": "assistant", "content": "In France."}]}

Source: TRL `docs/source/dataset_formats.md` (prompt-completion); the other names as Axolotl (`docs/dataset-formats/
inst_tune.qmd`), databricks-dolly-15k (`instruction`, `context`, `response`), Aya (`inputs`, `targets`) and CNN/DailyMail
(`article`, `highlights`) have them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from advisor.schemas import _fields
from advisor.types import Message, Record, RowError, Supervision

SUPERVISION: Supervision = "gold"
_SYSTEM = ("system", "system_prompt")
_NAMES = (
    ("prompt", ("completion", "response", "output", "answer", "generation", "target")),
    ("instruction", ("response", "completion", "answer")),
    ("INSTRUCTION", ("RESPONSE",)),
    ("question", ("response", "completion", "output")),
    ("query", ("response", "answer", "completion", "output")),
    ("user_query", ("response", "answer")),
    ("input", ("output", "response", "target", "completion")),
    ("inputs", ("targets", "outputs")),
    ("source", ("target",)),
    ("article", ("summary", "highlights")),
    ("document", ("summary",)),
    ("dialogue", ("summary",)),
)


def match(row: Mapping[str, Any]) -> dict[str, str]:
    """A known pair of names, and a system prompt if there is one."""
    prompt, completion = _sides(row)
    system = _fields.present(row, _SYSTEM)
    if not prompt:
        return {}
    return {prompt: "prompt", completion: "answer", **({system: "prompt"} if system else {})}


def records(row: Mapping[str, Any], number: int) -> list[Record | RowError]:
    """One record; turns of the completion before its last are prompt."""
    asked, completed = _sides(row)
    earlier, answer = _fields.answer(row[completed], completed)
    system = _fields.present(row, _SYSTEM)
    head = (Message("system", said),) if system and (said := _fields.text(row, system)) else ()
    return [_fields.record(number, prompt=(*head, *_fields.prompt(row[asked], asked), *earlier), answer=answer)]


def _sides(row: Mapping[str, Any]) -> tuple[str, str]:
    for prompt, completions in _NAMES:
        completion = _fields.present(row, completions)
        if prompt in row and completion:
            return prompt, completion
    return "", ""
