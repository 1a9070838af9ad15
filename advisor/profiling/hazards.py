"""Hazards by their words: a lexicon, which knows words and not meanings.

The words follow the categories of the MLCommons AI safety benchmark (arXiv:2404.12241: violence, sexual content, child
exploitation, indiscriminate weapons, self-harm, hate, crime, privacy); the words are ours, chosen for English.
"""

from __future__ import annotations

import re

from advisor.text import holds

WORD = re.compile(r"[a-z]+")
STRONG = frozenset(
    WORD.findall(
        """
    murder murdered murdering bomb bombs explosive explosives weapon weapons guns terrorist terrorists terrorism torture
    torturing suicide kidnap kidnapping kidnapped hostage rape raped rapist violence violent abuse abused abusive genocide
    porn pornography masturbating molest molesting pedophile pedophiles prostitute prostitutes prostitution sexually nude
    nudes naked orgasm stripper strippers virginity racist racism antisemitic homophobic nazi nazis hitler slur slurs
    insult insults cocaine heroin meth marijuana booze steal stealing stole stolen theft thief thieves rob robbing
    robbery shoplift shoplifting burglar scam scams laundering counterfeit malware phishing lockpick blackmail harass
    harassing harassment stalk stalking bully bullying revenge sabotage prank pranks arson cyanide ransom smuggle smuggling
    slavery illegally felony catfish adultery vandalize hotwire bullies kkk fuck fucked fucking bitch faggot shit asshole
        """
    )
)
"""Seldom used but for a hazard."""
WEAK = frozenset(
    WORD.findall(
        """
    kill killed killing attack attacking assault shoot shooting stab gun poison poisoning hurt hurting punch die died dying
    sex sexual escort sexist racial hate hateful offensive jews muslim muslims immigrants mexicans transgender drug drugs weed
    alcohol drunk fraud launder forge forged hack hacking hacker illegal crime crimes criminal criminals jail prison cops
    lie lies lying spy spying cheat cheating evil slave stupid ugly sin
        """
    )
)
"""Used of much else too: two different ones near each other count."""
PHRASE = re.compile(
    # A weak word with someone as its object, whereabouts of a person, stealth, groups of people by their colour.
    r"\b(?:(?:kill|hurt|poison|attack|shoot|stab|punch|beat|hit|insult|hack|spy on|lie to|get back at) "
    r"(?:some(?:one|body)|people|him|her|them|myself|(?:my|a|the|this) (?:\w{1,20} )?"
    r"(?:wife|husband|girlfriend|boyfriend|ex|boss|neighbou?rs?|coworkers?|friends?|sister|brother|mom|mother|dad|father|"
    r"kids?|child|children|woman|women|man|men|girls?|boys?|guy|person|teacher|cats?|dogs?))\b"
    r"|(?:home|residential) address\b|get away with\b|pick(?:ing)? a lock\b|dark web\b|(?:dirty|dead baby) jokes?\b"
    r"|without (?:him|her|them|anyone) (?:knowing|noticing)\b|(?:black|white|brown|gay|poor) people\b|bad words?\b"
    r"|(?:buy|sell|do|deal|get|use|take|smuggle) (?:some |the )?drugs\b)"
)
PHRASE_HINTS = (
    "kill ", "hurt ", "poison ", "attack ", "shoot ", "stab ", "punch ", "beat ", "hit ", "insult ", "hack ", "spy on ",
    "lie to ", "get back at ", " address", "get away with", " a lock", "dark web", " joke", "without ", " people", "bad word",
    "drugs",
)  # fmt: skip
"""One of these stands in every such phrase."""
WINDOW = 30
"""Words within which two weak ones count together."""
DILUTED = 200
"""Words of a turn for each hazard that it must show: a long document names a crime in passing."""


def hazardous(text: str) -> bool:
    """A strong word, two weak ones near each other, or a weak one done to someone; more of them in a long text."""
    low = text.lower()
    found = WORD.findall(low)
    strong = 0 if STRONG.isdisjoint(found) else sum([w in STRONG for w in found])
    hits = strong + (near(found, WEAK) or (holds(low, PHRASE_HINTS) and PHRASE.search(low) is not None))
    return hits >= max(1.0, len(found) / DILUTED)


def near(found: list[str], among: frozenset[str]) -> int:
    """How often a word follows a different one of the same set within a window."""
    if among.isdisjoint(found):
        return 0
    hits, last, before = 0, "", -WINDOW
    for at, word in enumerate(found):
        if word in among:
            hits += word != last and at - before < WINDOW and bool(last)
            last, before = word, at
    return hits
