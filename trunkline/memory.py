"""Keep a process small: few arenas and BLAS threads from the start, freed pages given back."""

import ctypes
from collections.abc import MutableMapping

_M_ARENA_MAX = -8  # malloc.h


def trim_heap() -> None:
    """Return free pages of the C heap; nothing where the C library has no such call."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def limit_arenas(most: int = 2) -> None:
    """Let all threads share `most` arenas; call before threads start, where glibc is the C library.

    glibc gives threads up to eight arenas a core, each with its own free lists: what one thread
    frees another cannot use, and a worker of many threads grows for hours.
    """
    choose = getattr(ctypes.CDLL(None), "mallopt", None)
    if choose is not None:
        choose(_M_ARENA_MAX, most)


def limit_blas_threads(environ: MutableMapping[str, str]) -> None:
    """Give BLAS one thread, unless the operator chose otherwise; call before numpy is imported.

    In a service of several workers more threads only fight over the cores.
    """
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        environ.setdefault(name, "1")
