"""Show Prometheus metrics of one process, or of workers that share them through a folder."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from trunkline.settings import SettingsError

if TYPE_CHECKING:  # importing prometheus_client decides for good where metrics are kept
    from prometheus_client import CollectorRegistry

MARKER = ".trunkline-metrics"
"""The file that makes a folder one whose metrics files may be deleted."""
_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
_METRICS_FILE = re.compile(r"(counter|summary|histogram|gauge_[a-z]+)_\d+\.db")


@dataclass(frozen=True, slots=True)
class MetricsFolder:
    """Where the workers of one service keep their metrics."""

    path: Path
    temporary: bool

    def remove(self) -> None:
        """Remove the folder, unless the operator named it."""
        if self.temporary:
            shutil.rmtree(self.path, ignore_errors=True)


def share_metrics(
    environ: MutableMapping[str, str], folder: Path | None = None, setting: str = ""
) -> MetricsFolder:
    """Make a folder for workers' metrics, without those of a former run, and put it in `environ`.

    Without `folder` a temporary one. Must run before prometheus_client is imported. Raises
    SettingsError under the name `setting` where the folder holds files and no marker.
    """
    if folder is None:
        shared = MetricsFolder(Path(tempfile.mkdtemp(prefix="trunkline-metrics-")), temporary=True)
    else:
        try:
            _clean(folder, setting)
        except OSError as error:
            raise SettingsError(f"{setting}: {os.strerror(error.errno or 0)}") from None
        shared = MetricsFolder(folder, temporary=False)
    environ[_VARIABLE] = str(shared.path)
    return shared


def shares_metrics(environ: Mapping[str, str]) -> bool:
    """Whether this process keeps its metrics where its sibling workers' are."""
    return _VARIABLE in environ


def metrics_text(registry: CollectorRegistry, *, shared: bool) -> bytes:
    """Return all series in Prometheus' text format: of `registry`, or of all workers if shared."""
    from prometheus_client import CollectorRegistry, generate_latest, multiprocess

    if shared:
        registry = CollectorRegistry()
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry)


def forget_worker(pid: int) -> None:
    """Take a dead worker's gauges out of the totals."""
    from prometheus_client import multiprocess

    multiprocess.mark_process_dead(pid)  # type: ignore[no-untyped-call]


def _clean(folder: Path, setting: str) -> None:
    """Delete a former run's metrics from a folder that is ours; take a new or empty one as ours."""
    folder.mkdir(parents=True, exist_ok=True)
    marker = folder / MARKER
    if not marker.exists():
        if any(folder.iterdir()):
            raise SettingsError(
                f"{setting}: the folder holds files and no {MARKER}; name an empty or a new "
                f"folder, or put an empty file {MARKER} into this one: its metrics files "
                "(*.db) are then deleted at every start"
            )
        marker.touch()
    for path in folder.iterdir():
        if _METRICS_FILE.fullmatch(path.name):
            path.unlink()
