"""Keeps one drainer running beside a gateway's workers: a process of its own, off their time."""

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import structlog

from gateway.config import forget_process
from gateway.prediction_log.segments import lock

log = structlog.get_logger("gateway.prediction_log")

_LOCK = ".workers.lock"
_RESTART_S = 5.0
_FINISH_S = 10.0


class DrainProcess:
    """Of all workers over one folder the first to lock it keeps a drainer; for one thread.

    The drainer ends when its standard input does, so it outlives no worker; the next worker's turn
    starts another.
    """

    def __init__(self, folder: Path, now: Callable[[], float] = time.monotonic) -> None:
        self._folder = folder
        self._now = now
        self._lock: int | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._next_start = 0.0

    def tick(self) -> None:
        """Start the drainer where none runs and it is this worker's to keep. Raises OSError."""
        if not self._is_mine():
            return
        process = self._process
        if process is not None and process.poll() is not None:
            log.error("prediction_log_drainer_ended", code=process.returncode)
            _close(process)
            forget_process(process.pid)
            self._process = None
        if self._process is None and self._now() >= self._next_start:
            self._next_start = self._now() + _RESTART_S
            self._process = subprocess.Popen(
                [sys.executable, "-m", "gateway.prediction_log"], stdin=subprocess.PIPE
            )

    def close(self) -> None:
        """Let the drainer move what is there, and end; it is ended where that takes too long."""
        process = self._process
        if process is not None:
            _close(process)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_FINISH_S)
            process.kill()
            process.wait()
            forget_process(process.pid)
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

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
