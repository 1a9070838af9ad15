"""What a model has room for: positions for a test item with all that an arm says before and after it.

Models with learned positions (GPT-2, OPT) cannot read past the last one, and others were not trained to.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from advisor.types import Message, Record
from bench import encoding
from bench.methods import prompt
from bench.types import Guide
from tasks.prompting import conversation, target

if TYPE_CHECKING:
    from bench.models import Weights

MOST_NEW = 64
"""Tokens that an answer may have at most, whatever a plan's limit comes to."""


@dataclass(frozen=True, slots=True)
class Room:
    """Of a model, for rows and test items."""

    tokenizer: Any
    row: int
    """Tokens of the longest row that is trained on."""
    positions: int | None
    """Tokens that the model can read; None where its configuration names no limit."""

    def reads(self, guide: Guide, record: Record) -> bool:
        """Whether every arm can be asked a test record: the prompt with the guide before it, the longest answer after it."""
        if self.positions is None:
            return True
        if not record.prompt:
            return len(self.tokenizer(record.answer or "")["input_ids"]) <= self.positions
        answers = (target(record), record.rejected, record.meta.get("ungrounded"), *record.negatives)
        return self._needs(prompt.rewrite(conversation(record), guide), [a for a in answers if a]) <= self.positions

    def holds(self, guide: Guide) -> bool:
        """Whether the guide leaves room for the longest row and an answer."""
        asked = prompt.rewrite((Message("user", ""),), guide)
        return self.positions is None or self._needs(asked, []) + self.row <= self.positions

    def longer(self, asked: Sequence[Message]) -> bool:
        """Whether a prompt alone has more tokens than any row that is trained on."""
        return len(encoding.encode(self.tokenizer, asked, ()).prompt) > self.row

    def _needs(self, asked: Sequence[Message], answers: Sequence[str]) -> int:
        """Tokens, or a bound above them where that is quickly known to be small enough."""
        turns = [{"role": m.role, "content": m.content} for m in asked]
        last = {"role": "assistant", "content": max(answers, key=len, default="")}
        text = str(self.tokenizer.apply_chat_template([*turns, last], tokenize=False))
        most = len(text.encode("utf-8", "surrogatepass")) + 2 * MOST_NEW  # a token is a byte at least
        if self.positions is not None and most + self.row <= self.positions:
            return most
        tokens = encoding.encode(self.tokenizer, asked, answers)
        return len(tokens.prompt) + max(MOST_NEW, *map(len, tokens.continuations), 0)


def positions(weights: Weights) -> int | None:
    """Tokens that a model can read, as its configuration says."""
    from transformers import AutoConfig

    config = AutoConfig.from_pretrained(weights.folder, trust_remote_code=False).get_text_config()
    return getattr(config, "max_position_embeddings", None)
