"""Rows of disks that are full or read-only; they mount a small file system, which needs root."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psutil
import urllib3
from prometheus_client.parser import text_string_to_metric_families

from gateway.rollout.shadow_log import FILE
from heads.lifecycle.promotion import Author, demote, promote
from heads.storage.folder import FolderCatalog
from loadtests.stack.catalogs import production_versions
from loadtests.stack.cluster import Replica
from tests.faults.row import Bounds, Row, Scene
from tests.faults.rows.catalog import catalog_of
from tests.faults.rows.rolling import restart
from tests.faults.site import NotHereError, every_replica

_SIZE = "1m"
_HEAD, _ABSTAINING = "intent", "8888"
_SHADOWED_S = 6.0  # shadows rest a hundred times as long as they work


@contextlib.contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """Mount a file system of 1 MiB. Raises NotHereError where this process may not mount."""
    folder.mkdir()
    if os.geteuid() != 0:
        raise NotHereError("mounting needs root")
    command = ["mount", "-t", "tmpfs", "-o", f"size={_SIZE}", "tmpfs", str(folder)]
    if subprocess.run(command, capture_output=True, check=False).returncode != 0:
        raise NotHereError("this machine lets nobody mount")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
        folder.rmdir()


def fill(folder: Path) -> None:
    """Write until the disk is full."""
    with (folder / "filler").open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"\0" * 4096)
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise


def metric(replica: Replica, name: str) -> float:
    """Return the sum of a metric's series that this replica shows; several workers may answer."""
    text = urllib3.request("GET", f"{replica.url}/metrics", timeout=20).data.decode()
    families = text_string_to_metric_families(text)
    return float(sum(one.value for family in families for one in family.samples
                     if one.name == name))  # fmt: skip


def shadow_folder_filled(scene: Scene) -> None:
    """Fill the disk of the shadows' log, then make room: what was lost is told once a worker."""
    gateway = scene.cluster.replicas["gateway"][0]
    catalog, author = FolderCatalog(catalog_of(scene)), Author("faults")
    _add_abstaining(catalog_of(scene) / _HEAD)
    with small_disk(scene.cluster.folder / "shadows") as folder:
        gateway.settings["GATEWAY_SHADOW_DIR"] = str(folder)
        try:
            restart(scene, gateway)
            fill(folder)
            scene.fault()
            promote(catalog, _HEAD, _ABSTAINING, "shadow", author, share=1.0)
            scene.wait(_SHADOWED_S)
            _expect_losses(scene, gateway)
            (folder / "filler").unlink()
            scene.wait(_SHADOWED_S)
            if not _whole_lines(folder / FILE):
                scene.wrong.append("nothing is kept though the disk has room again")
            demote(catalog, _HEAD, "shadow", author)
        finally:
            del gateway.settings["GATEWAY_SHADOW_DIR"]
            restart(scene, gateway)


def _expect_losses(scene: Scene, gateway: Replica) -> None:
    lost = metric(gateway, "gateway_shadow_lost_total")
    lines = gateway.process.log.read_text(encoding="utf-8").count('"shadow_rows_lost"')
    scene.notes.append(f"{lost:.0f} differences lost and counted, told in {lines} lines")
    if not lost:
        scene.wrong.append("no lost difference was counted")
    if not 1 <= lines <= len(_workers(gateway)):
        scene.wrong.append(f"{lines} lines tell of the full disk: one a worker is wanted")


def _whole_lines(file: Path) -> int:
    """Count the lines. Raises ValueError where one is not whole."""
    return sum(1 for line in file.read_bytes().splitlines() if json.loads(line))


def _add_abstaining(head: Path) -> None:
    """Add a version that scores as production does, and never decides: it differs often."""
    serving = production_versions(head.parent)[head.name]
    shutil.copytree(head / serving, head / _ABSTAINING)
    manifest = head / _ABSTAINING / "head.toml"
    text = manifest.read_text(encoding="utf-8")
    text = text.replace(f'version = "{serving}"', f'version = "{_ABSTAINING}"', 1)
    text = re.sub(r"(?m)^(\w+ = )0\.\d+$", r"\g<1>0.999999", text.partition("[[members]]")[0]) + (
        "[[members]]" + text.partition("[[members]]")[2]
    )
    manifest.write_text(text, encoding="utf-8")


def started_on_a_full_disk(scene: Scene) -> None:
    """Start a gateway whose metrics have no room: it serves, and counts in memory."""
    gateway = scene.cluster.replicas["gateway"][0]
    with small_disk(scene.cluster.folder / "full") as folder, _metrics_in(gateway, folder):
        fill(folder)
        scene.fault()
        restart(scene, gateway)
        scene.wait(3.0)
        if metric(gateway, "gateway_requests_total") == 0.0:
            scene.wrong.append("the gateway shows no count of requests")
    restart(scene, gateway)


def filled_while_running(scene: Scene) -> None:
    """Fill the disk of the metrics, then kill a worker: its successor must serve."""
    gateway = scene.cluster.replicas["gateway"][0]
    with small_disk(scene.cluster.folder / "filling") as folder, _metrics_in(gateway, folder):
        restart(scene, gateway)
        fill(folder)
        scene.fault()
        before = set(_workers(gateway))
        next(iter(before)).kill()
        scene.wait(5.0)
        successors = set(_workers(gateway))
        scene.wait(2.0)
        if set(_workers(gateway)) != successors or len(successors) != len(before):
            scene.wrong.append("the killed worker has no lasting successor")
        scene.cluster.wait_healthy("gateway", [gateway.port])
    restart(scene, gateway)


def read_only(scene: Scene) -> None:
    """Restart every replica where it may write to one folder of its own and to nothing else."""
    if os.geteuid() != 0:
        raise NotHereError("a file system of one's own needs root")
    scene.fault()
    for replica in every_replica(scene.cluster):
        own = scene.cluster.folder / f"{replica.name}.own"
        own.mkdir()
        replica.wrapper = ("unshare", "--mount", "sh", "-ec", _READ_ONLY, "sh", str(own))
        if subprocess.run([*replica.wrapper, "true"], capture_output=True).returncode != 0:
            raise NotHereError("this machine lets nobody make a file system read-only")
        restart(scene, replica)
    scene.wait(3.0)


# $1: the folder that stays writable, also for temporary files; then the command.
_READ_ONLY = """
own=$1; shift
mount --make-rprivate /
mount --bind "$own" "$own"
for place in $(cut -d' ' -f2 /proc/self/mounts); do
    case $place in
        "$own" | /proc | /proc/* | /sys | /sys/* | /dev | /dev/*) ;;
        *) mount -o remount,bind,ro "$place" ;;
    esac
done
touch "$own/trial"
if touch "$own/../trial" 2>/dev/null; then exit 1; fi
export TMPDIR="$own"
exec "$@"
"""


@contextlib.contextmanager
def _metrics_in(replica: Replica, folder: Path) -> Iterator[None]:
    replica.settings["GATEWAY_METRICS_DIR"] = str(folder / "metrics")
    try:
        yield
    finally:
        del replica.settings["GATEWAY_METRICS_DIR"]


def _workers(replica: Replica) -> list[psutil.Process]:
    workers: list[psutil.Process] = psutil.Process(replica.process.pid).children()
    return workers


_IN_FLIGHT = "what the killed worker was working on"

ROWS = (
    Row("a gateway started with a full metrics disk", started_on_a_full_disk, seconds=30.0),
    Row("a shadow's folder full, then with room again", shadow_folder_filled, Bounds(p99_s=1.0),
        seconds=45.0),
    Row("every service on a read-only file system", read_only, Bounds(p99_s=1.0), seconds=45.0),
    Row("a metrics disk filled, then a worker killed", filled_while_running,
        Bounds(failed=None, lost=None, why=_IN_FLIGHT), seconds=30.0),
)  # fmt: skip
