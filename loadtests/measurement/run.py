"""The figures of one level of load: rate, latency percentiles, errors, CPU of the servers."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import psutil

from loadtests.measurement.percentiles import percentile_ms


@dataclass(frozen=True)
class Run:
    """One level of load. `latencies_s` holds the answered requests only; `errors` the others.

    `reasons` counts the errors by their cause.
    """

    name: str
    concurrency: int
    seconds: float
    latencies_s: tuple[float, ...]
    errors: int = 0
    cpu_s: float = 0.0  # of the server's processes
    notes: dict[str, str] = field(default_factory=dict)
    reasons: Mapping[str, int] = field(default_factory=dict)

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.latencies_s) / self.seconds if self.seconds else 0.0

    @property
    def cpu_ms(self) -> float:
        """Server CPU milliseconds an answer."""
        return self.cpu_s * 1e3 / len(self.latencies_s) if self.latencies_s else 0.0

    def percentile_ms(self, percent: float) -> float:
        """Return the latency in milliseconds that `percent` of the answers stayed under."""
        return percentile_ms(self.latencies_s, percent)


def joined(runs: Sequence[Run]) -> Run:
    """Join runs of one row, measured at several times, into one; notes are the last one's."""
    reasons = Counter[str]()
    for run in runs:
        reasons.update(run.reasons)
    return replace(
        runs[-1],
        seconds=sum(run.seconds for run in runs),
        latencies_s=tuple(latency for run in runs for latency in run.latencies_s),
        errors=sum(run.errors for run in runs),
        cpu_s=sum(run.cpu_s for run in runs),
        reasons=dict(reasons),
    )


def cpu_seconds(pids: list[int]) -> float:
    """Return user and system seconds that the processes and all their children have used so far."""
    total = 0.0
    for process in _with_children(pids):
        times = process.cpu_times()
        total += times.user + times.system
    return total


def memory_mb(pid: int) -> float:
    """Return the unique memory (USS, MiB) of a process and its children: what ending it frees."""
    return sum(p.memory_full_info().uss for p in _with_children([pid])) / 2**20


def _with_children(pids: list[int]) -> list[psutil.Process]:
    parents = [psutil.Process(pid) for pid in pids]
    return parents + [child for parent in parents for child in parent.children(recursive=True)]
