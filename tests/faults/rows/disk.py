"""Rows of disks that are full or read-only; they mount a small file system, which needs root."""

from __future__ import annotations

import contextlib
import errno
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psutil

from loadtests.stack.cluster import Replica
from tests.faults.row import Bounds, Row, Scene
from tests.faults.site import NotHereError

_SIZE = "1m"


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


def started_on_a_full_disk(scene: Scene) -> None:
    """Start a gateway whose metrics have no room: it serves, and counts in memory."""
    gateway = scene.cluster.replicas["gateway"][0]
    with small_disk(scene.cluster.folder / "full") as folder, _metrics_in(gateway, folder):
        fill(folder)
        scene.fault()
        _restart(scene, gateway)
        scene.wait(3.0)
    _restart(scene, gateway)


def filled_while_running(scene: Scene) -> None:
    """Fill the disk of the metrics, then kill a worker: its successor must serve."""
    gateway = scene.cluster.replicas["gateway"][0]
    with small_disk(scene.cluster.folder / "filling") as folder, _metrics_in(gateway, folder):
        _restart(scene, gateway)
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
    _restart(scene, gateway)


@contextlib.contextmanager
def _metrics_in(replica: Replica, folder: Path) -> Iterator[None]:
    replica.settings["GATEWAY_METRICS_DIR"] = str(folder / "metrics")
    try:
        yield
    finally:
        del replica.settings["GATEWAY_METRICS_DIR"]


def _restart(scene: Scene, replica: Replica) -> None:
    scene.cluster.deregister(replica)
    replica.process.stop()
    scene.cluster.start_replicas([replica])
    scene.cluster.register(replica)


def _workers(replica: Replica) -> list[psutil.Process]:
    workers: list[psutil.Process] = psutil.Process(replica.process.pid).children()
    return workers


_IN_FLIGHT = "what the killed worker was working on"

ROWS = (
    Row("a gateway started with a full metrics disk", started_on_a_full_disk, seconds=30.0),
    Row("a metrics disk filled, then a worker killed", filled_while_running,
        Bounds(failed=None, lost=None, why=_IN_FLIGHT), seconds=30.0),
)  # fmt: skip
