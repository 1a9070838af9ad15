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
    body, head = _sizes(model)
    return float(4 * body * tokens + 4 * head * answers + 2 * body * reference_tokens)


def forward_flops(model: Any, tokens: int, answers: int) -> float:
    """FLOPs of the weights' matrix products in reading tokens, the head on answer tokens: 2 a weight and token."""
    body, head = _sizes(model)
    return float(2 * body * tokens + 2 * head * answers)


def _sizes(model: Any) -> tuple[int, int]:
    """Weights of the body, without embeddings, and of the vocabulary head."""
    head = model.get_output_embeddings().weight
    embeddings = model.get_input_embeddings().weight
    body = sum(p.numel() for p in model.parameters()) - embeddings.numel()
    return body - (head.numel() if head is not embeddings else 0), head.numel()


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
