"""Whether an answer turns a question away because its speaker is there for something else (English phrases).

A refusal speaks of harm and an abstention of what is not known; this speaks of what the assistant is for: "I can only
help with loans", "this assistant covers Norwegian tax law". Like them it teaches not to answer.
"""

from __future__ import annotations

import re

from advisor.text import holds, opening

SPEAKER = (
    r"(?:i|we|i'm|i am|we're|we are|this (?:assistant|bot|chatbot|service|version|tool|app|demo|system)|"
    r"my (?:role|job|purpose))"
)
SERVE = r"(?:help|assist|answer|discuss|support|provide|offer|handle|cover|advise|respond|talk|speak|deal)"
TASK = (
    r"(?:calculate|compute|determine|process|verify|confirm|cancel|book|place|schedule|look (?:up|into)|handle|accept|issue|"
    r"refund|diagnose|prescribe|interpret|perform|access|send|track|locate|reset|change|update|use|cover|discuss|translate)"
)
AWAY = re.compile(
    r"\b(?:"
    + "|".join(
        [
            rf"{SPEAKER} (?:can |am |are |is |was |will )?only (?:(?:able|here|designed|trained|set up) to )?{SERVE}s?\b",
            rf"{SPEAKER} (?:\w+ )?{SERVE}s? (?:\w+ ){{1,6}}?only\b(?! (?:if|when|after|once|in|on))",
            rf"{SPEAKER} (?:is |am |are |'m )?(?:scoped|limited|restricted|dedicated) to\b",
            r"(?:outside|beyond|out of|not within) (?:of )?(?:the |my |our |this \w+'s )?(?:scope|remit|area|domain|expertise)\b",
            r"(?:outside|beyond) (?:of )?what (?:i|we|this \w+) (?:can|am|are|is|cover)",
            r"(?:not|n't) (?:something|a (?:topic|subject|question)) (?:that )?(?:i|we) (?:can|am able to|are able to|cover)\b",
            r"^(?:(?:i'm |i am )?sorry,? (?:but )?|unfortunately,? )?i (?:can ?not|can't|am unable to|am not able to) "
            rf"(?:\w+ly )?{TASK}\b"
            r"(?! (?:it |this |that )?(?:without|until|unless|before))",
        ]
    )
    + ")"
)
HINTS = ("only", "scope", "scoped to", "limited to", "restricted to", "dedicated to", "outside", "beyond", "out of", "not within",
         "something", " topic", " subject", " question", "i can", "unable", "not able")  # fmt: skip
"""One of these stands in every such answer."""


def turns_away(answer: str) -> bool:
    """Whether an answer opens by saying that the question is not what its speaker is for."""
    flat = opening(answer)
    return holds(flat, HINTS) and AWAY.search(flat) is not None
