"""What watches a training: the clock of its steps, and the checkpoints from which it can go on."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import TrainerCallback

from bench import meters

CHECKPOINT = (
    "adapter_config.json", "adapter_model.safetensors", "optimizer.pt", "rng_state.pth", "scheduler.pt", "trainer_state.json",
)  # fmt: skip
"""What a trainer reads of its checkpoint; model card, tokenizer and pickled arguments are not read."""


@dataclass(frozen=True, slots=True)
class Halfway:
    """A training after one of its steps, with all that it needs to go on as if it had never stopped."""

    step: int
    log: list[dict[str, float]]
    """As `Trained.log`, so far."""
    seconds: list[float]
    """As `Trained.step_seconds`, so far."""
    peak_memory_gb: float | None
    files: dict[str, bytes]
    """The trainer's own checkpoint, by file name: adapter, optimizer with its float32 weights, schedule, random state."""


@dataclass(frozen=True, slots=True)
class Watch:
    """What is kept of a training."""

    at: Collection[int]
    """After which of its steps."""
    keep: Callable[[Halfway], None]
    """Gets what it needs to go on from there."""
    before: Halfway | None = None
    """What was kept in the session that this one continues."""


NOTHING = Watch((), lambda _: None)


class Meter(TrainerCallback):
    """Seconds of each step and what the trainer logged."""

    def __init__(self, progress: Callable[[int, float | None], None], before: Halfway | None = None) -> None:
        self.log: list[dict[str, float]] = [*before.log] if before else []
        self.seconds: list[float] = [*before.seconds] if before else []
        self._progress = progress
        self._start = 0.0

    def on_step_begin(self, *_: Any, **__: Any) -> None:
        """Start the clock."""
        self._start = time.perf_counter()

    def on_step_end(self, *_: Any, **__: Any) -> None:
        """Stop the clock, work on the GPU included."""
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        self.seconds.append(time.perf_counter() - self._start)

    def on_log(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:  # noqa: ARG002
        """Keep the numbers of a step, not the summary at the end."""
        logs = kwargs["logs"]
        if "loss" in logs:
            # TRL counts tokens from where this process began, not the training.
            numbers = {k: float(v) for k, v in logs.items() if k != "num_tokens"}
            self.log.append({"step": state.global_step, **numbers})
            self._progress(state.global_step, logs["loss"])


class Checkpoints(TrainerCallback):
    """Hands over the trainer's checkpoint after certain steps."""

    def __init__(self, watch: Watch, meter: Meter) -> None:
        self._watch, self._meter = watch, meter

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:  # noqa: ARG002
        """Have the trainer write it."""
        if state.global_step in self._watch.at:
            control.should_save = True

    def on_save(self, args: Any, state: Any, control: Any, **_: Any) -> None:  # noqa: ARG002
        """Read it and hand it over."""
        if state.global_step not in self._watch.at:
            return
        folder = _checkpoint(Path(args.output_dir), state.global_step)
        files = {name: (folder / name).read_bytes() for name in CHECKPOINT}
        shutil.rmtree(folder)
        log, seconds = [*self._meter.log], [*self._meter.seconds]
        self._watch.keep(Halfway(state.global_step, log, seconds, meters.peak_memory_gb(), files))


def _checkpoint(folder: Path, step: int) -> Path:
    return folder / f"checkpoint-{step}"


def laid_out(halfway: Halfway, folder: Path) -> Path:
    """The checkpoint's folder, as the trainer wrote it, in `folder`."""
    made = _checkpoint(folder, halfway.step)
    made.mkdir(parents=True)
    for name, data in halfway.files.items():
        (made / name).write_bytes(data)
    return made
