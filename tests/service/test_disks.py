"""Services that can write no file, as on a full disk: one clear line, and they serve.

A limit of 0 bytes on files stands in for the disk: directories and empty files can be made, all
else fails, for whichever user, with "File too large" in place of "No space left on device".
"""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import urllib3

from embedder.testing.encoder import FakeEncoder
from embedder.testing.server import serve
from loadtests.config import inherited_environment
from loadtests.stack.processes import ROOT, free_ports
from tests.support.bundles import put_live
from tests.support.pools import DIM, write_head
from tests.support.waiting import PATIENT, WAIT_S, until

pytestmark = pytest.mark.service

_FULL = ["sh", "-c", 'ulimit -f 0; exec "$@"', "sh"]
_REASONS = {"File too large", "No such file or directory"}  # the latter for temporary folders


@contextmanager
def serving(service: str, catalog: Path, **settings: str) -> Iterator[tuple[str, list[bytes]]]:
    """Run a service of two workers that can write no file; yield its URL and its log, by line."""
    (port,) = free_ports(1)
    prefix = service.upper()
    environ = {
        **unmeasured_environment(),
        f"{prefix}_CATALOG": str(catalog),
        f"{prefix}_PORT": str(port),
        f"{prefix}_WORKERS": "2",
        **({"GATEWAY_HEADS": "local"} if service == "gateway" else {}),
        **settings,
    }
    process = subprocess.Popen(
        [*_FULL, sys.executable, "-m", service, "serve"],
        env=environ, cwd=ROOT, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stderr is not None
    lines: list[bytes] = []
    reader = threading.Thread(target=lambda: lines.extend(process.stderr or ()))
    reader.start()
    url = f"http://127.0.0.1:{port}"
    try:
        until(lambda: process.poll() is not None or is_alive(url), "it does not answer")
        assert process.poll() is None, b"".join(lines).decode()
        yield url, lines
    finally:
        process.terminate()
        process.wait(WAIT_S)
        reader.join(WAIT_S)
        process.stderr.close()


def unmeasured_environment() -> dict[str, str]:
    """Return the environment without coverage's names: it could write no file either."""
    return {k: v for k, v in inherited_environment().items() if not k.startswith("COVERAGE_")}


def is_alive(url: str) -> bool:
    """Whether something answers."""
    try:
        return urllib3.request("GET", f"{url}/livez", retries=False).status == 200
    except urllib3.exceptions.HTTPError:
        return False


def events_of(lines: list[bytes], name: str) -> list[dict[str, Any]]:
    """Return the events of this name in a log."""
    events = [json.loads(line) for line in lines if line.startswith(b"{")]
    return [event for event in events if event["event"] == name]


@pytest.mark.parametrize("service", ["gateway", "heads"])
@pytest.mark.parametrize("named", [True, False])
def test_without_room_for_metrics_that_is_one_line(
    tmp_path: Path, service: str, named: bool
) -> None:
    """Workers keep their metrics in memory and answer; none is killed for writing to a hole."""
    put_live(tmp_path / "catalog")
    variable = "GATEWAY_METRICS_DIR" if service == "gateway" else "TMPDIR"
    settings = {variable: str(tmp_path)} if named else {}
    (tmp_path / ".trunkline-metrics").touch()
    with serving(service, tmp_path / "catalog", **settings) as (url, lines):
        for _ in range(8):
            page = urllib3.request("GET", f"{url}/metrics", headers={"Connection": "close"})
            assert b"_requests_total{" in page.data
    (event,) = events_of(lines, "metrics_in_memory")
    assert event["reason"] in _REASONS
    assert (event["level"], event["service"]) == ("warning", service)
    assert not [line for line in lines if b"Traceback" in line or b"SIG" in line]


def test_a_full_shadow_folder_costs_rows_and_no_answer(tmp_path: Path) -> None:
    """Under load every mail gets production's answer; what the shadow's log lost is counted."""
    catalog, folder = tmp_path / "catalog", tmp_path / "shadow"
    write_head(catalog, "intent", ["yes", "no"])
    write_head(catalog, "intent", ["yes", "no"], version="2", seed=98, role="shadow")
    with serve(FakeEncoder(dim=DIM)) as embedder, ThreadPoolExecutor(8) as threads:
        settings = {**PATIENT, "GATEWAY_EMBEDDER": embedder, "GATEWAY_SHADOW_DIR": str(folder)}
        with serving("gateway", catalog, **settings) as (url, lines):
            until(lambda: urllib3.request("GET", f"{url}/readyz", retries=False).status == 200)

            def ask(number: int) -> tuple[int, str]:
                mail = {"text": f"These are words of mail {number}."}
                where = f"{url}/v1/classify"
                reply = urllib3.request("POST", where, json=mail, timeout=WAIT_S, retries=False)
                return reply.status, reply.json()["heads"]["intent"]["version"]

            assert set(threads.map(ask, range(200))) == {(200, "1")}
            until(lambda: lost_rows(url) > 0, "no row was lost")
            assert set(threads.map(ask, range(200, 240))) == {(200, "1")}
    losses = events_of(lines, "shadow_rows_lost")
    assert {event["reason"] for event in losses} == {"File too large"}
    assert len(losses) <= 2  # one a worker
    assert [path.read_bytes() for path in folder.iterdir()] == [b""] * len(list(folder.iterdir()))


def lost_rows(url: str) -> float:
    """Return how many rows of shadows one of the workers lost."""
    page = urllib3.request("GET", f"{url}/metrics", headers={"Connection": "close"}).data.decode()
    prefix = "gateway_shadow_lost_total "
    (line,) = [line for line in page.splitlines() if line.startswith(prefix)]
    return float(line.removeprefix(prefix))


@pytest.mark.parametrize("setting", ["GATEWAY_METRICS_DIR", "GATEWAY_SHADOW_DIR"])
def test_a_folder_that_can_never_be_written_to_is_named(tmp_path: Path, setting: str) -> None:
    """A folder that was asked for and cannot be had ends the start with its setting."""
    (tmp_path / "file").touch()
    environ = {
        **inherited_environment(),
        setting: str(tmp_path / "file" / "x"),
        "GATEWAY_PORT": "0",
    }
    done = subprocess.run(
        [sys.executable, "-m", "gateway", "serve"],
        env=environ, cwd=ROOT, capture_output=True, text=True, timeout=WAIT_S,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr == f"gateway: settings are wrong\n{setting}: Not a directory\n"
