"""A plan as JSON and back: `plan.json` of a run folder."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from bench.types import ArmPlan, Budget, Derived, Harnessed, JudgePlan, Metric, Plan, TaskPlan, TrackPlan


def to_json(plan: Plan) -> dict[str, Any]:
    """Plain dicts and lists."""
    return {"schema_version": 1, **dataclasses.asdict(plan)}


def from_json(value: Mapping[str, Any]) -> Plan:
    """The plan of a run folder."""
    fields = {"attention": "eager"} | {k: v for k, v in value.items() if k != "schema_version"}  # older ones do not say
    fields["budget"] = Budget(**value["budget"])
    fields["derived"] = tuple(Derived(**d) for d in value["derived"])
    fields["tracks"] = tuple(
        TrackPlan(
            t["id"],
            t["source"],
            t["sha256"],
            tuple(ArmPlan(a["id"], a["method"], tuple(a["seeds"])) for a in t["arms"]),
            tuple(_task_from_json(k) for k in t["tasks"]),
        )
        for t in value["tracks"]
    )
    fields["judge"] = JudgePlan(**value["judge"]) if value.get("judge") else None
    return Plan(**fields)


def _task_from_json(value: Mapping[str, Any]) -> TaskPlan:
    found = value.get("harnessed")
    if found is None:
        return TaskPlan(**value)
    harnessed = Harnessed(**{**found, "metrics": tuple(Metric(**m) for m in found["metrics"])})
    return TaskPlan(**{**value, "harnessed": harnessed})
