"""What training spends, beside time: FLOPs by formula, memory by the system's own high-water mark."""

from __future__ import annotations

import contextlib
import ctypes
import sys
from pathlib import Path
from typing import Any

import torch


def train_flops(model: Any, tokens: int, answers: int, reference_tokens: int = 0) -> float:
    """FLOPs of the weights' matrix products in LoRA training: 4 a weight and token (forward 2, backward 2), head included.

    Activations' gradients are needed, the frozen weights' are not, hence 4 and not 6; the reference pass adds 2. The
    attention scores and the adapter itself are left out (a few per cent at a few hundred tokens).
    """
    head = model.get_output_embeddings().weight
    embeddings = model.get_input_embeddings().weight.numel()
    body = sum(p.numel() for p in model.parameters()) - embeddings
    body -= head.numel() if head is not model.get_input_embeddings().weight else 0
    return float(4 * body * tokens + 4 * head.numel() * answers + 2 * body * reference_tokens)


def reset_peak_memory() -> None:
    """Start a new high-water mark, where the system has one that can be reset."""
    if torch.cuda.is_available():
        torch.cuda.reset_peak_memory_stats()
    elif sys.platform == "linux":
        with contextlib.suppress(OSError):
            Path("/proc/self/clear_refs").write_text("5")


def peak_memory_gb() -> float | None:
    """Highest memory since `reset_peak_memory`, in GB (10⁹ bytes)."""
    if torch.cuda.is_available():
        return torch.cuda.max_memory_allocated() / 1e9
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else []
    peak = next((line for line in lines if line.startswith("VmHWM:")), None)
    return float(peak.split()[1]) * 1024 / 1e9 if peak else None


def keep_freed_memory() -> None:
    """Tell glibc not to give large blocks back to the system: mapping them afresh each step costs millions of page faults."""
    if sys.platform == "linux":
        libc = ctypes.CDLL(None)
        if hasattr(libc, "mallopt"):
            libc.mallopt(-3, 1 << 30)  # M_MMAP_THRESHOLD
            libc.mallopt(-1, (1 << 31) - 1)  # M_TRIM_THRESHOLD
