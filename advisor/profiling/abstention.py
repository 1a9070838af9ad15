"""Whether an answer says that the answer is not known: not in the documents, or not to the speaker (English phrases).

"Not" alone means little: "your plan does not cover dental treatment" is an answer. An abstention has the documents, the
information, the question or the speaker's knowledge as its subject.
"""

from __future__ import annotations

import re

from advisor.text import holds, opening

SOURCE = r"(?:documents?|passages?|texts?|contexts?|sources?|articles?|paragraphs?|excerpts?|information|materials?)"
TELL = (
    r"(?:say|state|mention|specify|contain|provide|give|include|tell|answer|indicate|list|describe|explain|cover|address|"
    r"disclose)"
)
TOLD = (
    r"(?:said|stated|mentioned|specified|provided|given|included|contained|available|found|answered|indicated|covered|"
    r"disclosed|known|answerable)"
)
KNOWN = r"(?:information|answer|details|data|knowledge|context|documents?|evidence|idea|clue)"
ASKED = r"(?:who|what|when|where|which|why|how|whether|if)"
END = r"\s*(?:[.!,;]|$)"
ABSTAINS = re.compile(
    r"\b(?:"  # once for all: most places of a text are no beginning of a word
    + "|".join(
        [
            # The documents do not say; none of them mentions it; they say nothing.
            rf"{SOURCE}\b[^.?!]{{0,40}}?(?:\bnot|n't|\bnever) (?:\w+ ){{0,2}}?{TELL}\b",
            rf"(?:none of|neither|no) (?:\w+ ){{0,2}}?{SOURCE}(?: \w+)? {TELL}s?\b",
            rf"{SOURCE} (?:\w+ ){{0,2}}?(?:{TELL}s? nothing\b|(?:is|are) silent\b)",
            # Not stated; it is not stated in the documents.
            rf"^not {TOLD}(?:{END}| (?:in|by|from) )|we (?:are|were) not told\b",
            rf"(?:(?:it|this|that|which)(?: is|'s) not|isn't) (?:stated|mentioned|specified|known|clear|disclosed){END}",
            rf"(?:not|\w{{2,6}}n't) (?:\w+ )?{TOLD} (?:\w+ )?(?:in|by|from|within) (?:\w+ ){{1,2}}?{SOURCE}\b",
            rf"(?:information|answer)(?: \w+){{0,3}}? (?:not|isn't|aren't) (?:\w+ )?{TOLD}\b",
            # No information about it.
            r"(?:no|not enough|insufficient) (?:\w+ )?(?:information|mention|indication|reference|answer|context)"
            rf"(?:{END}| (?:is|was|about|of|on|to|in|as|regarding|that|available|given|provided|found)\b)",
            # I do not know; I cannot tell from this; I do not have the information.
            rf"i (?:do not|don't|did not|didn't) know(?:{END}| (?:{ASKED}|that|this|the (?:answer|exact)|based|from|as)\b)",
            rf"i (?:(?:do not|don't|did not|didn't) have|have no|lack) (?:\w+ ){{0,4}}?{KNOWN}\b",
            rf"(?:i|we) (?:can ?not|can't|could not|couldn't|am unable to|am not able to) (?:determine|answer|"
            r"find (?:that|this|it|the answer|any (?:information|mention)|an answer)|(?:tell|say|know)(?: (?:that|this|it))?"
            rf"(?:{END}| (?:from|based|whether|if|who|when|which)\b))",
            r"(?:can ?not|can't|could not|couldn't) be (?:answered|determined|known|inferred|found (?:in|from))\b",
            r"unable to (?:answer|determine|find (?:that|this|the|any|an)\b)|unanswerable\b",
            rf"^unknown{END}|(?:is|are|remains) unknown{END}",
            r"it is (?:unclear|impossible|not (?:clear|possible)) (?:to (?:say|tell|know|determine)|from)\b",
        ]
    )
    + ")"
)

NEGATIONS = (
    "not", "n't", "no ", "none", "neither", "nothing", "silent", "never", "insufficient", "lack", "un", "impossible"
)  # fmt: skip
TOPICS = (
    "document", "passage", "text", "source", "article", "paragraph", "excerpt", "information", "material", "know", "answer",
    "detail", "data", "evidence", "idea", "clue", "mention", "indicat", "sure", "certain", "determine", "find", "found",
    "tell", "say", "stated", "specified", "provided", "given", "included", "contained", "available", "covered", "disclosed",
    "inferred", "told", "reference", "clear", "impossible", "said",
)  # fmt: skip
"""Every abstention holds one of either."""


UNSURE = re.compile(
    rf"\bi(?: am|'m) not (?:really |entirely |quite )?(?:sure|certain)(?:{END}| (?:{ASKED}|about (?:that|this))\b)"
    # Not understanding the question is a question back.
    r"(?! (?:you|you're|that|this|it|i) (?:\w+ )?(?:mean|means|meant|asking|saying|talking|getting at|understand|follow))"
)
"""A doubt, which is an answer's whole content or only how it begins."""
WHOLE = 120
"""Characters of an answer that says no more than that it is not sure."""


def abstains(answer: str) -> bool:
    """Whether an answer opens by saying that the documents, or the speaker, do not have it.

    "I'm not sure" with an answer after it is modesty: only one that says nothing else counts.
    """
    flat = opening(answer)
    if not holds(flat, NEGATIONS) or not holds(flat, TOPICS):
        return False
    return ABSTAINS.search(flat) is not None or (len(flat) <= WHOLE and UNSURE.search(flat) is not None)
