"""Conversations already written out in a chat template, in a `text` column: demonstrations, not raw text.

    {"text": "<|im_start|>user\\nWhere is Lyon?<|im_end|>\\n<|im_start|>assistant\\nIn France.<|im_end|>"}

Read: ChatML, Llama 3 headers, Llama 2 `[INST]`, Zephyr's and Gemma's marks, Alpaca's `### Instruction:` /
`### Response:`, and Human/Assistant, User/Assistant and Q/A turns. Source: Hugging Face chat templates (transformers
`docs/source/en/chat_templating.md`); Taori et al. 2023 for `###`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from advisor.schemas import _fields
from advisor.types import Message, Record, RowError, Supervision

SUPERVISION: Supervision = "gold"
_COLUMNS = ("text", "conversation", "dialogue", "dialog", "chat", "transcript")
# Each pattern marks where a turn begins; its group, where it has one, is the role. [/INST] is the assistant's.
_TEMPLATES = (
    re.compile(r"<\|im_start\|> ?(\w+)\n"),
    re.compile(r"<\|start_header_id\|>(\w+)<\|end_header_id\|>\s?"),
    re.compile(r"(\[/?INST\])"),
    re.compile(r"<\|(system|user|assistant)\|>\s?"),
    re.compile(r"<start_of_turn>(\w+)\n"),
    re.compile(r"###\s?(System|Instruction|Input|Response|Human|Assistant|User):", re.IGNORECASE),
    re.compile(r"(?m)^(User|Human|Q|Question|Assistant|Bot|AI|A|Answer):\s"),
)
_PLAIN = _TEMPLATES[-1]
"""Names that stand in prose too: a conversation begins with one."""
_ROLES = {
    **dict.fromkeys(("[INST]", "instruction", "input", "human", "user", "q", "question"), "user"),
    **dict.fromkeys(("[/INST]", "response", "assistant", "model", "bot", "ai", "a", "answer"), "assistant"),
}
_ENDS = re.compile(
    r"<\|im_end\|>|<\|end\|>|<end_of_turn>|<\|eot_id\|>|<\|endoftext\|>|<\|end_of_text\|>|<\|begin_of_text\|>|</?s>"
)


def match(row: Mapping[str, Any]) -> dict[str, str]:
    """A column of text in which a template shows a user's and an assistant's turn."""
    column = _fields.present(row, _COLUMNS)
    said = row.get(column)
    return {column: "prompt, answer"} if isinstance(said, str) and _turns(said) else {}


def records(row: Mapping[str, Any], number: int) -> list[Record | RowError]:
    """One record: the last assistant turn is the answer."""
    prompt, answer = _fields.closed(_turns(_fields.text(row, _fields.present(row, _COLUMNS))))
    return [_fields.record(number, prompt=prompt, answer=answer)]


def _turns(said: str) -> tuple[Message, ...]:
    for template in _TEMPLATES if _PLAIN.match(said.lstrip()) else _TEMPLATES[:-1]:
        if template.search(said):
            turns = _split(template, said)
            return turns if {"user", "assistant"} <= {turn.role for turn in turns} else ()
    return _fields.transcript(said)


def _split(template: re.Pattern[str], said: str) -> tuple[Message, ...]:
    pieces = template.split(said)
    marked = zip(pieces[1::2], pieces[2::2], strict=True)
    turns = [(_ROLES.get(mark) or _ROLES.get(mark.lower(), mark.lower()), body) for mark, body in marked]
    # A template's last open turn (`<|im_start|>assistant` of a generation prompt) has no text, so it is no answer.
    cleaned = [Message(role, _ENDS.sub("", body).strip()) for role, body in turns]
    head = _ENDS.sub("", pieces[0]).strip()
    return ((Message("system", head),) if head else ()) + tuple(turn for turn in cleaned if turn.content)
