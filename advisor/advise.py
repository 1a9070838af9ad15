"""Dataset → Advice, and Advice → the JSON that `advise --json` prints and `bench` stores."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from advisor.cost import costs, table
from advisor.decide import decide
from advisor.flips import flips
from advisor.hardware import REFERENCE, Hardware
from advisor.privacy import redact
from advisor.profiling import profile as measure
from advisor.profiling.types import Profile
from advisor.rules import check_all
from advisor.types import SCHEMA_VERSION, AdviceError, Axis, Cost, Dataset, Finding, Recommendation, to_json


@dataclasses.dataclass(frozen=True, slots=True)
class Advice:
    """Everything the advisor has to say about a dataset."""

    dataset: Dataset
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


def advise(
    dataset: Dataset, *, goal: Axis | None = None, model: str | None = None, hardware: Hardware = REFERENCE
) -> Advice:
    """Measure, judge, decide; `hardware` is what the costs are for. AdviceError where the dataset holds no record to judge."""
    if not dataset.records:
        why = f" ({dataset.path}:{dataset.errors[0].row}: {dataset.errors[0].why})" if dataset.errors else ""
        raise AdviceError(f"{dataset.path}: no record could be read{why}; see `advise --help` for the layouts")
    profile = measure(dataset, goal=goal, model=model)
    findings = check_all(profile)
    recommendation = decide(profile, findings, data=dataset.path, flips=flips(profile))
    refused = {u.method for u in recommendation.unacceptable}
    spent, sizes = costs(profile, refused, hardware), table(profile, refused, hardware)
    return Advice(dataset, profile, findings, recommendation, spent, sizes)


def advice_json(advice: Advice) -> dict[str, Any]:
    """The contract of `advise --json`, schema_version 1."""
    data, schema = advice.dataset, advice.dataset.schema
    return {
        "schema_version": SCHEMA_VERSION,
        "data": {
            "path": data.path.encode("utf-8", "replace").decode(),  # a file name may hold bytes that are no text
            "bytes": data.bytes,
            "rows": data.rows,
            "rows_bad": len(data.errors),
            "records": len(data.records),
            "sha256": data.sha256,
            "notes": list(data.notes),
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
