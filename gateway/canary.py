"""Gives a head's candidate its share of mails, and takes it back when it leaves its bounds."""

import threading
from collections.abc import Sequence

import structlog

from gateway import metrics
from gateway.combine import HeadAnswer
from gateway.events import audit, whereabouts
from gateway.judge import Judged, Trial
from gateway.letter import Letter
from gateway.shares import within_share
from gateway.snapshot import Snapshot
from gateway.withdrawal import Withdraw
from heads.canary import CanaryWatch, Observation
from heads.policy import Bounds
from heads.prediction import HeadScores, HeadSet

log = structlog.get_logger("gateway")

_RETRY_S = 5.0
_Version = tuple[str, str]


class Canaries:
    """One worker's view of all candidates; thread-safe.

    A candidate that leaves its bounds gets no more mails here at once; `withdraw` is then called
    in the background until it succeeds or the candidate is gone from the catalog.
    """

    def __init__(self, withdraw: Withdraw, retry_s: float = _RETRY_S) -> None:
        self._withdraw = withdraw
        self._retry_s = retry_s
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._head_set: HeadSet | None = None
        self._watches: dict[_Version, CanaryWatch] = {}
        self._withdrawn: frozenset[_Version] = frozenset()

    def choose(self, letter: Letter, snapshot: Snapshot) -> frozenset[str]:
        """Return the heads whose candidate answers this mail."""
        if snapshot.head_set is not self._head_set:
            self._follow(snapshot.head_set)
        chosen = [
            info.name
            for group in snapshot.plan.groups
            for info in group.candidates
            if (info.name, info.version) not in self._withdrawn
            and within_share(f"canary {info.name}", letter.identity, info.share)
        ]
        return frozenset(chosen)

    def observe(self, tried: Sequence[frozenset[str]], judged: Judged) -> None:
        """Count how candidates did, where production's version answered the same mail."""
        for name, trial in judged.trials.items():
            served = judged.scores.get(name)
            if served is None or served.status != "ok":
                continue
            for place, row in judged.rows.items():
                if name in tried[place]:
                    answer = judged.verdicts[place].heads.get(name)
                    seen = _seen(trial, place, served, row, answer)
                    if seen is not None:
                        self._count(trial, seen)

    def close(self) -> None:
        """Give up what is still being withdrawn."""
        self._stopped.set()

    def _count(self, trial: Trial, seen: Observation) -> None:
        info = trial.info
        result = "failed" if seen.error else "disagreed" if seen.disagreed else "agreed"
        metrics.record_canary(info.name, info.version, result)
        version = (info.name, info.version)
        with self._lock:
            if version in self._withdrawn:
                return
            watch = self._watches.get(version)
            if watch is None:
                watch = self._watches[version] = CanaryWatch(info.bounds or Bounds())
            why = watch.observe(seen)
            if why is None:
                return
            self._withdrawn |= {version}
        metrics.record_withdrawal(info.name, info.version, "worker")
        log.error("canary_withdrawn", head=info.name, version=info.version, reason=why)
        threading.Thread(target=self._end, args=(info.name, info.version, why), daemon=True).start()

    def _end(self, name: str, version: str, why: str) -> None:
        """Tell the catalog; the candidate is gone from the head set once that is known."""
        while (name, version) in self._withdrawn:
            try:
                self._withdraw(name, version, why)
                metrics.record_withdrawal(name, version, "catalog")
                audit("withdraw_candidate", by="gateway", head=name, version=version, reason=why)
                return
            except Exception as error:
                metrics.record_withdrawal(name, version, "failed")
                told = {"head": name, "version": version, **whereabouts(error)}
                log.error("canary_not_withdrawn_for_all", **told)
            if self._stopped.wait(self._retry_s):
                return

    def _follow(self, head_set: HeadSet) -> None:
        """Forget candidates that are none any more: one that comes back begins anew."""
        with self._lock:
            self._head_set = head_set
            current = {(info.name, info.version) for info in head_set.candidates.values()}
            self._withdrawn &= current
            self._watches = {v: watch for v, watch in self._watches.items() if v in current}


def _seen(
    trial: Trial, place: int, served: HeadScores, row: int, answer: HeadAnswer | None
) -> Observation | None:
    """How the candidate did on one mail; None where its head's answer did not apply."""
    if trial.scores.status != "ok":
        return Observation(error=True)
    if answer is not None and answer.status != "ok":
        return None
    own = trial.rows[place]
    label = trial.scores.labels[trial.scores.best[own]]
    return Observation(
        error=False,
        abstained=trial.scores.abstained[own],
        disagreed=label != served.labels[served.best[row]],
        production_abstained=served.abstained[row],
    )
