"""Post-training methods: one file each, found by scanning this folder.

A method module has `TITLE`, `NEEDS` (fields of a training row), `LEARNING_RATE` (None for untrained arms) with its
origin, and either `trainer(model, tokenizer, examples, settings, folder)` (a TRL trainer ready to run) or
`rewrite(prompt, guide)` (another prompt for the same model). One that runs others in turn names them in `PARTS`.
tests/bench/test_methods.py runs over all of them.
"""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType

UNTRAINED = ("base", "prompt")
"""Methods that train nothing: the model as it is, and with a prompt."""


def names() -> list[str]:
    """Every method's name, alphabetically, without importing it."""
    return sorted(m.name for m in pkgutil.iter_modules(__path__))


def get(name: str) -> ModuleType:
    """The module of a method."""
    return importlib.import_module(f"{__name__}.{name}")


def parts(name: str) -> tuple[str, ...]:
    """The methods that a method runs in turn on one adapter; for most, itself."""
    found: tuple[str, ...] = getattr(get(name), "PARTS", (name,))
    return found


def starts_from_pairs(name: str) -> bool:
    """Whether a trial needs log-probabilities of pairs under the untrained model: its first part does."""
    return "rejected" in get(parts(name)[0]).NEEDS
