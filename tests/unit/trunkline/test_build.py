"""Which build runs: a release always, a commit where the image's build noted it."""

from pathlib import Path

import pytest

from trunkline.build import UNKNOWN, commit_in, current_build


def test_this_installation_has_a_version() -> None:
    """The installed package names its release."""
    assert current_build().version[0].isdecimal()


@pytest.mark.parametrize("commit", ["0d1e008", "a" * 40, "b" * 40 + "-dirty"])
def test_a_noted_commit_is_told(tmp_path: Path, commit: str) -> None:
    """The line that the image's build wrote is the commit, of a changed tree too."""
    note = tmp_path / "COMMIT"
    note.write_text(commit + "\n")

    assert commit_in(note) == commit


@pytest.mark.parametrize("text", ["", "unknown", "main", 'x",y="', "\xff"])
def test_what_is_no_commit_is_unknown(tmp_path: Path, text: str) -> None:
    """Nothing that is not a commit becomes a label's value; nor does a missing note."""
    note = tmp_path / "COMMIT"
    note.write_text(text)

    assert commit_in(note) == UNKNOWN
    assert commit_in(tmp_path / "none") == UNKNOWN
