"""HTTP to a service of several replicas: a limit for each attempt, the second one elsewhere."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Final

import urllib3
from urllib3.exceptions import HTTPError, ProtocolError, ReadTimeoutError
from urllib3.exceptions import TimeoutError as UrllibTimeout

from heads.pools.plain_http import PlainHttp, Reply
from heads.pools.secure_http import Link, SecureHttp
from trunkline.addresses import Address, AddressWatch, Resolve, is_literal, resolve
from trunkline.background import Background
from trunkline.repeats import RepeatBudget
from trunkline.replica_observer import Observer, Unobserved
from trunkline.replicas import Replica, Replicas

TICK_S: Final = 0.2
PROBE_TIMEOUT_S: Final = 1.0
MAX_ATTEMPTS: Final = 3
FAIR_S: Final = 0.25
"""An attempt that had less time than this says nothing about a replica by timing out."""
WORTH_S: Final = 0.01
"""With less time than this left there is no other attempt; time-outs come a little early."""
TIMEOUT_HEADER: Final = "X-Request-Timeout-Ms"
_AWAY: Final = (502, 503, 504)
_BUSY: Final = 503  # with Retry-After; without it, a proxy's word for nobody
_LONGEST_BUSY_S: Final = 60.0
_LEAST_S: Final = 0.001

HttpReplica = Replica[Link]


class ReplicatedHttp:
    """Connections of one process to the service at `url`; thread-safe.

    Every address of its name is a replica. Requests must be harmless to send twice: one that got
    no answer in half of its time, or met an absence, is sent to another replica or, to a lone one,
    over a new connection: behind one address another process may take that. A 503 with Retry-After
    is an overload, no absence: the replica stays, and others are preferred for so long. Repeats
    after time-outs and overloads come out of a budget.
    """

    def __init__(
        self,
        url: str,
        connections: int,
        name: str,
        observer: Observer | None,
        resolve: Resolve = resolve,
    ) -> None:
        parts = urllib3.util.parse_url(url)
        self._scheme, self._host = parts.scheme or "http", parts.host or ""
        self._port = parts.port or (443 if self._scheme == "https" else 80)
        self._path = parts.path or ""
        self._netloc = parts.netloc or ""
        self._connections = connections
        self._observer = observer or Unobserved()
        self._budget = RepeatBudget()
        self._background = Background("heads-replicas", self._probe_due, lambda: TICK_S)
        self._replicas = Replicas(name, self._connect, observer)
        self._names: AddressWatch | None = None
        if is_literal(self._host):
            self._replicas.update([self._host.strip("[]")])
        else:
            self._names = AddressWatch(self._host, self._port, self._follow, resolve)

    def request(
        self, method: str, path: str, timeout_s: float, body: bytes | None, headers: dict[str, str]
    ) -> Reply:
        """Return the answer, whatever its status; raise the last attempt's HTTPError."""
        trail = _Trail(time.monotonic() + timeout_s)
        self._background.ensure()
        if self._names is not None:
            self._names.ensure()
            self._names.known.wait(timeout_s)
        replica = self._replicas.pick()
        if replica is None:
            raise UrllibTimeout("no replica answers")
        message = _Message(method, self._path + path, body, {**headers, "Host": self._netloc})
        while True:
            try:
                return self._attempt(replica, message, trail)
            except HTTPError as error:
                another = self._another(replica, error, trail)
                if another is None:
                    raise
                replica = another

    def close(self) -> None:
        """End the threads and close all connections."""
        self._background.stop()
        if self._names is not None:
            self._names.stop()
        for replica in self._replicas.all():
            replica.link.close()

    def _attempt(self, replica: HttpReplica, message: _Message, trail: _Trail) -> Reply:
        """Send the message once, over a new connection where a kept one has failed there."""
        begun = time.monotonic()
        limit_s = self._limit_s(replica, trail, begun)
        try:
            if replica in trail.tried:
                with closing(self._connect(replica.address, connections=1)) as fresh:
                    response = message.send(fresh, limit_s)
            else:
                response = message.send(replica.link, limit_s)
            if response.status == _BUSY and "retry-after" in response.headers:
                raise _BusyError(_seconds(response.headers["retry-after"]))
            if response.status in _AWAY:
                raise UrllibTimeout(f"status {response.status}")
        except HTTPError as error:
            self._report(replica, error, limit_s, trail)
            raise
        except BaseException:
            self._replicas.released(replica)
            raise
        sample = message.method == "POST"
        self._replicas.answered(replica, time.monotonic() - begun, sample=sample)
        self._budget.earn()
        return response

    def _limit_s(self, replica: HttpReplica, trail: _Trail, now: float) -> float:
        """Return the time of an attempt: half of what is left, where another may follow it.

        After a time-out another replica has all of it; the same one has not: a proxy there may have
        led the new connection to the same process.
        """
        left_s = max(trail.ends - now, _LEAST_S)
        half_s = left_s / 2
        elsewhere = trail.timed_out and replica not in trail.tried
        last = elsewhere or len(trail.tried) + 1 >= MAX_ATTEMPTS
        if last or half_s < FAIR_S or not self._budget.allows():
            return left_s
        return half_s

    def _report(
        self, replica: HttpReplica, error: HTTPError, limit_s: float, trail: _Trail
    ) -> None:
        kept = replica not in trail.tried
        if isinstance(error, _BusyError):
            trail.busy.append(replica)
            self._replicas.refused(replica, error.retry_after_s)
        elif isinstance(error, ReadTimeoutError):
            trail.timed_out = True
            self._replicas.failed(replica, "timing_out", fair=limit_s >= FAIR_S)
        elif kept and isinstance(error, ProtocolError):
            self._replicas.released(replica)
        else:
            self._replicas.failed(replica, "unreachable")

    def _another(self, replica: HttpReplica, error: HTTPError, trail: _Trail) -> HttpReplica | None:
        """Return the replica for another attempt, if there may be one.

        A kept connection that was closed says nothing: the same replica is asked over a new one,
        or another if it was set aside meanwhile. One that is overloaded is asked once, and gives
        way to no other that could not be reached before.
        """
        closed = isinstance(error, ProtocolError) and replica not in trail.tried
        trail.tried.append(replica)
        if trail.ends - time.monotonic() < WORTH_S or len(trail.tried) >= MAX_ATTEMPTS:
            return None
        reason = _reason(error)
        free = reason == "unreachable"
        if not free and not self._budget.allows():
            return None
        others = [other for other in self._replicas.all() if other is not replica]
        if closed:
            another = self._replicas.pick(others) or self._replicas.pick(trail.tried)
        else:
            another = self._replicas.pick(trail.tried, last_resort=reason != "overloaded")
            if another is None and reason == "timed_out":
                another = self._replicas.pick(trail.busy)
        if another is None:
            return None
        if not free:
            self._budget.spend()
        self._observer.retried(reason)
        return another

    def _connect(self, address: str, connections: int | None = None) -> Link:
        size = connections or self._connections
        if self._scheme == "https":
            return SecureHttp(address, self._port, size, self._host)
        return PlainHttp(address, self._port, size)

    def _follow(self, addresses: Sequence[Address]) -> None:
        for gone in self._replicas.update([host for host, _ in addresses]):
            gone.link.close()  # its idle connections; those in use close when they are given back

    def _probe_due(self) -> None:
        for replica in self._replicas.due():
            self._replicas.probed(replica, alive=self._is_alive(replica))

    def _is_alive(self, replica: HttpReplica) -> bool:
        """Ask over a new connection: a kept one may lead to a process that stands still."""
        try:
            with closing(self._connect(replica.address, connections=1)) as fresh:
                _Message("GET", f"{self._path}/livez", None, {"Host": self._netloc}).send(
                    fresh, PROBE_TIMEOUT_S
                )
        except HTTPError:
            return False
        return True


@dataclass(frozen=True, slots=True)
class _Message:
    """One request, to be sent as often as needed."""

    method: str
    path: str
    body: bytes | None
    headers: Mapping[str, str]

    def send(self, http: Link, timeout_s: float) -> Reply:
        """Send it over a connection of `http`; return the answer whatever its status.

        The service learns how long anybody waits for that: it begins nothing that comes too late.
        """
        timeout_s = max(timeout_s, _LEAST_S)
        headers = {**self.headers, TIMEOUT_HEADER: str(math.ceil(timeout_s * 1000))}
        return http.request(self.method, self.path, headers, self.body, timeout_s)


class _BusyError(HTTPError):
    """A replica answered that it is overloaded."""

    def __init__(self, retry_after_s: float) -> None:
        self.retry_after_s = retry_after_s
        super().__init__(f"status {_BUSY}, come back after {retry_after_s:g} s")


def _seconds(retry_after: str) -> float:
    """Read a Retry-After in seconds; one that is a date, or garbage, is a second."""
    digits = retry_after.strip()
    return min(float(digits), _LONGEST_BUSY_S) if digits.isdecimal() else 1.0


def _reason(error: HTTPError) -> str:
    """Name the reason for a repeat."""
    if isinstance(error, _BusyError):
        return "overloaded"
    return "timed_out" if isinstance(error, ReadTimeoutError) else "unreachable"


@dataclass(slots=True)
class _Trail:
    """How far one request has come."""

    ends: float
    timed_out: bool = False
    tried: list[HttpReplica] = field(default_factory=list)
    busy: list[HttpReplica] = field(default_factory=list)  # of these, which said that they are
