"""Ctrl-C that is not lost: an interrupt is an exception at once, and once more at the next step if a library swallowed it.

Python drops what is raised while a weak reference dies, and some libraries catch whatever is raised while they hash; a run
would go on as if nobody had asked.
"""

from __future__ import annotations

import signal
import sys
import threading
from typing import Any, NoReturn

_ASKED = threading.Event()


def listen() -> None:
    """From now on Ctrl-C interrupts, and so does the TERM by which a scheduler takes a machine back."""
    _ASKED.clear()
    signal.signal(signal.SIGINT, _interrupt)
    signal.signal(signal.SIGTERM, _interrupt)
    sys.unraisablehook = _unraisable


def check() -> None:
    """Raise an interrupt that was asked for and swallowed; called wherever work can stop.

    Raises:
        KeyboardInterrupt: there was one.
    """
    if _ASKED.is_set():
        raise KeyboardInterrupt


def _interrupt(*_: object) -> NoReturn:
    _ASKED.set()
    raise KeyboardInterrupt


def _unraisable(dropped: Any) -> None:
    """What could not be raised is told, but for an interrupt, which `check` raises."""
    if not (dropped.exc_type is KeyboardInterrupt and _ASKED.is_set()):
        sys.__unraisablehook__(dropped)
