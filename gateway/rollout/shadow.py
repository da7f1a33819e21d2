"""Scores mails by shadow versions after they were answered, in a bounded share of the time."""

import os
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import structlog

from gateway import metrics
from gateway.inference.embedding import EncoderResult
from gateway.inference.item import Item
from gateway.inference.prediction import Predictions, feature_row, pinned
from gateway.rollout.bucketing import in_share
from gateway.rollout.shadow_log import ShadowLog, VersionAnswer
from heads.prediction import FeatureRow, HeadInfo, HeadScores, HeadSet, Pool, PredictRequest
from trunkline.logs import whereabouts

log = structlog.get_logger("gateway")

MAX_WAITING = 512
MAX_BATCH = 64
REST = 99
"""The thread rests so many times as long as it worked: about 1 % of a core, whatever comes."""
_TIMEOUT_S = 1.0


@dataclass(frozen=True, slots=True)
class _Job:
    """One answered mail: its features and, by shadow, what production answered."""

    id: str
    row: FeatureRow
    head_set: HeadSet
    fingerprint: str
    served: tuple[tuple[HeadInfo, VersionAnswer], ...]

    @property
    def call_key(self) -> tuple[object, ...]:
        """Jobs of one key fit into one call."""
        asked = tuple(pinned(info) for info, _ in self.served)
        return (self.head_set.generation, self.fingerprint, asked)


class Shadows:
    """One worker's shadows. `offer` never waits: what finds no room is dropped and counted.

    The more the worker has to do, the longer a batch takes, the longer the thread rests after
    it, and the more is dropped: shadow work gives way first. Without a thread of its own
    (`threaded` is False) work is done by `run_once` alone; `rest` takes seconds and waits so long.
    """

    def __init__(
        self,
        pool: Pool,
        shadow_log: ShadowLog | None,
        clock: Callable[[], float] = time.perf_counter,
        *,
        rest: Callable[[float], object] | None = None,
        threaded: bool = True,
    ) -> None:
        self._pool = pool
        self._log = shadow_log
        self._clock = clock
        self._threaded = threaded
        self._waiting: deque[_Job] = deque()
        self._filled = threading.Event()
        self._stopped = threading.Event()
        self._rest = rest or self._stopped.wait
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        self._losing = False

    @property
    def waiting(self) -> int:
        """The number of mails that wait for their shadows."""
        return len(self._waiting)

    def offer(self, result: EncoderResult, head_set: HeadSet, predictions: Predictions) -> None:
        """Queue the items of which the encoder's shadows get a sample."""
        for item in result.embedded:
            served = tuple(
                (info, answer)
                for info in result.group.shadows
                if in_share(f"shadow {info.name}", item.words, info.share)
                and (answer := _served(info, item, predictions)) is not None
            )
            if not served:
                continue
            if len(self._waiting) >= MAX_WAITING:
                metrics.SHADOW_DROPPED.inc(len(served))
                continue
            row = feature_row(item, result)
            self._waiting.append(_Job(item.id, row, head_set, result.group.fingerprint, served))
            self._wake()

    def close(self) -> None:
        """End the thread; what waits is forgotten."""
        self._stopped.set()
        self._filled.set()
        if self._thread is not None:
            self._thread.join(timeout=5)

    def run_once(self) -> None:
        """Score one batch of what waits."""
        taken = [self._waiting.popleft() for _ in range(min(MAX_BATCH, len(self._waiting)))]
        batches: dict[tuple[object, ...], list[_Job]] = {}
        for job in taken:
            batches.setdefault(job.call_key, []).append(job)
        for jobs in batches.values():
            self._score(jobs)

    def _wake(self) -> None:
        self._filled.set()
        if self._thread is None and self._threaded:
            with self._starting:
                if self._thread is None:
                    self._thread = threading.Thread(target=self._run, name="shadows", daemon=True)
                    self._thread.start()

    def _run(self) -> None:
        while not self._stopped.is_set():
            self._filled.wait()
            self._filled.clear()
            while self._waiting and not self._stopped.is_set():
                started = self._clock()
                try:
                    self.run_once()
                except Exception as error:
                    log.error("shadow_failed", **whereabouts(error))
                self._rest(REST * (self._clock() - started))

    def _score(self, jobs: Sequence[_Job]) -> None:
        first = jobs[0]
        names = [pinned(info) for info, _ in first.served]
        rows = [job.row for job in jobs]
        scores = self._pool.predict(
            PredictRequest(first.head_set, names, rows, first.fingerprint, _TIMEOUT_S)
        )
        for row, job in enumerate(jobs):
            for info, served in job.served:
                self._compare(job.id, info, served, scores, row)

    def _compare(
        self,
        mail_id: str,
        info: HeadInfo,
        served: VersionAnswer,
        answered: Mapping[str, HeadScores],
        row: int,
    ) -> None:
        scores = answered.get(pinned(info))
        if scores is None or scores.status != "ok":
            metrics.record_shadow_failure(info.name, info.version)
            return
        shadow = version_answer(scores, row)
        probabilities = dict(zip(scores.labels, scores.scores[row].tolist(), strict=True))
        shift = abs(probabilities.get(served.label, 0.0) - served.probability)
        metrics.record_shadow(info.name, info.version, served.label, shadow.label, shift)
        differs = (shadow.label, shadow.abstained) != (served.label, served.abstained)
        if differs:
            self._keep(mail_id, info.name, served, shadow)

    def _keep(self, mail_id: str, head: str, served: VersionAnswer, shadow: VersionAnswer) -> None:
        """Log a difference; count one that cannot be written, and log once that it is so."""
        if self._log is None:
            return
        try:
            self._log.add(mail_id, head, served, shadow)
        except OSError as error:
            metrics.SHADOW_LOST.inc()
            if not self._losing:
                log.error("shadow_rows_lost", reason=os.strerror(error.errno or 0))
            self._losing = True
        else:
            if self._losing:
                log.info("shadow_rows_kept_again")
            self._losing = False


def version_answer(scores: HeadScores, row: int) -> VersionAnswer:
    """Return what a version answered to one mail."""
    best = scores.best[row]
    probability = round(float(scores.scores[row, best]), 6)
    return VersionAnswer(scores.version, scores.labels[best], probability, scores.abstained[row])


def _served(info: HeadInfo, item: Item, predictions: Predictions) -> VersionAnswer | None:
    """Return production's answer; None where there is none to compare with."""
    classification = predictions.classifications.get(item)
    answer = None if classification is None else classification.heads.get(info.name)
    if answer is None or answer.status != "ok" or answer.canary:
        return None
    return version_answer(predictions.scores[info.name], predictions.rows[item])
