"""What the answers look like: empty, cut off, templated, refusing, checkable, secret."""

from __future__ import annotations

import re
from collections import Counter

import orjson

from advisor.profiling.sample import Sample, View
from advisor.profiling.types import Answers, Tally
from advisor.text import holds

SLOT = re.compile(
    r"\{\{\s{0,5}[\w.]{1,60}\s{0,5}\}\}"
    # A slot says what to put in. `[name]` and `[date]` alone are an index, a citation or a link's text as often.
    r"|\[(?:insert|enter|add|your)\b[^\]\n]{1,40}\](?!\()|\[(?:company|client|customer|recipient)(?:'s)? name\](?!\()",
    re.IGNORECASE,
)
LEFT = re.compile(
    r"<\|\w{1,40}\|>|\[/?INST\]|<</?SYS>>|<(?:start|end)_of_turn>"  # chat-template tokens, rendered into the text
    r"|^### (?:Instruction|Response|Input):"
    r"|<<[^<>\n]{1,60}=[^<>\n]{1,40}>>"  # GSM8K's calculator annotations
    r"|&(?:nbsp|amp|lt|gt|quot);|</?(?:br|p|div|span)\b[^<>]{0,200}>",  # markup that was never decoded
    re.IGNORECASE | re.MULTILINE,
)
LEFT_HINTS = ("<", "&", "### ", "INST]", "inst]", "{{", "[")
QUOTED = re.compile(r"```.*?(?:```|\Z)|`[^`\n]{1,200}`", re.DOTALL)
CODE = re.compile(
    r"```|\bdef \w+\(|\bimport \w+|#include|\bSELECT\b.{1,300}?\bFROM\b|\bfunction\s{0,3}\w{0,80}\(|\bmodule \w+|public class|=>"
    r"|</(?:html|head|body|script|style|table|tr|td|form|button|svg|template)>"
)
"""What only program text holds; tags of marked-up prose are left out."""
NUMBER = r"[-+$]?\d[\d.,/]{0,40}"
ENDING = re.compile(
    rf"####\s{{0,20}}{NUMBER}$|\A(?:{NUMBER}\s{{0,5}}%?|\(?[A-E]\)?[.)]?)$"
    r"|(?:the )?(?:final )?answer is:?\s{0,20}[-+$(]{0,2}(?:\d[\d.,]{0,40}|[A-E])\)?\.?$",
    re.IGNORECASE,
)
CHECKED = 160
"""Characters of an answer's end that hold its result."""
SHORT = 50
"""Characters that hold any answer that is nothing but a number or a letter."""
CODE_HINTS = ("```", "def ", "import ", "#include", "SELECT", "function", "module ", "public class", "=>", "</")
"""One of these stands in all code that the pattern knows."""
ENDS = tuple(".!?。!?…:;\"'”’»)]}>`*|~。,」』】")
LONG, LINE = 200, 60
"""Letters of an answer, and of its last line, from which it is suspect without an end: titles and lists do without."""
WIDE, CJK = 4, r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]"
WRAPPED = re.compile(
    r"\A\s*(?:#{1,4} ?)?(?:instruction|task|input) ?:.*\n\s*(?:#{1,4} ?)?(?:response|output|answer) ?:\s*\Z",
    re.I | re.S,
)
"""A prompt in a template of its own, which the model's chat template will wrap again."""

SEPARATOR = re.compile(r"(?:\n\s{0,5}#{2,}:?|\s?-{1,2}>|\n={3,})\s{0,5}\Z")
STOP = re.compile(r"\s(?:END|###|<END>|\[END\]|<\|END\|>)\s{0,5}\Z")
"""How prompts and completions ended for models that knew no turns (OpenAI's first fine-tuning format)."""


def answers(sample: Sample, empty: Tally) -> Answers:
    """Measure the answers; which are missing was counted over all records."""
    kinds: Counter[str] = Counter()
    for view in sample.views:
        kinds.update(view.secrets)
    return Answers(
        empty=empty,
        truncated=sample.tally(lambda v: truncated(v.answer.text), among=filled),
        template=sample.tally(
            lambda v: wrapped(v) or separated(v) or ((leftover(v.answer.text) or leftover(v.prompt)) and not program(v))
        ),
        placeholders=sample.tally(lambda v: slot(v.answer.text) and not program(v), among=filled),
        refusals=sample.tally(lambda v: v.answer.declines, among=filled),
        verifiable=sample.tally(lambda v: verifiable(v.answer.text), among=filled),
        calls=sample.tally(called, among=filled),
        secrets=sample.tally(lambda v: bool(v.secrets)),
        secret_kinds=dict(kinds.most_common()),
    )


def filled(view: View) -> bool:
    """Whether there is an answer to look at."""
    return view.filled


def program(view: View) -> bool:
    """Whether a record is about code, in which brackets and tags mean something else."""
    return has_code(view.answer.text) or has_code(view.prompt)


def leftover(text: str) -> bool:
    """Whether a template was left in a text, quoted code aside."""
    if not holds(text, LEFT_HINTS):
        return False
    said = unquoted(text)
    return LEFT.search(said) is not None or SLOT.search(said) is not None


def wrapped(view: View) -> bool:
    """Whether the question is written into a template of headings, the last of which waits for the answer."""
    end = view.asked[-40:].rstrip()
    return end.endswith(":") and WRAPPED.match(view.asked) is not None


def separated(view: View) -> bool:
    """Whether the question ends with a separator or the answer with a stop mark, which a chat template makes needless."""
    return SEPARATOR.search(view.asked[-20:]) is not None or STOP.search(view.answer.text[-20:]) is not None


def called(view: View) -> bool:
    """Whether the answer is a call of a tool and no text (OpenAI's `tool_calls` without `content`)."""
    text = view.answer.text
    if not text.startswith('[{"') or '"function"' not in text:
        return False
    try:
        calls = orjson.loads(text)
    except orjson.JSONDecodeError:
        return False
    return isinstance(calls, list) and all(isinstance(call, dict) and "function" in call for call in calls)


def slot(text: str) -> bool:
    """Whether a text has a slot that was never filled, quoted code aside."""
    return ("{{" in text or "[" in text) and SLOT.search(unquoted(text)) is not None


def unquoted(text: str) -> str:
    """The text without what stands in backticks."""
    return QUOTED.sub(" ", text) if "`" in text else text


def verifiable(text: str) -> bool:
    """Whether a program can check the answer: its end gives a number or a letter, or it is one."""
    end = text.strip()
    if len(end) > SHORT and "####" not in end and "nswer is" not in end:
        return "\\boxed{" in end
    # Cut one character longer than looked at, so that the beginning of a long answer's end is not taken for its own.
    return "\\boxed{" in text or ENDING.search(end if len(end) <= CHECKED else " " + end[-CHECKED:]) is not None


def has_code(text: str) -> bool:
    """Whether a text holds program text."""
    return holds(text, CODE_HINTS) and CODE.search(text) is not None


def truncated(answer: str) -> bool:
    """Whether a long answer stops in mid-sentence: its last line is prose that ends on a letter, digit or comma."""
    text = answer.rstrip()
    if not text or text.endswith(ENDS) or not (text[-1].isalnum() or text[-1] in ",、,-"):
        return False
    # An ideograph says about as much as four letters.
    wide = WIDE if re.match(CJK, text[-1]) else 1
    last = text.rsplit("\n", 1)[-1]
    if wide * len(text) < LONG or wide * len(last) < LINE:
        return False
    # List items, headings, `#### 42`, code and signatures end without a full stop by habit.
    return not last.lstrip().startswith(("-", "*", "#", "•", "|", "`")) and "```" not in text
