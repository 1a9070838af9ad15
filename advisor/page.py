"""Advice → the HTML page of `--html`, written whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

from advisor.advise import Advice, advice_json
from advisor.types import AdviceError

START = b"<!doctype html"


def check(target: Path) -> None:
    """Raise AdviceError where no page can be written to `target`; asked before the data is read, which may take long."""
    folder = target.parent
    if not folder.is_dir():
        raise AdviceError(f"--html {target}: there is no folder {folder}; make it first")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise AdviceError(f"--html {target}: the folder {folder} is not writable; name a file in another")
    if target.exists() and not replaceable(target):
        raise AdviceError(f"--html {target}: is there and is no HTML page, so it is not replaced; name another file")


def replaceable(target: Path) -> bool:
    """Whether what stands there may go: a page, or an empty file; never a dataset named by a slip of the hand."""
    try:
        if not target.is_file():
            return False
        with target.open("rb") as file:
            return file.read(len(START)).lower() in (START, b"")
    except OSError as error:
        raise AdviceError(f"--html {target}: {error.strerror or error}; name another file") from error


def write(target: Path, advice: Advice) -> None:
    """Draw the page and put it in place of `target` in one step; AdviceError where the disk refuses."""
    from reports.render import advice_page

    page = advice_page(advice_json(advice)).encode()
    beside = target.with_name(f".advice-{os.getpid()}.html")
    try:
        beside.write_bytes(page)
        beside.replace(target)
    except OSError as error:
        raise AdviceError(f"--html {target}: could not be written: {error.strerror or error}") from error
    finally:
        beside.unlink(missing_ok=True)
