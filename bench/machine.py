"""The machine as a bench finds it: what it is, and what about it will make a run slow."""

from __future__ import annotations

import os
import platform
import shutil
from pathlib import Path
from typing import Any

Json = dict[str, Any]
BUSY = 0.3
"""Share of the cores that others may use before it is said."""
ROOM_GB = 5.0
"""Free disk that a run's adapters and a default model fit in with ease."""


def hardware() -> Json:
    """Processor, cores that this process may use, how it multiplies bfloat16, memory in GB (10⁹ bytes), GPU."""
    import torch

    info = _cpuinfo()
    flags = set(info.get("flags", info.get("Features", "")).split())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9 if hasattr(os, "sysconf") else None
    return {
        "cpu": info.get("model name") or platform.processor() or platform.machine(),
        "cores": cores(),
        "bfloat16": next((name for name in ("amx_bf16", "avx512_bf16", "bf16") if name in flags), None),
        "memory_gb": memory and round(memory, 1),
        "gpu": torch.cuda.get_device_name() if torch.cuda.is_available() else None,
    }


def numerics() -> list[Any]:
    """What of a machine decides how sums are rounded: the processor or GPU, and among how many threads they are divided."""
    import torch

    found = hardware()
    return [found["cpu"], found["bfloat16"], torch.get_num_threads(), found["gpu"]]


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def slow(found: Json, folder: Path) -> list[str]:
    """What will make this machine slow, each with what to do about it. `folder`: where runs are written."""
    import torch

    said = []
    if found["gpu"] is None and found["bfloat16"] is None:
        said.append(
            "no bfloat16 in this processor: weights stay float32, several times slower; use a newer one or a GPU"
        )
    if found["gpu"] and not torch.cuda.is_bf16_supported():
        said.append("this GPU has no bfloat16: weights stay float32")
    if found["gpu"] is None and torch.get_num_threads() < found["cores"]:
        said.append(
            f"torch uses {torch.get_num_threads()} of {found['cores']} cores: set OMP_NUM_THREADS={found['cores']}"
        )
    quota = _quota()
    if quota and quota < found["cores"]:
        said.append(
            f"a container limit gives {quota:g} of {found['cores']} cores: raise it, or set OMP_NUM_THREADS to it"
        )
    if (busy := _others()) and busy > BUSY * found["cores"]:
        said.append(
            f"other programs keep {busy:.1f} of {found['cores']} cores busy: stop them, timings will be theirs too"
        )
    free = shutil.disk_usage(folder).free / 1e9
    if free < ROOM_GB:
        said.append(f"{folder.resolve()}: {free:.1f} GB free; a run and the default model need up to {ROOM_GB:g}")
    return said


def available_gb() -> float | None:
    """Memory that can be had without swapping; None where the system does not say."""
    path = Path("/proc/meminfo")
    lines = path.read_text().splitlines() if path.exists() else []
    found = next((line for line in lines if line.startswith("MemAvailable:")), None)
    return int(found.split()[1]) * 1024 / 1e9 if found else None


def _cpuinfo() -> dict[str, str]:
    path = Path("/proc/cpuinfo")
    lines = path.read_text().partition("\n\n")[0].splitlines() if path.exists() else []
    return {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in lines)}


def _quota() -> float | None:
    """Cores that a control group allows; None without such a limit."""
    path = Path("/sys/fs/cgroup/cpu.max")
    words = path.read_text().split() if path.exists() else []
    return int(words[0]) / int(words[1]) if len(words) == 2 and words[0] != "max" else None


def _others() -> float | None:
    """Cores in use over the last minute."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else None
