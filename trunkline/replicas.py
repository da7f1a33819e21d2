"""Chooses among equal replicas of a service; sets aside those that fail, hang or lag."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Final, Generic, TypeVar

import structlog

from trunkline.replica_observer import Observer, Reason, Unobserved

log = structlog.get_logger("trunkline")

Link = TypeVar("Link")

SUSPECT_S: Final = 0.3
"""A replica that owes answers and gave none for so long is probed."""
IDLE_S: Final = 2.0
"""One that owes none is probed after this, so that no request is the first to meet its silence."""
LAST_S: Final = 1.0
"""The last replica is given up only after failing for so long without an answer between."""
FAILURES: Final = 3
SLOW_FACTOR: Final = 4.0
SLOW_FLOOR_S: Final = 0.1
_SAMPLES: Final = 3
_WEIGHT: Final = 0.3  # of the newest answer in a replica's mean time
_PROBE_LAPSES_S: Final = 10.0  # a probe never reported on, as when its thread had an accident
_ALONE_S: Final = 0.5  # between probes where no replica serves
# The first and the longest time that a replica stays aside; twice as long each time in a row.
_PAUSES: Final[dict[Reason, tuple[float, float]]] = {
    "unreachable": (0.5, 4.0),
    "silent": (0.5, 4.0),
    "timing_out": (0.5, 8.0),
    "slow": (2.0, 30.0),
}


class Replica(Generic[Link]):
    """One replica and how to reach it; all that changes is changed by its `Replicas`."""

    def __init__(self, address: str, link: Link, now: float) -> None:
        self.address = address
        self.link = link
        self.outstanding = 0
        self.mean_s = 0.0  # of an answer, a text
        self.aside: Reason | None = None
        self.proved = False  # aside, but a probe was answered: one request may try
        self.probing = False
        self.answered_ever = False
        self.samples = 0
        self.failures = 0
        self.failing_since = 0.0
        self.probes_failed = 0
        self.owing_since = self.heard_at = self.probed_at = now
        self.busy_until = 0.0
        self.pause_s = 0.0
        self.restored_at = 0.0


class Replicas(Generic[Link]):
    """Thread-safe. Requests `pick` a replica and report what came of it; a watcher probes.

    The one with the fewest requests outstanding is picked, in turn among equals. A replica is set
    aside at its first failure to be reached, or by one silent probe, as long as another serves;
    where its answers take SLOW_FACTOR times as long as another's; and after FAILURES time-outs in
    a row. The last one is given up only when it fails all the time; then `pick` gives None, and
    requests can fail at once. Probes bring replicas back, with growing pauses between them.
    """

    def __init__(
        self,
        name: str,
        connect: Callable[[str], Link],
        observer: Observer | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._name = name
        self._connect = connect
        self._observer = observer or Unobserved()
        self._clock = clock
        self._lock = threading.Lock()
        self._all: tuple[Replica[Link], ...] = ()
        self._turn = 0

    def update(self, addresses: Collection[str]) -> Sequence[Replica[Link]]:
        """Take over the addresses that there are now; return the replicas that are no more.

        Where one of those kept serves, new ones do once a probe was answered, else at once.
        """
        with self._lock:
            now, known = self._clock(), {replica.address: replica for replica in self._all}
            listed = dict.fromkeys(addresses)
            proven = any(known[a].aside is None for a in listed if a in known)
            self._all = tuple(
                known.pop(address) if address in known else self._new(address, now, proven)
                for address in listed
            )
            self._show()
            return tuple(known.values())

    def all(self) -> Sequence[Replica[Link]]:
        """Return every replica, whatever its state."""
        return self._all

    def pick(
        self, tried: Collection[Replica[Link]] = (), *, last_resort: bool = True
    ) -> Replica[Link] | None:
        """Return the replica for a request, none of `tried`; every pick must be reported on.

        Where none serves but those tried, one that could not be reached is the `last_resort`.
        """
        with self._lock:
            replicas = self._all
            turn = self._turn = (self._turn + 1) % (len(replicas) or 1)
            now = self._clock()
            best: Replica[Link] | None = None
            best_load = (True, 0)
            for replica in (*replicas[turn:], *replicas[:turn]) if turn else replicas:
                if replica.aside is not None:
                    if not replica.proved or replica.outstanding or replica in tried:
                        continue
                    best = replica  # a trial comes first: nothing else brings it back
                    break
                load = (replica.busy_until > now, replica.outstanding)
                if (best is None or load < best_load) and replica not in tried:
                    best, best_load = replica, load
            if best is None and tried and last_resort:
                best = self._last_resort(tried)
            if best is not None:
                if not best.outstanding:
                    best.owing_since = now
                best.outstanding += 1
            return best

    def answered(self, replica: Replica[Link], seconds: float, *, sample: bool = True) -> None:
        """Report an answer after `seconds`; a `sample` counts for the replica's mean time."""
        with self._lock:
            self._heard(replica)
            replica.outstanding -= 1
            replica.failures = 0
            if sample:
                self._record_time(replica, seconds)
            elif replica.aside not in (None, "slow"):
                self._restore(replica)

    def refused(self, replica: Replica[Link], busy_s: float = 0.0) -> None:
        """Report an answer that is an error, and for how long others are preferred."""
        with self._lock:
            self._heard(replica)
            replica.outstanding -= 1
            replica.busy_until = self._clock() + busy_s

    def released(self, replica: Replica[Link]) -> None:
        """Report the end of a request that says nothing about its replica."""
        with self._lock:
            replica.outstanding -= 1

    def failed(self, replica: Replica[Link], reason: Reason, *, fair: bool = True) -> None:
        """Report a request without an answer: it did not reach the replica, or timed out.

        One that had no `fair` time counts only as a trial: the next should not meet it too.
        """
        with self._lock:
            now = self._clock()
            replica.outstanding -= 1
            if not fair and not replica.proved:
                return
            if not replica.failures:
                replica.failing_since = now
            replica.failures += 1
            alone = not self._others_serve(replica)
            enough = replica.failures >= FAILURES or (reason == "unreachable" and not alone)
            if replica.aside is not None:
                if replica.proved:
                    self._set_aside(replica, reason)
            elif enough and (not alone or now - replica.failing_since >= LAST_S):
                self._set_aside(replica, reason)

    def due(self) -> Sequence[Replica[Link]]:
        """Return the replicas to probe now; each is to be reported on by `probed`."""
        with self._lock:
            now = self._clock()
            due = [replica for replica in self._all if self._is_due(replica, now)]
            for replica in due:
                replica.probing, replica.probed_at = True, now
            return due

    def probed(self, replica: Replica[Link], *, alive: bool, reason: Reason = "silent") -> bool:
        """Report a probe; return True where the replica is silent, and its link is to be replaced.

        What is outstanding at a silent one will not be answered. One that is "unreachable" for a
        probe may answer it yet, as one does that is about to end and takes nothing new.
        """
        with self._lock:
            replica.probing = False
            if alive:
                self._heard(replica)
                if replica.aside in ("unreachable", "silent"):
                    self._restore(replica)
                replica.proved = replica.aside is not None
                return False
            replica.probes_failed += 1
            is_silent = reason == "silent"
            if replica.aside is not None:
                self._set_aside(replica, replica.aside)
                return is_silent and replica.outstanding > 0
            if replica.probes_failed < FAILURES and not self._others_serve(replica):
                return False
            self._set_aside(replica, reason)
            return is_silent

    def _new(self, address: str, now: float, others_serve: bool) -> Replica[Link]:
        replica = Replica(address, self._connect(address), now)
        replica.aside = "unreachable" if others_serve else None
        return replica

    def _last_resort(self, tried: Collection[Replica[Link]]) -> Replica[Link] | None:
        """Return one that could not be reached when last tried: it may be back by now.

        Only for a request that those that serve have failed: it has nothing else to lose.
        """
        away = (r for r in self._all if r.aside == "unreachable" and r not in tried)
        return min(away, key=lambda r: r.outstanding, default=None)

    def _is_due(self, replica: Replica[Link], now: float) -> bool:
        if replica.probing and now - replica.probed_at < _PROBE_LAPSES_S:
            return False
        if replica.aside is not None and not replica.proved:
            alone = all(other.failures for other in self._serving(replica))
            pause_s = min(replica.pause_s, _ALONE_S) if alone else replica.pause_s
            return now - replica.probed_at >= pause_s
        quiet_s = now - max(replica.heard_at, replica.probed_at, replica.owing_since)
        return quiet_s >= (SUSPECT_S if replica.outstanding or replica.probes_failed else IDLE_S)

    def _heard(self, replica: Replica[Link]) -> None:
        replica.heard_at = self._clock()
        replica.answered_ever = True
        replica.probes_failed = 0

    def _record_time(self, replica: Replica[Link], seconds: float) -> None:
        on_trial = replica.aside is not None and replica.proved
        if on_trial and seconds > self._slow_from(replica):
            self._set_aside(replica, "slow")
            return
        if replica.aside not in (None, "slow") or on_trial:
            self._restore(replica)
        weight = _WEIGHT if replica.samples else 1.0
        replica.mean_s += weight * (seconds - replica.mean_s)
        replica.samples += 1
        if replica.samples < _SAMPLES or len(self._all) == 1:
            return
        if replica.mean_s > self._slow_from(replica):
            self._set_aside(replica, "slow")

    def _slow_from(self, replica: Replica[Link]) -> float:
        """Return the mean time from which a replica is slow beside the best of the others."""
        means = [other.mean_s for other in self._serving(replica) if other.samples >= _SAMPLES]
        return max(SLOW_FLOOR_S, SLOW_FACTOR * min(means)) if means else float("inf")

    def _set_aside(self, replica: Replica[Link], reason: Reason) -> None:
        now, (first_s, longest_s) = self._clock(), _PAUSES[reason]
        again = replica.aside is not None or now - replica.restored_at < 4 * replica.pause_s
        replica.pause_s = min(max(first_s, 2 * replica.pause_s), longest_s) if again else first_s
        replica.probed_at, replica.proved, replica.failures = now, False, 0
        if replica.aside is None:
            # One that never answered may still be starting; the first start is no fault.
            tell = log.warning if replica.answered_ever else log.info
            tell("replica_set_aside", service=self._name, replica=replica.address, reason=reason)
            self._observer.set_aside(reason)
        replica.aside = reason
        self._show()

    def _restore(self, replica: Replica[Link]) -> None:
        replica.aside, replica.proved, replica.samples = None, False, 0
        replica.failures, replica.restored_at = 0, self._clock()
        log.info("replica_serves", service=self._name, replica=replica.address)
        self._show()

    def _serving(self, but: Replica[Link] | None = None) -> Iterable[Replica[Link]]:
        return (replica for replica in self._all if replica is not but and replica.aside is None)

    def _others_serve(self, replica: Replica[Link]) -> bool:
        return any(True for _ in self._serving(replica))

    def _show(self) -> None:
        aside = sum(1 for r in self._all if r.aside is not None and r.answered_ever)
        self._observer.replicas(sum(1 for _ in self._serving()), aside)
