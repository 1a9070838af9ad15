"""How a text file is encoded, told from its first bytes."""

from __future__ import annotations

import codecs
import re

_BOMS = (  # UTF-32 first: its little-endian mark begins with UTF-16's
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (codecs.BOM_UTF8, "utf-8-sig"),
)
_SEQUENCE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
"""A character of UTF-8 that is not ASCII."""
_NOT_WINDOWS = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")


def of(head: bytes) -> str:
    """A Python codec name, by a byte-order mark or the NULs of UTF-16; `utf-8` where neither speaks."""
    marked = next((codec for mark, codec in _BOMS if head.startswith(mark)), None)
    if marked or len(head) < 4:
        return marked or "utf-8"
    # JSON begins with ASCII, so UTF-16 without a mark shows a NUL in every second byte.
    even, odd = (head[i:64:2].count(0) / len(head[i:64:2]) for i in (0, 1))
    if max(even, odd) > 0.4 and min(even, odd) < 0.1:
        return "utf-16-le" if odd > even else "utf-16-be"
    return "utf-8"


def is_windows(beginning: bytes) -> bool:
    """Whether it is no UTF-8, not even damaged: it holds bytes beyond ASCII, and none of them are a character of UTF-8."""
    try:
        codecs.utf_8_decode(beginning, "strict", False)
    except UnicodeDecodeError:
        return not _SEQUENCE.search(beginning) and not _NOT_WINDOWS.search(beginning)
    return False
