"""Scores mails by shadow versions after they were answered, in a bounded share of the time."""

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import structlog

from gateway import metrics
from gateway.embedding import Encoded
from gateway.events import whereabouts
from gateway.flips import Flips, Side
from gateway.judge import Judged, feature_row, pinned
from gateway.letter import Letter
from gateway.shares import within_share
from heads.prediction import FeatureRow, HeadInfo, HeadScores, HeadSet, Pool, PredictRequest

log = structlog.get_logger("gateway")

MAX_WAITING = 512
MAX_BATCH = 64
REST = 99
"""The thread rests so many times as long as it worked: about 1 % of a core, whatever comes."""
_TIMEOUT_S = 1.0


@dataclass(frozen=True, slots=True)
class _Job:
    """One answered mail: its features and, by shadow, what production said."""

    id: str
    row: FeatureRow
    head_set: HeadSet
    fingerprint: str
    served: tuple[tuple[HeadInfo, Side], ...]

    @property
    def alike(self) -> tuple[object, ...]:
        """Jobs with the same fit into one call."""
        asked = tuple(pinned(info) for info, _ in self.served)
        return (self.head_set.generation, self.fingerprint, asked)


class Shadows:
    """One worker's shadows. `offer` never waits: what finds no room is dropped and counted.

    The more the worker has to do, the longer a batch takes, the longer the thread rests after
    it, and the more is dropped: shadow work gives way first.
    """

    def __init__(
        self,
        pool: Pool,
        flips: Flips | None,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._pool = pool
        self._flips = flips
        self._clock = clock
        self._waiting: deque[_Job] = deque()
        self._filled = threading.Event()
        self._stopped = threading.Event()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

    def offer(
        self, letters: Sequence[Letter], encoded: Encoded, head_set: HeadSet, judged: Judged
    ) -> None:
        """Queue the mails of which the encoding's shadows get a sample."""
        shadows = encoded.group.shadows
        for place in encoded.items:
            letter = letters[place]
            served = tuple(
                (info, side)
                for info in shadows
                if within_share(f"shadow {info.name}", letter.words, info.share)
                and (side := _served(info, place, judged)) is not None
            )
            if not served:
                continue
            if len(self._waiting) >= MAX_WAITING:
                metrics.SHADOW_DROPPED.inc(len(served))
                continue
            row = feature_row(letter, encoded, place, encoded.group)
            self._waiting.append(_Job(letter.id, row, head_set, encoded.group.fingerprint, served))
            self._begin()

    def close(self) -> None:
        """End the thread; what waits is forgotten."""
        self._stopped.set()
        self._filled.set()
        if self._thread is not None:
            self._thread.join(timeout=5)

    def run_once(self) -> float:
        """Score one batch of what waits; return the seconds it took."""
        started = self._clock()
        taken = [self._waiting.popleft() for _ in range(min(MAX_BATCH, len(self._waiting)))]
        batches: dict[tuple[object, ...], list[_Job]] = {}
        for job in taken:
            batches.setdefault(job.alike, []).append(job)
        for jobs in batches.values():
            self._score(jobs)
        return self._clock() - started

    def _begin(self) -> None:
        self._filled.set()
        if self._thread is None:
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
                self._stopped.wait(REST * (self._clock() - started))

    def _score(self, jobs: Sequence[_Job]) -> None:
        first = jobs[0]
        said = self._pool.predict(
            PredictRequest(
                first.head_set,
                [pinned(info) for info, _ in first.served],
                [job.row for job in jobs],
                first.fingerprint,
                _TIMEOUT_S,
            )
        )
        for place, job in enumerate(jobs):
            for info, served in job.served:
                self._compare(job.id, info, served, said, place)

    def _compare(
        self, mail: str, info: HeadInfo, served: Side, said: Mapping[str, HeadScores], row: int
    ) -> None:
        scores = said.get(pinned(info))
        if scores is None or scores.status != "ok":
            metrics.record_shadow_failure(info.name, info.version)
            return
        own = side(scores, row)
        there = dict(zip(scores.labels, scores.scores[row].tolist(), strict=True))
        shift = abs(there.get(served.label, 0.0) - served.probability)
        metrics.record_shadow(info.name, info.version, served.label, own.label, shift)
        if self._flips is not None and (own.label, own.abstained) != (
            served.label,
            served.abstained,
        ):
            self._flips.add(mail, info.name, served, own)


def side(scores: HeadScores, row: int) -> Side:
    """What a version said of one mail."""
    best = scores.best[row]
    probability = round(float(scores.scores[row, best]), 6)
    return Side(scores.version, scores.labels[best], probability, scores.abstained[row])


def _served(info: HeadInfo, place: int, judged: Judged) -> Side | None:
    """What production answered; None where it gave no answer that could be compared."""
    verdict = judged.verdicts.get(place)
    answer = None if verdict is None else verdict.heads.get(info.name)
    if answer is None or answer.status != "ok" or answer.canary:
        return None
    return side(judged.scores[info.name], judged.rows[place])
