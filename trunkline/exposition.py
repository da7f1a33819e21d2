"""Show Prometheus metrics of one process, or of workers that share them through a folder."""

from __future__ import annotations

import errno
import os
import re
import shutil
import tempfile
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from trunkline import retired_metrics
from trunkline.settings import SettingsError

if TYPE_CHECKING:  # importing prometheus_client decides for good where metrics are kept
    from prometheus_client import CollectorRegistry

log = structlog.get_logger()

MARKER = ".trunkline-metrics"
"""The file that makes a folder one whose metrics files may be deleted."""
_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
_METRICS_FILE = re.compile(r"(counter|summary|histogram|gauge_[a-z]+)_\d+\.db")


WORKER_FILE_BYTES = 512 << 10
"""Disk that each metrics file of a worker is sure of: thousands of series."""
_KINDS = (
    "counter", "histogram", "gauge_livesum", "gauge_livemin", "gauge_livemax", "gauge_liveall",
)  # fmt: skip
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@dataclass(frozen=True, slots=True)
class MetricsFolder:
    """Where the workers of one service keep their metrics; without `path` each in its memory."""

    path: Path | None
    temporary: bool

    def forget_worker(self, pid: int) -> None:
        """Take a dead worker's gauges out of the totals."""
        if self.path is not None:
            _forget(self.path, pid)

    def remove(self) -> None:
        """Remove the folder, unless the operator named it."""
        if self.temporary and self.path is not None:
            shutil.rmtree(self.path, ignore_errors=True)


def share_metrics(
    environ: MutableMapping[str, str],
    folder: Path | None = None,
    setting: str = "",
    workers: int = 1,
) -> MetricsFolder:
    """Make a folder for workers' metrics, without those of a former run, and put it in `environ`.

    Without `folder` a temporary one. Where no temporary one can be made, or the disk has no room
    for so many workers, that is logged and each worker keeps its metrics in memory. Must run before
    prometheus_client is imported. Raises SettingsError under the name `setting` where the folder
    cannot be used, or holds files and no marker.
    """
    shared = MetricsFolder(None, temporary=False)
    try:
        shared = _made(folder, setting)
        with tempfile.TemporaryFile(dir=shared.path) as trial:
            os.posix_fallocate(trial.fileno(), 0, workers * len(_KINDS) * WORKER_FILE_BYTES)
    except OSError as error:
        if folder is not None and error.errno not in _FULL:
            raise SettingsError(f"{setting}: {os.strerror(error.errno or 0)}") from None
        shared.remove()
        environ.pop(_VARIABLE, None)  # an inherited one would be of a folder that nobody checked
        _log_memory(shared.path or folder, error)
        return MetricsFolder(None, temporary=False)
    environ[_VARIABLE] = str(shared.path)
    return shared


def reserve_worker_files(environ: MutableMapping[str, str], pid: int) -> None:
    """Give this worker's metrics files their room on disk; without room, use memory, and log that.

    prometheus_client writes into mapped files with holes, and a process that writes to a hole on a
    full disk is killed (SIGBUS). Must run in the worker before prometheus_client is imported.
    """
    if _VARIABLE not in environ:
        return
    folder = Path(environ[_VARIABLE])
    files = [folder / f"{kind}_{pid}.db" for kind in _KINDS]
    try:
        for file in files:
            _allocate(file)
    except OSError as error:
        for file in files:
            file.unlink(missing_ok=True)
        del environ[_VARIABLE]
        _log_memory(folder, error)


def forget_process(environ: Mapping[str, str], pid: int) -> None:
    """Take the gauges of a process that ends, or has ended, out of the totals."""
    if _VARIABLE in environ:
        _forget(Path(environ[_VARIABLE]), pid)


def shares_metrics(environ: Mapping[str, str]) -> bool:
    """Whether this process keeps its metrics where its sibling workers' are."""
    return _VARIABLE in environ


def metrics_text(registry: CollectorRegistry, *, shared: bool) -> bytes:
    """Return all series in Prometheus' text format: of `registry`, or of all workers if shared."""
    from prometheus_client import CollectorRegistry, generate_latest, multiprocess

    if not shared:
        return generate_latest(registry)
    registry = CollectorRegistry()
    collector = multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    with retired_metrics.reading(Path(collector._path)):
        return generate_latest(registry)


def retire_worker_files(environ: Mapping[str, str], pid: int) -> None:
    """Keep the counts of a worker that ends now in one file with those of all that ended before."""
    if _VARIABLE in environ:
        retired_metrics.fold(Path(environ[_VARIABLE]), pid)


def _forget(folder: Path, pid: int) -> None:
    for file in folder.glob(f"gauge_live*_{pid}.db"):
        file.unlink(missing_ok=True)


def _made(folder: Path | None, setting: str) -> MetricsFolder:
    if folder is None:
        return MetricsFolder(Path(tempfile.mkdtemp(prefix="trunkline-metrics-")), temporary=True)
    _clean(folder, setting)
    return MetricsFolder(folder, temporary=False)


def _allocate(file: Path) -> None:
    """Make a file of zeros whose blocks are on disk; none is left where there is no room."""
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        os.posix_fallocate(descriptor, 0, WORKER_FILE_BYTES)
    except OSError:
        file.unlink(missing_ok=True)
        raise
    finally:
        os.close(descriptor)


def _log_memory(folder: Path | None, error: OSError) -> None:
    log.warning(
        "metrics_in_memory",
        folder=str(folder or "a temporary one"),
        reason=os.strerror(error.errno or 0),
        meaning="each worker shows its own metrics",
    )


def _clean(folder: Path, setting: str) -> None:
    """Delete a former run's metrics from a folder that is ours; take a new or empty one as ours."""
    folder.mkdir(parents=True, exist_ok=True)
    marker = folder / MARKER
    # Listed before the marker is looked for: of two services that start at once in a new folder
    # either puts the marker there before anything else.
    occupied = any(path.name != MARKER for path in folder.iterdir())
    if not marker.exists():
        if occupied:
            raise SettingsError(
                f"{setting}: the folder holds files and no {MARKER}; name an empty or a new "
                f"folder, or put an empty file {MARKER} into this one: its metrics files "
                "(*.db) are then deleted at every start"
            )
        marker.touch()
    for path in folder.iterdir():
        if _METRICS_FILE.fullmatch(path.name):
            path.unlink(missing_ok=True)  # another service may be cleaning here
