"""Sample CPU and memory of every service from a thread while a run goes on."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass

import psutil

from loadtests.measurement.run import cpu_seconds

INTERVAL_S = 0.5


@dataclass(frozen=True)
class Usage:
    """One service at one time.

    `cores`: in use since the sample before. `memory_mb`: resident MiB of all its processes, pages
    that they share counted in each.
    """

    at: float  # seconds of the epoch
    cores: float
    memory_mb: float


class UsageSampler:
    """Samples services by name and process id until closed; a lost process leaves a gap."""

    def __init__(self, pids: Mapping[str, int]) -> None:
        self._pids = dict(pids)
        self._stop = threading.Event()
        self._last: dict[str, tuple[float, float]] = {}
        self.usage: dict[str, list[Usage]] = {name: [] for name in pids}
        self._thread = threading.Thread(target=self._sample, daemon=True)

    def __enter__(self) -> UsageSampler:
        """Start sampling."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop sampling."""
        self._stop.set()
        self._thread.join()

    def follow(self, name: str, pid: int) -> None:
        """Take another process for the service from now on."""
        self._pids[name] = pid
        self._last.pop(name, None)

    def _sample(self) -> None:
        while not self._stop.wait(INTERVAL_S):
            for name, pid in list(self._pids.items()):
                with contextlib.suppress(psutil.Error):
                    self._take(name, pid)

    def _take(self, name: str, pid: int) -> None:
        now, cpu = time.time(), cpu_seconds([pid])
        parent = psutil.Process(pid)
        family = [parent, *parent.children(recursive=True)]
        if parent.status() == psutil.STATUS_ZOMBIE:  # ended, and holds nothing any more
            return
        memory = sum(process.memory_info().rss for process in family) / 2**20
        before = self._last.get(name)
        self._last[name] = (now, cpu)
        if before:
            cores = max(0.0, cpu - before[1]) / (now - before[0])
            self.usage[name].append(Usage(now, cores, memory))
