"""Records answers before they are sent; the port that the API calls, and its way into a spool."""

import threading
from collections.abc import Callable, Sequence
from typing import Protocol

import structlog

from gateway.errors import LogFullError
from gateway.prediction_log import metrics
from gateway.prediction_log.drain_process import DrainProcess
from gateway.prediction_log.records import Entry, RecordWriter, RequestFacts
from gateway.prediction_log.spool import Spool, SpoolFullError
from trunkline.logs import whereabouts

log = structlog.get_logger("gateway.prediction_log")

_TICK_S = 1.0


class Recorder(Protocol):
    """Records what is answered."""

    def require_room(self) -> None:
        """Raise LogFullError where an answer could not be recorded and none may go unrecorded."""

    def record(self, facts: RequestFacts, entries: Sequence[Entry]) -> bool:
        """Record a request's answers; return whether they can be found by their ids later.

        Raises LogFullError where none may go unrecorded.
        """

    def close(self) -> None:
        """Hand on what was recorded."""


class SpoolRecorder:
    """Records into a spool; a thread brings it to disk every second, and sees to the drainer.

    No failure of the log fails a request, but under the policy `refuse` the lack of room.
    """

    def __init__(self, writer: RecordWriter, spool: Spool, drain_process: DrainProcess) -> None:
        self._writer = writer
        self._spool = spool
        self._drain_process = drain_process
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="prediction-log", daemon=True)
        self._thread.start()

    def require_room(self) -> None:
        """Raise LogFullError, see Recorder."""
        self._or_refuse(self._spool.require_room, 1)

    def record(self, facts: RequestFacts, entries: Sequence[Entry]) -> bool:
        """Write the records with one system call, see Recorder."""
        if not entries:
            return False
        count = len(entries)
        try:
            payloads = [self._writer.write(facts, entry) for entry in entries]
        except Exception as error:
            log.error("prediction_unrecorded", **whereabouts(error))
            metrics.record_lost(count)
            return False
        recorded = self._or_refuse(lambda: self._spool.append(payloads), count)
        if recorded:
            metrics.record_written(count, sum(map(len, payloads)))
        return bool(recorded)

    def close(self) -> None:
        """Stop the thread and hand on what is there."""
        self._stopping.set()
        self._thread.join()
        self._spool.close()
        self._drain_process.close()

    def _or_refuse(self, act: Callable[[], bool | None], count: int) -> bool | None:
        try:
            return act()
        except SpoolFullError:
            metrics.record_refused(count)
            raise LogFullError(retry_after_s=_TICK_S) from None

    def _run(self) -> None:
        while not self._stopping.wait(_TICK_S):
            try:
                self._drain_process.tick()
                metrics.record_backlog(self._spool.tick())
            except OSError as error:
                metrics.record_spool_failure()
                log.error("prediction_log_spool_failed", **whereabouts(error))
