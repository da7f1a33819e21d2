"""A gateway whose workers are renewed all the time: no request fails, and no count is lost."""

import re
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from loadtests.stack.processes import Service, free_ports, launch
from tests.support.door import Answer, Caller
from tests.support.waiting import START_S, WAIT_S, until

pytestmark = pytest.mark.service


@pytest.fixture
def port() -> int:
    """Return a port for the gateway."""
    return free_ports(1)[0]


@pytest.fixture
def gateway(tmp_path: Path, port: int) -> Iterator[Service]:
    """Run a gateway whose only worker gives way after ten requests; what it calls is away."""
    settings = {
        "GATEWAY_PORT": str(port),
        "GATEWAY_WORKERS": "1",
        "GATEWAY_MAX_REQUESTS": "10",
        "GATEWAY_METRICS_DIR": str(tmp_path / "metrics"),
    }
    service = launch("gateway", "gateway", tmp_path, settings)
    try:
        until(lambda: "listening" in service.log.read_text(), "no start", START_S)
        yield service
    finally:
        service.stop()


def test_renewal_loses_no_request_and_no_count(gateway: Service, port: int, tmp_path: Path) -> None:
    """Three workers, one after the other: all answers are 200, and a scrape counts every one."""
    workers: set[int] = set()
    sent = 0
    while len(workers) < 3:
        assert get(port, "/version").status == 200
        sent += 1
        workers |= living(gateway)
    until(lambda: len(living(gateway)) == 1, "workers are left over")

    scrape = get(port, "/metrics").body.decode()
    (counted,) = re.findall(r'^gateway_requests_total\{.*"/version".*\} (\S+)$', scrape, re.M)
    assert float(counted) == sent
    names = {path.name for path in (tmp_path / "metrics").glob("counter_*.db")}
    assert names == {"counter_0.db", *(f"counter_{pid}.db" for pid in living(gateway))}


def get(port: int, path: str) -> Answer:
    """Ask on a connection of its own."""
    caller = Caller(port)
    caller.sock.settimeout(WAIT_S)
    try:
        return caller.get(path, Connection="close")
    finally:
        caller.close()


def living(gateway: Service) -> set[int]:
    """Return the worker processes."""
    return {child.pid for child in psutil.Process(gateway.pid).children()}
