"""Gives a head's candidate its share of mails, and takes it back when it leaves its bounds."""

import threading

import structlog

from gateway import metrics
from gateway.inference.combine import HeadAnswer
from gateway.inference.item import Item
from gateway.inference.prediction import CandidateScores, Predictions
from gateway.inference.snapshot import Snapshot
from gateway.rollout.bucketing import in_share
from gateway.rollout.demotion import Demote
from heads.lifecycle.canary_watch import CanaryWatch, Observation
from heads.policy import Bounds
from heads.prediction import HeadInfo, HeadScores, HeadSet
from trunkline.logs import audit, whereabouts

log = structlog.get_logger("gateway")

_RETRY_S = 5.0
_Version = tuple[str, str]


class Canaries:
    """One worker's view of all candidates; thread-safe.

    A candidate that leaves its bounds gets no more mails here at once; `demote` is then called
    in the background until it succeeds or the candidate is gone from the catalog.
    """

    def __init__(self, demote: Demote, retry_s: float = _RETRY_S) -> None:
        self._demote = demote
        self._retry_s = retry_s
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._head_set: HeadSet | None = None
        self._watches: dict[_Version, CanaryWatch] = {}
        self._demoted: frozenset[_Version] = frozenset()

    def choose(self, item: Item, snapshot: Snapshot) -> frozenset[str]:
        """Return the heads whose candidate answers this mail."""
        if snapshot.head_set is not self._head_set:
            self._follow(snapshot.head_set)
        chosen = [
            info.name
            for group in snapshot.plan.groups
            for info in group.candidates
            if (info.name, info.version) not in self._demoted
            and in_share(f"canary {info.name}", item.bucketing_key, info.share)
        ]
        return frozenset(chosen)

    def observe(self, predictions: Predictions) -> None:
        """Compare candidates with production's versions, on mails that both answered."""
        for name, candidate in predictions.candidates.items():
            served = predictions.scores.get(name)
            if served is None or served.status != "ok":
                continue
            for item, row in predictions.rows.items():
                if name in item.candidate_heads:
                    answer = predictions.classifications[item].heads.get(name)
                    observation = _observation(candidate, item, served, row, answer)
                    if observation is not None:
                        self._count(candidate.info, observation)

    def close(self) -> None:
        """Stop demotions that are not done yet."""
        self._stopped.set()

    def _count(self, info: HeadInfo, observation: Observation) -> None:
        failed, disagreed = observation.error, observation.disagreed
        result = "failed" if failed else "disagreed" if disagreed else "agreed"
        metrics.record_canary(info.name, info.version, result)
        version = (info.name, info.version)
        with self._lock:
            if version in self._demoted:
                return
            watch = self._watches.get(version)
            if watch is None:
                watch = self._watches[version] = CanaryWatch(info.bounds or Bounds())
            reason = watch.observe(observation)
            if reason is None:
                return
            self._demoted |= {version}
        metrics.record_demotion(info.name, info.version, "worker")
        log.error("canary_withdrawn", head=info.name, version=info.version, reason=reason)
        threading.Thread(target=self._demote_for_all, args=(*version, reason), daemon=True).start()

    def _demote_for_all(self, name: str, version: str, reason: str) -> None:
        """Demote a candidate in the catalog too; try again until it has left the head set."""
        while (name, version) in self._demoted:
            try:
                self._demote(name, version, reason)
                metrics.record_demotion(name, version, "catalog")
                audit("withdraw_candidate", by="gateway", head=name, version=version, reason=reason)
                return
            except Exception as error:
                metrics.record_demotion(name, version, "failed")
                fields = {"head": name, "version": version, **whereabouts(error)}
                log.error("canary_not_withdrawn_for_all", **fields)
            if self._stopped.wait(self._retry_s):
                return

    def _follow(self, head_set: HeadSet) -> None:
        """Forget versions that are no candidates any more: one that comes back begins anew."""
        with self._lock:
            self._head_set = head_set
            current = {(info.name, info.version) for info in head_set.candidates.values()}
            self._demoted &= current
            self._watches = {v: watch for v, watch in self._watches.items() if v in current}


def _observation(
    candidate: CandidateScores, item: Item, served: HeadScores, row: int, answer: HeadAnswer | None
) -> Observation | None:
    """Return how the candidate answered one mail; None where its head does not apply to it."""
    scores = candidate.scores
    if scores.status != "ok":
        return Observation(error=True)
    if answer is not None and answer.status != "ok":
        return None
    candidate_row = candidate.rows[item]
    label = scores.labels[scores.best[candidate_row]]
    return Observation(
        error=False,
        abstained=scores.abstained[candidate_row],
        disagreed=label != served.labels[served.best[row]],
        production_abstained=served.abstained[row],
    )
