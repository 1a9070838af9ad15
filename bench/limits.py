"""What a reader must know before believing a run, in sentences that the run's own figures decide."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from typing import Any

from bench.track import EMBEDDED, SHOTS, Track, unread
from bench.types import Plan, TaskPlan, TrackPlan
from tasks.types import Item

Json = dict[str, Any]
OFF_BUDGET = 0.15
"""Share by which trials may miss their seconds before it is said."""


def of(plan: Plan, tracks: Mapping[str, Track], parts: Sequence[Json]) -> list[str]:
    """Sentences. `parts`: what each track's units gave, in the order of `plan.tracks`."""
    said = [
        f"Valid for {plan.model} and {plan.budget.text} of training per trial; other sizes and budgets may rank otherwise.",
        _rates_limit(plan),
        *_judge_limits(plan),
    ]
    for planned, part in zip(plan.tracks, parts, strict=True):
        name, track = f"Track {planned.id}:", tracks[planned.id]
        said += [f"{name} {line}" for line in _off_budget(plan, part["ledgers"])]
        few = {m: n for m, n in part["steps"].items() if n < 10}
        said += [f"{name} the budget bought {n} optimizer steps of {m}; too few to judge it." for m, n in few.items()]
        said += [f"{name} {n} training records {why} were not used." for why, n in track.unused.items()]
        said += [f"{name} {line}" for line in _left_out(planned, track)]
        if track.dataset.errors:
            said.append(f"{name} {len(track.dataset.errors)} rows of the file could not be read.")
        if len(planned.arms[-1].seeds) == 1:
            said.append(f"{name} one seed, so nothing is claimed about the methods, only about these adapters.")
    return said


def _left_out(planned: TrackPlan, track: Track) -> list[str]:
    """What the model has no room for."""
    if track.room is None or track.room.positions is None:
        return []
    counts = {
        source: unread(track, source) for source in dict.fromkeys(t.source for t in planned.tasks if not t.harnessed)
    }
    shots = len(track.guide.shots) // 2
    few = f"the prompted arm has {shots} worked examples, not {SHOTS}: the model has room for {track.room.positions:,} tokens."
    return [
        *(
            f"{n} test records of {source} were not asked: with the prompted arm's examples and an answer they take more than "
            f"the {track.room.positions:,} tokens that the model can read."
            for source, n in counts.items()
            if n
        ),
        *([few] if shots < SHOTS else []),
    ]


def of_prompts(planned: TrackPlan, track: Track, chosen: Mapping[TaskPlan, Sequence[Item]]) -> list[str]:
    """Whether test asks more than was trained on."""
    if track.room is None:
        return []
    asked = {(t.source, i.id): i.prompt for t, items in chosen.items() for i in items if i.prompt}
    longer = sum(map(track.room.longer, asked.values()))
    return [
        f"Track {planned.id}: {longer} of {len(asked)} test prompts are longer than any row trained on "
        f"({track.room.row} tokens)."
    ] * bool(longer)


def exactness(certificate: Json) -> list[str]:
    """What a certificate that does not hold means."""
    if certificate["holds"]:
        return []
    if certificate["holds"] is None:
        return ["The fast path was not checked against TRL's own computation (see the certificate)."]
    return [
        "The fast path differs from TRL's own computation by more than the certificate allows: read it before these figures."
    ]


def _rates_limit(plan: Plan) -> str:
    if any(t.source.startswith(EMBEDDED) for t in plan.tracks):
        return (
            "Learning rates are defaults, chosen on the tune part of the embedded data, not searched for in this run."
        )
    return "Learning rates are the methods' defaults, not tuned on this data."


def _judge_limits(plan: Plan) -> list[str]:
    """What holds of any judge, and of one that judges itself."""
    if plan.judge is None:
        return []
    alike = plan.judge.sha256 == plan.model_sha256
    return [
        f"{plan.judge.model} judged answers as a diagnostic; no verdict rests on it. Judges differ between models and runs, and "
        "are swayed by length and wording: read its agreement with the instruments first.",
        *(["The judge is the untrained model itself, which favours answers like its own."] if alike else []),
        "Answer relevancy is not judged: it would need a model of embeddings too.",
    ]


def _off_budget(plan: Plan, ledgers: Mapping[str, Sequence[Json]]) -> list[str]:
    """Arms whose training took clearly more or less time than the budget in seconds."""
    if plan.budget.kind != "seconds":
        return []
    trained = {arm: [e["ledger"]["train_seconds"] for e in many if "ledger" in e] for arm, many in ledgers.items()}
    spent = {arm: statistics.mean(seconds) for arm, seconds in trained.items() if seconds}
    return [
        f"{arm} trained {seconds:.0f} s a trial where {plan.budget.text} were meant: the pilot misjudged this machine."
        for arm, seconds in spent.items()
        if abs(seconds / plan.budget.amount - 1) > OFF_BUDGET
    ]
