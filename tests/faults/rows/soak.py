"""The long row: half an hour of load, promotions and rolling restarts, and memory meanwhile."""

from __future__ import annotations

import time
from collections.abc import Sequence

from heads.lifecycle.promotion import Author, promote, rollback
from heads.storage.folder import FolderCatalog
from loadtests.measurement.summary import drift
from loadtests.measurement.usage import Usage, UsageSampler
from loadtests.stack.catalogs import production_versions
from loadtests.stack.faults import OTHER_VERSION
from loadtests.stack.processes import KINDS
from tests.faults.row import Bounds, Row, Scene
from tests.faults.rows.catalog import FRESH_S, catalog_of, expect_version
from tests.faults.rows.rolling import restart_replicas

_SECONDS = 1800.0
_CHANGE_S, _RESTART_S = 5.0, 300.0
_LOOKED_AT = 12  # every twelfth change is looked for in every worker
_SLOPE_S = 540.0  # a process that lived shorter is no evidence about memory


def soaked(scene: Scene, seconds: float = _SECONDS) -> None:
    """Change a head every 5 s, restart one service's replicas every 5 minutes, in turn."""
    catalog, author = FolderCatalog(catalog_of(scene)), Author("faults")
    processes = {
        one.name: one.process.pid for kind in KINDS for one in scene.cluster.replicas[kind]
    }
    scene.fault()
    begun, changes, restarts = time.monotonic(), 0, 0
    with UsageSampler(processes) as sampler:
        while (spent := time.monotonic() - begun) < seconds - _RESTART_S / 2:
            scene.wait(_CHANGE_S)
            if changes % 2 == 0:
                promote(catalog, "intent", OTHER_VERSION, "production", author)
            else:
                rollback(catalog, "intent", author)
            changes += 1
            if changes % _LOOKED_AT == 0:
                scene.wait(FRESH_S)
                expect_version(scene, production_versions(catalog_of(scene))["intent"])
            if spent > _RESTART_S * (restarts + 1):
                kind = KINDS[restarts % len(KINDS)]
                _note_memory(scene, sampler, [one.name for one in scene.cluster.replicas[kind]])
                restart_replicas(scene, kind)
                for replica in scene.cluster.replicas[kind]:
                    sampler.usage[replica.name].clear()
                    sampler.follow(replica.name, replica.process.pid)
                restarts += 1
        _note_memory(scene, sampler, list(processes))
    scene.notes.append(f"{changes} changes of a head, {restarts} rolling restarts")


def _note_memory(scene: Scene, sampler: UsageSampler, names: Sequence[str]) -> None:
    for name in names:
        if note := _slope(name, sampler.usage[name]):
            scene.notes.append(note)


def _slope(name: str, used: Sequence[Usage]) -> str:
    if not used or used[-1].at - used[0].at < _SLOPE_S:
        return ""
    line = drift([(one.at, one.cores, one.memory_mb) for one in used])
    return (
        f"{name}: {used[-1].memory_mb:.0f} MiB, {line.slope:+.2f} MiB a minute "
        f"({line.low:+.2f} to {line.high:+.2f})"
    )


ROWS = (
    Row("half an hour of load, promotions and rolling restarts", soaked, Bounds(p99_s=1.0),
        rate=60.0, seconds=_SECONDS, layout="cached", long=True),
)  # fmt: skip
