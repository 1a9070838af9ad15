"""Profile and findings → Recommendation, by arithmetic one can redo by hand.

score(method) = PRIOR[method] + the sum of the findings' effects on it; methods the data cannot serve are ruled out
first; methods that no rule speaks of are left out. The first of the ranking is the advice.

Where a finding blocks, repairing the data or leaving training be comes first whatever the scores say; where the two
leading methods of training lie within EQUAL, the advice is either of them, and the cheaper is to be taken.

confidence = lead · agreement · evidence · size · order, each 0 to 1:
  lead       ½ + the distance to the second method, full at 0.5 points
  agreement  share of the effects on the first method that speak for it
  evidence   mean grade of the best source for each of those effects (GRADES), weighted by their size; a source counts
             for the effects it is evidence for, not for all that its finding says
  size       n / (n + 50) for n records; 1 where their fewness is what speaks for the first method
  order      share of rows read × share of them that the main layout explains
It is uncalibrated: it orders cases, and becomes a probability only when the advice is backtested.
"""

from __future__ import annotations

import math
import shlex
from collections.abc import Sequence

from advisor.profiling.types import Profile
from advisor.standing import answered, mostly_grounded, mostly_paired, speaks_for_file
from advisor.types import METHODS, Finding, Flip, Method, Ranked, Recommendation, Source, Supervision, Unacceptable

PRIOR: dict[Method, float] = {"sft": 0.1, "rlhf": -0.2, "grpo": -0.1}
"""SFT is cheapest and safest to try, RLHF and GRPO need a reward and generation; 0 for the rest."""
GRADES = {"paper": 0.95, "code": 0.95, "abstract": 0.85, "second-hand": 0.65}
UNSOURCED = 0.5
HALF_SIZE = 50
FEW = "too_few_records"
"""The rule that fewness itself makes sure of."""
FULL_LEAD = 0.5
EQUAL = 0.03
"""Ours: a gap this small is less than any one of the effects that make it."""

CHECKABLE = 0.5
"""Ours: share of answers a program can check from which a reward can be computed."""

PAIRED: tuple[Method, ...] = ("dpo", "sft_dpo", "orpo", "simpo", "rlhf")
TRAINED: tuple[Method, ...] = ("sft", "dpo", "sft_dpo", "kto", "orpo", "simpo", "rlhf", "grpo", "cpt")
REPAIRED: dict[Supervision, Method] = {
    "prompts": "sft", "ranked": "dpo", "text": "cpt", "mixed": "sft", "gold": "sft", "pairs": "dpo", "unpaired": "kto",
}  # fmt: skip
"""What the data would serve once what it lacks is there, where it serves no method as it is."""
BENCHED: tuple[Method, ...] = ("sft", "dpo", "sft_dpo")
"""What the bench can train, in the order of its command line; a method joins when bench/methods has its file."""


def decide(
    profile: Profile, findings: Sequence[Finding], *, data: str = "DATA", flips: Sequence[Flip] = ()
) -> Recommendation:
    """Rank the methods; `data` is the path to name in the next command, `flips` what advisor.flips computed."""
    refused = unacceptable(profile)
    ranked = ranking(findings, {u.method for u in refused})
    first = ranked[0].method
    return Recommendation(
        method=first,
        confidence=confidence(profile, findings, ranked),
        ranking=ranked,
        after_fix=after_fix(profile, ranked) if first == "fix_data" else None,
        unacceptable=refused,
        flips=tuple(flips),
        next=commands(profile, ranked, data),
    )


def ranking(findings: Sequence[Finding], refused: set[Method]) -> tuple[Ranked, ...]:
    """Methods that some rule speaks of, best first; ties go to the order of METHODS, SFT first."""
    ranked, blocks = scored(findings, refused), tuple(f.rule for f in findings if f.severity == "block")
    if blocks:
        repaired = [r for r in ranked if r.method not in TRAINED] or [Ranked("fix_data", 0.0, blocks)]
        return (*repaired, *(r for r in ranked if r.method in TRAINED))
    return either(ranked) or (Ranked("none", 0.0, ()),)


def scored(findings: Sequence[Finding], refused: set[Method]) -> tuple[Ranked, ...]:
    """The methods by score alone."""
    ranked = []
    for method in METHODS:
        felt = sorted((f for f in findings if f.effects.get(method)), key=lambda f: -abs(f.effects[method]))
        if felt and method not in refused:
            score = PRIOR.get(method, 0.0) + sum(f.effects[method] for f in felt)
            ranked.append(Ranked(method, round(score, 4), tuple(f.rule for f in felt)))
    return tuple(sorted(ranked, key=lambda r: -r.score))


def either(ranked: tuple[Ranked, ...]) -> tuple[Ranked, ...]:
    """The ranking, led by `either` where its first two are methods of training with nothing to choose between them."""
    if len(ranked) < 2 or not {ranked[0].method, ranked[1].method} <= set(TRAINED):
        return ranked
    if ranked[0].score - ranked[1].score >= EQUAL:
        return ranked
    because = tuple(dict.fromkeys((*ranked[0].because, *ranked[1].because)))
    return (Ranked("either", ranked[0].score, because), *ranked)


def after_fix(profile: Profile, ranked: Sequence[Ranked]) -> Method | None:
    """What to train with once the data is repaired; None for an evaluation set, which is not for training."""
    if "candidates" in profile.layouts:
        return "dpo"  # several answers to a prompt need no more than a preference
    servable = next((r.method for r in ranked if r.method in TRAINED), None)
    return servable or REPAIRED.get(profile.supervision)


def unacceptable(profile: Profile) -> tuple[Unacceptable, ...]:
    """Methods that lack what they need, each with the reason."""
    paired, labelled = speaks_for_file(profile.pairs, profile), speaks_for_file(profile.labels, profile)
    grounded = profile.supervision == "gold" and mostly_grounded(profile)
    targets = answered(profile) > 0 and profile.supervision not in ("text", "prompts", "eval")
    checkable = targets and not mostly_paired(profile) and profile.answers.verifiable.share.value >= CHECKABLE
    why: dict[Method, str] = {}
    if not targets:
        why["sft"] = "needs prompts with answers to imitate"
    for method in PAIRED:
        if not paired and not (grounded and method in ("dpo", "sft_dpo")):
            why[method] = "needs two answers to a prompt, one preferred; nearly all records hold at most one"
    if not (paired or labelled):
        why["kto"] = "needs answers labelled good or bad"
    if not checkable and not (profile.supervision == "prompts" and profile.keyed.share.value >= CHECKABLE):
        why["grpo"] = "needs answers a program can check, or a reward"
    if profile.supervision != "text":
        why["cpt"] = "needs raw documents; records of prompts and answers are better used by the other methods"
    return tuple(Unacceptable(m, why[m]) for m in METHODS if m in why)


def confidence(profile: Profile, findings: Sequence[Finding], ranked: Sequence[Ranked]) -> float:
    """The product the module's docstring states, within 0.05 and 0.95."""
    first = ranked[0]
    method = ranked[1].method if first.method == "either" and len(ranked) > 1 else first.method
    felt = [(f.effects[method], grade(f, method)) for f in findings if f.effects.get(method)]
    mass = sum(abs(e) for e, _ in felt)
    if not mass:
        return 0.05
    gap = first.score - ranked[1].score if len(ranked) > 1 else FULL_LEAD
    lead = 0.5 + 0.5 * min(1.0, max(0.0, gap) / FULL_LEAD)
    agreement = sum(e for e, _ in felt if e > 0) / mass
    evidence = sum(abs(e) * g for e, g in felt) / mass
    few = any(f.rule == FEW and f.severity == "block" and f.effects.get(method, 0.0) > 0 for f in findings)
    size = 1.0 if few else profile.records / (profile.records + HALF_SIZE)
    order = (1 - profile.bad.share.value) * profile.schema_share
    return round(min(0.95, max(0.05, math.prod((lead, agreement, evidence, size, order)))), 3)


def grade(finding: Finding, method: Method) -> float:
    """How well the best source was read that is evidence for the finding's effect on the method."""
    grades = (GRADES.get(s.checked, UNSOURCED) for s in finding.sources if supports(s, finding, method))
    return max(grades, default=UNSOURCED)


def supports(source: Source, finding: Finding, method: Method) -> bool:
    """Whether a source is evidence for the sign of a finding's effect on a method."""
    return source.supports.get(method, 0) * finding.effects.get(method, 0) > 0


def commands(profile: Profile, ranked: Sequence[Ranked], data: str) -> tuple[str, ...]:
    """The bench run that compares what the bench can train; none where it can train nothing on the data as it is."""
    if ranked[0].method in ("fix_data", "none") or speaks_for_file(profile.labels, profile):
        return ()
    able = {r.method for r in ranked}
    # SFT and then DPO costs another arm, so it is compared only where it is what the advice says.
    methods = [m for m in BENCHED if m in able and m in ("sft", "dpo", ranked[0].method)]
    if not methods:
        return ()
    model = f" --model {shlex.quote(profile.model.name)}" if profile.model else ""
    return (f"bench run --data {shlex.quote(data)} --methods {','.join(methods)}{model}",)
