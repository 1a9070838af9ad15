"""Rules: one file each, found by scanning this folder. Adding a file adds a rule.

A rule module has a docstring (the rule and its evidence), `THRESHOLDS` (each with its origin), `SOURCES`, `FIRES` and
`SILENT` (a Case on which it must and must not fire) and `check(profile) -> Finding | None`. Its file name is the
finding's `rule`.
"""

from __future__ import annotations

import functools
import importlib
import pkgutil
from types import ModuleType

from advisor.profiling.types import Profile
from advisor.types import Finding

SEVERITIES = ("block", "warn", "info")


@functools.cache
def modules() -> tuple[ModuleType, ...]:
    """Every rule, by name."""
    return tuple(importlib.import_module(f"{__name__}.{m.name}") for m in pkgutil.iter_modules(__path__))


def check_all(profile: Profile) -> tuple[Finding, ...]:
    """What the rules see in a profile: blocks first, then warnings, then information."""
    found = [f for f in (module.check(profile) for module in modules()) if f is not None]
    return tuple(sorted(found, key=lambda f: SEVERITIES.index(f.severity)))
