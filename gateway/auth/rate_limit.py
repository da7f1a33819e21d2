"""Limits how often a key may call: token buckets shared by the workers of one gateway."""

import math
import mmap
import threading
import time
from collections.abc import Callable, Mapping, MutableSequence
from dataclasses import dataclass

_CELLS = 1 << 20
_ROUNDING_S = 1e-9  # must not refuse a call that is exactly on time
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


@dataclass(frozen=True, slots=True)
class Limit:
    """What a key may do: `per_minute` calls in the long run, `burst` at once before that counts."""

    per_minute: int
    burst: int


@dataclass(frozen=True, slots=True)
class Allowance:
    """What one call found in a bucket of this limit.

    `wait_s` is 0 for a call that was admitted, else the seconds until there is one; `remaining`
    calls would be admitted at once after it, and the bucket is full in `full_in_s` seconds.
    """

    limit: Limit
    wait_s: float
    remaining: int
    full_in_s: float

    def headers(self) -> Mapping[str, str]:
        """Return the RateLimit fields (draft-ietf-httpapi-ratelimit-headers).

        Two policies: `burst` is the bucket, of which alone something remains; `minute` its refill.
        """
        limit = self.limit
        return {
            "RateLimit-Policy": f'"burst";q={limit.burst}, "minute";q={limit.per_minute};w=60',
            "RateLimit": f'"burst";r={self.remaining};t={math.ceil(self.full_in_s)}',
        }


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

    def take(self, key_hash: str, limit: Limit) -> Allowance:
        """Take one call out of the bucket if there is one, and return what it holds now.

        The clock must be the machine's, the same in all processes, as time.monotonic is on Linux.
        """
        cell = int(key_hash[:8], 16) % len(self._cells)
        interval = 60 / limit.per_minute
        with self._lock:
            now = self._clock()
            full = max(now, self._cells[cell])
            wait = full - now - (limit.burst - 1) * interval
            if wait > _ROUNDING_S:
                return Allowance(limit, wait, 0, full - now)
            full += interval
            self._cells[cell] = full
        left = math.floor((limit.burst * interval - (full - now) + _ROUNDING_S) / interval)
        return Allowance(limit, 0.0, left, full - now)
