"""Joins requests that wait for the same heads while a call to them is under way into one call.

request 1 ──▶ call ────────────▶ its scores
request 2 ──▶ waits ─┐          (oldest, goes along)
request 3 ──▶ waits ─┼─▶ call ─▶ each its own rows' scores
request 4 ──▶ waits ─┘          (youngest: makes the call, with the most time left)
"""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from heads.explanation import HeadAttribution
from heads.prediction import (
    AttributionRequest,
    FeatureRow,
    HeadScores,
    HeadSet,
    Pool,
    PredictRequest,
    ScoreTable,
)

MAX_ROWS = 64
"""Rows of one call, at most; a request with more than an eighth of them goes alone."""
MAX_CHARS = 16_384
"""Characters of a request that waits for others, at most: its words are hashed in their time."""

_BatchKey = tuple[int, tuple[str, ...], str, float]
_Scores = Mapping[str, HeadScores]


class CoalescingPool:
    """A Pool in front of another, which it closes; thread-safe.

    There is no timer: a call that meets no other leaves at once, or waits for the one under way to
    come back and then leaves together with all that waited for the same heads of the same
    generation and encoder, with the same time. Each gets its own rows' scores. At one request at a
    time nothing changes; under load, calls cost what one costs (weights are read once, for several
    rows). The youngest that waits makes the next call, with the most time left: after one that
    stalled the oldest has none. It takes the oldest along. A request that runs out of time before
    is answered "unavailable". Of recorded requests in one call the first has it in its trace.
    """

    def __init__(self, pool: Pool, clock: Callable[[], float] = time.monotonic) -> None:
        self._pool = pool
        self._clock = clock
        self._lock = threading.Lock()
        # A queue is there as long as a call with its key is under way.
        self._queues: dict[_BatchKey, list[_PendingRequest]] = {}

    @property
    def waiting(self) -> int:
        """How many requests wait for a call that is under way."""
        with self._lock:
            return sum(map(len, self._queues.values()))

    def head_set(self, *, newest: bool = False) -> HeadSet:
        """Return what the pool behind serves."""
        return self._pool.head_set(newest=newest)

    def known_head_set(self) -> HeadSet | None:
        """Return what the pool behind serves, if that is known."""
        return self._pool.known_head_set()

    def predict(self, request: PredictRequest) -> _Scores:
        """See Pool."""
        rows = request.rows
        if len(rows) > MAX_ROWS // 8 or sum(len(row.text) for row in rows) > MAX_CHARS:
            return self._pool.predict(request)
        key = (
            request.head_set.generation,
            tuple(request.names),
            request.fingerprint,
            request.timeout_s,
        )
        until = self._clock() + request.timeout_s
        pending = _PendingRequest(rows, until, request.traceparent)
        with self._lock:
            queue = self._queues.get(key)
            if queue is None:
                self._queues[key] = []
            else:
                queue.append(pending)
        if queue is not None:
            pending.resolved.wait(request.timeout_s)
            if not self._is_leader(key, pending):
                return pending.scores or request.all_unavailable("no answer from the heads in time")
        return self._lead(key, pending, request)

    def attribute(self, request: AttributionRequest) -> HeadAttribution:
        """Ask the pool behind: explanations are too few to share calls."""
        return self._pool.attribute(request)

    def close(self) -> None:
        """Close the pool behind."""
        self._pool.close()

    def _is_leader(self, key: _BatchKey, pending: "_PendingRequest") -> bool:
        """Whether a request that has waited is to make the call; one that is late leaves."""
        with self._lock:
            if not pending.is_leader and not pending.taken:
                self._queues[key].remove(pending)
            return pending.is_leader

    def _lead(self, key: _BatchKey, leader: "_PendingRequest", request: PredictRequest) -> _Scores:
        """Make the call for the leader and those that wait, then elect the next leader."""
        batch = [leader]
        try:
            if leader.is_leader:
                batch += self._take_waiting(key, len(leader.rows))
            rows = [row for pending in batch for row in pending.rows]
            left_s = max(leader.until - self._clock(), 0.001)
            trace = next(filter(None, (pending.traceparent for pending in batch)), "")
            scores = self._pool.predict(
                replace(request, rows=rows, timeout_s=left_s, traceparent=trace)
            )
            start = 0
            for pending in batch:
                pending.scores = _part(scores, start, len(pending.rows), len(rows))
                start += len(pending.rows)
            return leader.scores or scores
        finally:
            self._elect_next_leader(key)
            for pending in batch[1:]:
                pending.resolved.set()

    def _take_waiting(self, key: _BatchKey, rows: int) -> "list[_PendingRequest]":
        """Take those that wait into the leader's call, oldest first, as far as there is room."""
        with self._lock:
            queue = self._queues[key]
            taken: list[_PendingRequest] = []
            while queue and rows + len(queue[0].rows) <= MAX_ROWS:
                rows += len(queue[0].rows)
                queue[0].taken = True
                taken.append(queue.pop(0))
            return taken

    def _elect_next_leader(self, key: _BatchKey) -> None:
        with self._lock:
            queue = self._queues[key]
            if not queue:
                del self._queues[key]
                return
            leader = queue.pop()
            leader.is_leader = True
        leader.resolved.set()


@dataclass(eq=False, slots=True)
class _PendingRequest:
    """One request in a queue; it ends taken along with its scores, or leading the next call."""

    rows: Sequence[FeatureRow]
    until: float
    traceparent: str = ""
    is_leader: bool = False
    taken: bool = False
    scores: _Scores | None = None
    resolved: threading.Event = field(default_factory=threading.Event)


def _part(scores: _Scores, start: int, rows: int, of: int) -> _Scores:
    """Return the scores of `rows` rows from `start` on, of all rows of a call."""
    if rows == of:
        return scores
    if isinstance(scores, ScoreTable):
        return scores.part(start, start + rows)
    return {name: _rows(head, start, start + rows) for name, head in scores.items()}


def _rows(head: HeadScores, start: int, stop: int) -> HeadScores:
    """Return a head's scores of some rows; made anew, since `_replace` takes thrice as long."""
    if head.status != "ok":
        return head
    return HeadScores(
        head.name,
        head.version,
        head.status,
        head.labels,
        head.scores[start:stop],
        head.best[start:stop],
        head.thresholds,
        head.abstained[start:stop],
        head.message,
        head.unlike[start:stop],
    )
