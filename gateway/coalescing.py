"""One call for all mails that wait for the same heads while a call to them is under way."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from heads.prediction import FeatureRow, HeadScores, HeadSet, Pool, refusal

MAX_ROWS = 64
"""Rows of one call, at most; a request with more than an eighth of them goes alone."""
MAX_CHARS = 16_384
"""Characters of a request that waits for others, at most: its words are hashed in their time."""

_Question = tuple[int, tuple[str, ...], str, float]
_Scores = Mapping[str, HeadScores]


class CoalescingPool:
    """A Pool in front of another, which it closes; thread-safe.

    There is no timer: a call finds nobody before it and leaves at once, or waits for the one
    under way to come back and then leaves together with all that waited for the same heads of
    the same generation and encoder, with the same time. Each gets its own rows' scores. At one
    request at a time nothing changes; under load, calls cost what one costs (weights are read
    once, for several rows). The youngest that waits makes the next call, with the most time left:
    after one that stalled the oldest has none. It takes the oldest along. Whoever runs out of
    time before is told that its heads are unavailable.
    """

    def __init__(self, pool: Pool, clock: Callable[[], float] = time.monotonic) -> None:
        self._pool = pool
        self._clock = clock
        self._lock = threading.Lock()
        self._lanes: dict[_Question, list[_Ticket]] = {}  # a lane is there while a call is out

    def head_set(self) -> HeadSet:
        """What the pool behind said last."""
        return self._pool.head_set()

    def predict(
        self,
        head_set: HeadSet,
        names: Sequence[str],
        rows: Sequence[FeatureRow],
        *,
        fingerprint: str,
        timeout_s: float,
    ) -> _Scores:
        """See Pool."""

        def ask(asked: Sequence[FeatureRow], left_s: float) -> _Scores:
            return self._pool.predict(
                head_set, names, asked, fingerprint=fingerprint, timeout_s=left_s
            )

        if len(rows) > MAX_ROWS // 8 or sum(len(row.text) for row in rows) > MAX_CHARS:
            return ask(rows, timeout_s)
        question = (head_set.generation, tuple(names), fingerprint, timeout_s)
        ticket = _Ticket(rows, self._clock() + timeout_s)
        with self._lock:
            waiting = self._lanes.get(question)
            if waiting is None:
                self._lanes[question] = []
            else:
                waiting.append(ticket)
        if waiting is not None:
            ticket.called.wait(timeout_s)
            if not self._leads(question, ticket):
                return ticket.scores or _late(names)
        return self._lead(question, ticket, ask)

    def close(self) -> None:
        """Close the pool behind."""
        self._pool.close()

    def _leads(self, question: _Question, ticket: "_Ticket") -> bool:
        """Whether a ticket that has waited is to make the call; one that is late leaves."""
        with self._lock:
            if not ticket.leads and not ticket.taken:
                self._lanes[question].remove(ticket)
            return ticket.leads

    def _lead(
        self,
        question: _Question,
        ticket: "_Ticket",
        ask: Callable[[Sequence[FeatureRow], float], _Scores],
    ) -> _Scores:
        """Make the call for this ticket and those that wait, then pass the lane on."""
        group = [ticket]
        try:
            if ticket.leads:
                group += self._taken(question, len(ticket.rows))
            rows = [row for one in group for row in one.rows]
            scores = ask(rows, max(ticket.until - self._clock(), 0.001))
            start = 0
            for one in group:
                one.scores = _part(scores, start, len(one.rows), len(rows))
                start += len(one.rows)
            return ticket.scores or scores
        finally:
            self._pass_on(question)
            for one in group[1:]:
                one.called.set()

    def _taken(self, question: _Question, rows: int) -> "list[_Ticket]":
        """Take those that wait into the leader's call, oldest first, as far as there is room."""
        with self._lock:
            waiting = self._lanes[question]
            taken: list[_Ticket] = []
            while waiting and rows + len(waiting[0].rows) <= MAX_ROWS:
                rows += len(waiting[0].rows)
                waiting[0].taken = True
                taken.append(waiting.pop(0))
            return taken

    def _pass_on(self, question: _Question) -> None:
        with self._lock:
            waiting = self._lanes[question]
            if not waiting:
                del self._lanes[question]
                return
            leader = waiting.pop()
            leader.leads = True
        leader.called.set()


@dataclass(eq=False, slots=True)
class _Ticket:
    """One request in a lane; it ends taken along with its scores, or leading the next call."""

    rows: Sequence[FeatureRow]
    until: float
    leads: bool = False
    taken: bool = False
    scores: _Scores | None = None
    called: threading.Event = field(default_factory=threading.Event)


def _late(names: Sequence[str]) -> dict[str, HeadScores]:
    message = "no answer from the heads in time"
    return {asked: refusal(*asked.partition("@")[::2], "unavailable", message) for asked in names}


def _part(scores: _Scores, start: int, rows: int, of: int) -> _Scores:
    """The scores of `rows` rows from `start` on, of all rows of a call."""
    if rows == of:
        return scores
    return {name: _rows(one, start, start + rows) for name, one in scores.items()}


def _rows(one: HeadScores, start: int, stop: int) -> HeadScores:
    """A head's scores of some rows; made anew, since `_replace` takes thrice as long."""
    if one.status != "ok":
        return one
    return HeadScores(
        one.name,
        one.version,
        one.status,
        one.labels,
        one.scores[start:stop],
        one.best[start:stop],
        one.thresholds,
        one.abstained[start:stop],
        one.message,
    )
