"""Rows in which the services' wall clocks jump: all, or those of one replica of each service."""

from __future__ import annotations

import time
from collections.abc import Sequence
from email.utils import parsedate_to_datetime

import urllib3

from heads.lifecycle.promotion import Author, promote, rollback
from heads.storage.folder import FolderCatalog
from loadtests.stack.catalogs import production_versions
from loadtests.stack.cluster import Replica
from loadtests.stack.faults import OTHER_VERSION
from loadtests.stack.processes import KINDS
from tests.faults.clock import WallClock, make_clock
from tests.faults.row import Bounds, Row, Scene
from tests.faults.rows.catalog import FRESH_S, catalog_of, expect_version
from tests.faults.rows.rolling import restart
from tests.faults.site import every_replica

_DAY_S = 86_400
_LIVES_S = 4.0  # with each time
_NEAR_S = 5.0


def all_jump(scene: Scene) -> None:
    """Let every service's clock jump a day ahead, two days back, and to the machine's again."""
    replicas = every_replica(scene.cluster)
    clocks = [_give_clock(scene, replica) for replica in replicas]
    scene.fault()
    for ahead_s in (_DAY_S, -_DAY_S, 0):
        _jump(scene, replicas, clocks, ahead_s)
        scene.wait(_LIVES_S)


def one_of_each_jumps(scene: Scene) -> None:
    """Let one replica of each service live in another day, while heads change."""
    catalog, author = FolderCatalog(catalog_of(scene)), Author("faults")
    replicas = [scene.cluster.replicas[kind][0] for kind in KINDS]
    clocks = [_give_clock(scene, replica) for replica in replicas]
    scene.fault()
    for ahead_s in (_DAY_S, -_DAY_S):
        _jump(scene, replicas, clocks, ahead_s)
        promote(catalog, "intent", OTHER_VERSION, "production", author)
        scene.wait(FRESH_S)
        expect_version(scene, OTHER_VERSION)
        _jump(scene, replicas, clocks, -ahead_s)
        rollback(catalog, "intent", author)
        scene.wait(FRESH_S)
        expect_version(scene, production_versions(catalog_of(scene))["intent"])


def _give_clock(scene: Scene, replica: Replica) -> WallClock:
    """Restart the replica, so that it lives by a clock of its own from now on."""
    clock = make_clock(scene.cluster.folder, replica.name)
    replica.wrapper = clock.wrapper
    restart(scene, replica)
    return clock


def _jump(
    scene: Scene, replicas: Sequence[Replica], clocks: Sequence[WallClock], ahead_s: int
) -> None:
    """Set the clocks; one that its service does not show is wrong: the row would prove nothing."""
    for clock in clocks:
        clock.set_ahead(ahead_s)
    for replica in replicas:
        shown = _shown_ahead_s(replica)
        if abs(shown - ahead_s) > _NEAR_S:
            scene.wrong.append(f"{replica.name}: its clock is {shown:.0f} s ahead, not {ahead_s}")


def _shown_ahead_s(replica: Replica) -> float:
    """Return by how much the service's Date header is ahead of the machine's clock."""
    answer = urllib3.request("GET", f"{replica.url}/metrics", timeout=20)
    return parsedate_to_datetime(answer.headers["Date"]).timestamp() - time.time()


ROWS = (
    Row("every service's clock a day ahead, then a day back", all_jump, Bounds(p99_s=1.0),
        seconds=40.0),
    Row("clocks a day apart while a head is promoted and rolled back", one_of_each_jumps,
        Bounds(p99_s=1.0), seconds=40.0),
)  # fmt: skip
