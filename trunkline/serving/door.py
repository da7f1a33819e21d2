"""The door of a worker: takes whole requests from the poller to threads, and refuses the others."""

import time
from typing import Any

from trunkline.serving import refusal as refusals
from trunkline.serving.admission import Admission, Verdict, WaitBounds
from trunkline.serving.at_once import Foresight, Repeats
from trunkline.serving.budget import Budget
from trunkline.serving.concurrency import AdaptiveLimit, FixedLimit, Limit
from trunkline.serving.connection import Connection, Phase
from trunkline.serving.connections import Connections
from trunkline.serving.crew import FAILURES, Crew, give_up
from trunkline.serving.exchange import Exchange
from trunkline.serving.options import Options
from trunkline.serving.poller import Poller
from trunkline.serving.receiving import Bounds, Progress
from trunkline.serving.refusal import Refusal

_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_END_S = 2.0  # how long a peer may take to end after we did
_LOOK_S = 0.5  # how often time-outs are looked at
_PROBERS = 2
_MOST_PROBES = 64  # that wait; who asks health has no more connections than that
_FOREVER = float("inf")
_MOST_AT_ONCE = 32  # a turn, so that who comes then waits for no more


class Door:
    """Everything between the listeners and the application; `worker` is gunicorn's."""

    def __init__(self, worker: Any, options: Options) -> None:
        cfg = worker.cfg
        now = time.monotonic()
        self._worker = worker
        self._options = options
        self._observer = options.observer()
        self._keepalive_s = cfg.keepalive or options.head_timeout_s
        self._budget = Budget(options.memory_bytes)
        self._bounds = Bounds(options.body_limit, options.head_bytes, cfg.limit_request_line)
        self._connections = Connections(worker.most_connections, options.stall_timeout_s)
        repeats = Repeats()
        self._foresight = Foresight(repeats)
        self._exchange = Exchange(
            worker, options, lambda: self.stopping, self._observer.refused, repeats
        )
        limit: Limit = FixedLimit(cfg.threads)
        if options.adaptive:
            limit = AdaptiveLimit(cfg.threads, options.target_s, now)
        bounds = WaitBounds(options.max_waiting, options.max_wait_s, options.standing_wait_s)
        self._crew = Crew(
            cfg.threads, Admission(limit, bounds, now), self._exchange.answer, self._hand_back,
            self._deadline_of, self._observer, lingers=True,
        )  # fmt: skip
        self._probers = self._patient_crew(_PROBERS, now)
        self._living = self._patient_crew(1, now)
        self._poller = Poller(
            worker.sockets,
            self._connections,
            worker.place,
            self._make,
            self._advance,
            self._finish,
            lambda: self._observer.refused("evicted"),
        )
        self._looked_at = 0.0
        self._at_once_left = 0
        self.stopping = False

    @property
    def poller(self) -> Poller:
        """Return what may be woken."""
        return self._poller

    def start(self) -> None:
        """Start the threads."""
        self._crew.start("request")
        self._probers.start("probe")
        self._living.start("live")

    def turn(self) -> None:
        """Handle what comes within a second at most, and whose time is over."""
        wait_s = _LOOK_S if self._connections else _FOREVER
        if self._crew.has_waiting:
            wait_s = min(wait_s, self._crew.next_overdue(time.monotonic()))
        self._at_once_left = _MOST_AT_ONCE
        now = self._poller.turn(wait_s)
        for connection, _, reason in self._crew.overdue(now):
            self._refuse_overloaded(connection, reason, now)
        if now - self._looked_at >= _LOOK_S:
            self._looked_at = now
            self._observer.state(*self._crew.state())
            for connection in self._connections.late(now):
                self._on_late(connection, now)

    def stop(self) -> None:
        """Give up the port; what was accepted is answered, and kept connections are closed."""
        self.stopping = True
        self._poller.stop_accepting()
        self._connections.hasten(time.monotonic() + self._options.stop_idle_s)

    @property
    def is_empty(self) -> bool:
        """Whether no connection is left."""
        return not self._connections

    def _patient_crew(self, size: int, now: float) -> Crew:
        """Return threads for probes: few may wait, but as long as it takes."""
        patient = WaitBounds(_MOST_PROBES, _FOREVER, _FOREVER)
        return Crew(
            size, Admission(FixedLimit(size), patient, now), self._exchange.answer,
            self._hand_back, lambda _: _FOREVER, self._observer, lingers=False,
        )  # fmt: skip

    def _make(self, sock: Any, client: Any, server: Any) -> Connection:
        connection = Connection(sock, client, server, self._bounds, self._budget)
        connection.expires = time.monotonic() + self._keepalive_s
        return connection

    def _deadline_of(self, connection: Connection) -> float:
        head, options = connection.receiver.head, self._options
        timeout_s = options.timeout_s
        if head is not None and head.timeout_ms:
            timeout_s = min(head.timeout_ms / 1000, options.max_timeout_s)
        return (connection.received_at or time.monotonic()) + timeout_s

    def _hand_back(self, connection: Connection, progress: Progress) -> None:
        """Give a connection to the poller; called by the thread that has answered on it."""
        if connection.unsent or connection.closes:
            self._finish(connection, time.monotonic())
        elif progress in (Progress.NOTHING, Progress.HEAD):
            self._await_request(connection, progress, time.monotonic())
        else:
            self._poller.enter(connection, progress)
            return
        if self.stopping:
            self._poller.wake()

    def _finish(self, connection: Connection, now: float) -> None:
        """Send what is unsent, then go on or end, as the connection's last answer said."""
        if connection.unsent:
            if not connection.reserve(len(connection.unsent)):
                self._observer.refused("no_memory")
                connection.abort()
                connection.unsent, connection.closes = b"", True
            connection.expires = now + self._options.stall_timeout_s
            connection.phase = Phase.SENDING
        if not connection.unsent and connection.closes:
            connection.release()
            connection.end_sending()
            connection.expires = now + _END_S
            connection.phase = Phase.ENDING
        elif not connection.unsent:
            progress = connection.begin_next(now)
            if progress not in (Progress.NOTHING, Progress.HEAD):
                self._poller.enter(connection, progress)
                return
            self._await_request(connection, progress, now)
            return
        self._poller.watch(connection)

    def _await_request(self, connection: Connection, progress: Progress, now: float) -> None:
        idle = progress is Progress.NOTHING
        idle_s = self._options.stop_idle_s if self.stopping else self._keepalive_s
        connection.expires = now + (idle_s if idle else self._options.head_timeout_s)
        connection.phase = Phase.RECEIVING
        self._poller.watch(connection)

    def _advance(self, connection: Connection, progress: Progress, now: float) -> None:
        """Do what a connection's progress asks for; in the poller's thread."""
        match progress:
            case Progress.WHOLE:
                self._offer(connection, now)
            case Progress.NOTHING:
                self._poller.watch(connection)
            case Progress.HEAD | Progress.BODY:
                self._await_rest(connection, progress, now)
            case Progress.HEAD_TOO_LARGE:
                self._refuse(connection, refusals.HEAD_TOO_LARGE, "too_large", now)
            case Progress.BODY_TOO_LARGE:
                limit = connection.receiver.limit
                self._refuse(connection, refusals.body_too_large(limit), "too_large", now)
            case Progress.WASTEFUL:
                self._refuse(connection, refusals.MALFORMED, "malformed", now)

    def _offer(self, connection: Connection, now: float) -> None:
        connection.phase = Phase.BUSY
        crew = self._crew_of(connection)
        if crew is self._crew and self._answered_at_once(connection, now):
            return
        if crew.offer(connection, now) is Verdict.FULL:
            self._refuse_overloaded(connection, "queue_full", now)

    def _answered_at_once(self, connection: Connection, came: float) -> bool:
        """Answer here what needs no wait, overload or not; return whether that was so."""
        if not self._at_once_left or not self._foresight.expects(connection.receiver):
            return False
        self._at_once_left -= 1
        started = time.monotonic()
        try:
            if not self._exchange.answer_at_once(connection):
                return False
            self._observer.waited(started - came)
            ends = bool(connection.closes or connection.unsent)
            progress = Progress.NOTHING if ends else connection.begin_next(time.monotonic())
            self._hand_back(connection, progress)
        except FAILURES as error:
            if isinstance(error, SystemExit) and not self._worker.alive:
                raise
            give_up(connection, error)
        return True

    def _crew_of(self, connection: Connection) -> Crew:
        """Return who runs a request; what only asks for life waits for no slower probe."""
        head = connection.receiver.head
        path = b"" if head is None else head.path
        if path in self._options.liveness:
            return self._living
        return self._probers if path in self._options.probes else self._crew

    def _await_rest(self, connection: Connection, progress: Progress, now: float) -> None:
        """Go on receiving a request, within its time and the worker's memory."""
        options, receiver = self._options, connection.receiver
        began = now if connection.received_at is None else connection.received_at
        if not connection.reserve_more():
            self._refuse_overloaded(connection, "no_memory", now, close=True)
            return
        if progress is Progress.HEAD:
            connection.expires = began + options.head_timeout_s
        else:
            patience_s = options.head_timeout_s + options.stall_timeout_s
            latest = began + patience_s + receiver.needs / options.least_rate_bytes
            connection.expires = min(now + options.stall_timeout_s, latest)
            if receiver.head and receiver.head.expects_continue and not connection.continued:
                connection.continued = True
                try:
                    connection.send(_CONTINUE)
                except OSError:
                    self._poller.close(connection)
                    return
        connection.phase = Phase.RECEIVING
        self._poller.watch(connection)

    def _refuse_overloaded(
        self, connection: Connection, reason: str, now: float, *, close: bool = False
    ) -> None:
        refusal = refusals.overloaded(self._crew.retry_after_s(now))
        keeps = not close and connection.receiver.is_alone() and connection.keeps
        self._refuse(connection, refusal, reason, now, close=not keeps)

    def _refuse(
        self,
        connection: Connection,
        refusal: Refusal,
        reason: str,
        now: float,
        *,
        close: bool = True,
    ) -> None:
        """Answer in the poller's thread; without `close` the request's bytes are used up."""
        self._observer.refused(reason)
        head = bytes(connection.receiver.data[: self._options.head_bytes])
        connection.receiver.take()
        try:
            self._exchange.refuse(refusal, connection, head, close=close)
        except OSError:
            self._poller.close(connection)
            return
        self._finish(connection, now)

    def _on_late(self, connection: Connection, now: float) -> None:
        partial = connection.phase is Phase.RECEIVING and connection.received_at is not None
        if partial:
            self._refuse(connection, refusals.TIMED_OUT, "timed_out", now)
            return
        if connection.phase is Phase.SENDING:
            self._observer.refused("timed_out")
            connection.abort()
        self._poller.close(connection)
