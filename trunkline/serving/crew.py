"""The threads of a worker: each runs whole requests, and stays with a connection for a moment."""

import os
import select
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue

import structlog

from trunkline.logs import whereabouts
from trunkline.serving.admission import Admission, Reason, Verdict
from trunkline.serving.answer_rate import AnswerRate
from trunkline.serving.connection import Connection, Phase
from trunkline.serving.options import Observer
from trunkline.serving.receiving import Progress

_LINGER_MS = 2
_NOTICEABLE_S = 0.005  # who waited less has not gone meanwhile
FAILURES = (Exception, SystemExit)
"""What ends a request, but no thread."""

Offer = tuple[Connection, float]  # a connection with a whole request, and since when it waits
Late = tuple[Connection, float, Reason]


class Crew:
    """`size` threads behind an admission; thread-safe.

    `answer` runs one request, never raises, and sets `closes` and `unsent` of its connection.
    `hand_back` gives a connection to the poller, with how far its next request is. One that
    `lingers` waits a moment for that request itself. Should one of them fail all the same, the
    connection is closed and its place given back: a thread lasts as long as the process.
    """

    def __init__(
        self,
        size: int,
        admission: Admission[Connection],
        answer: Callable[[Connection], None],
        hand_back: Callable[[Connection, Progress], None],
        deadline_of: Callable[[Connection], float],
        observer: Observer,
        *,
        lingers: bool,
    ) -> None:
        self._admission = admission
        self._answer = answer
        self._hand_back = hand_back
        self._deadline_of = deadline_of
        self._observer = observer
        self._lock = threading.Lock()
        self._rate = AnswerRate()
        self._ready: SimpleQueue[Offer] = SimpleQueue()
        self._parked = 0
        self._lingers = lingers
        self._size = size
        self._wake = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_SEMAPHORE | os.EFD_CLOEXEC)

    def start(self, name: str) -> None:
        """Start the threads; they end with the process."""
        for number in range(self._size):
            threading.Thread(target=self._work, name=f"{name}-{number}", daemon=True).start()

    def offer(self, connection: Connection, now: float) -> Verdict:
        """Take a connection whose request is whole; with FULL it stays the caller's."""
        with self._lock:
            verdict = self._admission.arrive(connection, now, self._deadline_of(connection))
            lingering = self._ready.qsize() >= self._parked
        if verdict is Verdict.RUN:
            self._ready.put((connection, now))
            if lingering:
                os.eventfd_write(self._wake, 1)
        return verdict

    @property
    def has_waiting(self) -> bool:
        """Whether some request waits."""
        return self._admission.waiting > 0

    def overdue(self, now: float) -> list[Late]:
        """Take out and return who has waited too long."""
        with self._lock:
            return self._admission.overdue(now) if self._admission.waiting else []

    def next_overdue(self, now: float) -> float:
        """Return in how many seconds somebody will have waited too long."""
        with self._lock:
            return self._admission.next_overdue(now)

    def retry_after_s(self, now: float) -> int:
        """Return in how many seconds what waits now will have been answered."""
        with self._lock:
            return self._rate.retry_after_s(self._admission.waiting, now)

    def state(self) -> tuple[int, int, int]:
        """Return how many wait, how many run, and how many may run."""
        with self._lock:
            return self._admission.waiting, self._admission.in_flight, self._admission.limit

    def _work(self) -> None:
        poll = select.poll()
        poll.register(self._wake, select.POLLIN)
        offer: Offer | None = None
        while True:
            connection, since = offer or self._park()
            offer = None
            try:
                following = self._run(connection, since)
                offer = self._go_on(connection, following, poll)
            except FAILURES as error:
                give_up(connection, error)

    def _park(self) -> Offer:
        with self._lock:
            self._parked += 1
        offer = self._ready.get()
        with self._lock:
            self._parked -= 1
        return offer

    def _run(self, connection: Connection, since: float) -> Offer | None:
        """Run the request if its caller is still there; return who has the place after it."""
        started = time.monotonic()
        gone = False
        try:
            gone = started - since > _NOTICEABLE_S and connection.is_gone()
            if gone:
                connection.closes = True
                self._observer.refused("gone")
            else:
                self._observer.waited(started - since)
                self._answer(connection)
        except FAILURES as error:
            give_up(connection, error)
        now = time.monotonic()
        with self._lock:
            if gone:
                self._admission.give_back()
            else:
                self._admission.leave(started, now)
                self._rate.answered(now)
            return self._take_waiting(now)

    def _go_on(
        self, connection: Connection, following: Offer | None, poll: select.poll
    ) -> Offer | None:
        """Hand an answered connection back or stay with it; return what this thread does next."""
        try:
            if connection.phase is not Phase.BUSY:  # given up
                return following
            if connection.closes or connection.unsent:
                self._hand_back(connection, Progress.NOTHING)
                return following
            progress = connection.begin_next(time.monotonic())
            if following is None and self._lingers and not connection.repeatable:
                return self._stay(connection, progress, poll)
            self._hand_back(connection, progress)
        except FAILURES as error:
            give_up(connection, error)
        return following

    def _take_waiting(self, now: float) -> Offer | None:
        """Return a request that may run now, for this thread; give others that may to the rest."""
        following = self._admission.next(now)
        while following and (another := self._admission.next(now)):
            self._ready.put(another)
            os.eventfd_write(self._wake, 1)
        return following

    def _stay(self, connection: Connection, progress: Progress, poll: select.poll) -> Offer | None:
        """Wait a moment for the connection's next request; return it, or what else has come."""
        if progress is Progress.NOTHING:
            progress = self._await_more(connection, poll)
        if progress is Progress.WHOLE and self._ready.empty():
            now = time.monotonic()
            with self._lock:
                runs = self._admission.run_at_once()
            if runs:
                return connection, now
        self._hand_back(connection, progress)
        try:
            return self._ready.get_nowait()
        except Empty:
            return None

    def _await_more(self, connection: Connection, poll: select.poll) -> Progress:
        """Wait a moment for bytes, unless other work needs this thread; return what they make.

        A peer that has ended, or a broken connection, is for the poller to see.
        """
        if not self._ready.empty():
            return Progress.NOTHING
        poll.register(connection.sock, select.POLLIN)
        try:
            events = poll.poll(_LINGER_MS)
        finally:
            poll.unregister(connection.sock)
        if any(fd == self._wake for fd, _ in events):
            with suppress(BlockingIOError):
                os.eventfd_read(self._wake)
            return Progress.NOTHING
        if not events:
            return Progress.NOTHING
        with suppress(OSError):
            return connection.receive(time.monotonic()) or Progress.NOTHING
        return Progress.NOTHING


def give_up(connection: Connection, error: BaseException) -> None:
    """Log what failed around a request and leave its connection to be closed."""
    connection.abandon()
    with suppress(Exception):  # a log that cannot be written ends no thread either
        structlog.get_logger().error("request_thread_failed", **whereabouts(error))
