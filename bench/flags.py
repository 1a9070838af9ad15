"""What a user types, checked before anything heavy is imported: budget, methods, tasks."""

from __future__ import annotations

import difflib
import math
import re

import tasks
from bench import methods
from bench.lmtasks import PREFIX
from bench.methods import UNTRAINED
from bench.types import BenchError, Budget

_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0}
_POWERS = {"": 1.0, "k": 1e3, "m": 1e6, "g": 1e9}


def parse_budget(text: str) -> Budget:
    """`90s`, `3m`, `1h`, `tokens:200k`, `flops:2e14`.

    Raises:
        BenchError: another form, or nothing to spend.
    """
    clock = re.fullmatch(r"(\d+(?:\.\d+)?)([smh])", text)
    counted = re.fullmatch(r"(tokens|flops):(\d+(?:\.\d+)?(?:e\d+)?)([kmg]?)", text.lower())
    if clock:
        budget = Budget("seconds", float(clock[1]) * _UNITS[clock[2]], text)
    elif counted:
        budget = Budget("tokens" if counted[1] == "tokens" else "flops", float(counted[2]) * _POWERS[counted[3]], text)
    else:
        raise BenchError(f"--budget {text}: not a budget; write seconds as 90s or 3m, or tokens:200k, or flops:2e14")
    if not (budget.amount > 0 and math.isfinite(budget.amount)):
        raise BenchError(f"--budget {text}: nothing to spend; give each trial at least a few steps, such as 40s")
    return budget


def parse_methods(text: str) -> list[str]:
    """The trained methods of `--methods sft,dpo`, in order; the untrained arms are always there.

    Raises:
        BenchError: an unknown name, or none.
    """
    wanted = [m.strip() for m in text.split(",") if m.strip()]
    known = [m for m in methods.names() if m not in UNTRAINED]
    for name in wanted:
        if name not in methods.names():
            near = difflib.get_close_matches(name, known, 1)
            hint = f"did you mean {near[0]}? " if near else ""
            raise BenchError(f"--methods {text}: unknown method {name!r}; {hint}there are {', '.join(known)}")
    trained = [m for m in wanted if m not in UNTRAINED]
    if not trained:
        raise BenchError(f"--methods {text or '(empty)'}: nothing to train; there are {', '.join(known)}")
    return trained


def parse_tasks(text: str | None) -> list[str] | None:
    """Our own names in `--tasks`, or None for those that fit the data: where none of our own are named.

    Raises:
        BenchError: an unknown name.
    """
    if text is None:
        return None
    known = list(tasks.discover())
    wanted = [t for t in _words(text) if not t.startswith(PREFIX)]
    for name in wanted:
        if name not in known:
            hint = f"; tasks of lm-evaluation-harness are written {PREFIX}NAME"
            raise BenchError(f"--tasks {text}: unknown task {name!r}; there are {', '.join(known)}{hint}")
    return None if parse_harnessed(text) and not wanted else wanted


def parse_harnessed(text: str | None) -> list[str]:
    """The `lm_eval:…` names in `--tasks`.

    Raises:
        BenchError: nothing follows the colon.
    """
    found = [t for t in _words(text or "") if t.startswith(PREFIX)]
    if PREFIX in found:
        raise BenchError(
            f"--tasks {text}: {PREFIX} names no task; write {PREFIX}NAME, {PREFIX}FOLDER/NAME or {PREFIX}FILE.yaml"
        )
    return found


def _words(text: str) -> list[str]:
    return [t.strip() for t in text.split(",") if t.strip()]
