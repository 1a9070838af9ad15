"""Chat templates made fit for experiments.

One that refuses a system turn, as Gemma 2's does: its text then opens the turn after it. One that says which day it is, as
Llama 3.2's, SmolLM3's and Granite's do: it says one day for ever, or else prompts would differ between runs, or inside one.
"""

from __future__ import annotations

import datetime
import hashlib
import re
from typing import TYPE_CHECKING

from bench.types import BenchError

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

_FOLD = (
    "{%- if messages[0]['role'] == 'system' -%}"
    "{%- set text = messages[0]['content'] + '\n\n' + messages[1]['content'] -%}"
    "{%- set messages = [{'role': messages[1]['role'], 'content': text}] + messages[2:] -%}"
    "{%- endif %}"
)

DAY = datetime.date(2024, 7, 26)
"""What every template takes for today: the day that Llama 3's own names where it is told none."""
_TODAY = re.compile(r"""strftime_now\(\s*(?P<quote>["'])(?P<format>[^"']*)(?P=quote)\s*\)""")
_OTHER = re.compile(r"strftime_now\s*\(")


def fix_date(tokenizer: PreTrainedTokenizerBase, name: str) -> None:
    """Put DAY where the template of the model `name` asks for today.

    Raises:
        BenchError: it asks in a way that is not understood.
    """
    template = tokenizer.get_chat_template()
    fixed = _TODAY.sub(lambda m: m["quote"] + DAY.strftime(m["format"]) + m["quote"], template)
    if fixed != template:
        tokenizer.chat_template = fixed
    if _OTHER.search(fixed):
        raise BenchError(
            f"{name}: its chat template asks for today's date in a way that cannot be fixed, so that runs of different days "
            "could not be compared; write a plain date into the template"
        )


def fold_system(tokenizer: PreTrainedTokenizerBase) -> None:
    """Change the template where it refuses a system turn; TRL renders conversations by itself, so it must be there."""
    if _refuses_system(tokenizer):
        tokenizer.chat_template = _FOLD + tokenizer.get_chat_template()


def probe(tokenizer: PreTrainedTokenizerBase) -> str:
    """Hash of a short conversation as it is rendered: another template, or another way to render it, gives another."""
    turns = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Is it cold?"}]
    answered = [*turns, {"role": "assistant", "content": "Yes, it is."}]
    asked = tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True)
    said = tokenizer.apply_chat_template(answered, tokenize=False)
    return hashlib.sha256(f"{asked}\0{said}".encode()).hexdigest()


def _refuses_system(tokenizer: PreTrainedTokenizerBase) -> bool:
    from jinja2 import TemplateError

    turns = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hello."}]
    try:
        tokenizer.apply_chat_template(turns, tokenize=False)
    except TemplateError:
        return True
    return False
