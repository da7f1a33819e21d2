"""What may be deleted in the folder where workers share their metrics, and what if it is full."""

import errno
import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
import structlog

from gateway.config import load_settings
from trunkline.exposition import (
    MARKER,
    WORKER_FILE_BYTES,
    MetricsFolder,
    forget_process,
    reserve_worker_files,
    share_metrics,
)
from trunkline.settings import SettingsError

OWN = ("counter_12.db", "histogram_1.db", "summary_3.db", "gauge_livesum_7.db")
FOREIGN = ("people.db", "counter_.db", "gauge_12.db.bak", "counter_12.db-journal", "notes.txt")


def filled(folder: Path, *names: str) -> Path:
    """Make a folder that holds files of these names."""
    folder.mkdir(exist_ok=True)
    for name in names:
        (folder / name).write_text("kept")
    return folder


def names(folder: Path) -> set[str]:
    """Return what lies in a folder."""
    return {path.name for path in folder.iterdir()}


def test_an_empty_setting_deletes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`GATEWAY_METRICS_DIR=` is as good as absent, and never the folder one happens to be in."""
    monkeypatch.chdir(filled(tmp_path, *OWN, *FOREIGN))
    settings = load_settings({"GATEWAY_METRICS_DIR": "", "GATEWAY_SHADOW_DIR": ""})
    shared = share_metrics({}, settings.metrics_dir, "GATEWAY_METRICS_DIR")

    assert (settings.metrics_dir, settings.shadow_dir) == (None, None)
    assert names(tmp_path) == {*OWN, *FOREIGN}
    shared.remove()


def test_a_folder_of_others_is_refused(tmp_path: Path) -> None:
    """Files without the marker: nothing is deleted; setting and way out are named, no value."""
    folder = filled(tmp_path / "canary", *OWN, *FOREIGN)
    environ: dict[str, str] = {}
    with pytest.raises(SettingsError) as caught:
        share_metrics(environ, folder, "GATEWAY_METRICS_DIR")

    (problem,) = caught.value.problems
    assert problem.startswith("GATEWAY_METRICS_DIR: ")
    assert MARKER in problem
    assert "canary" not in problem
    assert names(folder) == {*OWN, *FOREIGN}
    assert environ == {}


@pytest.mark.parametrize("made_by", ["itself", "operator"])
def test_of_a_marked_folder_only_metrics_are_deleted(tmp_path: Path, made_by: str) -> None:
    """A folder that the service made, or that was marked: metrics files go, all others stay."""
    folder = tmp_path / "deep" / "metrics"
    if made_by == "itself":
        share_metrics({}, folder)
    else:
        folder.mkdir(parents=True)
        (folder / MARKER).touch()
    filled(folder, *OWN, *FOREIGN)
    environ: dict[str, str] = {}
    share_metrics(environ, folder).remove()

    assert names(folder) == {*FOREIGN, MARKER}
    assert environ == {"PROMETHEUS_MULTIPROC_DIR": str(folder)}


def new(folder: Path) -> None:
    """Leave the folder to be made by those who share it."""


def emptied(folder: Path) -> None:
    """Make a folder that holds nothing."""
    folder.mkdir()


def used(folder: Path) -> None:
    """Make a folder with what a former run left."""
    filled(folder, MARKER, *(f"counter_{pid}.db" for pid in range(50)))


@pytest.mark.parametrize("before", [new, emptied, used])
def test_two_that_start_at_once_share_a_folder(
    tmp_path: Path, before: Callable[[Path], None]
) -> None:
    """Neither takes the other's marker for a stranger's file, or fails on a file that is gone."""
    start = Barrier(2)

    def share(folder: Path) -> None:
        start.wait(60)
        share_metrics({}, folder, "X")

    with ThreadPoolExecutor(2) as threads:
        for number in range(200):
            folder = tmp_path / str(number)
            before(folder)
            for shared in [threads.submit(share, folder) for _ in range(2)]:
                shared.result(60)
            assert names(folder) == {MARKER}


@pytest.mark.parametrize("sees", ["marker", "metrics"])
def test_a_folder_that_another_takes_meanwhile_is_shared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sees: str
) -> None:
    """A service that finds the folder without a marker may find another's in the next moment."""
    look = Path.exists

    def exists(path: Path) -> bool:
        found = look(path)
        if path.name == MARKER:
            filled(tmp_path, MARKER, *(["counter_7.db"] if sees == "metrics" else []))
        return found

    monkeypatch.setattr(Path, "exists", exists)
    share_metrics({}, tmp_path, "X")

    assert MARKER in names(tmp_path)


def test_a_temporary_folder_is_removed(tmp_path: Path) -> None:
    """Without a setting the folder is new, empty, and gone at the end."""
    shared = share_metrics({})
    assert shared.path is not None
    assert names(shared.path) == set()
    shared.remove()
    assert not shared.path.exists()


def test_what_cannot_be_a_folder_is_told(tmp_path: Path) -> None:
    """A file in the folder's place is a wrong setting, not a traceback."""
    filled(tmp_path, "file")
    with pytest.raises(SettingsError, match=r"^X: File exists$"):
        share_metrics({}, tmp_path / "file", "X")


VARIABLE = "PROMETHEUS_MULTIPROC_DIR"


class Disk:
    """A disk with room for some bytes; `fallocate` takes the place of the system's."""

    def __init__(self, room: int) -> None:
        self.room = room

    def fallocate(self, _descriptor: int, _offset: int, size: int) -> None:
        """Take the bytes, or fail as a full disk does."""
        if size > self.room:
            raise OSError(errno.ENOSPC, "")
        self.room -= size


@pytest.mark.parametrize("named", [True, False])
def test_without_room_for_all_workers_metrics_stay_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: bool
) -> None:
    """That is logged in one line; no worker is pointed at the folder, nor at an inherited one."""
    monkeypatch.setattr(os, "posix_fallocate", Disk(3 * WORKER_FILE_BYTES).fallocate)
    environ = {VARIABLE: str(tmp_path / "inherited")}
    with structlog.testing.capture_logs() as events:
        shared = share_metrics(environ, tmp_path if named else None, "X", workers=2)
    (event,) = events
    assert (event["event"], event["reason"]) == ("metrics_in_memory", "No space left on device")
    assert environ == {}
    shared.forget_worker(7)
    shared.remove()
    assert names(tmp_path) == ({MARKER} if named else set())


def test_without_any_temporary_folder_metrics_stay_in_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As where the whole file system is read-only and no folder was named."""

    def fail(**_options: object) -> str:
        raise FileNotFoundError(errno.ENOENT, "No usable temporary directory")

    monkeypatch.setattr("tempfile.mkdtemp", fail)
    environ = {VARIABLE: "inherited"}
    with structlog.testing.capture_logs() as events:
        assert share_metrics(environ).path is None
    assert ([event["event"] for event in events], environ) == (["metrics_in_memory"], {})


def test_a_worker_without_room_keeps_its_metrics_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a disk that filled up since the start: what it took is given back; others go on."""
    monkeypatch.setattr(os, "posix_fallocate", Disk(2 * WORKER_FILE_BYTES).fallocate)
    environ = {VARIABLE: str(tmp_path)}
    filled(tmp_path, "counter_1.db")
    with structlog.testing.capture_logs() as events:
        reserve_worker_files(environ, 2)
        reserve_worker_files(environ, 2)
    assert [event["event"] for event in events] == ["metrics_in_memory"]
    assert (environ, names(tmp_path)) == ({}, {"counter_1.db"})


@pytest.mark.parametrize("package", ["gateway.metrics", "heads.service.metrics"])
def test_every_file_of_a_worker_has_its_room(tmp_path: Path, package: str) -> None:
    """What prometheus_client writes into is on disk before: it makes no file of its own."""
    code = (
        "import os; from trunkline.exposition import reserve_worker_files; "
        "reserve_worker_files(os.environ, os.getpid()); "
        "before = set(os.listdir('.')); "
        f"import {package} as metrics; "
        "getattr(metrics, 'Metrics', dict)(**({'shared': True} if hasattr(metrics, 'Metrics') "
        "else {})); "
        "assert before and set(os.listdir('.')) == before, os.listdir('.')"
    )
    environ = {**os.environ, VARIABLE: str(tmp_path), "PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=environ, check=True)
    sizes = {path.stat().st_blocks * 512 for path in tmp_path.iterdir()}
    assert min(sizes) >= WORKER_FILE_BYTES


def test_a_dead_workers_gauges_are_forgotten(tmp_path: Path) -> None:
    """Its counters stay, and so do other workers' gauges."""
    filled(tmp_path, "gauge_livesum_7.db", "gauge_liveall_7.db", "counter_7.db")
    filled(tmp_path, "gauge_livesum_77.db")
    MetricsFolder(tmp_path, temporary=False).forget_worker(7)
    assert names(tmp_path) == {"counter_7.db", "gauge_livesum_77.db"}


def test_a_process_that_ends_leaves_no_gauge(tmp_path: Path) -> None:
    """Its live gauges go, its counters stay; without a shared folder there is nothing to do."""
    filled(tmp_path, "gauge_livemax_7.db", "gauge_livesum_7.db", "counter_7.db")
    filled(tmp_path, "gauge_livemax_77.db")
    forget_process({}, 7)
    forget_process({VARIABLE: str(tmp_path)}, 7)
    assert names(tmp_path) == {"counter_7.db", "gauge_livemax_77.db"}
