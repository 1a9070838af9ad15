"""Where a result comes from: model, versions, hardware, command."""

from __future__ import annotations

import importlib.metadata
import platform
from typing import Any

from bench import machine
from bench.types import Plan

Json = dict[str, Any]
_PACKAGES = ("torch", "transformers", "trl", "peft", "datasets", "accelerate", "tune-advisor")


def of(plan: Plan) -> Json:
    """The `provenance` of result.json."""
    return {
        "model": plan.model,
        "model_sha256": plan.model_sha256,
        "versions": versions(),
        "hardware": machine.hardware(),
        "command": plan.command,
        "code_version": plan.code[:16],
    }


def versions() -> dict[str, str]:
    """Of Python and what computes."""
    return {"python": platform.python_version(), **{w: importlib.metadata.version(w) for w in _PACKAGES}}
