"""Counts of ended workers: none is lost, none is seen twice, and files do not pile up."""

import subprocess
import sys
from pathlib import Path

from prometheus_client import CollectorRegistry
from prometheus_client.multiprocess import MultiProcessCollector

from trunkline.exposition import WORKER_FILE_BYTES, reserve_worker_files, retire_worker_files

_WORKER = """
import sys
from prometheus_client import Counter, Histogram
Counter("seen", "", ["kind"]).labels(sys.argv[1]).inc(2)
Histogram("took", "", buckets=(1, 2)).observe(1.5)
"""


def run_worker(folder: Path, pid: int, kind: str) -> None:
    """Let a process count something, in files of this worker's name."""
    environ = {"PROMETHEUS_MULTIPROC_DIR": str(folder)}
    reserve_worker_files(environ, pid)
    code = f"import os; os.getpid = lambda: {pid}\n{_WORKER}"
    subprocess.run([sys.executable, "-c", code, kind], env=environ, check=True)


def counts(folder: Path) -> dict[str, float]:
    """Return every series that a scrape would show."""
    registry = CollectorRegistry()
    MultiProcessCollector(registry, str(folder))  # type: ignore[no-untyped-call]
    return {
        f"{sample.name}{sorted(sample.labels.items())}": sample.value
        for metric in registry.collect()
        for sample in metric.samples
    }


def test_ended_workers_keep_their_counts_in_one_file(tmp_path: Path) -> None:
    """Sums are what they were before; of each kind one file is left, however many have ended."""
    for pid, kind in ((11, "a"), (12, "a"), (13, "b")):
        run_worker(tmp_path, pid, kind)
    before = counts(tmp_path)
    for pid in (11, 12, 13):
        retire_worker_files({"PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}, pid)

    assert counts(tmp_path) == before
    assert before["seen_total[('kind', 'a')]"] == 4
    assert before["took_bucket[('le', '2.0')]"] == 3
    files = {path.name for path in tmp_path.iterdir() if not path.name.startswith("gauge")}
    assert files == {"counter_0.db", "histogram_0.db"}
    assert (tmp_path / "counter_0.db").stat().st_size == WORKER_FILE_BYTES


def test_without_files_there_is_nothing_to_keep(tmp_path: Path) -> None:
    """A worker whose metrics are in memory, or whose folder is gone, ends as it would."""
    retire_worker_files({}, 11)
    retire_worker_files({"PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}, 11)
    retire_worker_files({"PROMETHEUS_MULTIPROC_DIR": str(tmp_path / "gone")}, 11)
    assert list(tmp_path.iterdir()) == []
