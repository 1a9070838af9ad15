"""What the data trains: nine axes, each a plain signal on a record; a record may show several, `general` shows when none does."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from typing import get_args

from advisor.profiling.answers import has_code, verifiable
from advisor.profiling.hazards import WORD, near
from advisor.profiling.origin import attack
from advisor.profiling.sample import Sample, View
from advisor.text import holds
from advisor.types import Axis

POLICY = frozenset(
    WORD.findall(
        """
    policy policies deployment deployed constitution guideline guidelines compliance compliant ethical ethics
    unethical moral morals morality principle principles unsafe harmless prohibited permitted
        """
    )
)
"""One of them in the system prompt, or two near each other in what the user says."""
VALUES_COLUMNS = frozenset({"accept", "reject", "principle", "stance", "constitution", "harm_category"})
TOOLS = re.compile(
    r'\b(?:tool_calls?|function_call|arguments|parameters)"?\s{0,3}:|<tool_call>|available tools|\baction input:'
)
TOOL_HINTS = ("tool", "function_call", "arguments", "parameters", "action input")
SUMMARY_HINTS = ("summar", "tldr", "tl;dr", "highlights", "abridge", "condense")
REASONING = re.compile(
    r"\b(?:step by step|solve|prove|calculate|equation|how many|how much|what is \d)\b|\\frac|####|<think>",
    re.IGNORECASE,
)
SUMMARY = re.compile(r"\b(?:summari[sz]e|summary|tl;?dr|highlights|abridge|condense)\b")
STYLE = re.compile(
    r"\b(?:rewrite|rephrase|in the (?:style|voice|tone) of|tone|persona|role-?play|pretend (?:to be|you)|act as|who are you"
    r"|your name|introduce yourself|polite|formal|poem|haiku)\b|你是谁|你叫什么|介绍一下你自己",
    re.IGNORECASE,
)
CAUTION = re.compile(
    r"\b(?:(?:is|it's|that's|that is|it would be|would be|are|sounds|seems) (?:\w+ )?"
    r"(?:illegal|unethical|immoral|against the law|a crime|dangerous|harmful|hurtful|offensive|racist|sexist|abusive|"
    r"morally wrong|not (?:ok|okay|acceptable|appropriate|right|legal))|(?:break|breaking|against) the law|go to (?:jail|prison)"
    r"|get (?:arrested|in (?:serious |legal )?trouble)"
    r"|legal consequences|(?:seek|get|find) (?:professional|medical|psychological) help"
    r"|(?:suicide|crisis) (?:hotline|helpline|prevention)"
    r"|(?:hurt|harm)(?:ing)? (?:someone|somebody|others|other people|yourself|people|anyone)|call (?:the police|911|999|112))\b"
)
"""An answer that warns of harm or wrong."""
WARNED = 600
"""Characters of an answer in which it must."""
PLAYED = re.compile(
    r"\b(?:(?:stay|remain|speak|answer|reply|respond|always) in character|(?:break|breaking) character|role-?play|persona"
    r"|in the (?:style|voice|tone) of|(?:pretend|imagine) (?:to be|that you are|you are)|impersonat\w+)\b"
    r"|你(?:现在)?扮演|角色扮演",
    re.IGNORECASE,
)
"""A system prompt that casts the model as someone."""
KNOWLEDGE = re.compile(
    r"^\s{0,20}(?:who|what|when|where|which|why|is|are|was|were|does|did|explain|define|describe|name|list)\b"
    r"|\b(?:symptoms?|diagnos\w+|treatment|disease|patient|legal|tax|statut\w+)\b|什么|症状|治疗|原因",
    re.IGNORECASE,
)


def axes(sample: Sample) -> dict[Axis, float]:
    """Axis → share of records that show it, largest first."""
    counts: Counter[Axis] = Counter()
    for view in sample.views:
        counts.update(shown(view))
    order, n = get_args(Axis), max(1, len(sample.views))
    return {a: k / n for a, k in sorted(counts.items(), key=lambda item: (-item[1], order.index(item[0])))}


def shown(view: View) -> list[Axis]:
    """The axes of one record; `general` alone where none of the others shows."""
    found = [axis for axis, shows in SIGNALS.items() if shows(view)]
    if values(view):
        return [*found, "values"]
    if not view.record.contexts and KNOWLEDGE.search(view.asked):
        return [*found, "knowledge"]
    return found or ["general"]


def values(view: View) -> bool:
    """A hazard or policy in the conversation, a refusal or caution on either side, or columns about what is acceptable.

    With documents only a hazard counts: there, declining is about the documents, and so is what to accept.
    """
    if view.record.contexts:
        return view.harmful
    return (
        view.answer.refuses
        or view.rejected.refuses
        or cautions(view)
        or attack(view)
        or not VALUES_COLUMNS.isdisjoint(view.record.meta)
        or view.harmful
        or any(governed(m.content, m.role) for m in view.record.prompt)
    )


def cautions(view: View) -> bool:
    """Whether one of two sides warns of harm: there, whether to is what they differ in; one answer alone may just advise."""
    return view.paired and any(CAUTION.search(side.text[:WARNED].lower()) for side in (view.answer, view.rejected))


def governed(text: str, role: str) -> bool:
    """Whether a system prompt sets a policy, or a user speaks of one."""
    found = WORD.findall(text.lower()) if role in ("system", "user") else []
    return not POLICY.isdisjoint(found) if role == "system" else near(found, POLICY) > 0


def reasoning(view: View) -> bool:
    """A worked or checkable answer, or a request for one."""
    return not view.record.contexts and (verifiable(view.answer.text) or REASONING.search(view.asked) is not None)


def tools(view: View) -> bool:
    """A tool turn, or a call in the answer or the instructions."""
    called = any(m.role == "tool" for m in view.record.prompt)
    return called or any(holds(t, TOOL_HINTS) and TOOLS.search(t) for t in (view.low_prompt, view.answer.text.lower()))


def played(text: str) -> bool:
    """Whether a system prompt gives a role to play."""
    return PLAYED.search(text, 0, 2000) is not None


def summarisation(view: View) -> bool:
    """A request to shorten."""
    return holds(view.low_prompt, SUMMARY_HINTS) and SUMMARY.search(view.low_prompt, 0, 2000) is not None


SIGNALS: dict[Axis, Callable[[View], bool]] = {
    "rag": lambda v: bool(v.record.contexts),
    "tools": tools,
    "code": lambda v: has_code(v.answer.text),
    "reasoning": reasoning,
    "summarisation": summarisation,
    "style": lambda v: (
        STYLE.search(v.asked) is not None or any(played(m.content) for m in v.record.prompt if m.role == "system")
    ),
}
