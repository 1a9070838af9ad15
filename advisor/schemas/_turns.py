"""What a message of a conversation looks like."""

from __future__ import annotations

from typing import Any

from advisor.schemas._cells import present

SPOKE = ("role", "from", "speaker", "sender", "author")
SAID = ("content", "value", "text", "utterance", "message")
ROLES = {
    **dict.fromkeys(
        ("user", "human", "prompter", "instruction", "customer", "client", "patient", "student", "caller"), "user"
    ),
    **dict.fromkeys(
        (
            "assistant",
            "gpt",
            "bot",
            "model",
            "chatgpt",
            "ai",
            "function_call",
            "agent",
            "chatbot",
            "doctor",
            "therapist",
            "teacher",
        ),
        "assistant",
    ),
    **dict.fromkeys(("system", "developer"), "system"),
    **dict.fromkeys(("tool", "function", "observation", "ipython", "function_response", "tool_response"), "tool"),
}
_CALLED = ("tool_calls", "function_call", "role", "from")
"""What makes a turn without a text one all the same."""


def is_turn(value: Any) -> bool:
    """Whether a value has the form of one message: `role`/`content` (OpenAI), `from`/`value` (ShareGPT) or `speaker`/`text`."""
    who = present(value, SPOKE) if isinstance(value, dict) else ""
    if not who or not value.keys() & {*SAID, *_CALLED}:
        return False
    # Articles have authors and letters have senders, who are no sides of a conversation.
    return who in ("role", "from") or str(value[who]).lower() in ROLES


def is_turns(value: Any) -> bool:
    """Whether a value is a list that begins with a message."""
    return isinstance(value, list) and bool(value) and is_turn(value[0])
