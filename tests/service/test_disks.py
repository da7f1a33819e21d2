"""Services on a full disk or a read-only file system: one clear line, and they serve."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

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

_NOT_RUN = "not run: no file system may be mounted here"
_FILLED = """
mount -t tmpfs -o size=1m full "$1" || exit 77
touch "$1/.trunkline-metrics"
[ -n "$2" ] && dd if=/dev/zero of="$1/ballast" bs=4096 2>/dev/null
shift
shift
exec "$@"
"""
_READ_ONLY = """
for mount in $(awk '{print $5}' /proc/self/mountinfo); do
  case $mount in /proc*|/sys*|/dev*) ;; *) mount -o remount,bind,ro "$mount" || exit 77;; esac
done
exec "$@"
"""


def can_mount() -> bool:
    """Whether this user may mount a file system, in a namespace of its own."""
    unshare = shutil.which("unshare")
    return unshare is not None and not subprocess.run([unshare, "-rm", "true"]).returncode


@contextmanager
def serving(
    folder: Path, service: str, script: str, *arguments: str, **settings: str
) -> Iterator[tuple[str, Path]]:
    """Run a service by a script that changes what it sees of disks; yield its URL and log."""
    log = folder / "log"
    (port,) = free_ports(1)
    prefix = service.upper()
    environ = {
        **inherited_environment(),
        "PYTHONDONTWRITEBYTECODE": "1",
        f"{prefix}_PORT": str(port),
        f"{prefix}_WORKERS": "2",
        **settings,
    }
    command = ["unshare", "-rm", "sh", "-c", script, "sh", *arguments]
    with log.open("wb") as out:
        process = subprocess.Popen(
            [*command, sys.executable, "-m", service, "serve"],
            env=environ, cwd=ROOT, stdout=out, stderr=out,
        )  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    try:
        until(lambda: process.poll() is not None or is_alive(url), "it does not answer")
        assert process.poll() is None, log.read_text()
        yield url, log
    finally:
        process.terminate()
        process.wait(WAIT_S)


def catalog_settings(service: str, catalog: Path) -> dict[str, str]:
    """Point a service at a catalog of its own."""
    if service == "heads":
        return {"HEADS_CATALOG": str(catalog)}
    return {"GATEWAY_HEADS": "local", "GATEWAY_CATALOG": str(catalog)}


def events_of(log: Path, name: str) -> list[dict[str, object]]:
    """Return the events of this name in a log."""
    lines = log.read_text().splitlines()
    events = [json.loads(line) for line in lines if line.startswith("{")]
    return [event for event in events if event["event"] == name]


def is_alive(url: str) -> bool:
    """Whether something answers."""
    try:
        return urllib3.request("GET", f"{url}/livez", retries=False).status == 200
    except urllib3.exceptions.HTTPError:
        return False


@pytest.mark.skipif(not can_mount(), reason=_NOT_RUN)
@pytest.mark.parametrize(
    ("service", "variable", "filled"),
    [("gateway", "GATEWAY_METRICS_DIR", True), ("heads", "TMPDIR", False)],
)
def test_a_full_metrics_disk_is_one_line_in_the_log(
    tmp_path: Path, service: str, variable: str, filled: bool
) -> None:
    """Workers keep their metrics in memory and answer; none is killed for writing to the disk."""
    put_live(tmp_path / "catalog")
    full = tmp_path / "full"
    full.mkdir()
    settings = {variable: str(full), **catalog_settings(service, tmp_path / "catalog")}
    # Python takes no folder for temporary files that is full: there a little fits on the disk.
    arguments = (str(full), "fill" if filled else "")
    with serving(tmp_path, service, _FILLED, *arguments, **settings) as (url, log):
        for _ in range(8):
            page = urllib3.request("GET", f"{url}/metrics", headers={"Connection": "close"})
            assert b"_requests_total{" in page.data
    in_memory = events_of(log, "metrics_in_memory")
    assert [(event["reason"], event["service"]) for event in in_memory] == [
        ("No space left on device", service)
    ]
    assert "SIGBUS" not in log.read_text()


@pytest.mark.skipif(not can_mount(), reason=_NOT_RUN)
def test_a_full_shadow_folder_costs_rows_and_no_answer(tmp_path: Path) -> None:
    """Under load every mail gets production's answer; what the shadow's log lost is counted."""
    catalog, full = tmp_path / "catalog", tmp_path / "full"
    full.mkdir()
    write_head(catalog, "intent", ["yes", "no"])
    write_head(catalog, "intent", ["yes", "no"], version="2", seed=98, role="shadow")
    with serve(FakeEncoder(dim=DIM)) as embedder, ThreadPoolExecutor(8) as threads:
        settings = {
            **PATIENT,
            **catalog_settings("gateway", catalog),
            "GATEWAY_EMBEDDER": embedder,
            "GATEWAY_SHADOW_DIR": str(full),
        }
        with serving(tmp_path, "gateway", _FILLED, str(full), "fill", **settings) as (url, log):
            until(lambda: urllib3.request("GET", f"{url}/readyz", retries=False).status == 200)

            def ask(number: int) -> tuple[int, str]:
                mail = {"text": f"These are words of mail {number}."}
                answer_url = f"{url}/v1/classify"
                reply = urllib3.request(
                    "POST", answer_url, json=mail, timeout=WAIT_S, retries=False
                )
                return reply.status, reply.json()["heads"]["intent"]["version"]

            assert set(threads.map(ask, range(200))) == {(200, "1")}
            until(lambda: lost_rows(url) > 0, "no row was lost")
            assert set(threads.map(ask, range(200, 240))) == {(200, "1")}
    reasons = {event["reason"] for event in events_of(log, "shadow_rows_lost")}
    assert reasons == {"No space left on device"}
    assert 1 <= len(events_of(log, "shadow_rows_lost")) <= 2  # one a worker


def lost_rows(url: str) -> float:
    """Return how many rows of shadows were lost, in all workers."""
    page = urllib3.request("GET", f"{url}/metrics").data.decode()
    (line,) = [li for li in page.splitlines() if li.startswith("gateway_shadow_lost_total ")]
    return float(line.split()[1])


@pytest.mark.skipif(not can_mount(), reason=_NOT_RUN)
@pytest.mark.parametrize("service", ["gateway", "heads"])
def test_a_service_starts_on_a_read_only_file_system(tmp_path: Path, service: str) -> None:
    """Without any folder to write to; metrics stay in memory, which is one line in the log."""
    put_live(tmp_path / "catalog")
    settings = catalog_settings(service, tmp_path / "catalog")
    with serving(tmp_path, service, _READ_ONLY, **settings) as (url, log):
        assert b"_requests_total{" in urllib3.request("GET", f"{url}/metrics").data
    assert len(events_of(log, "metrics_in_memory")) == 1


@pytest.mark.skipif(not can_mount(), reason=_NOT_RUN)
@pytest.mark.parametrize("setting", ["GATEWAY_METRICS_DIR", "GATEWAY_SHADOW_DIR"])
def test_a_folder_that_is_read_only_is_named(tmp_path: Path, setting: str) -> None:
    """A folder that was asked for and cannot be had ends the start with its setting."""
    environ = {**inherited_environment(), setting: str(tmp_path / "folder"), "GATEWAY_PORT": "0"}
    command = ["unshare", "-rm", "sh", "-c", _READ_ONLY, "sh", sys.executable, "-m", "gateway"]
    done = subprocess.run(
        [*command, "serve"], env=environ, cwd=ROOT, capture_output=True, text=True, timeout=WAIT_S
    )
    assert done.returncode == 1
    assert done.stderr.splitlines()[-2:] == [
        "gateway: settings are wrong",
        f"{setting}: Read-only file system",
    ]
