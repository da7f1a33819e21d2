"""What may be deleted in the folder where workers share their metrics."""

from pathlib import Path

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
