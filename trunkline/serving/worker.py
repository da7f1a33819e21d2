"""gunicorn's worker class with a door: whole requests only, admission, a drain that loses none."""

import os
import resource
import signal
import threading
import time
from contextlib import suppress
from typing import Any

from gunicorn.workers.base import Worker  # type: ignore[import-untyped]

from trunkline.serving.door import Door
from trunkline.serving.options import Options
from trunkline.serving.sharing import Board

_NOTIFY_S = 0.5
_SPARE_FILES = 128  # descriptors that are no caller's
_ASK_AGAIN_S = 60.0  # a successor that has not come by then was lost on its way


def worker_class(options: Options) -> type[Worker]:
    """Return the worker class of a service, for gunicorn's setting of the same name."""
    return type("DoorWorker", (DoorWorker,), {"options": options, "board": Board()})


class DoorWorker(Worker):  # type: ignore[misc]
    """One process: the main thread polls connections, threads answer whole requests.

    Stops as gthread does: SIGTERM and SIGHUP let what was accepted be answered within
    `graceful_timeout`. When its master is gone it gives up the port at once and ends likewise.

    After `max_requests` it asks the master (SIGTTIN) for a successor, and serves on until that one
    ends it (SIGTERM): a worker alone leaves no gap. The configuration must call `bury`.
    """

    options = Options()
    board = Board()
    most_connections: int = 1000
    alive: bool

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._predecessor = self.board.take_worn()
        self.place = self.board.place(time.monotonic())
        self._asks_at = 0.0
        self._counting = threading.Lock()
        self._notified_at = 0.0

    @classmethod
    def check_config(cls, cfg: Any, _log: Any) -> None:
        """Refuse what only gunicorn's own workers can do; called in the master."""
        if cfg.is_ssl or cfg.proxy_protocol != "off":
            raise RuntimeError("this worker speaks plain HTTP alone: no TLS, no PROXY protocol")

    def count_request(self) -> None:
        """Count one request; ask for a successor when their number is reached."""
        with self._counting:
            self.nr += 1
            if self.nr < self.max_requests or not self.alive:
                return
            now = time.monotonic()
            if now < self._asks_at:
                return
            self._asks_at = now + _ASK_AGAIN_S
        if self.ppid == os.getppid():
            self.place.ask_for_successor(os.getpid())
            with suppress(ProcessLookupError):
                os.kill(self.ppid, signal.SIGTTIN)

    def bury(self, master: Any) -> None:
        """Let the master run no more workers than it was told; its hook `child_exit` calls this.

        Whoever ends while a successor is on its way was its predecessor, or is replaced by it.
        """
        self.place.forget_asking(self.pid)
        if master.num_workers > master.cfg.workers:
            master.num_workers -= 1

    def run(self) -> None:
        """Serve until told to stop, or until the master is gone."""
        self.most_connections = self._limit_connections()
        door = Door(self, self.options)
        door.poller.watch_signals(self.PIPE[0])
        with suppress(OSError, AttributeError):
            door.poller.watch_process(os.pidfd_open(self.ppid))
        door.start()
        self._end_predecessor()
        while self.alive and self._has_master():
            self._turn(door)
        door.stop()
        self.alive = False
        ends = time.monotonic() + self.cfg.graceful_timeout
        while not door.is_empty and time.monotonic() < ends:
            self._turn(door)

    def handle_exit(self, sig: int, frame: Any) -> None:
        """Begin to stop; gunicorn's handler of SIGTERM."""
        self.alive = False

    def _turn(self, door: Door) -> None:
        now = time.monotonic()
        if now - self._notified_at >= _NOTIFY_S:
            self._notified_at = now
            self.notify()
        door.turn()

    def _end_predecessor(self) -> None:
        if self._predecessor:
            with suppress(ProcessLookupError):
                os.kill(self._predecessor, signal.SIGTERM)

    def _has_master(self) -> bool:
        if self.ppid == os.getppid():
            return True
        self.log.warning("The master is gone: giving up the port")
        return False

    def _limit_connections(self) -> int:
        """Return how many connections fit, after asking for as many descriptors as are allowed."""
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
        allowed, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        if allowed == resource.RLIM_INFINITY:
            return int(self.cfg.worker_connections)
        return max(min(int(self.cfg.worker_connections), allowed - _SPARE_FILES), 1)
