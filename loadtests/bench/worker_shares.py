"""Show how evenly a gateway's workers share kept connections: the CPU of each, second by second.

`python -m loadtests.bench.worker_shares --workers 2` prints one JSON object.
"""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import psutil

from loadtests.bench.in_turns import SEED
from loadtests.bench.printed import print_result
from loadtests.bench.services import answered_by, bodies_of
from loadtests.clients.http_closed import Check, lasting, run_http
from loadtests.measurement.run import Run
from loadtests.stack.catalogs import production_versions
from loadtests.stack.stack import running_stack
from loadtests.traffic.corpus import reply_texts

TEXTS = 100
REPEATS = 100_000


def measure(workers: int, callers: int, seconds: int) -> dict[str, Any]:
    """Ask for seen texts over `callers` kept connections, all opened at once, for `seconds`."""
    settings = {"GATEWAY_WORKERS": str(workers)}
    with tempfile.TemporaryDirectory() as folder, running_stack(Path(folder), settings) as stack:
        url = stack.gateway_url
        _ask(url, callers, 3, _anything)  # fills caches
        return watch(url, Watched(stack.services["gateway"].pid, workers), callers, seconds)


def watch(url: str, watched: Watched, callers: int, seconds: int) -> dict[str, Any]:
    """Ask a warm gateway so, every answer checked, and its workers' shares once a second."""
    check = answered_by("answer", len(production_versions()))
    runs: list[Run] = []
    thread = threading.Thread(target=lambda: runs.append(_ask(url, callers, seconds, check)))
    thread.start()
    shares = []
    for _ in range(seconds):
        time.sleep(1)
        shares.append(watched.shares())
    thread.join()
    return {
        f"{watched.workers} workers, {callers} callers": {
            "rate": round(runs[0].rate, 1), "errors": runs[0].errors,
            "p50_ms": round(runs[0].percentile_ms(50), 1),
            "p99_ms": round(runs[0].percentile_ms(99), 1), "shares": shares,
        }
    }  # fmt: skip


class Watched:
    """A gateway's workers: those of its processes that spend most are taken for them."""

    def __init__(self, arbiter_pid: int, workers: int) -> None:
        self.workers = workers
        arbiter = psutil.Process(arbiter_pid)
        family = sorted(arbiter.children(recursive=True), key=_spent, reverse=True)
        self._workers = family[:workers]
        self._before = [_spent(worker) for worker in self._workers]

    def shares(self) -> list[float]:
        """Return each worker's share of their CPU since this was asked last."""
        now = [_spent(worker) for worker in self._workers]
        spent = [after - before for after, before in zip(now, self._before, strict=True)]
        self._before = now
        return _shares(spent)


def _shares(spent: Sequence[float]) -> list[float]:
    total = sum(spent)
    return [round(one / total, 2) if total else 0.0 for one in spent]


def _spent(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _ask(url: str, callers: int, seconds: float, check: Check) -> Run:
    bodies = lasting(seconds, bodies_of(reply_texts(TEXTS, SEED)) * (REPEATS // TEXTS))
    return run_http("seen", f"{url}/v1/classify", bodies, concurrency=callers, check=check)


def _anything(_status: int, _body: bytes) -> str:
    return ""


@click.command()
@click.option("--workers", default=2, show_default=True, help="GATEWAY_WORKERS")
@click.option("--callers", default=32, show_default=True, help="kept connections")
@click.option("--seconds", default=10, show_default=True, help="how long")
def main(workers: int, callers: int, seconds: int) -> None:
    """Measure, and print figures with the machine they were taken on; ends with 1 on an error."""
    print_result(measure(workers, callers, seconds))


if __name__ == "__main__":
    main()
