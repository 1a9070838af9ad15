"""Profile and findings → Recommendation, by arithmetic one can redo by hand.

score(method) = PRIOR[method] + the sum of the findings' effects on it; methods the data cannot serve are ruled out
first; methods that no rule speaks of are left out. The first of the ranking is the advice.

confidence = lead · agreement · evidence · size · order, each 0 to 1:
  lead       ½ + the distance to the second method, full at 0.5 points
  agreement  share of the effects on the first method that speak for it
  evidence   mean grade of the best source behind each of those effects (GRADES), weighted by their size
  size       n / (n + 50) for n records
  order      share of rows read × share of them that the main layout explains
It is uncalibrated: it orders cases, and becomes a probability only when the advice is backtested.
"""

from __future__ import annotations

import math
import shlex
from collections.abc import Sequence

from advisor.profiling.types import Profile
from advisor.types import METHODS, Finding, Flip, Method, Ranked, Recommendation, Unacceptable

PRIOR: dict[Method, float] = {"sft": 0.1, "rlhf": -0.2, "grpo": -0.1}
"""SFT is cheapest and safest to try, RLHF and GRPO need a reward and generation; 0 for the rest."""
GRADES = {"paper": 0.95, "code": 0.95, "abstract": 0.85, "second-hand": 0.65}
UNSOURCED = 0.5
HALF_SIZE = 50
FULL_LEAD = 0.5

PAIRED: tuple[Method, ...] = ("dpo", "sft_dpo", "orpo", "simpo", "rlhf")
TRAINED: tuple[Method, ...] = ("sft", "dpo", "sft_dpo", "kto", "orpo", "simpo", "rlhf", "grpo", "cpt")
BENCHED: tuple[Method, ...] = ("sft", "dpo")
"""What the bench can train, in the order of its command line; a method joins when bench/methods has its file."""


def decide(
    profile: Profile, findings: Sequence[Finding], *, data: str = "DATA", flips: Sequence[Flip] = ()
) -> Recommendation:
    """Rank the methods; `data` is the path to name in the next command, `flips` what advisor.flips computed."""
    refused = unacceptable(profile)
    ranked = ranking(findings, {u.method for u in refused})
    first = ranked[0].method
    trained = next((r.method for r in ranked if r.method in TRAINED), None)
    return Recommendation(
        method=first,
        confidence=confidence(profile, findings, ranked),
        ranking=ranked,
        after_fix=trained if first == "fix_data" else None,
        unacceptable=refused,
        flips=tuple(flips),
        next=commands(profile, ranked, data),
    )


def ranking(findings: Sequence[Finding], refused: set[Method]) -> tuple[Ranked, ...]:
    """Methods that some rule speaks of, best first; ties go to the order of METHODS, SFT first."""
    ranked = []
    for method in METHODS:
        felt = sorted((f for f in findings if f.effects.get(method)), key=lambda f: -abs(f.effects[method]))
        if felt and method not in refused:
            score = PRIOR.get(method, 0.0) + sum(f.effects[method] for f in felt)
            ranked.append(Ranked(method, round(score, 4), tuple(f.rule for f in felt)))
    ranked.sort(key=lambda r: -r.score)
    return tuple(ranked) or (Ranked("none", 0.0, ()),)


def unacceptable(profile: Profile) -> tuple[Unacceptable, ...]:
    """Methods that lack what they need, each with the reason."""
    paired, labelled = profile.pairs is not None, profile.labels is not None
    grounded = profile.supervision == "gold" and profile.grounding is not None
    answered = profile.lengths["answer"].n > 0 and profile.supervision not in ("text", "prompts", "eval")
    why: dict[Method, str] = {}
    if not answered:
        why["sft"] = "needs prompts with answers to imitate"
    for method in PAIRED:
        if not paired and not (grounded and method in ("dpo", "sft_dpo")):
            why[method] = "needs two answers to a prompt, one preferred; the records hold at most one"
    if not (paired or labelled):
        why["kto"] = "needs answers labelled good or bad"
    if paired or not answered or profile.answers.verifiable.share.value < 0.5:
        why["grpo"] = "needs answers a program can check, or a reward"
    if profile.supervision != "text":
        why["cpt"] = "needs raw documents; records of prompts and answers are better used by the other methods"
    return tuple(Unacceptable(m, why[m]) for m in METHODS if m in why)


def confidence(profile: Profile, findings: Sequence[Finding], ranked: Sequence[Ranked]) -> float:
    """The product the module's docstring states, within 0.05 and 0.95."""
    first = ranked[0]
    felt = [(f.effects[first.method], grade(f)) for f in findings if f.effects.get(first.method)]
    mass = sum(abs(e) for e, _ in felt)
    if not mass:
        return 0.05
    gap = first.score - ranked[1].score if len(ranked) > 1 else FULL_LEAD
    lead = 0.5 + 0.5 * min(1.0, gap / FULL_LEAD)
    agreement = sum(e for e, _ in felt if e > 0) / mass
    evidence = sum(abs(e) * g for e, g in felt) / mass
    size = profile.records / (profile.records + HALF_SIZE)
    order = (1 - profile.bad.share.value) * profile.schema_share
    return round(min(0.95, max(0.05, math.prod((lead, agreement, evidence, size, order)))), 3)


def grade(finding: Finding) -> float:
    """How well the best source behind a finding was read."""
    return max((GRADES.get(s.checked, UNSOURCED) for s in finding.sources), default=UNSOURCED)


def commands(profile: Profile, ranked: Sequence[Ranked], data: str) -> tuple[str, ...]:
    """The bench run that would test the advice; none where the bench can train nothing on the data."""
    methods = [m for m in BENCHED if m in {r.method for r in ranked}]
    if not methods:
        return ()
    model = f" --model {shlex.quote(profile.model.name)}" if profile.model else ""
    return (f"bench run --data {shlex.quote(data)} --methods {','.join(methods)}{model}",)
