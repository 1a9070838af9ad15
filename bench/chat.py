"""Chat templates that refuse a system turn, as Gemma 2's does: its text then opens the turn after it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

_FOLD = (
    "{%- if messages[0]['role'] == 'system' -%}"
    "{%- set text = messages[0]['content'] + '\n\n' + messages[1]['content'] -%}"
    "{%- set messages = [{'role': messages[1]['role'], 'content': text}] + messages[2:] -%}"
    "{%- endif %}"
)


def fold_system(tokenizer: PreTrainedTokenizerBase) -> None:
    """Change the template where it refuses a system turn; TRL renders conversations by itself, so it must be there."""
    if _refuses_system(tokenizer):
        tokenizer.chat_template = _FOLD + tokenizer.get_chat_template()


def _refuses_system(tokenizer: PreTrainedTokenizerBase) -> bool:
    from jinja2 import TemplateError

    turns = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hello."}]
    try:
        tokenizer.apply_chat_template(turns, tokenize=False)
    except TemplateError:
        return True
    return False
