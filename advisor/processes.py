"""Processes to read with, started where there is enough to read."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from advisor.types import AdviceError

if TYPE_CHECKING:  # 20 ms that a small file need not wait for
    from concurrent.futures import ProcessPoolExecutor

LARGE = 24 << 20
"""Bytes on disk from which several processes are worth their start."""
MOST = min(8, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)


@contextlib.contextmanager
def pool(files: Sequence[Path]) -> Iterator[ProcessPoolExecutor | None]:
    """Processes to read with; none for little data, on one core, or where processes cannot be forked.

    Forked ones hash texts alike, by which copies are found.
    """
    large = sum(file.stat().st_size for file in files if file.is_file()) >= LARGE
    if not large or MOST < 2 or not hasattr(os, "fork"):
        yield None
        return
    import multiprocessing
    from concurrent.futures import BrokenExecutor, ProcessPoolExecutor

    with ProcessPoolExecutor(MOST, multiprocessing.get_context("fork"), initializer=_ignore_interrupts) as started:
        try:
            yield started
        except BrokenExecutor:
            raise AdviceError(
                "a process that read the data was killed, probably for lack of memory; close others"
            ) from None
        finally:
            started.shutdown(cancel_futures=True)


def _ignore_interrupts() -> None:
    """Ctrl-C reaches every process of the terminal; the first one alone answers it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
