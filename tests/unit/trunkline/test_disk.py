"""Folders that a command makes anew: its own, and nobody else's."""

from __future__ import annotations

from pathlib import Path

import pytest

from trunkline.disk import renew_folder


def test_what_an_earlier_run_left_goes(tmp_path: Path) -> None:
    """Its mark tells; a folder that is empty or not there is nobody's."""
    for name in ("left", "empty", "absent"):
        folder = tmp_path / name
        if name != "absent":
            folder.mkdir()
        if name == "left":
            (folder / "report.txt").write_text("done")
            (folder / "model").mkdir()
        renew_folder(folder, "report.txt")
        assert not folder.exists()


def test_what_is_somebodys_stays(tmp_path: Path) -> None:
    """A folder that was named by mistake is refused, and whole."""
    (tmp_path / "thesis.tex").write_text("years")
    with pytest.raises(FileExistsError, match=r"without report\.txt"):
        renew_folder(tmp_path, "report.txt")
    assert (tmp_path / "thesis.tex").read_text() == "years"
