"""File or Dataset → Advice, and Advice → the JSON that `advise --json` prints and `bench` stores."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from advisor.cost import costs, table
from advisor.decide import decide
from advisor.flips import flips
from advisor.hardware import REFERENCE, Hardware
from advisor.overview import Overview, of_dataset, place
from advisor.privacy import redact
from advisor.profiling import Profiler, profiled
from advisor.profiling.types import Profile
from advisor.rules import check_all
from advisor.survey import survey
from advisor.types import SCHEMA_VERSION, AdviceError, Axis, Cost, Dataset, Finding, Recommendation, Record, to_json

BAD_ROWS = 10
"""Bad rows that the JSON names; it counts them all."""


@dataclasses.dataclass(frozen=True, slots=True)
class Advice:
    """Everything the advisor has to say about a dataset."""

    overview: Overview
    """What was read."""
    profile: Profile
    """What was measured."""
    findings: tuple[Finding, ...]
    """What the rules saw, blocks first."""
    recommendation: Recommendation
    """What to do."""
    cost: Mapping[str, Cost]
    """Method that the data can serve → what an epoch takes."""
    cost_table: Mapping[str, Mapping[str, Cost]]
    """Size of model → the same; empty where the model was named."""
    excerpts: Mapping[int, Record]
    """Row → its record, of those that the costly measures looked at."""


def advise_file(
    path: str,
    mapping: Mapping[str, str] | None = None,
    *,
    goal: Axis | None = None,
    model: str | None = None,
    hardware: Hardware = REFERENCE,
) -> Advice:
    """Read, measure, judge, decide, in memory that does not grow with the data. AdviceError as `load` raises it."""
    seen = survey(path, mapping)
    return _advice(seen.overview, seen.profiler, goal, model, hardware)


def advise(
    dataset: Dataset, *, goal: Axis | None = None, model: str | None = None, hardware: Hardware = REFERENCE
) -> Advice:
    """The same of a dataset in memory; `hardware` is what the costs are for. AdviceError where it holds no record to judge."""
    if not dataset.records:
        why = f" ({dataset.path}:{dataset.errors[0].row}: {dataset.errors[0].why})" if dataset.errors else ""
        raise AdviceError(f"{dataset.path}: no record could be read{why}; see `advise --help` for the layouts")
    return _advice(of_dataset(dataset), profiled(dataset.records), goal, model, hardware)


def _advice(read: Overview, profiler: Profiler, goal: Axis | None, model: str | None, hardware: Hardware) -> Advice:
    profile = profiler.result(read, goal=goal, model=model)
    findings = check_all(profile)
    # A command with a part of the name taken out would not run; without the name one sees that it is to be filled in.
    data = read.path if redact(read.path) == read.path else "DATA"
    recommendation = decide(profile, findings, data=data, flips=flips(profile))
    refused = {u.method for u in recommendation.unacceptable}
    spent, sizes = costs(profile, refused, hardware), table(profile, refused, hardware)
    return Advice(read, profile, findings, recommendation, spent, sizes, profiler.drawn())


def advice_json(advice: Advice) -> dict[str, Any]:
    """The contract of `advise --json`, schema_version 1."""
    data, schema = advice.overview, advice.overview.schema
    return {
        "schema_version": SCHEMA_VERSION,
        "data": {
            "path": _text(data.path),
            "bytes": data.bytes,
            "rows": data.rows,
            "rows_bad": data.bad,
            "bad_rows": [
                {"row": e.row, "at": _text(place(data, e.row)), "why": redact(e.why)} for e in data.errors[:BAD_ROWS]
            ],
            "bad_reasons": redacted(dict(data.reasons)),
            "records": data.records,
            "sha256": data.sha256,
            "notes": redacted(list(data.notes)),
            "languages": to_json(advice.profile.languages),
        },
        "schema": to_json(schema) | {"others": [{"name": name, "share": share} for name, share in schema.others]},
        "axes": [{"name": name, "share": share} for name, share in advice.profile.axes.items()],
        "recommendation": to_json(advice.recommendation),
        "findings": [told(finding) for finding in advice.findings],
        "profile": redacted(to_json(advice.profile)),
        "cost": to_json(advice.cost),
        "cost_table": to_json(advice.cost_table),
    }


def _text(path: str) -> str:
    """A file's name, which may hold bytes that are no text, or whom it is about."""
    return redact(path.encode("utf-8", "replace").decode())


def told(finding: Finding) -> dict[str, Any]:
    """A finding with all that may come from the data redacted; its sources are ours, and their ids look like numbers."""
    return {**redacted(to_json(finding) | {"sources": []}), "sources": to_json(finding.sources)}


def redacted(value: Any) -> Any:
    """Plain dicts and lists with every text in them redacted, keys too."""
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, list):
        return [redacted(item) for item in value]
    return {redact(key): redacted(item) for key, item in value.items()} if isinstance(value, dict) else value
