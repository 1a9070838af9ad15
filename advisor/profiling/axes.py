"""What the data trains: nine axes, each a plain signal on a record; a record may show several, `general` shows when none does.

The hazard words follow the categories of the MLCommons AI safety benchmark (arXiv:2404.12241: violence, sexual
content, child exploitation, indiscriminate weapons, self-harm, hate, crime, privacy); the words are ours, chosen for
English. Conversations are judged as a whole: in red-teaming data the hazard often stands three turns back.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import get_args

from advisor.profiling.answers import VERIFIABLE
from advisor.profiling.measure import prompt_text
from advisor.text import looks_like_refusal
from advisor.types import Axis, Record

WORD = re.compile(r"[a-z]+")
HAZARD = frozenset(
    WORD.findall(
        """
    kill killed killing murder murdered attack attacking assault shoot shooting stab bomb bombs explosive explosives
    weapon weapons gun guns poison poisoning terrorist terrorists terrorism torture suicide hurt hurting punch violent
    violence dead die died dying body abuse abused abusive hostage kidnap kidnapping kidnapped rape raped rapist porn
    pornography sex sexual sexually nude nudes naked masturbating molest pedophile prostitute prostitutes prostitution
    escort racist racism racial sexist nazi nazis hitler slur slurs hate hateful insult insults offensive jews muslim
    muslims immigrants transgender drug drugs cocaine heroin meth marijuana weed drunk steal stealing stole stolen rob
    robbery robbing theft thief thieves shoplift shoplifting burglar fraud scam scams launder laundering counterfeit
    forge forged fake hack hacking hacker malware virus phishing password passwords lockpick illegal illegally crime
    crimes criminal criminals jail prison police cops stalk stalking blackmail harass harassing harassment bully
    bullying revenge sabotage spy spying cheat cheating smuggle smuggling prank pranks evil damage destroy arson slave
    slavery cyanide ransom
        """
    )
)
POLICY = frozenset(
    WORD.findall(
        """
    policy policies deployment deployed constitution guideline guidelines compliance compliant ethical ethics
    unethical moral morals morality principle principles unsafe harmless prohibited permitted
        """
    )
)
VALUES_COLUMNS = frozenset(
    {"accept", "reject", "policy", "principle", "stance", "constitution", "safety", "harm_category"}
)
CODE = re.compile(
    r"```|\bdef \w+\(|\bimport \w+|#include|\bSELECT\b.+\bFROM\b|\bfunction\s*\w*\(|\bmodule \w+|public class|=>|</\w+>"
)
TOOLS = re.compile(
    r'"?(?:tool_calls?|function_call|arguments|parameters)"?\s*:|<tool_call>|available tools|\bAction Input:', re.I
)
REASONING = re.compile(
    r"\b(?:step by step|solve|prove|calculate|equation|how many|how much|what is \d)\b|\\frac|####|<think>",
    re.IGNORECASE,
)
SUMMARY = re.compile(r"\b(?:summari[sz]e|summary|tl;?dr|highlights|abridge|condense)\b", re.IGNORECASE)
STYLE = re.compile(
    r"\b(?:rewrite|rephrase|in the (?:style|voice|tone) of|tone|persona|role-?play|pretend (?:to be|you)|act as|who are you"
    r"|your name|introduce yourself|polite|formal|poem|haiku)\b|你是谁|你叫什么|介绍一下你自己",
    re.IGNORECASE,
)
KNOWLEDGE = re.compile(
    r"^\s*(?:who|what|when|where|which|why|is|are|was|were|does|did|explain|define|describe|name|list)\b", re.I
)
MEDICAL = re.compile(
    r"\b(?:symptoms?|diagnos\w+|treatment|disease|patient|legal|tax|statut\w+)\b|什么|症状|治疗|原因", re.I
)


def axes(records: Sequence[Record]) -> dict[Axis, float]:
    """Axis → share of records that show it, largest first."""
    counts: Counter[Axis] = Counter()
    for record in records:
        counts.update(shown(record))
    order = get_args(Axis)
    return {a: n / len(records) for a, n in sorted(counts.items(), key=lambda item: (-item[1], order.index(item[0])))}


def shown(record: Record) -> list[Axis]:
    """The axes of one record; `general` alone where none of the others shows."""
    found = [axis for axis, shows in SIGNALS.items() if shows(record)]
    return found or ["general"]


def harmful(record: Record) -> bool:
    """Whether what the user says touches a hazard category by its words."""
    return not HAZARD.isdisjoint(WORD.findall(" ".join(m.content for m in record.prompt if m.role == "user").lower()))


def values(record: Record) -> bool:
    """A hazard or policy in the conversation, a refusal on either side, or columns about what is acceptable.

    With documents only a hazard counts: there, declining is about the documents, and so is what to accept.
    """
    if record.contexts:
        return harmful(record)
    return (
        harmful(record)
        or not VALUES_COLUMNS.isdisjoint(record.meta)
        or not POLICY.isdisjoint(WORD.findall(prompt_text(record).lower()))
        or any(looks_like_refusal(side) for side in (record.answer, record.rejected) if side)
    )


def knowledge(record: Record) -> bool:
    """A question of fact without documents."""
    asked = last_user(record)
    return not record.contexts and bool(KNOWLEDGE.search(asked) or MEDICAL.search(asked)) and not values(record)


def last_user(record: Record) -> str:
    """The last user turn."""
    return next((m.content for m in reversed(record.prompt) if m.role == "user"), "")


def reasoning(record: Record) -> bool:
    """A worked or checkable answer, or a request for one."""
    return not record.contexts and bool(
        (record.answer and VERIFIABLE.search(record.answer)) or REASONING.search(last_user(record))
    )


def tools(record: Record) -> bool:
    """A tool turn, or a call in the answer or the instructions."""
    return any(m.role == "tool" or TOOLS.search(m.content) for m in record.prompt) or bool(
        TOOLS.search(record.answer or "")
    )


SIGNALS: dict[Axis, Callable[[Record], bool]] = {
    "rag": lambda r: bool(r.contexts),
    "values": values,
    "tools": tools,
    "code": lambda r: bool(CODE.search(r.answer or "")),
    "reasoning": reasoning,
    "summarisation": lambda r: bool(SUMMARY.search(prompt_text(r)[:2000])),
    "style": lambda r: bool(STYLE.search(last_user(r))),
    "knowledge": knowledge,
}
