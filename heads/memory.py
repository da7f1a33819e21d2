"""Keeps a process small: few arenas to begin with, and freed memory given back after a swap."""

from __future__ import annotations

import ctypes

_M_ARENA_MAX = -8  # malloc.h


def give_back() -> None:
    """Return free pages of the C heap; nothing where the C library has no such call."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def share_arenas(most: int = 2) -> None:
    """Let all threads share `most` arenas; call before threads start, where glibc is the C library.

    glibc gives threads up to eight arenas a core, each with its own free lists: what one thread
    frees another cannot use, and a worker of many threads grows for hours.
    """
    choose = getattr(ctypes.CDLL(None), "mallopt", None)
    if choose is not None:
        choose(_M_ARENA_MAX, most)
