"""Evaluations: one file a task, found by scanning this folder.

A task module has `TITLE`, `WHAT`, `HEADLINE` (an instrument's name), `RIGHT` (instruments that say whether a single item
is right: the one that applies), `BESIDE` (those whose agreement with it is shown), `INSTRUMENTS` (name → Instrument),
`items(records)`, `request(item)` and `score(item, output)`; tests/tasks/test_contract.py runs over all of them.
"""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType

_NOT_TASKS = {"data", "prompting", "refusals", "support", "text", "types"}


def discover() -> dict[str, ModuleType]:
    """Every task module by its name, in alphabetical order."""
    names = sorted(m.name for m in pkgutil.iter_modules(__path__) if m.name not in _NOT_TASKS)
    return {name: importlib.import_module(f"{__name__}.{name}") for name in names}
