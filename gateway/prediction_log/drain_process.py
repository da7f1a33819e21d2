"""Keeps one drainer running beside a gateway's workers: a process of its own, off their time."""

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import structlog

from gateway.config import retire_process
from gateway.prediction_log.segments import lock, ready_segments

log = structlog.get_logger("gateway.prediction_log")

_LOCK = ".workers.lock"
_RESTART_S = 5.0
_FINISH_S = 10.0
_LOOK_S = 0.05


class DrainProcess:
    """Of all workers over one folder the first to lock it keeps a drainer; for one thread.

    The drainer ends when its standard input does, so it outlives no worker; the next worker's turn
    starts another. The last worker to end sees what the others have handed on since moved.
    """

    def __init__(
        self,
        folder: Path,
        now: Callable[[], float] = time.monotonic,
        finish_s: float = _FINISH_S,
    ) -> None:
        self._folder = folder
        self._now = now
        self._finish_s = max(finish_s, _FINISH_S)
        self._lock: int | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._next_start = 0.0

    def tick(self) -> None:
        """Start the drainer where none runs and it is this worker's to keep. Raises OSError."""
        if not self._is_mine():
            return
        self._forget_ended()
        if self._process is None and self._now() >= self._next_start:
            self._start()

    def close(self) -> None:
        """See that what was handed on is moved, and end; after 10 s it is left to who comes next.

        After `finish_s` where that is longer. A worker may end before it ever started a drainer, or
        after the one that kept it.
        """
        ends = self._now() + self._finish_s
        with contextlib.suppress(OSError):  # the next worker's drainer moves it
            self._take_over(ends)
        process = self._process
        if process is not None:
            _close(process)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(max(0.0, ends - self._now()))
            process.kill()
            process.wait()
            retire_process(process.pid)
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _take_over(self, ends: float) -> None:
        """Have a drainer run if anything waits that no other worker's moves until `ends`."""
        while ready_segments(self._folder):
            if self._is_mine():
                self._forget_ended()
                if self._process is None:
                    self._start()
                return
            if self._now() >= ends:
                return
            time.sleep(_LOOK_S)

    def _start(self) -> None:
        self._next_start = self._now() + _RESTART_S
        self._process = subprocess.Popen(
            [sys.executable, "-m", "gateway.prediction_log"], stdin=subprocess.PIPE
        )

    def _forget_ended(self) -> None:
        process = self._process
        if process is not None and process.poll() is not None:
            log.error("prediction_log_drainer_ended", code=process.returncode)
            _close(process)
            retire_process(process.pid)
            self._process = None

    def _is_mine(self) -> bool:
        if self._lock is None:
            flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
            descriptor = os.open(self._folder / _LOCK, flags, 0o600)
            if not lock(descriptor):
                os.close(descriptor)
                return False
            self._lock = descriptor
        return True


def _close(process: subprocess.Popen[bytes]) -> None:
    if process.stdin is not None:
        process.stdin.close()
