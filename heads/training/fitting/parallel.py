"""Runs independent fits side by side, one thread a core, with a bar that tells the time left."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from tqdm import tqdm

T = TypeVar("T")

_SHOWN_AFTER_S = 2.0
_MOST_THREADS = 8


def watched(items: Iterable[T], what: str, total: int | None = None) -> Iterable[T]:
    """Show how far a loop is, on a terminal and from two seconds on; nothing where it has no name.

    `disable=None` is tqdm's word for that: no bar in a file or a pipe.
    """
    hidden = None if what else True
    bar: Iterable[T] = tqdm(
        items, desc=what, total=total, leave=False, disable=hidden, delay=_SHOWN_AFTER_S
    )
    return bar


def run_all(jobs: Sequence[Callable[[], T]], what: str) -> list[T]:
    """Run the jobs, which must not depend on each other; return their results in order.

    torch gives the interpreter free while it computes, so threads do. Each job's sums are those of
    one thread: the results are the same on any number of cores. The first failure is raised.
    """
    threads = max(min(len(jobs), len(os.sched_getaffinity(0)), _MOST_THREADS), 1)
    pool = ThreadPoolExecutor(threads)
    try:
        return list(watched(pool.map(lambda job: job(), jobs), what, len(jobs)))
    finally:
        pool.shutdown(cancel_futures=True)
