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
"""Columns that say what is acceptable."""
POLICY_COLUMNS = frozenset({"policy", "policy_id"})
"""Columns that do so beside a preference; beside one answer the policy may be an insurance's."""
TOOLS = re.compile(
    r'\b(?:tool_calls?|function_call|arguments|parameters)"?\s{0,3}:|<tool_call>|available tools|\baction input:'
)
TOOL_HINTS = ("tool", "function_call", "arguments", "parameters", "action input")
SUMMARY_HINTS = ("summar", "tldr", "tl;dr", "highlights", "abridge", "condense")
REASONING = re.compile(
    r"\b(?:step by step|solve|prove|calculate|equation|how many|how much|what is \d)\b|\\frac|####|<think>"
)
REASONING_HINTS = (
    "step by step", "solve", "prove", "calculate", "equation", "how many", "how much", "what is ", "\\frac", "####", "<think>"
)  # fmt: skip
SUMMARY = re.compile(r"\b(?:summari[sz]e|summary|tl;?dr|highlights|abridge|condense)\b")
STYLE = re.compile(
    r"\b(?:rewrite|rephrase|in the (?:style|voice|tone) of|tone|persona|role-?play|pretend (?:to be|you)|act as|who are you"
    r"|your name|introduce yourself|polite|formal|poem|haiku)\b|你是谁|你叫什么|介绍一下你自己"
)
STYLE_HINTS = (
    "rewrite", "rephrase", "in the ", "tone", "persona", "role", "pretend", "act as", "who are you", "your name", "introduce",
    "polite", "formal", "poem", "haiku", "你",
)  # fmt: skip
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
CAUTION_HINTS = (
    "legal", "ethical", "moral", " law", "crime", "danger", "harm", "hurt", "offensive", "racist", "sexist", "abusive", "not ok",
    "not acceptable", "not appropriate", "not right", "jail", "prison", "arrested", "trouble", "professional help",
    "medical help", "psychological help", "hotline", "helpline", "prevention", "police", "911", "999", "112",
)  # fmt: skip
WARNED = 600
"""Characters of an answer in which it must."""
PLAYED = re.compile(
    r"\b(?:(?:stay|remain|speak|answer|reply|respond|always) in character|(?:break|breaking) character|role-?play|persona"
    r"|in the (?:style|voice|tone) of|(?:pretend|imagine) (?:to be|that you are|you are)|impersonat\w+)\b"
    r"|你(?:现在)?扮演|角色扮演",
    re.IGNORECASE,
)
"""A system prompt that casts the model as someone."""
ASKS = re.compile(
    r"\s{0,20}(?:who|what|when|where|which|why|is|are|was|were|does|did|explain|define|describe|name|list)\b"
)
"""How a question of fact begins."""
EXPERT = re.compile(r"\b(?:symptoms?|diagnos\w+|treatment|disease|patient|legal|tax|statut\w+)\b|什么|症状|治疗|原因")
EXPERT_HINTS = (
    "symptom", "diagnos", "treatment", "disease", "patient", "legal", "tax", "statut", "什么", "症状", "治疗", "原因"
)  # fmt: skip


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
    if not view.record.contexts and knowledge(view.low_asked):
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
        or (view.paired and not POLICY_COLUMNS.isdisjoint(view.record.meta))
        or view.harmful
        or any(governed(m.content, m.role) for m in view.record.prompt)
    )


def knowledge(asked: str) -> bool:
    """Whether a question in lower case asks for a fact, or touches a field of experts."""
    return ASKS.match(asked) is not None or (holds(asked, EXPERT_HINTS) and EXPERT.search(asked) is not None)


def cautions(view: View) -> bool:
    """Whether one of two sides warns of harm: there, whether to is what they differ in; one answer alone may just advise."""
    return view.paired and any(warns(side.text[:WARNED].lower()) for side in (view.answer, view.rejected))


def warns(answer: str) -> bool:
    """Whether an answer in lower case warns of harm or wrong."""
    return holds(answer, CAUTION_HINTS) and CAUTION.search(answer) is not None


def governed(text: str, role: str) -> bool:
    """Whether a system prompt sets a policy, or a user speaks of one."""
    found = WORD.findall(text.lower()) if role in ("system", "user") else []
    return not POLICY.isdisjoint(found) if role == "system" else near(found, POLICY) > 0


def reasoning(view: View) -> bool:
    """A worked or checkable answer, or a request for one."""
    if view.record.contexts:
        return False
    asked = view.low_asked
    return verifiable(view.answer.text) or (holds(asked, REASONING_HINTS) and REASONING.search(asked) is not None)


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


def styled(view: View) -> bool:
    """A request for a way of saying something, or a role to play."""
    asked = view.low_asked
    wanted = holds(asked, STYLE_HINTS) and STYLE.search(asked) is not None
    return wanted or any(played(m.content) for m in view.record.prompt if m.role == "system")


SIGNALS: dict[Axis, Callable[[View], bool]] = {
    "rag": lambda v: bool(v.record.contexts),
    "tools": tools,
    "code": lambda v: has_code(v.answer.text),
    "reasoning": reasoning,
    "summarisation": summarisation,
    "style": styled,
}
