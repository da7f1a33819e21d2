"""Release the memory of a mapped file whose contents were copied elsewhere."""

from __future__ import annotations

import ctypes
import os
from pathlib import Path
from typing import Final

_MAPS: Final = Path("/proc/self/maps")
_MADV_DONTNEED: Final = 4  # asm-generic/mman-common.h


def release_pages(file: Path) -> None:
    """Let go of the pages of `file` that this process has mapped read-only; elsewhere do nothing.

    Nothing is lost: a page that is read again comes back from the file. What was written into a
    private mapping would be, so mappings that can be written are left alone.
    """
    advise = getattr(ctypes.CDLL(None), "madvise", None)
    if advise is None or not _MAPS.is_file():
        return
    name = os.path.realpath(file)
    for line in _MAPS.read_text(encoding="utf-8", errors="surrogateescape").splitlines():
        span, rights, _, _, _, *mapped = line.split(maxsplit=5)
        if mapped == [name] and "w" not in rights:
            low, high = (int(edge, 16) for edge in span.split("-"))
            advise(ctypes.c_void_p(low), ctypes.c_size_t(high - low), _MADV_DONTNEED)
