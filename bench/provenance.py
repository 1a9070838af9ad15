"""Where a result comes from: model, versions, hardware, command."""

from __future__ import annotations

import importlib.metadata
import os
import platform
from pathlib import Path
from typing import Any

from bench.types import Plan

Json = dict[str, Any]
_PACKAGES = ("torch", "transformers", "trl", "peft", "datasets", "accelerate", "tune-advisor")


def of(plan: Plan) -> Json:
    """The `provenance` of result.json."""
    return {
        "model": plan.model,
        "model_sha256": plan.model_sha256,
        "versions": {"python": platform.python_version(), **{w: importlib.metadata.version(w) for w in _PACKAGES}},
        "hardware": _hardware(),
        "command": plan.command,
        "code_version": plan.code[:16],
    }


def _hardware() -> Json:
    import torch

    cpu = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [
            line.split(":", 1)[1].strip() for line in info.read_text().splitlines() if line.startswith("model name")
        ]
        cpu = names[0] if names else cpu
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9 if hasattr(os, "sysconf") else None
    gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else None
    return {"cpu": cpu, "cores": os.cpu_count(), "memory_gb": memory and round(memory, 1), "gpu": gpu}
