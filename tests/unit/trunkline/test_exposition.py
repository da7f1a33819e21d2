"""What may be deleted in the folder where workers share their metrics."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from gateway.config import load_settings
from trunkline.exposition import MARKER, share_metrics
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
    assert names(shared.path) == set()
    shared.remove()
    assert not shared.path.exists()


def test_what_cannot_be_a_folder_is_told(tmp_path: Path) -> None:
    """A file in the folder's place is a wrong setting, not a traceback."""
    filled(tmp_path, "file")
    with pytest.raises(SettingsError, match=r"^X: File exists$"):
        share_metrics({}, tmp_path / "file", "X")
