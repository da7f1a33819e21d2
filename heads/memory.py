"""Keeps a process small: few arenas to begin with, and freed memory given back after a swap."""

from __future__ import annotations

import ctypes

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8  # malloc.h
_LARGE = 128 * 1024  # bytes; what glibc starts with


def give_back() -> None:
    """Return free pages of the C heap; nothing where the C library has no such call."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def steady_heap() -> None:
    """Keep the C heap from growing for hours, where glibc is the library; call before threads start.

    glibc gives threads up to eight arenas a core, each with its own free lists: what one thread
    frees another cannot use. And each large block that is freed raises the size up to which blocks
    lie in the heap, where holes of their size stay behind: fixed, large blocks always go back.
    """
    choose = getattr(ctypes.CDLL(None), "mallopt", None)
    if choose is not None:
        choose(_M_ARENA_MAX, 2)
        choose(_M_MMAP_THRESHOLD, _LARGE)
        choose(_M_TRIM_THRESHOLD, _LARGE)
