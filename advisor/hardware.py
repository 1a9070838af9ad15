"""What trains: accelerators by name, from their vendors' data sheets, and this machine as it describes itself.

Peaks are dense (data sheets of NVIDIA's since Ampere print twice that, with 2:4 sparsity) in bf16 with fp32
accumulation; fp16 where the chip has no bf16. Memory is the vendor's figure read as 10^9 bytes: most cards have 5 to
7 % more, which is left to the context and to fragmentation. Apple publishes no matrix rate for its chips: not listed.
"""

from __future__ import annotations

import dataclasses
import os
import re
from pathlib import Path


@dataclasses.dataclass(frozen=True, slots=True)
class Hardware:
    """One device to train on."""

    name: str
    """As it is printed: `A100-80GB`."""
    memory_gb: float
    """Memory, 10^9 bytes."""
    flops: float
    """Peak FLOP/s of dense matrix products."""
    bandwidth: float
    """Memory bandwidth, bytes a second."""
    source: str
    """Where the figures come from."""
    assumes: tuple[str, ...] = ()
    """What is not as one would expect."""


_NO_BF16 = ("no bf16 on this chip: its fp16 rate is used, and training needs a loss scaler (fp16=True)",)
_FP32 = ", tensor rate with fp32 accumulation"

GPUS = (
    Hardware("T4", 16, 65e12, 300e9, "NVIDIA T4 data sheet", _NO_BF16),
    Hardware("V100-16GB", 16, 125e12, 900e9, "NVIDIA V100 data sheet (SXM2)", _NO_BF16),
    Hardware("V100-32GB", 32, 125e12, 900e9, "NVIDIA V100 data sheet (SXM2)", _NO_BF16),
    Hardware("A10", 24, 125e12, 600e9, "NVIDIA A10 data sheet"),
    Hardware("A10G", 24, 70e12, 600e9, "NVIDIA A10G data sheet (AWS)"),
    Hardware("L4", 24, 121e12, 300e9, "NVIDIA L4 data sheet"),
    Hardware("L40S", 48, 362e12, 864e9, "NVIDIA L40S data sheet"),
    Hardware("A40", 48, 149.7e12, 696e9, "NVIDIA A40 data sheet"),
    Hardware("RTX-3090", 24, 71e12, 936e9, f"NVIDIA GA102 whitepaper{_FP32}"),
    Hardware("RTX-4090", 24, 165.2e12, 1008e9, f"NVIDIA Ada whitepaper{_FP32}"),
    Hardware("RTX-5090", 32, 209.5e12, 1792e9, f"NVIDIA RTX Blackwell whitepaper{_FP32}"),
    Hardware("A100-80GB", 80, 312e12, 2039e9, "NVIDIA A100 data sheet (SXM)"),
    Hardware("A100-40GB", 40, 312e12, 1555e9, "NVIDIA A100 data sheet (SXM)"),
    Hardware("H100", 80, 989.5e12, 3350e9, "NVIDIA H100 data sheet (SXM)"),
    Hardware("H100-PCIe", 80, 756.5e12, 2000e9, "NVIDIA H100 data sheet (PCIe)"),
    Hardware("H200", 141, 989.5e12, 4800e9, "NVIDIA H200 data sheet (SXM)"),
    Hardware("B200", 180, 2250e12, 8000e9, "NVIDIA DGX B200 data sheet, an eighth of it"),
    Hardware("MI300X", 192, 1307.4e12, 5300e9, "AMD Instinct MI300X data sheet"),
)
"""Where a name without its memory is ambiguous (`a100`), the first is meant."""
REFERENCE = next(gpu for gpu in GPUS if gpu.name == "A100-80GB")
"""What is costed where nobody says on what the training will run."""

CORE_FLOPS = 2 * 8 * 2 * 2.5e9
"""A CPU core with AVX2: two units × eight fp32 lanes × multiply and add × 2.5 GHz."""
CHANNEL = 25.6e9
"""One channel of DDR4-3200: 3.2e9 transfers of eight bytes."""

_WORDS = re.compile(r"[a-z0-9]+")
_NOISE = re.compile(r"nvidia|geforce|tesla|amd|instinct|gpu|tensor|core|rtx|oam|gi?b|hbm\d\w?|sxm\d?")
_MEMORY = re.compile(r"(\d{2,3})(?:g|gb|gib)?")
_ASKED = ("nvidia-smi", "--query-gpu=name,memory.total", "--format=csv,noheader,nounits")
_PATIENCE = 5
"""Seconds that nvidia-smi may take: a driver without its daemon needs a while to start."""


def find(name: str) -> Hardware | None:
    """The GPU that a name means, written as people and drivers do (`a100`, `NVIDIA A100-SXM4-80GB`, `rtx4090`), or None."""
    chip, memory = _parts(name)
    for wanted in (chip, chip.removesuffix("pcie")):
        same = [gpu for gpu in GPUS if _parts(gpu.name)[0] == wanted]
        fitting = [gpu for gpu in same if memory in (None, gpu.memory_gb)] or (same if len(same) == 1 else [])
        if fitting:
            return fitting[0]
    return None


def _parts(name: str) -> tuple[str, float | None]:
    """(the chip's name alone, the memory in GB that the name gives): `RTX 4090` → `4090`, `A100-80GB` → `a100`, 80."""
    words = [word for word in _WORDS.findall(name.lower()) if not _NOISE.fullmatch(word)]
    memory = [int(found[1]) for word in words if (found := _MEMORY.fullmatch(word))]
    chip = "".join(word.removeprefix("rtx") for word in words if not _MEMORY.fullmatch(word))
    return chip, memory[0] if memory else None


def this_machine() -> Hardware:
    """The first NVIDIA GPU of this machine, else its processor. Asks nvidia-smi where there is one."""
    return _gpu(_smi()) or _processor()


def _smi() -> str:
    """nvidia-smi's line about the first GPU, `name, MiB`; empty where there is none, or none that answers."""
    import shutil
    import subprocess

    program = shutil.which(_ASKED[0])
    if program is None:
        return ""
    try:
        done = subprocess.run(  # noqa: S603  # fixed arguments
            (program, *_ASKED[1:]), capture_output=True, text=True, errors="replace", timeout=_PATIENCE, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return ""  # a driver that is broken or absent: there is no GPU to train on
    return done.stdout.partition("\n")[0]


def _gpu(line: str) -> Hardware | None:
    """`NVIDIA L4, 23034` as a device: memory as the driver gives it, rates from the table where the chip is in it."""
    name, _, memory = line.rpartition(",")
    if not name or not memory.strip().isdigit():
        return None
    known, gb = find(name), round(int(memory) * 2**20 / 1e9, 1)
    if known:
        return dataclasses.replace(known, memory_gb=gb, assumes=("this machine's GPU", *known.assumes))
    doubt = f"{name.strip()} is not in our table of GPUs: its time is that of an {REFERENCE.name}"
    return dataclasses.replace(REFERENCE, name=name.strip(), memory_gb=gb, source="nvidia-smi", assumes=(doubt,))


def _processor() -> Hardware:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    assumes = (
        f"no GPU found here: {CORE_FLOPS / 1e9:.0f} GFLOP/s a core are assumed, not measured (bench measures); "
        "--gpu NAME costs a GPU",
    )
    name = f"this CPU ({cores} core{'s' * (cores != 1)})"
    return Hardware(name, _memory_gb(), cores * CORE_FLOPS, CHANNEL, "AVX2 at 2.5 GHz", assumes)


def _memory_gb() -> float:
    """Memory of this machine or, where it is less, what its container may use, 10^9 bytes."""
    try:
        whole = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError, AttributeError):
        return 0.0  # not told on this system
    try:
        limit = Path("/sys/fs/cgroup/memory.max").read_text().strip()
    except OSError:
        limit = "max"
    return round(min(whole, int(limit)) / 1e9 if limit.isdigit() else whole / 1e9, 1)
