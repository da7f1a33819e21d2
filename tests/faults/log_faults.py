"""The faults of the log's table: each is caused under load, lasts some answers, and is mended."""

from __future__ import annotations

import contextlib
import resource
import signal
from collections.abc import Callable
from dataclasses import dataclass

import psutil

from tests.support.log_outages import Outages, older_schema
from tests.support.logged_gateway import LEAST_RATE, LoggedGateway
from tests.support.waiting import WAIT_S, until

_BACKLOG = "gateway_log_backlog_records"
KILLS = 3


@dataclass(frozen=True)
class Fault:
    """`cause` has it last for so many answers, mends it, and returns how many records waited."""

    name: str
    cause: Callable[[LoggedGateway, Outages, int], float]
    policy: str = "drop_oldest"  # GATEWAY_LOG_FULL


def database_away(gateway: LoggedGateway, outages: Outages, answers: int) -> float:
    """Take the database away; a metric must show what waits."""
    outages.stop()
    try:
        gateway.answer_more(answers)
        return _waiting(gateway)
    finally:
        outages.start()


def schema_older(gateway: LoggedGateway, outages: Outages, answers: int) -> float:
    """Take the schema back by one step, as where the code is released before its migration."""
    older_schema(outages.url)
    gateway.answer_more(answers)
    waiting = _waiting(gateway)
    gateway.migrate()
    return max(waiting, gateway.metric(_BACKLOG))


def workers_killed(gateway: LoggedGateway, outages: Outages, answers: int) -> float:
    """SIGKILL a worker, some times."""
    return _killed(gateway, answers, gateway.workers)


def drainers_killed(gateway: LoggedGateway, outages: Outages, answers: int) -> float:
    """SIGKILL what moves records, some times."""
    return _killed(gateway, answers, gateway.drainers)


def disk_full(gateway: LoggedGateway, outages: Outages, answers: int) -> float:
    """Refuse the workers every byte that they write to a file, as a disk without room does."""
    until(gateway.drainers, "no drainer was started, which would have the workers' limit")
    _limit(gateway.workers(), 0)
    try:
        enough = len(gateway.statuses) + answers
        patience = WAIT_S + answers / LEAST_RATE
        until(lambda: len(gateway.statuses) >= enough, "no more requests ended", patience)
    finally:
        _limit(gateway.workers(), resource.RLIM_INFINITY)
    return 0


FAULTS = (
    Fault("database away", database_away),
    Fault("schema older than the code", schema_older),
    Fault(f"a worker killed, {KILLS} times", workers_killed),
    Fault(f"the drainer killed, {KILLS} times", drainers_killed),
    Fault("disk full, `drop_oldest`", disk_full),
    Fault("disk full, `refuse`", disk_full, "refuse"),
)


def _killed(
    gateway: LoggedGateway, answers: int, victims: Callable[[], list[psutil.Process]]
) -> float:
    for _ in range(KILLS):
        _kill_one(victims)
        gateway.answer_more(answers // KILLS)
    return 0


def _kill_one(victims: Callable[[], list[psutil.Process]]) -> None:
    running: list[psutil.Process] = []  # as they were seen: the next look may find none

    def found() -> bool:
        running.extend(victims())
        return bool(running)

    until(found, "none was started again")
    with contextlib.suppress(psutil.NoSuchProcess):
        running[0].send_signal(signal.SIGKILL)


def _waiting(gateway: LoggedGateway) -> float:
    until(lambda: gateway.metric(_BACKLOG) > 0, "no metric shows what waits")
    return gateway.metric(_BACKLOG)


def _limit(workers: list[psutil.Process], size: float) -> None:
    """Bound the files of these processes alone: at 0 bytes it is as a disk that is full."""
    for worker in workers:
        worker.rlimit(resource.RLIMIT_FSIZE, (int(size), resource.RLIM_INFINITY))
