"""Services on a full disk: one clear line each, and they serve."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import urllib3

from loadtests.config import inherited_environment
from loadtests.stack.stack import ROOT, free_ports
from tests.support.bundles import put_live
from tests.support.waiting import WAIT_S, until

pytestmark = pytest.mark.service

_FILLED = """
mount -t tmpfs -o size=1m full "$1" || exit 77
touch "$1/.trunkline-metrics"
[ -n "$2" ] && dd if=/dev/zero of="$1/ballast" bs=4096 2>/dev/null
shift
shift
exec "$@"
"""


def can_mount() -> bool:
    """Whether this user may mount a file system, in a namespace of its own."""
    unshare = shutil.which("unshare")
    return unshare is not None and not subprocess.run([unshare, "-rm", "true"]).returncode


@contextmanager
def serving_on_a_full_disk(
    folder: Path, service: str, variable: str, *, filled: bool, **settings: str
) -> Iterator[tuple[str, Path]]:
    """Run a service whose `variable` names a folder on a full disk; yield its URL and log.

    Unless `filled` a little fits on it: Python takes no folder for temporary files that is full.
    """
    full, log = folder / "full", folder / "log"
    full.mkdir()
    (port,) = free_ports(1)
    prefix = service.upper()
    environ = {
        **inherited_environment(),
        **settings,
        variable: str(full),
        f"{prefix}_PORT": str(port),
        f"{prefix}_WORKERS": "2",
    }
    command = ["unshare", "-rm", "sh", "-c", _FILLED, "sh", str(full), "fill" * filled]
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


def is_alive(url: str) -> bool:
    """Whether something answers."""
    try:
        return urllib3.request("GET", f"{url}/livez", retries=False).status == 200
    except urllib3.exceptions.HTTPError:
        return False


@pytest.mark.skipif(not can_mount(), reason="not run: no file system may be mounted here")
@pytest.mark.parametrize(
    ("service", "variable", "filled"),
    [("gateway", "GATEWAY_METRICS_DIR", True), ("heads", "TMPDIR", False)],
)
def test_a_full_metrics_disk_is_one_line_in_the_log(
    tmp_path: Path, service: str, variable: str, filled: bool
) -> None:
    """Workers keep their metrics in memory and answer; none is killed for writing to the disk."""
    put_live(tmp_path / "catalog")
    settings = {"HEADS_CATALOG": str(tmp_path / "catalog")} if service == "heads" else {}
    if service == "gateway":
        settings = {"GATEWAY_HEADS": "local", "GATEWAY_CATALOG": str(tmp_path / "catalog")}
    running = serving_on_a_full_disk(tmp_path, service, variable, filled=filled, **settings)
    with running as (url, log):
        for _ in range(8):
            page = urllib3.request("GET", f"{url}/metrics", headers={"Connection": "close"})
            assert b"_requests_total{" in page.data
    events = [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]
    in_memory = [event for event in events if event["event"] == "metrics_in_memory"]
    assert [(event["reason"], event["service"]) for event in in_memory] == [
        ("No space left on device", service)
    ]
    assert "SIGBUS" not in log.read_text()
