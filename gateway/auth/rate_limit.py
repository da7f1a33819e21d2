"""Limits how often a key may call: token buckets shared by the workers of one gateway."""

import mmap
import threading
import time
from collections.abc import Callable, MutableSequence

_CELLS = 1 << 20
_Cells = MutableSequence[float]
_shared_cells: _Cells | None = None


def share_cells() -> None:
    """Make the memory in which this process and all that it forks from now on keep their buckets.

    For gunicorn's master, before it forks: anonymous memory is shared with every worker, also with
    those that replace dead ones. Later calls change nothing, so that a reload forgets no bucket.
    """
    global _shared_cells
    _shared_cells = _shared_cells or _new_cells()


def _new_cells() -> _Cells:
    # Pages that are never touched cost nothing. A memoryview is close enough to a sequence.
    return memoryview(mmap.mmap(-1, 8 * _CELLS)).cast("d")  # type: ignore[return-value]


class Rate:
    """Admits `burst` calls at once and `per_minute` in the long run, for each of many keys.

    A bucket is one number, the time at which it will be full again (the generic cell rate
    algorithm, ITU-T I.371), so that processes can share it without a lock: one store is one
    aligned word. Calls in the same microseconds in several processes may count as one. Keys whose
    hashes begin alike share a bucket: with 50 keys the chance of such a pair is about 1 in 850.
    Without `cells` they lie in the memory of `share_cells`, or in its own where there is none.
    """

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        cells: _Cells | None = None,
    ) -> None:
        self._clock = clock
        self._cells = cells or _shared_cells or _new_cells()
        self._lock = threading.Lock()

    def wait_s(self, key_hash: str, per_minute: int, burst: int) -> float:
        """Take one call out of the bucket and return 0, or return the seconds until there is one.

        The clock must be the machine's, the same in all processes, as time.monotonic is on Linux.
        """
        cell = int(key_hash[:8], 16) % len(self._cells)
        interval = 60 / per_minute
        with self._lock:
            now = self._clock()
            full = max(now, self._cells[cell])
            wait = full - now - (burst - 1) * interval
            if wait > 1e-9:  # rounding must not refuse a call that is exactly on time
                return wait
            self._cells[cell] = full + interval
        return 0.0
